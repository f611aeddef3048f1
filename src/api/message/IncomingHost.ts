/**
 * Binds the machine of one incoming message to the world: what it emits for the program goes to the facade, what it orders is
 * carried out on the stream and on the gate of the socket.
 */
import type { EventEmitter } from 'node:events';
import { finished } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { comeBack, leave } from '../../engine/program.js';
import type { IncomingRequestFacts, IncomingResponseFacts, ReaderFacts } from '../../events/facts.js';
import type { IncomingEmission, IncomingEvent, Role } from '../../events/message.js';
import type { KnownSection } from '../../events/wire.js';
import { afterTicks, atTurnEnd, atTurnEndUnseen } from '../../io/clock.js';
import { type Gate, READER } from '../../io/gate.js';
import { asked, DESTROY, entering, READ, recorder, STREAM, through } from '../../io/record.js';
import { incomingRequestMachine } from '../../machines/incoming-request.js';
import { incomingResponseMachine } from '../../machines/incoming-response.js';
import { combine, type DistinctHeaders, type Headers } from '../../rules/combine.js';
import { mayHaveContent } from '../../rules/framing.js';
import { keepAliveHint } from '../../rules/pool.js';
import { subjectOf } from '../compat/describe.js';
import { connReset } from '../compat/errors.js';
import { readerFacts, untouchedFacts } from '../compat/facts.js';
import { hasListeners } from '../compat/listeners.js';
import { own } from '../compat/own.js';
import { holdClose, makeReadable, settle } from '../compat/readable.js';
import { lookAtClock } from '../process/history.js';
import { type Subject, withStory } from '../process/story.js';
import { IncomingView } from './facts.js';
import { forward } from './forward.js';
import type { Described, Incoming, Requester } from './IncomingState.js';
import { ours, pushTo, watchesEnd } from './replaced.js';

const charts = { req: compile(incomingRequestMachine), res: compile(incomingResponseMachine) };
const completeWithListener: IncomingEvent = { type: 'wire.complete', hasListener: true };
const completeWithout: IncomingEvent = { type: 'wire.complete', hasListener: false };
const finishedWithListener: IncomingEvent = { type: 'response.finished', hasListener: true };
const finishedWithout: IncomingEvent = { type: 'response.finished', hasListener: false };
const wanted: IncomingEvent = { type: 'user.read' };
const full: IncomingEvent = { type: 'stream.full' };
const closed: IncomingEvent = { type: 'net.closed', hostOrder: false };
const closedAsHost: IncomingEvent = { type: 'net.closed', hostOrder: true };
const empty: IncomingEvent = { type: 'wire.empty' };
const severed: IncomingEvent = { type: 'wire.severed' };
const tick: IncomingEvent = { type: 'clock.tick' };
const consumed: IncomingEvent = { type: 'user.destroy', consumed: true };

const none: readonly string[] = [];

type Done = (error?: Error | null) => void;

export class IncomingHost {
  readonly actor: Actor<Record<string, never>, IncomingEvent, IncomingEmission>;
  /** Undefined for a message made by the program. */
  gate: Gate | undefined;
  /** The request of a response; undefined for a request. */
  requester: Requester | undefined;
  /** False if the socket was given back before the end was read, because there was nothing to read. */
  needsSocket = true;
  /** The cached header section, if it was seen before. */
  section: KnownSection | undefined;
  // Caches of the message's getters.
  headers: Headers | undefined;
  headersDistinct: DistinctHeaders | undefined;
  trailers: Headers | undefined;
  trailersDistinct: DistinctHeaders | undefined;
  /** Bytes of the body that have come. */
  declare received: number;
  private controller: AbortController | undefined;
  private cancelled = false;
  private readonly message: Incoming;
  private isStream: boolean;
  private isSettled = false;
  private mayPutOff = false;
  /** It is to be read to its end, and is no stream yet: that is done when somebody looks. */
  private isPutOff = false;
  private error: Error | null = null;
  private done: Done | undefined;

  /** @param isStream whether the message is a stream already; if not, it becomes one when somebody looks (`becomeStream`) */
  constructor(message: Incoming, role: Role, isStream: boolean) {
    this.message = message;
    this.isStream = isStream;
    this.actor = start(charts[role], this);
  }

  facts(): IncomingRequestFacts | IncomingResponseFacts {
    return new IncomingView(this) as IncomingRequestFacts | IncomingResponseFacts;
  }

  /** To ask makes no stream of the message. */
  get reader(): ReaderFacts {
    return this.isStream ? readerFacts(this.message) : untouchedFacts(this.message, this.isSettled);
  }

