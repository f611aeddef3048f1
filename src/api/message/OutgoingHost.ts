/**
 * Binds the machine of one outgoing message to the world: what the machine tells goes to the facade, what it orders is
 * carried out on the socket's writer.
 *
 * A message may write as soon as all before it have handed over their last byte (`takeTurn`); that is earlier than
 * it is given the socket (`net.attached`), and lets pipelined answers leave together. Until then its pieces wait in
 * Node's `outputData`.
 */
import type { AsyncResource } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import type { OutgoingChunk, OutgoingEmission, OutgoingEvent } from '../../events/message.js';
import type { RequestEmission, RequestEvent } from '../../events/request.js';
import { atTurnEnd, throwFirst } from '../../io/clock.js';
import { type Encoding, type Writer, type Written, writerOf } from '../../io/writer.js';
import { responseMachine } from '../../machines/response.js';
import { streamDestroyed, writeAfterEnd } from '../compat/errors.js';
import { hasListeners } from '../compat/listeners.js';
import type { own } from '../compat/own.js';
import { Callbacks, type LateCall, rejectLateCall } from './callbacks.js';
import { forward } from './forward.js';
import { checkByHand } from './lines.js';
import type { Outgoing } from './OutgoingState.js';
import { Outlet } from './Outlet.js';
import type { SocketOwner } from './owner.js';

const chart = compile(responseMachine);
const tick: OutgoingEvent = { type: 'clock.tick' };
const flush: OutgoingEvent = { type: 'user.flush' };
const full: OutgoingEvent = { type: 'net.full' };
const drained: OutgoingEvent = { type: 'net.drained' };
const flushed: OutgoingEvent = { type: 'net.flushed', hasListener: true };
const flushedUnheard: OutgoingEvent = { type: 'net.flushed', hasListener: false };

export type MessageEvent = OutgoingEvent | RequestEvent;
export type MessageEmission = OutgoingEmission | RequestEmission;
type MessageChart = typeof chart;

/** A message, and its host. */
export interface Hosted extends Outgoing {
  readonly [own]: OutgoingHost;
}

export class OutgoingHost extends Outlet {
  readonly actor: Actor<Record<string, never>, MessageEvent, MessageEmission>;
  owner: SocketOwner | undefined;
  /** The async context that listeners run in; undefined for a message made by the user. */
  scope: AsyncResource | undefined;
  /** The head as it was made: another is a program's. */
  head: string | null = null;
  /** A program has taken the socket away. */
  private hasSteppedBack = false;
  private callbacks: Callbacks | undefined;

  constructor(message: Outgoing, machine: MessageChart = chart) {
    super(message);
    this.actor = start(machine, this);
  }

  /** The one way by which anything enters the machine. */
  send(event: MessageEvent): void {
    this.actor.send(event);
  }

