/**
 * Binds the machine of one incoming message to the world: what the machine tells goes to the facade, what it orders is
 * carried out on the stream and on the gate of the socket.
 */
import type { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { comeBack, leave } from '../../engine/program.js';
import type { IncomingEmission, IncomingEvent, Role } from '../../events/message.js';
import type { KnownSection } from '../../events/wire.js';
import { atTurnEnd } from '../../io/clock.js';
import { type Gate, READER } from '../../io/gate.js';
import { incomingRequestMachine } from '../../machines/incoming-request.js';
import { incomingResponseMachine } from '../../machines/incoming-response.js';
import { combine, type DistinctHeaders, type Headers } from '../../rules/combine.js';
import { connReset } from '../compat/errors.js';
import { hasListeners } from '../compat/listeners.js';
import { holdClose, settle } from '../compat/readable.js';
import { forward } from './forward.js';

const charts = { req: compile(incomingRequestMachine), res: compile(incomingResponseMachine) };
const completeWithListener: IncomingEvent = { type: 'wire.complete', hasListener: true };
const completeWithout: IncomingEvent = { type: 'wire.complete', hasListener: false };
const finishedWithListener: IncomingEvent = { type: 'response.finished', hasListener: true };
const finishedWithout: IncomingEvent = { type: 'response.finished', hasListener: false };
const wanted: IncomingEvent = { type: 'user.read' };
const full: IncomingEvent = { type: 'stream.full' };
const closed: IncomingEvent = { type: 'net.closed' };
const tick: IncomingEvent = { type: 'clock.tick' };

type Done = (error?: Error | null) => void;

/** A client's request, who is told how the reader of its answer gets on. */
export interface Requester {
  /** The rest isn't wanted. */
  cancelled(): void;
  /** The reader was told that the answer is cut. */
  failed(): void;
}

/** A message, as far as its host looks at it. */
export interface Incoming extends Readable {
  complete: boolean;
  aborted: boolean;
  rawTrailers: string[];
  readonly socket: Socket;
  readonly joinDuplicateHeaders: boolean;
  readonly _consuming: boolean;
  _dumped: boolean;
  _dump(): void;
}

export class IncomingHost {
  readonly actor: Actor<Record<string, never>, IncomingEvent, IncomingEmission>;
  /** Undefined for a message made by the user. */
  gate: Gate | undefined;
  /** Who asked for the message; undefined for a request. */
  requester: Requester | undefined;
  /** False when the socket was given back before the end was read, as there was nothing to be read. */
  needsSocket = true;
  /** Where the header section was seen before. */
  section: KnownSection | undefined;
  // What the getters of the message have made.
  headers: Headers | undefined;
  headersDistinct: DistinctHeaders | undefined;
  trailers: Headers | undefined;
  trailersDistinct: DistinctHeaders | undefined;
  private controller: AbortController | undefined;
  /** The rest of it won't come, and the socket is needed for others. */
  private severed = false;
  private cancelled = false;
  private readonly message: Incoming;
  private error: Error | null = null;
  private done: Done | undefined;

  constructor(message: Incoming, role: Role) {
    this.message = message;
    this.actor = start(charts[role], this);
  }

  /** The one way by which anything enters the machine. */
  send(event: IncomingEvent): void {
    this.actor.send(event);
  }

  deliver(emission: IncomingEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.push':
        this.push(emission.chunk);
        break;
      case 'io.complete':
        message.complete = true;
        break;
      case 'io.pushEnd':
        message.push(null);
        break;
      case 'io.settle':
        settle(message);
        break;
      case 'io.dump':
        // Who has come to read may be given the first piece a tick later.
        if (!message._consuming && message.readableFlowing !== true) message._dump();
        break;
      case 'io.pause':
        this.gate?.shut(READER);
        break;
      case 'io.resume':
        this.gate?.open(READER);
        break;
      case 'io.cancel':
        this.cancelled = true;
        this.controller?.abort();
        this.requester?.cancelled();
        break;
      case 'io.abort':
        message.destroy(this.isUnwanted ? undefined : (this.error ?? connReset('aborted')));
        break;
      case 'io.fail':
        holdClose(message);
        this.finish();
        break;
      case 'io.reportCut':
        this.requester?.failed();
        break;
      case 'io.tick':
        atTurnEnd(sendTick, this as IncomingHost);
        break;
      case 'res.close':
      case 'res.timeout':
        forward(message, emission.type);
        break;
      case 'io.close':
        this.close(emission.whole);
        break;
      default:
        message.aborted = true;
        forward(message, emission.type);
    }
  }

  /** The program reads it at once when the stream flows. */
  private push(chunk: Uint8Array): void {
    if (this.message._dumped) return;
    const outer = leave();
    let goesOn = true;
    try {
      goesOn = this.message.push(chunk);
    } finally {
      comeBack(outer);
    }
    if (!goesOn) this.send(full);
  }

  /** Whether somebody notices the end of the message: who asked for more before it came isn't asked again. */
  get hasListeners(): boolean {
    return this.message._consuming || hasListeners(this.message);
  }

  /** The whole message has come. */
  complete(): void {
    this.send(this.hasListeners ? completeWithListener : completeWithout);
  }

  /** There is no body, and the stream tells nothing of it. */
  endSilently(): void {
    this.message._dumped = true;
    this.send(completeWithout);
    this.send(finishedWithout);
  }

  /** The answer is out. Who listens to it may come to listen to the message, too. */
  responseFinished(responseHasListeners: boolean): void {
    this.send(responseHasListeners || this.hasListeners ? finishedWithListener : finishedWithout);
  }

  /** The reader wants more. */
  read(): void {
    this.send(wanted);
    this.gate?.wake();
  }

  /** The transport is gone. `error`: why; by default that the message was aborted. */
  cut(error: Error | null): void {
    this.error = error;
    this.send(closed);
  }

  /** The rest won't come; the transport stays. */
  sever(): void {
    this.severed = true;
    this.send(closed);
  }

  /** A request whose answer is out, and that nobody reads. */
  private get isUnwanted(): boolean {
    return this.message._dumped && this.requester === undefined;
  }

  /** The stream is destroyed; `done` lets it tell 'error' and 'close'. */
  destroy(error: Error | null, done: Done): void {
    this.error = error;
    this.done = done;
    const { readableEnded, complete, socket } = this.message;
    const { parser } = (socket ?? {}) as { parser?: { incoming: unknown } | null };
    if (parser?.incoming === this.message) parser.incoming = null;
    const isOver = !this.needsSocket || (this.isUnwanted && socket?.destroyed === true);
    this.send({ type: 'user.destroy', consumed: isOver || (readableEnded && complete) });
  }

  /** The headers that were made of the same section before, as an object of this message's own. */
  recombined(): Headers | undefined {
    const { section, message } = this;
    if (section === undefined || message.joinDuplicateHeaders) return undefined;
    section.headers ??= combine(section.fields, false);
    const { headers } = section as { headers: Headers };
    return headers['set-cookie'] === undefined ? { ...headers } : undefined;
  }

  setTrailers(lines: string[]): void {
    this.message.rawTrailers = lines;
    this.trailers = undefined;
    this.trailersDistinct = undefined;
  }

  /** Aborted when nobody waits for the answer any more. Made when it is asked for. */
  signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.cancelled) this.controller.abort();
    }
    return this.controller.signal;
  }

  private close(whole: boolean): void {
    const { socket } = this.message;
    if (whole || this.severed || !socket || socket.destroyed) {
      atTurnEnd(finish, this as IncomingHost);
      return;
    }
    socket.destroy(this.error ?? undefined);
    const stop = finished(socket, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') this.error ??= error;
      stop();
      atTurnEnd(finish, this as IncomingHost);
    });
  }

  /** An error nobody listens to is not told, as Node does with a message. */
  finish(): void {
    const { error } = this;
    this.done?.(error !== null && this.message.listenerCount('error') > 0 ? error : null);
  }
}

function finish(host: IncomingHost): void {
  host.finish();
}

function sendTick(host: IncomingHost): void {
  host.send(tick);
}
