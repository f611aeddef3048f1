import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { startNowhere } from '../../engine/place.js';
import { carryOut } from '../../engine/program.js';
import type { ClientConnectionEmission, ClientConnectionEvent } from '../../events/client-connection.js';
import type { ClientConnectionFacts, RequestFacts } from '../../events/facts.js';
import { type NetFact, netClosed, netFailed } from '../../events/net.js';
import type { RequestEvent } from '../../events/request.js';
import type { MessageHead, WireFact } from '../../events/wire.js';
import { atTurnEnd, now } from '../../io/clock.js';
import { conceal } from '../../io/conceal.js';
import { Feed } from '../../io/feed.js';
import { Gate } from '../../io/gate.js';
import { BODY_MAY_FOLLOW, type Leniency, NO_BODY, Parser, UPGRADE } from '../../io/llhttp.js';
import { asked, entering, REMOVED } from '../../io/record.js';
import { betweenMessages, facts, hideListener, listenAgain, stopReading } from '../../io/socket.js';
import { type Writer, writerOf } from '../../io/writer.js';
import { clientConnectionMachine } from '../../machines/client-connection.js';
import { codeOf, verdictOf } from '../../rules/ending.js';
import { fieldValue } from '../../rules/fields.js';
import { responseKind } from '../../rules/response.js';
import { askedSoFar } from '../agent/Asking.js';
import { type ClientConnection, isRemoved } from '../agent/PooledSocket.js';
import { headersLimit, limitOf } from '../compat/limits.js';
import { own } from '../compat/own.js';
import { forgetReading } from '../compat/readable.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { SocketOwner } from '../message/owner.js';
import { ignoresExcess } from '../process/asNode.js';
import { maxHeaderSize } from '../process/flags.js';
import { startOnConnection } from '../process/history.js';
import { leniencyOf } from '../process/strictness.js';
import type { AssignedHost, AssignedRequest } from './assigned.js';
import { ClientConnectionView } from './facts.js';
import { ignoreTimeouts, stopTimeout } from './timeouts.js';

const chart = compile(clientConnectionMachine);

const assigned: ClientConnectionEvent = { type: 'request.assigned' };
const freed: ClientConnectionEvent = { type: 'request.freed' };
const leavesHttp: ClientConnectionEvent = { type: 'request.upgraded' };
const released: ClientConnectionEvent = { type: 'request.released' };
const removed: ClientConnectionEvent = { type: 'user.agentRemove' };
const unsolicited: ClientConnectionEvent = { type: 'wire.unsolicited' };
const malformed: RequestEvent = { type: 'wire.malformed' };

/** A socket: a `net.Socket`, or any Duplex that an agent or `createConnection` has made. */
export type ClientSocket = Duplex &
  Partial<Pick<Socket, 'setTimeout' | 'destroySoon' | 'connecting'>> & {
    parser?: unknown;
    /** Of a TLS socket: its handshake is not over. */
    secureConnecting?: boolean;
    _httpMessage?: AssignedRequest | null;
    [own]?: ClientConnectionHost;
  };

/** The host of the socket; a socket has one at most. */
export function connectionOf(socket: Duplex): ClientConnectionHost {
  const held = (socket as ClientSocket)[own];
  return held instanceof ClientConnectionHost ? held : new ClientConnectionHost(socket as ClientSocket);
}

export class ClientConnectionHost extends Feed implements SocketOwner, ClientConnection {
  readonly socket: ClientSocket;
  readonly actor: Actor<Record<string, never>, ClientConnectionEvent, ClientConnectionEmission>;
  readonly gate: Gate;
  readonly writer: Writer;
  // Members that the parser reads.
  readonly kind = 'response';
  maxHeaderSize = 0;
  maxHeadersCount = 0;
  ignoresExcess = false;
  lenient: Leniency = false;
  /** The peer has sent something since the request got the socket. */
  hasSpoken = false;
  /** The socket has been open. Of one that has failed nothing else says so. */
  hasOpened: boolean;
  /** It has sent 100 Continue since then. */
  hasContinued = false;
  /** The number of its requests so far. */
  requests = 0;
  /** How many requests had asked for a socket when the last exchange was over. */
  askedBefore = 0;
  /** How it has ended: rules/ending.ts. 0 before. */
  declare verdict: number;
  /** The response has a Transfer-Encoding. */
  private isCoded = false;
  /** Our listener of 'data' is removed from the socket. */
  private isHidden = false;
  private request: AssignedHost | undefined;
  private message: AssignedRequest | undefined;

  constructor(socket: ClientSocket) {
    super();
    this.socket = socket;
    const { connecting } = socket;
    this.hasOpened = !connecting && !socket.destroyed;
    if (connecting) socket.once('connect', noteOpen);
    this.gate = new Gate(socket);
    this.writer = writerOf(socket);
    startOnConnection();
    this.actor = start(chart, this);
    startNowhere();
    this.writer.place = this.actor;
    conceal(socket, own, this);
    facts(socket, false).subscribe(this);
  }

