/**
 * Binds the machine of one client's request to the world, in addition to what every outgoing message has (OutgoingHost.ts): the
 * socket that an agent gives it, and the response.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { compile } from '../../engine/compile.js';
import { startAt, startNowhere } from '../../engine/place.js';
import type { RequestFacts } from '../../events/facts.js';
import type { ResponseKind } from '../../events/request.js';
import type { MessageHead } from '../../events/wire.js';
import { atTurnEnd, inLaterTurn, now } from '../../io/clock.js';
import * as record from '../../io/record.js';
import { endSoon } from '../../io/socket.js';
import { requestMachine } from '../../machines/request.js';
import { codeOf } from '../../rules/ending.js';
import { isIdempotent, mayPersist } from '../../rules/response.js';
import { type Agent, askAgain, withdraw } from '../agent/Agent.js';
import type { AgentRequest } from '../agent/Asking.js';
import { noStream } from '../agent/created.js';
import * as channels from '../compat/diagnostics.js';
import { connReset } from '../compat/errors.js';
import { own } from '../compat/own.js';
import { optionOf } from '../compat/ownOptions.js';
import { forward } from '../message/forward.js';
import { fillResponse, IncomingMessage } from '../message/IncomingMessage.js';
import type { Requester } from '../message/IncomingState.js';
import type { MessageEmission } from '../message/OutgoingHost.js';
import type { OutgoingMessage } from '../message/OutgoingMessage.js';
import { noteAsker } from '../process/chains.js';
import { whileLate } from '../process/ending.js';
import { eventOrder } from '../process/eventOrder.js';
import { startUnconnected } from '../process/history.js';
import { know } from '../process/known.js';
import type { AssignedHost, AssignedRequest } from './assigned.js';
import { type ClientConnectionHost, type ClientSocket, connectionOf } from './ClientConnectionHost.js';
import { EarlyFault } from './EarlyFault.js';
import { RequestView } from './facts.js';
import { type Offer, passOn, takeSoon } from './lateSocket.js';
import type { RequestOptions } from './options.js';
import { LATE, RequestEnd } from './RequestEnd.js';
import * as events from './requestEvents.js';
import { informationOf, isUnread, responseEnded, sendTimedOut, timedOut } from './response.js';
import { forgetSocket, listenForTimeout, listenForTimeouts, type TimedHost } from './timeouts.js';
import { type Printed, urlOf } from './url.js';

const chart = compile(requestMachine);
const resource = { requireManualDestroy: true };

/** The request that a host is bound to: its members in addition to those of every outgoing message. */
export interface HostedRequest extends OutgoingMessage, AssignedRequest, Printed, Omit<AgentRequest, 'getHeader'> {
  readonly [own]: RequestHost;
  /** None if `createConnection` makes its socket. */
  readonly agent: Agent | null | undefined;
  readonly timeout: number | undefined;
  readonly joinDuplicateHeaders: boolean | undefined;
  /** Undefined if another constructor has set up the request. */
  readonly _options: RequestOptions;
  /** Its target, which is printed with its response. */
  readonly path: string;
  destroyed: boolean;
  reusedSocket: boolean;
  upgradeOrConnect: boolean;
  res: IncomingMessage | null;
  /** The reader of the response has received its end. */
  _ended: boolean;
}

export class RequestHost extends RequestEnd implements Requester, AssignedHost, TimedHost {
  declare protected readonly message: HostedRequest;
  override scope: AsyncResource = new AsyncResource('HTTPCLIENTREQUEST', resource);
  /** The last socket that was offered. */
  private offered: Duplex | null | undefined;
  private early: EarlyFault | undefined;
  /** The error that the request was destroyed with. */
  private reason: Error | undefined;
  /** It may be sent again (RFC 9110 §9.2.2). */
  private mayRetry: boolean | undefined;
  /** The response contains `Connection: close`. */
  private isLast = false;
  private hostOrder: boolean | undefined;
  /** By what `emit` said: an `emit` of the program may pass a response on for which the chart found no listener. */
  private isPassedOn = false;

