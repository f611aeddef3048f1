/**
 * Binds the machine of one outgoing message to the world: what it emits for the program goes to the facade, what it orders is
 * carried out on the socket's writer (Outlet.ts).
 */
import { AsyncResource } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import type { RequestFacts, ResponseFacts } from '../../events/facts.js';
import type { OutgoingChunk, OutgoingEvent } from '../../events/message.js';
import { atTurnEnd, throwFirst } from '../../io/clock.js';
import { asked, CALL, CALLBACK, END_CALLBACK, entering, recorder, through } from '../../io/record.js';
import { type Encoding, type Writer, type Written, writerOf } from '../../io/writer.js';
import { responseMachine } from '../../machines/response.js';
import { subjectOf } from '../compat/describe.js';
import { streamDestroyed, writeAfterEnd } from '../compat/errors.js';
import { hasListeners } from '../compat/listeners.js';
import type { own } from '../compat/own.js';
import { hasMoreStores } from '../compat/scope.js';
import { lookAtClock } from '../process/history.js';
import { withStory } from '../process/story.js';
import { Callbacks, type LateCall, rejectLateCall } from './callbacks.js';
import { ResponseView } from './facts.js';
import { forward } from './forward.js';
import { checkByHand } from './lines.js';
import { type Described, type MessageEmission, type MessageEvent, OutgoingEnd } from './OutgoingEnd.js';
import type { Outgoing } from './OutgoingState.js';
import type { SocketOwner } from './owner.js';

const chart = compile(responseMachine);
const tick: OutgoingEvent = { type: 'clock.tick' };
const full: OutgoingEvent = { type: 'net.full' };
const drained: OutgoingEvent = { type: 'net.drained' };
const attached: OutgoingEvent = { type: 'net.attached' };
const detached: OutgoingEvent = { type: 'net.detached' };
const shut: OutgoingEvent = { type: 'net.shut' };
const closed: OutgoingEvent = { type: 'net.closed' };
const flushed: OutgoingEvent = { type: 'net.flushed', hasListener: true };
const flushedWithout: OutgoingEvent = { type: 'net.flushed', hasListener: false };

export type { MessageEmission, MessageEvent } from './OutgoingEnd.js';

type MessageChart = typeof chart;

/** A message, and its host. */
export interface Hosted extends Outgoing {
  readonly [own]: OutgoingHost;
}

/** As `_finish()`, for an object of the program that lacks our methods. */
export function announceEnd(this: Outgoing): void {
  forward(this, 'res.prefinish');
}

export class OutgoingHost extends OutgoingEnd {
  readonly actor: Actor<Record<string, never>, MessageEvent, MessageEmission>;
  /** The head as we wrote it: any other head was set by the program. */
  head: string | null = null;
  protected callbacks: Callbacks | undefined;

  constructor(message: Outgoing, machine: MessageChart = chart) {
    super(message);
    this.actor = start(machine, this);
  }

  /** Of a response: its request, and its status once the head is fixed. */
  get subject(): string {
    const { req, statusCode, _header } = this.message as Outgoing & Described;
    const status = typeof _header === 'string' && Number.isInteger(statusCode) ? String(statusCode) : '';
    return [subjectOf(req), status].filter((part) => part !== '').join(' ');
  }

  facts(): ResponseFacts | RequestFacts {
    return new ResponseView(this, this.message);
  }

  /** The only entrance to the machine. */
  send(event: MessageEvent): void {
    this.actor.send(event);
  }

  /** The program calls. @param needsSocket whether the socket is looked at first */
  call(event: MessageEvent, needsSocket = false): void {
    const journal = recorder;
    if (journal?.enter(this.actor, CALL, event, this.message)) {
      try {
        this.proceed(event, needsSocket);
      } finally {
        journal.leave();
      }
    } else this.proceed(event, needsSocket);
  }

  /** For a call that was recorded. */
  proceed(event: MessageEvent, needsSocket: boolean): void {
    lookAtClock();
    if (needsSocket) this.checkLine(event);
    this.send(event);
  }

  /** The program ends it. */
  giveUp(event: MessageEvent): void {
    const send = (): void => {
      lookAtClock();
      this.sendCause(event);
    };
    entering(this.actor, CALL, event, send, undefined, this.message);
  }