  /** Gives the socket to a request. */
  assign(request: AssignedHost, message: AssignedRequest): void {
    const { socket } = this;
    this.request = request;
    this.message = message;
    this.requests++;
    this.hasSpoken = false;
    this.hasContinued = false;
    this.maxHeaderSize = limitOf(message.maxHeaderSize) || maxHeaderSize();
    this.maxHeadersCount = headersLimit(message.maxHeadersCount);
    this.ignoresExcess = ignoresExcess(message._rejectsExcess, this.kind);
    this.setParser(leniencyOf(message));
    socket._httpMessage = message;
    socket.parser = this.parser;
    message.parser = this.parser;
    if (this.requests > 1) listenAgain(socket);
    this.isHidden = false;
    this.send(assigned);
    if (this.requests === 1 && asked(isRemoved(socket))) this.send(removed);
    // It will emit nothing more.
    if (asked(socket.closed)) atTurnEnd(close, this as ClientConnectionHost);
  }

  private setParser(lenient: Leniency): void {
    if (this.parser !== undefined && this.lenient === lenient) return;
    this.parser?.free();
    this.lenient = lenient;
    this.parser = Parser.acquire(this);
  }

  /** The response that is read, for programs that look into `socket.parser`. */
  set incoming(response: IncomingMessage | null) {
    this.parser.incoming = response;
  }

  /** For the parser: whether content follows the head, or the connection leaves HTTP. */
  decide(head: MessageHead): number {
    const { method } = this.message as AssignedRequest;
    const kind = responseKind(method, head.statusCode, head.upgrade);
    if (kind === 'upgrade' || kind === 'connect') return UPGRADE;
    return method === 'HEAD' ? NO_BODY : BODY_MAY_FOLLOW;
  }

  /** Receives the facts of the socket. */
  take(fact: NetFact): void {
    now();
    const { request } = this;
    if (request === undefined) this.watch(fact);
    else if (fact.type === 'net.bytes') request.scope.runInAsyncScope(this.pass, this, request, fact);
    else request.scope.runInAsyncScope(passOn, undefined, this as ClientConnectionHost, request, fact);
  }

  /** What happens while no request has the socket. */
  private watch(fact: NetFact): void {
    if (fact.type === 'net.bytes') {
      this.noteEnd('wire.head', undefined);
      this.send(unsolicited);
    } else if (fact.type === 'net.ended' || fact.type === 'net.failed' || fact.type === 'net.closed') {
      this.noteEnd(fact.type, fact.type === 'net.failed' ? codeOf(fact.error) : undefined);
      this.send({ type: fact.type });
    }
  }

  /** What happens while a request has it. */
  pass(request: AssignedHost, fact: NetFact): void {
    switch (fact.type) {
      case 'net.bytes':
        this.hasSpoken = true;
        this.lent = fact.lent;
        this.feed(fact.chunk as Buffer);
        break;
      case 'net.drained':
        request.send(fact);
        break;
      case 'net.ended':
        this.end();
        break;
      case 'net.failed':
        request.fault ??= fact.error;
        this.sendBoth(request, fact.type, codeOf(fact.error));
        break;
      case 'net.closed':
        // A socket that had closed before it was assigned may emit 'close' again when the request already has another socket.
        this.request = undefined;
        this.sendBoth(request, fact.type);
        break;
    }
  }

  private sendBoth(request: AssignedHost, type: 'net.ended' | 'net.failed' | 'net.closed', code?: unknown): void {
    const retriable = request.isRetriable;
    this.noteEnd(type, code, request);
    this.send({ type });
    const event = type === 'net.ended' ? { type, retriable } : { type, retriable, hostOrder: request.isHostOrder };
    request.sendCause(event, code);
  }

  /** The first that ends it counts. */
  private noteEnd(event: string, code: unknown, request?: AssignedHost): void {
    if (this.verdict === 0) this.verdict = verdictOf(event, code, request?.endedIn() ?? 'I');
  }

  protected step(fact: WireFact): void {
    carryOut(this.act, this as ClientConnectionHost, fact, undefined);
  }