  deliver(emission: MessageEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.end':
        this.writeLast(emission.what, emission.bodyless);
        break;
      case 'io.tick':
        atTurnEnd(sendTick, this);
        break;
      case 'io.release':
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
      case 'io.last':
        this.closeBehind();
        break;
      case 'io.spoil':
        message.shouldKeepAlive = false;
        this.closeBehind();
        break;
      case 'io.destroy':
        message.socket?.destroy(message._errored ?? undefined);
        break;
      case 'io.refuse':
        this.rejectLater(emission.what.callback, emission.because);
        break;
      case 'io.failCallbacks':
        this.callbacks?.loseSoon(emission.all);
        break;
      case 'res.close':
      case 'req.close':
        message.destroyed = true;
        message._closed = true;
        this.callbacks?.lose();
        forward(message, emission.type);
        this.scope?.emitDestroy();
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

  private closeBehind(): void {
    this.message._last = true;
    this.owner?.last(this.message);
  }

  /** All messages before this one have handed over their last byte. */
  takeTurn(writer: Writer): void {
    this.writer = writer;
    if (this.handKept(writer)) this.send(drained);
  }

  /**
   * Takes notice of a socket that was ended by others: what is written from now on is kept, and goes nowhere; and of one
   * that a program has set by hand.
   */
  checkLine(): void {
    const { message, writer } = this;
    const socket = message.socket as (Duplex & { _httpMessage?: unknown }) | null;
    if (socket === null) return;
    if (writer === undefined && this.owner === undefined && socket.writable && socket._httpMessage === message) {
      this.takeTurn(writerOf(socket));
      this.send({ type: 'net.attached' });
    } else if (writer !== undefined && !socket.writable && !socket.destroyed) {
      this.shut();
    }
  }

  /** A program takes the socket away: what is written is kept until it gives one back. */
  stepBack(): void {
    if (this.ended || this.writer === undefined) return;
    this.writer = undefined;
    this.hasSteppedBack = true;
  }

  comeBack(socket: Duplex): void {
    if (!this.hasSteppedBack) return;
    this.hasSteppedBack = false;
    this.takeTurn(writerOf(socket));
    if (this.ended) this.owner?.ended(this.message);
  }

  /** The head that was fixed on an object whose prototype is the message is the message's, or its body would leave without. */
  adoptHead({ _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last }: Outgoing): void {
    if (_header === this.message._header) return;
    Object.assign(this.message, { _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last });
  }

  /** Looks at a head, and at trailers, that a program has set by hand. @throws ERR_INVALID_CHAR */
  checkByHand(): void {
    const { _header, _headerSent, _trailer } = this.message;
    checkByHand(_headerSent ? '' : (_header ?? ''), _trailer);
    this.head = _header;
  }

  /** The socket takes nothing more; what it has got already leaves. */
  shut(): void {
    if (this.ended) return;
    this.writer = undefined;
    this.send({ type: 'net.shut' });
  }

  sent(error: Error | null | undefined): void {
    const { message, scope, callbacks } = this;
    const fault = error ?? message.socket?.errored ?? null;
    const hasListener = callbacks?.awaitsEnd || hasListeners(message);
    if (fault !== null) {
      if (callbacks === undefined) return;
      if (scope === undefined) callbacks.end(fault);
      else scope.runInAsyncScope(callbacks.end, callbacks, fault);
    } else if (hasListener && scope !== undefined) scope.runInAsyncScope(sendFlushed, undefined, this);
    else this.send(hasListener ? flushed : flushedUnheard);
  }

  /** `callback` is called when the last byte has left, or can't leave any more. */
  onEnd(callback: Written): void {
    this.callbacks ??= new Callbacks();
    this.callbacks.oweEnd(callback);
  }

  /** The callback of something that is sent: it is called once, at the latest when the message closes. */
  owe(callback: Written | null | undefined, refusal?: Error): Written | null {
    if (!callback) return null;
    this.callbacks ??= new Callbacks();
    return this.callbacks.owe(callback, refusal);
  }

  /** Text that isn't part of the message itself, in its turn: an interim response. */
  putRaw(data: string | Uint8Array, encoding: Encoding, callback: Written | null): void {
    if (this.message.destroyed) {
      this.rejectLater(callback, 'destroyed');
      return;
    }
    this.checkLine();
    const owed = this.owe(callback);
    if (this.writer === undefined) {
      this.keep({ data, encoding, callback: owed });
      // Behind the socket's end it is the same what is kept: it can't leave.
      if (this.actor.matches('line.shut')) this.send(flush);
    } else {
      this.goesOn = this.writer.write(data, encoding, owed ?? undefined);
      this.writer.uncork();
    }
  }

  private write({ chunk, encoding, callback }: OutgoingChunk): void {
    this.putContent(chunk as string | Uint8Array, encoding as Encoding, this.owe(callback));
  }

  private writeLast({ chunk, encoding }: OutgoingChunk, bodyless: boolean): void {
    this.putLast(chunk, (encoding ?? 'latin1') as Encoding, bodyless);
    if (this.writer !== undefined) this.owner?.ended(this.message);
  }

  protected full(): void {
    this.send(full);
  }

  /** Too late: told when this turn is over. */
  private rejectLater(given: Written | null | undefined, because: 'ended' | 'destroyed'): void {
    this.goesOn = false;
    if (!given && because === 'destroyed') return;
    const error = because === 'ended' ? writeAfterEnd() : streamDestroyed('write');
    atTurnEnd(rejectLateCall, { host: this, callback: this.owe(given, error), error, because });
  }

  refuse({ callback, error, because }: LateCall): void {
    callback?.(error);
    if (because === 'ended') this.send({ type: 'user.misused', error });
  }
}

const callDone = (callback: Written): void => callback();

function sendTick(host: OutgoingHost): void {
  throwFirst(sendTick, host);
  host.send(tick);
}

function sendFlushed(host: OutgoingHost): void {
  host.send(flushed);
}