  /** For `explain`: until when a response goes on isn't known. */
  get hasContent(): boolean {
    return this.requester !== undefined || mayHaveContent(this.message.rawHeaders);
  }

  /** Who has listened has made it a stream. */
  get hearsTimeout(): boolean {
    return this.isStream && this.message.listenerCount('timeout') > 0;
  }

  get subject(): string {
    const { method, url, statusCode } = this.message as Incoming & Described;
    return Number.isInteger(statusCode) ? String(statusCode) : subjectOf({ method, url });
  }

  /** Somebody looks at the message as a stream. @returns the message, unless it is a stream already or is becoming one */
  becomeStream(): Incoming | undefined {
    const { message } = this;
    if (this.isStream) return undefined;
    this.isStream = true;
    makeReadable(message, message.socket?.readableHighWaterMark);
    if (this.isSettled) settle(message);
    else if (this.isPutOff) {
      pushEnd(message);
      message.resume();
    }
    return message;
  }

  get isDestroyed(): boolean {
    return this.isStream ? this.message.destroyed : this.isSettled;
  }

  /** The only entrance to the machine. */
  send(event: IncomingEvent): void {
    this.actor.send(event);
  }

  deliver(emission: IncomingEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.push':
        this.received += emission.chunk.length;
        this.push(emission.chunk);
        break;
      case 'io.trailers':
        this.setTrailers(emission.lines as string[]);
        break;
      case 'io.complete':
        message.complete = true;
        break;
      case 'io.pushEnd':
        this.isPutOff = asked(this.mayPutOff && !this.isStream && !this.hasListeners);
        if (!this.isPutOff) through(STREAM, emission.type, pushEnd, message);
        break;
      case 'io.settle':
        message._dumped = true;
        this.isSettled = true;
        if (this.isStream) settle(message);
        break;
      case 'io.dump':
        if (this.isPutOff) {
          message._dumped = true;
          afterTicks(endUnseen, this as IncomingHost);
          break;
        }
        // A reader that is already there may get the first chunk a tick later.
        if (asked(!message._consuming && message.readableFlowing !== true)) {
          through(STREAM, emission.type, () => message._dump());
        }
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
        through(STREAM, emission.type, () =>
          message.destroy(this.isUnwanted ? undefined : this.causeOf(emission.because)),
        );
        break;
      case 'io.emitError':
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
        if (this.done !== undefined) atTurnEndUnseen(finish, this as IncomingHost);
        break;
      case 'io.closeWithSocket':
        this.closeWithSocket();
        break;
      default:
        message.aborted = true;
        forward(message, emission.type);
    }
  }

  /** A stream that flows calls the program at once. */
  private push(chunk: Uint8Array): void {
    if (asked(this.message._dumped)) return;
    const outer = leave();
    const { message } = this;
    let goesOn = true;
    try {
      goesOn = recorder === undefined ? pushTo(message, chunk) : through(STREAM, chunk, () => pushTo(message, chunk));
    } finally {
      comeBack(outer);
    }
    if (!goesOn) this.send(full);
  }

  /** Whether anybody notices the end of the message. A reader that already waits for data does not ask again. */
  get hasListeners(): boolean {
    return this.message._consuming || hasListeners(this.message) || watchesEnd(this.message);
  }

  /** The message is complete. */
  complete(trailers: readonly string[] = none): void {
    if (trailers.length > 0) this.send({ type: 'wire.trailers', lines: trailers });
    this.send(this.hasListeners ? completeWithListener : completeWithout);
  }

  /** There is no body, and the stream ends before the program sees it. */
  endSilently(): void {
    this.message._dumped = true;
    this.send(empty);
  }

  /** The response was sent. Its listeners may add listeners to the request. */
  responseFinished(response: EventEmitter): void {
    const mayLook = hasListeners(response);
    // What a listener of 'close' defers comes when the end has been emitted.
    this.mayPutOff = mayLook && response.listenerCount('close') === 0;
    this.send(mayLook || this.hasListeners ? finishedWithListener : finishedWithout);
  }

  /** What was put off need not be done any more: nobody has looked until the end would have come. */
  endUnseen(): void {
    // Its `emit` may have been replaced.
    if (hasListeners(this.message)) this.becomeStream();
    if (asked(this.isStream)) return;
    this.isSettled = true;
    this.leaveParser();
    this.send(consumed);
  }

  private leaveParser(): void {
    const { parser } = Object(this.message.socket) as { parser?: { incoming: unknown } | null };
    if (parser?.incoming === this.message) parser.incoming = null;
  }

  /** The reader wants more. */
  read(): void {
    entering(this.actor, READ, undefined, sendWanted, this);
    this.gate?.wake();
  }

  /** The socket has closed. `reason`: what the program destroyed the request with. */
  cut(reason: Error | null, hostOrder: boolean): void {
    this.error = reason;
    this.send(hostOrder ? closedAsHost : closed);
  }

  private causeOf(because: 'lost' | 'destroyed'): Error {
    const known = because === 'destroyed' ? this.error : null;
    return known ?? withStory(connReset('aborted'), () => this.about());
  }

  /** What an error of this message is about: its exchange, at a client that of its request. */
  private about(): Subject {
    const { actor, requester, subject, message } = this;
    if (requester !== undefined) return requester.about();
    const { [own]: connection } = Object(message.socket) as { readonly [own]?: { readonly verdict?: number } };
    const verdict = connection?.verdict === 0 ? undefined : connection?.verdict;
    return { chart: 'incomingRequest', place: actor, what: subject, verdict };
  }

  /** The socket has closed. */
  closed(): void {
    this.send(closed);
  }

  /** The rest will not come; the socket is still needed. */
  sever(): void {
    this.send(severed);
  }

  /** A request that nobody reads, and whose response was sent. */
  private get isUnwanted(): boolean {
    return this.message._dumped && this.requester === undefined;
  }

  /** The stream is destroyed; `done` lets it emit 'error' and 'close'. */
  destroy(error: Error | null, done: Done): void {
    this.error = error;
    this.done = done;
    const { readableEnded, complete, socket } = this.message;
    this.leaveParser();
    const isOver = !this.needsSocket || (this.isUnwanted && socket?.destroyed === true);
    const consumed = isOver || (readableEnded && complete);
    entering(this.actor, DESTROY, error, () => {
      lookAtClock();
      this.send({ type: 'user.destroy', consumed });
    });
  }

  /** A copy, for this message, of the headers made earlier from the same section. */
  recombined(): Headers | undefined {
    const { section, message } = this;
    if (section === undefined || message.joinDuplicateHeaders) return undefined;
    section.headers ??= combine(section.fields, false);
    const { headers } = section as { headers: Headers };
    return headers['set-cookie'] === undefined ? { ...headers } : undefined;
  }

  /** How long the server announces to keep the connection idle, in ms. Found once in a header section that recurs. */
  get keepAliveHint(): number | undefined {
    const { section, message } = this;
    // The program may have changed what it has looked at.
    if (section === undefined || this.headers !== undefined) return keepAliveHint(message.headers['keep-alive']);
    section.headers ??= combine(section.fields, false);
    section.announced ??= { keepAlive: keepAliveHint((section.headers as Headers)['keep-alive']) };
    return section.announced.keepAlive;
  }

  /** What a program has read before is filled. */
  private setTrailers(lines: string[]): void {
    const { message, trailers, trailersDistinct } = this;
    if (message._addHeaderLines !== ours._addHeaderLines) {
      message.complete = true;
      message._addHeaderLines(lines, lines.length);
    } else message.rawTrailers = lines;
    this.trailers = undefined;
    this.trailersDistinct = undefined;
    if (trailers) this.trailers = Object.assign(trailers, message.trailers);
    if (trailersDistinct) this.trailersDistinct = Object.assign(trailersDistinct, message.trailersDistinct);
  }

  /** Aborted when nobody waits for the response any more. Made on first access. */
  signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.cancelled) this.controller.abort();
    }
    return this.controller.signal;
  }

  private closeWithSocket(): void {
    const { socket } = this.message;
    if (!socket || socket.destroyed) {
      atTurnEndUnseen(finish, this as IncomingHost);
      return;
    }
    socket.destroy(this.error ?? undefined);
    const stop = finished(socket, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') this.error ??= error;
      stop();
      atTurnEndUnseen(finish, this as IncomingHost);
    });
  }

  /** As in Node, a message emits no 'error' without a listener. */
  finish(): void {
    const { error } = this;
    this.done?.(error !== null && this.message.listenerCount('error') > 0 ? error : null);
  }
}

IncomingHost.prototype.received = 0;

function finish(host: IncomingHost): void {
  host.finish();
}

function endUnseen(host: IncomingHost): void {
  host.endUnseen();
}

function sendTick(host: IncomingHost): void {
  host.send(tick);
}

const sendWanted = (host: IncomingHost): void => host.send(wanted);

const pushEnd = (message: Incoming): unknown => message.push(null);