  private act(fact: WireFact): void {
    const { request, message } = this;
    if (request === undefined || message === undefined) {
      this.send(unsolicited);
      return;
    }
    switch (fact.type) {
      case 'wire.head': {
        const { statusCode, upgrade, rawHeaders } = fact.head;
        if (statusCode === 100) this.hasContinued = true;
        this.isCoded = fieldValue(rawHeaders, 'transfer-encoding') !== undefined;
        request.receiveHead(fact.head, responseKind(message.method, statusCode, upgrade), this.isCoded);
        break;
      }
      case 'wire.body':
        message.res?.[own].send(fact);
        break;
      case 'wire.complete': {
        const incoming = message.res?.[own];
        if (incoming !== undefined && this.isCoded && !this.isHidden) this.isHidden = hideListener(this.socket);
        incoming?.complete(fact.rawTrailers);
        request.completed();
        this.gate.wake();
        break;
      }
      case 'wire.partial':
        // No request asked for a head after the response.
        if (message.res?.complete) this.send(unsolicited);
        break;
      case 'wire.malformed':
        request.fault = fact.error;
        stopReading(this.socket);
        request.sendCause(malformed, fact.error.code);
        break;
    }
  }

  /** A FIN completes a response that nothing else delimits. A response that it cuts ends when the socket closes. */
  protected atEnd(found: readonly WireFact[]): void {
    const { request } = this;
    // TLS ends a handshake that is cut with an error that says so.
    if (asked(this.socket.secureConnecting === true)) return;
    if (found[0]?.type === 'wire.complete') this.handOut(found);
    if (request === undefined) this.send({ type: 'net.ended' });
    else this.sendBoth(request, 'net.ended');
  }

  facts(): ClientConnectionFacts {
    return new ClientConnectionView(this);
  }

  /** Those of the request that has the socket. */
  get requestFacts(): RequestFacts | undefined {
    return this.request?.facts();
  }

  /** The only entrance to the machine. */
  send(event: ClientConnectionEvent): void {
    this.actor.send(event);
  }

  deliver(emission: ClientConnectionEmission): void {
    switch (emission.type) {
      case 'agent.free':
        this.emitFree();
        break;
      case 'agent.agentRemove':
        forward(this.socket, emission.type);
        break;
      case 'io.destroy':
        this.socket.destroy();
        break;
      case 'io.abandon':
        this.drop();
        this.parser?.free();
        if (this.message !== undefined) this.message.parser = null;
        break;
      case 'io.detach':
        this.detach();
        break;
    }
  }

  /** Called by the request: it and its response are over, and the connection is clean. */
  released(): void {
    const message = this.message as AssignedRequest;
    message.destroyed = true;
    // The socket may be the next request's already when the response emits 'close'.
    if (message.res !== null) (message.res as { socket: Socket | null }).socket = null;
    this.askedBefore = askedSoFar();
    stopTimeout(message, this.socket);
    this.partFromRequest();
    this.send(released);
  }

  private partFromRequest(): void {
    const { socket, message } = this;
    if (message === undefined) return;
    ignoreTimeouts(message, socket);
    message.parser = null;
    socket.parser = null;
    this.incoming = null;
    this.request = undefined;
    this.message = undefined;
  }

  /** The socket had closed before the request took it. */
  noteClosed(): void {
    const { errored } = this.socket;
    if (errored) this.take(netFailed(errored));
    this.take(netClosed);
  }

  // A request has the socket for itself, and its parser knows whether the response is the last.
  passTurn(): void {}
  last(): void {}
  switched(): void {}

  /** The next request may have the socket. */
  free(message: AssignedRequest): void {
    const { socket } = this;
    this.send(freed);
    if (socket._httpMessage === message) socket._httpMessage = null;
  }

  /** Others than the agent may listen to 'free' to look for leaks, and count our listeners. */
  private emitFree(): void {
    const { socket } = this;
    if (socket.listenerCount('free') > 1) betweenMessages(socket, emitFree, socket);
    else emitFree(socket);
  }

  leaveHttp(): void {
    forgetReading(this.socket);
    this.send(leavesHttp);
  }

  /** Called by the agent when the program has removed the socket from it. */
  removed(): void {
    entering(this.actor, REMOVED, undefined, remove, this as ClientConnectionHost);
  }

  /** Removes everything of ours from the socket. */
  private detach(): void {
    const { socket } = this;
    this.gatherRest();
    this.drop();
    this.gate.leave();
    this.writer.free();
    this.parser.free();
    this.unsubscribe();
    this.partFromRequest();
    socket._httpMessage = null;
    socket[own] = undefined;
  }
}

ClientConnectionHost.prototype.verdict = 0;

function noteOpen(this: ClientSocket): void {
  const host = this[own];
  if (host !== undefined) host.hasOpened = true;
}

/** Both the connection and its request get the fact, even if one of them throws. */
function passOn(host: ClientConnectionHost, request: AssignedHost, fact: NetFact): void {
  carryOut(host.pass, host, request, fact);
}

function emitFree(socket: ClientSocket): void {
  forward(socket, 'agent.free');
}

function remove(host: ClientConnectionHost): void {
  host.send(removed);
}

function close(host: ClientConnectionHost): void {
  host.noteClosed();
}