  deliver(emission: MessageEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.end':
        this.keepContext();
        this.putLast(emission.what.chunk, (emission.what.encoding ?? 'latin1') as Encoding, emission.bodyless);
        break;
      case 'io.tick':
        atTurnEnd(sendTick, this);
        break;
      case 'io.release':
        this.complete();
        this.callbacks?.end(null);
        this.writer = undefined;
        this.owner?.released(message);
        break;
      case 'io.write':
        this.write(emission.what);
        break;
      case 'io.flush':
        this.put('', 'latin1', null);
        this.writer?.uncork();
        break;
      case 'io.skip':
        this.goesOn = true;
        if (emission.what.callback) atTurnEnd(callDone, emission.what.callback);
        break;
      case 'io.inform':
        this.inform(emission.what);
        break;
      case 'io.writeKept':
        this.writeKept(this.way);
        break;
      case 'io.keep':
        this.writer = undefined;
        break;
      case 'io.passTurn':
        this.owner?.passTurn();
        break;
      case 'io.last':
        this.endConnection();
        break;
      case 'io.switch':
        this.owner?.switched(message);
        break;
      case 'io.spoil':
        message.shouldKeepAlive = false;
        this.endConnection();
        break;
      case 'io.destroy':
        message.socket?.destroy(message._errored ?? undefined);
        break;
      case 'io.rejectWrite':
        this.rejectLater(emission.what.callback, emission.because);
        break;
      case 'io.failCallbacks':
        this.callbacks?.loseSoon(emission.all);
        break;
      case 'res.close':
      case 'req.close':
        this.over();
        message.destroyed = true;
        message._closed = true;
        this.failCallbacks();
        forward(message, emission.type);
        this.scope?.emitDestroy();
        this.endScope?.emitDestroy();
        break;
      case 'res.prefinish':
      case 'req.prefinish':
        (message._finish ?? announceEnd).call(message);
        break;
      case 'req.finish':
        this.callbacks?.end(null);
        forward(message, emission.type);
        break;
      case 'res.socket':
      case 'req.socket':
        forward(message, emission.type, message.socket);
        break;
      case 'res.error':
      case 'req.error':
        forward(message, emission.type, (emission as { error?: Error }).error);
        break;
      default:
        forward(message, emission.type);
    }
  }

  private endConnection(): void {
    this.message._last = true;
    this.owner?.last();
  }

  /** The writer of the socket; until the message has one, that of the responses before it. */
  private get way(): Writer {
    const { socket } = this.message;
    return socket === null ? (this.owner as SocketOwner).writer : writerOf(socket);
  }

  /** Writes what was kept, and keeps nothing from now on. */
  writeKept(writer: Writer): void {
    this.writer = writer;
    if (this.message.outputData.length > 0 && writer.isEnded()) this.send(shut);
    else if (this.handKept(writer)) this.send(drained);
  }

  /** Checks whether others have ended the socket, and whether the program has set a socket by hand. */
  checkLine(event?: MessageEvent): void {
    const { message, writer } = this;
    if (writer === undefined) {
      const socket = message.socket as (Duplex & { _httpMessage?: unknown }) | null;
      if (socket !== null && this.owner === undefined && asked(socket.writable && socket._httpMessage === message))
        this.send(attached);
    } else if (writer.isEnded() && !(event?.type === 'user.end' && isWhole(message, event) && writer.isEmpty()))
      this.send(shut);
  }

  attached(): void {
    this.send(attached);
  }

  /** The socket was removed: by the program, or because the message was released and needs it no longer. */
  detached(): void {
    if (this.owner === undefined) this.send(shut);
    else if (this.writer !== undefined) this.send(detached);
  }

  /** A head that was fixed on an object whose prototype is the message belongs to the message: its body must not be sent without. */
  adoptHead({ _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last }: Outgoing): void {
    if (_header === this.message._header) return;
    Object.assign(this.message, { _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last });
  }

  /** Validates a head, and trailers, that the program has set by hand. @throws ERR_INVALID_CHAR */
  checkByHand(): void {
    const { _header, _headerSent, _trailer } = this.message;
    checkByHand(_headerSent ? '' : (_header ?? ''), _trailer);
    this.head = _header;
  }

  /** Our side of the socket has sent FIN. */
  shut(): void {
    this.send(shut);
  }

  /** The socket has closed. */
  closed(): void {
    this.sendCause(closed);
  }

  sent(error: Error | null | undefined): void {
    const { message, callbacks } = this;
    const scope = this.finalScope;
    const fault = error ?? message.socket?.errored ?? null;
    const hasListener = callbacks?.awaitsEnd || callbacks?.hasError || hasListeners(message);
    if (asked(fault !== null)) {
      if (callbacks === undefined) return;
      if (scope === undefined) callbacks.end(fault);
      else scope.runInAsyncScope(callbacks.end, callbacks, fault);
    } else if (hasListener && scope !== undefined) scope.runInAsyncScope(sendFlushed, undefined, this);
    else this.send(hasListener ? flushed : flushedWithout);
  }

  /** The context of the call that ends the message is kept for those who listen. */
  protected keepContext(): void {
    if (this.scope !== undefined && hasListeners(this.message))
      this.endScope = new AsyncResource('STATEWIRE_END', { requireManualDestroy: true });
  }

  /**
   * In which context the message ends: that of its exchange, unless `end()` was called with a store that the exchange has none of, as
   * by `store.run(value, handler)`, which keeps none (decision 0019).
   */
  private get finalScope(): AsyncResource | undefined {
    const { scope, endScope } = this;
    return scope !== undefined && endScope !== undefined && hasMoreStores(endScope, scope) ? endScope : scope;
  }

  /** `callback` is called when the kernel has the last byte, or nothing more can be sent. */
  onEnd(callback: Written): void {
    entering(this.actor, END_CALLBACK, undefined, () => {
      this.callbacks ??= new Callbacks(this as OutgoingHost);
      this.callbacks.oweEnd(callback);
    });
  }

  /** Registers the callback of a piece that is sent: it is called once, at the latest when the message closes. */
  owe(callback: Written | null | undefined, refusal?: Error): Written | null {
    if (!callback) return null;
    this.callbacks ??= new Callbacks(this as OutgoingHost);
    return this.callbacks.owe(callback, refusal);
  }

  /** An interim response; it is sent at once if the message may write. */
  private inform({ chunk, encoding, callback }: OutgoingChunk): void {
    const data = chunk as string | Uint8Array;
    const owed = this.owe(callback);
    if (this.writer === undefined) {
      this.keep({ data, encoding: encoding as Encoding, callback: owed });
      if (!this.goesOn) this.full();
    } else {
      this.goesOn = this.writer.write(data, encoding as Encoding, owed ?? undefined);
      this.writer.uncork();
    }
  }

  private write({ chunk, encoding, callback }: OutgoingChunk): void {
    this.notePressure((this.actor.value as ResponseFacts['state']).flow === 'full');
    this.putContent(chunk as string | Uint8Array, encoding as Encoding, this.owe(callback));
    this.noteResult();
  }

  protected full(): void {
    this.send(full);
  }

  /** What was not sent never will be. */
  protected failCallbacks(): void {
    this.callbacks?.lose();
  }

  /** Too late: the callback fails at the end of the turn. */
  private rejectLater(given: Written | null | undefined, because: 'ended' | 'destroyed'): void {
    this.goesOn = false;
    if (!given && because === 'destroyed') return;
    const error = withStory(because === 'ended' ? writeAfterEnd() : streamDestroyed('write'), () => this.about());
    if (because === 'ended') {
      this.callbacks ??= new Callbacks(this as OutgoingHost);
      this.callbacks.hasError = true;
    }
    atTurnEnd(rejectLateCall, { host: this, callback: this.owe(given, error), error, because });
  }

  reject({ callback, error, because }: LateCall): void {
    callback?.(error);
    if (because === 'ended') this.send({ type: 'user.misused', error });
  }
}

/** Whether nothing is left to send when it ends: it needs no socket, which the program may have ended. */
const isWhole = ({ _headerSent, _hasBody, chunkedEncoding }: Outgoing, { chunk }: OutgoingChunk): boolean =>
  _headerSent && chunk === undefined && !(_hasBody && chunkedEncoding);

const callDone = (callback: Written): void => through(CALLBACK, undefined, () => callback());

function sendTick(host: OutgoingHost): void {
  throwFirst(sendTick, host);
  host.send(tick);
}

function sendFlushed(host: OutgoingHost): void {
  host.send(flushed);
}