  constructor(message: HostedRequest) {
    startUnconnected();
    super(message, chart as never);
    noteAsker(this.actor);
    startNowhere();
  }

  override facts(): RequestFacts {
    return new RequestView(this, this.message);
  }

  override get subject(): string {
    return urlOf(this.message);
  }

  /** A socket for the request, or why there is none. It is taken at the end of the turn. */
  offer(stream: Duplex | null | undefined, error: Error | null | undefined): void {
    const fault = noStream(stream);
    const socket = fault ? null : stream;
    // If the socket has served a request, the host of its connection listens to 'error'.
    if (socket && (socket as ClientSocket)[own] === undefined) this.early = new EarlyFault(socket);
    const offer = { host: this as RequestHost, socket, error: error || fault };
    record.entering(this.actor, record.OFFER, offer, takeSoon, offer);
  }

  takeOffer({ socket, error }: Offer<RequestHost>): void {
    // A connection has been idle until now, however long the program has kept the turn.
    now();
    const { early } = this;
    const fault = error || early?.error;
    this.offered = socket;
    if (fault) this.fault ??= this.reason ?? fault;
    early?.stop();
    // As in Node, the time that a request has is also that of its tunnel through a proxy.
    const isLate = error && 'proxyTunnelTimeout' in error;
    if (isLate) this.timedOut();
    // A request that takes no socket any more still gets the error of this one, which is then returned.
    if (socket && early?.error && this.message.destroyed) this.scope.runInAsyncScope(this.send, this, events.refused);
    if (socket) this.scope.runInAsyncScope(this.send, this, events.attached);
    else this.scope.runInAsyncScope(this.sendCause, this, events.refused, isLate ? LATE : codeOf(fault));
    this.early = undefined;
    if (early && fault) this.scope.runInAsyncScope(this.sendCause, this, events.failedEarly, codeOf(fault));
  }

  destroy(error: Error | undefined): void {
    this.reason = error;
    // Without options a constructor of the program has made it.
    const hasAsked = this.message._options !== undefined || this.offered !== undefined;
    this.giveUp(hasAsked ? events.destroyed : events.forsaken(this.isHostOrder));
  }

  abort(): void {
    const { agent, _options } = this.message;
    this.giveUp(events.aborted(this.isHostOrder, !agent && _options !== undefined));
  }

  cancelled(): void {
    this.sendCause(events.cancelled);
  }

  failed(): void {
    this.send(events.failed);
  }

  /** A response head has arrived. `isCoded`: it has a Transfer-Encoding. */
  receiveHead(head: MessageHead, kind: ResponseKind, isCoded: boolean): void {
    const { message } = this;
    if (kind === 'final' && !mayPersist(head, isCoded)) {
      this.isLast = true;
      message.shouldKeepAlive = false;
    }
    if (head.statusCode === 100) this.send(events.continues);
    const hasListener = message.listenerCount(kind === 'final' ? 'response' : kind) > 0;
    this.send({ type: 'wire.head', head, kind, hasListener });
  }

  /** A message of the peer is complete: the response, if that has begun. */
  completed(): void {
    const { res } = this.message;
    const whole = res !== null && isUnread(res) ? events.wholeUnread : events.wholeRead;
    this.send(this.isLast ? whole.last : whole.kept);
  }

  /** A later reader still gets the end of a response without a body; the socket does not wait for it. */
  endUnread(): void {
    const response = this.message.res as IncomingMessage;
    if (!record.asked(isUnread(response))) return;
    response[own].needsSocket = false;
    this.scope.runInAsyncScope(this.responseEnded, this);
  }

  /** Whether the request may be sent again on another socket: it used a kept socket, and no part of a response arrived. */
  get isRetriable(): boolean {
    const { message } = this;
    return this.sentPieces !== undefined && message.reusedSocket && !this.connection?.hasSpoken;
  }

  /** Whether its events have the host's order: by its agent, or else by the process. It stays what it is when first asked for. */
  get isHostOrder(): boolean {
    this.hostOrder ??= (optionOf(this.message.agent?.options, 'eventOrder') ?? eventOrder()) === 'host';
    return this.hostOrder;
  }

  /**
   * In the host's order they fail in a turn after 'close'. node:http calls none, and a program that is given their error first
   * (got) takes it for the reason why the request failed.
   */
  protected override failCallbacks(): void {
    if (this.callbacks !== undefined && this.isHostOrder) this.callbacks.loseLater();
    else super.failCallbacks();
  }

  override deliver(emission: MessageEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.attach':
        this.attach((this.offered ?? message.socket) as Duplex);
        break;
      case 'io.open':
        this.send(message.socket?.writable ? events.opened : events.openedUnwritable);
        break;
      case 'io.receive':
        this.receive(emission.head as MessageHead, emission.upgrades);
        break;
      case 'req.response':
        this.isPassedOn = forward(message, emission.type, message.res);
        break;
      case 'req.information':
        forward(message, emission.type, informationOf(emission.head as MessageHead));
        break;
      case 'req.upgrade':
      case 'req.connect':
        message.upgradeOrConnect = true;
        forward(message, emission.type, message.res, message.socket, this.connection?.rest);
        this.send(events.handedOver);
        break;
      case 'req.error':
        this.emitError(emission);
        break;
      case 'req.prefinish':
        super.deliver(emission);
        if (channels.clientRequestStart.hasSubscribers) channels.clientRequestStart.publish({ request: message });
        break;
      case 'io.dump':
        if (!this.isPassedOn) record.through(record.STREAM, emission.type, () => message.res?._dump());
        break;
      case 'io.awaitReader':
        inLaterTurn(endUnread, this as RequestHost);
        break;
      case 'io.abort':
        message.res?.[own].cut(this.reason ?? null, emission.hostOrder);
        break;
      case 'io.hangUp':
        message.socket?.end();
        break;
      case 'io.endSoon':
        endSoon(message.socket as ClientSocket);
        break;
      case 'io.detach':
        this.connection?.leaveHttp();
        // What end() still hands over is not for the program's socket.
        this.writer = undefined;
        break;
      case 'io.free':
        this.connection?.free(message);
        break;
      case 'io.withdraw':
        record.through(record.AGENT, undefined, () => message.agent?.[withdraw]?.(message));
        break;
      case 'io.returnSocket':
        passOn(this.offered as Duplex, message.agent, this.reason);
        break;
      case 'io.retry':
        this.retry();
        break;
      case 'io.tick':
        atTurnEnd(sendTick, this as RequestHost);
        break;
      case 'io.tickAbort':
        atTurnEnd(sendAbortTick, this as RequestHost);
        break;
      case 'io.destroy':
        this.noteDestroy();
        message.socket?.destroy(this.reason);
        break;
      default:
        super.deliver(emission);
    }
  }

  private attach(socket: Duplex): void {
    const { message } = this;
    message.socket = socket as Socket;
    this.connection = connectionOf(socket);
    this.owner = this.connection;
    this.connection.assign(this, message);
    const { connection: before, exchange: number } = this.actor;
    this.actor.move(this.connection.actor.connection, this.connection.requests);
    record.recorder?.attach(before, number, this.actor, this.connection.maxHeadersCount);
    if (message.timeout !== undefined || message.agent?.options?.timeout) listenForTimeout(message);
    this.mayRetry ??= message.agent?.options?.retryReused === true && isIdempotent(message.method);
    if (this.mayRetry) this.sentPieces = [];
    if (message.agent?.[own] === undefined) know(this.connection);
    for (let corks = message._corked; corks > 0; corks--) socket.cork();
  }

  timedOut(): void {
    const send = () => whileLate('timeout', () => this.scope.runInAsyncScope(this.send, this, timedOut));
    record.entering(this.actor, record.TIMED_OUT, undefined, send);
  }

  responseTimedOut(): void {
    const send = () => this.scope.runInAsyncScope(sendTimedOut, undefined, this.message.res);
    record.entering(this.actor, record.RESPONSE_TIMED_OUT, undefined, send);
  }

  /** Takes the head back if it was not sent. */
  recallHead(): boolean {
    record.entering(this.actor, record.RECALL, undefined, () => {});
    const { message } = this;
    const { outputData } = message;
    if (message._headerSent && (outputData.length !== 1 || outputData[0]?.data !== message._header)) return false;
    message.outputData = [];
    message.outputSize = 0;
    message._headerSent = false;
    return true;
  }

  /** Makes the response. */
  private receive(head: MessageHead, upgrades: boolean): void {
    const { message } = this;
    const connection = this.connection as ClientConnectionHost;
    startAt(this.actor.connection, this.actor.exchange, this.actor.track);
    const response = new IncomingMessage(message.socket, 'res');
    startNowhere();
    response.joinDuplicateHeaders = message.joinDuplicateHeaders as boolean;
    fillResponse(response, head);
    this.status = head.statusCode;
    response.req = message;
    message.res = connection.incoming = response;
    const host = response[own];
    host.gate = connection.gate;
    host.requester = this;
    if (upgrades) {
      response.upgrade = true;
      host.complete();
      return;
    }
    response.on('end', responseEnded);
    listenForTimeouts(message.socket as ClientSocket);
    if (channels.clientResponseFinish.hasSubscribers)
      channels.clientResponseFinish.publish({ request: message, response });
  }

  /** The reader of the response has received its end. */
  responseEnded(): void {
    const { message } = this;
    message._ended = true;
    // A head that was made after the response doesn't know of it.
    if (this.isLast) message.shouldKeepAlive = false;
    this.send({ type: 'response.ended', keeps: message.shouldKeepAlive });
  }

  private emitError(emission: Extract<MessageEmission, { type: `${string}.error` }>): void {
    const { message } = this;
    const isThrown = message._options !== undefined && !('because' in emission && emission.because === 'unclaimed');
    // As in Node. An object without options was made by the program, and never requested a socket.
    if (record.asked(!isThrown && message.listenerCount('error') === 0)) return;
    const error = this.withStory('error' in emission ? emission.error : this.errorOf(emission.because), this.reason);
    if (channels.clientRequestError.hasSubscribers) channels.clientRequestError.publish({ request: message, error });
    forward(message, 'req.error', error);
  }

  private errorOf(because: 'fault' | 'destroyed' | 'hungUp' | 'unclaimed'): Error {
    const { fault, reason } = this;
    const known = because === 'fault' ? fault : because === 'destroyed' ? (reason ?? fault) : undefined;
    return known ?? connReset('socket hang up');
  }

  private retry(): void {
    const { message } = this;
    // Pieces that were not handed to the dead socket are still kept.
    message.outputData = [...(this.sentPieces ?? []), ...message.outputData];
    message.reusedSocket = false;
    this.sentPieces = undefined;
    this.mayRetry = false;
    this.fault = undefined;
    this.verdict = 0;
    this.connection = undefined;
    this.writer = undefined;
    forgetSocket(message);
    const { agent, _options: options } = message;
    try {
      record.through(record.AGENT, undefined, () =>
        agent?.[askAgain] ? agent[askAgain](message, options) : agent?.addRequest(message, options),
      );
    } catch (error) {
      // No caller could catch an exception.
      this.offer(null, error as Error);
    }
  }
}

function endUnread(host: RequestHost): void {
  host.endUnread();
}

function sendTick(host: RequestHost): void {
  host.scope.runInAsyncScope(host.send, host, events.tick);
}

function sendAbortTick(host: RequestHost): void {
  host.scope.runInAsyncScope(host.send, host, events.abortTick);
}
