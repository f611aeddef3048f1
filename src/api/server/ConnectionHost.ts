/**
 * Binds the machine of one connection to the world: facts of the socket and of the parser go in, what the machine tells
 * goes to the server and its messages, what it orders is carried out here.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { carryOut } from '../../engine/program.js';
import type { ConnectionEmission, ConnectionEvent } from '../../events/connection.js';
import type { NetFact } from '../../events/net.js';
import type { MessageHead, WireFact } from '../../events/wire.js';
import { afterPoll, IdleTimer, now, throwAtTurnEnd } from '../../io/clock.js';
import { conceal } from '../../io/conceal.js';
import { Excess } from '../../io/excess.js';
import { Feed, isBody, isComplete } from '../../io/feed.js';
import { Gate, PIPELINE } from '../../io/gate.js';
import { BODY_MAY_FOLLOW, type Leniency, Parser, UPGRADE } from '../../io/llhttp.js';
import { facts, Listener, timeOut } from '../../io/socket.js';
import { connectionMachine } from '../../machines/connection.js';
import { errorResponse } from '../../rules/error-response.js';
import { refuseEncoding } from '../compat/encoding.js';
import { requestTimeout } from '../compat/errors.js';
import { durationOf, headersLimit, limitOf } from '../compat/limits.js';
import { own } from '../compat/own.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { leniencyOf } from '../process/strictness.js';
import type { Linked } from './Connections.js';
import { Exchanges } from './Exchanges.js';
import { type HeadHost, headFact } from './headFact.js';
import type { ConnectionServer, ExchangesHost } from './owners.js';
import type { ServerSocket } from './ServerSocket.js';

const chart = compile(connectionMachine);
const isInHead = chart.matcher('reading.awaiting');

const partial: ConnectionEvent = { type: 'wire.partial' };
const complete: ConnectionEvent = { type: 'wire.complete' };
const polled: ConnectionEvent = { type: 'clock.polled' };
const lulled: ConnectionEvent = { type: 'clock.cooled' };

export class ConnectionHost extends Feed implements ExchangesHost, HeadHost, Linked<ConnectionHost> {
  readonly server: ConnectionServer<ConnectionHost>;
  readonly socket: ServerSocket;
  readonly actor: Actor<{ changesTo: string }, ConnectionEvent, ConnectionEmission>;
  readonly gate: Gate;
  // Its neighbours among the connections of the server.
  before: ConnectionHost | undefined;
  after: ConnectionHost | undefined;
  // As heads on it need them, with their meanings: HeadHost.
  requests = 0;
  persists = true;
  isLeaving = false;
  // What the parser asks of its owner.
  readonly kind = 'request';
  readonly maxHeaderSize: number;
  readonly maxHeadersCount: number;
  readonly lenient: Leniency;

  private readonly listener: Listener<NetFact>;
  readonly exchanges: Exchanges;
  private idle: IdleTimer<Duplex> | undefined;
  /** When the message that is being read has begun, in ms; 0 between messages. */
  private begun: number;
  private isMany = false;
  /** What comes is not processed. */
  private isIgnoring = false;
  private excess: Excess | undefined;
  /** What the peer is refused for. */
  private fault: Error | undefined;
  /** The request whose protocol is taken over, and what came behind its head. */
  private upgrading: IncomingMessage | undefined;
  private rest: Buffer | undefined;

  constructor(server: ConnectionServer<ConnectionHost>, socket: ServerSocket) {
    super();
    this.server = server;
    this.socket = socket;
    this.maxHeaderSize = server._maxHeaderSize();
    this.maxHeadersCount = headersLimit(server.maxHeadersCount);
    this.lenient = leniencyOf(server);
    this.gate = new Gate(socket);
    this.begun = now();
    this.actor = start(chart, this);
    this.exchanges = new Exchanges(this);
    this.parser = Parser.acquire(this);
    socket.server = server;
    conceal(socket, own, this);
    socket.parser = this.parser;
    socket.setEncoding = refuseEncoding;
    this.time();
    this.listener = new Listener(this);
    facts(socket, true).subscribe(this.listener);
  }

  /**
   * For the parser: whether the connection leaves HTTP behind this head. What the programmer's `shouldUpgradeCallback`
   * throws is thrown when the requests before it are handed out, and doesn't lose them.
   */
  decide(head: MessageHead): number {
    if (!head.upgrade) return BODY_MAY_FOLLOW;
    if (head.method === 'CONNECT') return UPGRADE;
    try {
      return this.server._shouldUpgrade(head, this.socket) ? UPGRADE : BODY_MAY_FOLLOW;
    } catch (error) {
      throwAtTurnEnd(error);
      return BODY_MAY_FOLLOW;
    }
  }

  /** The request that is read, for those who look into `socket.parser`. */
  set incoming(request: IncomingMessage | null) {
    this.parser.incoming = request;
  }

  /** Ends the connection when it serves nobody (`server.closeIdleConnections`). */
  closeIdle(): void {
    this.actor.send({ type: 'user.closeIdle' });
  }

  announceClose(): void {
    this.isLeaving = true;
    this.actor.send({ type: 'server.closing', openEnded: this.exchanges.isOpenEnded && !this.hasReadMore });
  }

  /** Tells an expired deadline. `time` is now, in ms. */
  checkDeadlines(time: number): void {
    if (this.begun === 0) return;
    const headersTimeout = limitOf(this.server.headersTimeout);
    const whole = limitOf(this.server.requestTimeout);
    const elapsed = time - this.begun;
    if ((headersTimeout > 0 && elapsed >= headersTimeout && isInHead(this.actor)) || (whole > 0 && elapsed >= whole)) {
      this.refuse('clock.expired', requestTimeout());
    }
  }

  /** For the socket. */
  take(fact: NetFact): void {
    switch (fact.type) {
      case 'net.bytes':
        if (this.isIgnoring) {
          this.idle?.touch();
          this.excess ??= new Excess(() => this.actor.send(lulled));
          this.actor.send({ type: 'net.excess', much: this.excess.add((fact.chunk as Buffer).length) });
          break;
        }
        this.lent = fact.lent;
        this.feed(fact.chunk as Buffer);
        break;
      case 'net.drained':
        this.exchanges.drained();
        break;
      case 'net.timedOut':
        this.actor.send({ type: 'net.timedOut', hasListener: this.exchanges.hasTimeoutListener() });
        break;
      case 'net.ended':
        this.end();
        break;
      case 'net.failed':
        this.refuse('net.failed', fact.error);
        break;
      case 'net.finished':
      case 'net.closed':
        this.actor.send(fact);
        break;
    }
  }

  protected override opens(found: readonly WireFact[]): void {
    this.watch(found);
    this.isMany = found.length > 3 && !found.some(isBody);
    if (this.isMany) this.exchanges.expectMany(true);
  }

  protected override closes(): void {
    if (this.isMany) this.exchanges.expectMany(false);
  }

  /** Notes when the message that is still being read has begun. */
  private watch(found: readonly WireFact[]): void {
    // Line ends between requests are nothing (RFC 9112 §2.2): they don't keep a connection.
    if (found.length > 0 || this.begun !== 0) this.idle?.touch();
    if (found.length === 0) return;
    if (isComplete(found[found.length - 1] as WireFact)) this.begun = 0;
    else if (this.begun === 0 || found.some(isComplete)) this.begun = now();
  }

  /**
   * It needn't end when nothing but the end of the message follows and its reader flows: that takes turns of its own. Before a
   * fault it ends behind a head, too: what the handler has written leaves.
   */
  protected override breathes(fact: WireFact, next: WireFact): boolean {
    if (fact.type === 'wire.body') {
      const isLast = next.type === 'wire.complete' && this.at === this.found.length - 1;
      return (!isLast || !this.exchanges.isFlowing) && this.socket instanceof Socket;
    }
    return fact.type === 'wire.head' && next.type === 'wire.malformed' && this.socket instanceof Socket;
  }

  protected step(fact: WireFact): void {
    carryOut(this.act, this as ConnectionHost, fact, undefined);
  }

  private act(fact: WireFact): void {
    switch (fact.type) {
      case 'wire.head': {
        const next = this.found[this.at];
        const leaves = next?.type === 'wire.upgraded';
        if (leaves) {
          this.rest = next.rest;
          this.at++;
        }
        this.actor.send(headFact(this, fact.head, leaves, this.exchanges.isCrowded));
        break;
      }
      case 'wire.upgraded':
        this.rest = Buffer.concat([this.rest as Buffer, fact.rest]);
        break;
      case 'wire.body':
        this.exchanges.read(fact);
        break;
      case 'wire.complete': {
        const { isAboutToFlow } = this.exchanges;
        this.exchanges.complete(fact);
        this.actor.send(complete);
        this.gate.wake();
        if (isAboutToFlow) this.gate.wakeAtTurnEnd();
        break;
      }
      case 'wire.partial':
        this.actor.send(partial);
        break;
      case 'wire.malformed':
        this.refuse('wire.malformed', fact.error);
        break;
    }
  }

  /** The end may complete a message: with `insecureHTTPParser`, one whose last coding isn't chunked. */
  protected atEnd(found: readonly WireFact[]): void {
    const [end] = found;
    const { httpAllowHalfOpen: halfOpen } = this.server;
    const isCut = end?.type === 'wire.malformed';
    const isLast = isCut && !halfOpen && this.exchanges.hasOthers;
    try {
      if (isCut && !this.isIgnoring) this.refuse(isLast ? 'wire.truncated' : 'wire.malformed', end.error);
      else if (end !== undefined && !isCut) this.handOut(found);
    } finally {
      // Behind FIN no deadline can be kept.
      this.begun = 0;
      if (!isCut || isLast || this.isIgnoring) this.actor.send({ type: 'net.ended', halfOpen });
    }
  }

  private refuse(type: 'wire.malformed' | 'wire.truncated' | 'clock.expired' | 'net.failed', error: Error): void {
    this.fault = error;
    this.begun = 0;
    const hasListener = this.server.listenerCount('clientError') > 0;
    const unsent = this.socket.writable && this.exchanges.isUnsent;
    this.actor.send({ type, hasListener, unsent, preceded: this.exchanges.hasOthers });
  }

  deliver(emission: ConnectionEmission): void {
    const { server, socket, exchanges } = this;
    switch (emission.type) {
      case 'server.request':
      case 'server.checkContinue':
      case 'server.checkExpectation':
        exchanges.open(emission.head as MessageHead, emission.type);
        break;
      case 'io.continue':
        exchanges.open(emission.head as MessageHead, 'server.request', true);
        break;
      case 'io.stopIdle':
        this.beBusy();
        break;
      case 'io.startIdle':
        this.beIdle();
        break;
      case 'server.dropRequest':
        exchanges.drop(emission.head as MessageHead);
        break;
      case 'io.respond':
        exchanges.respond(emission.head as MessageHead, emission.status);
        break;
      case 'io.reserve':
        this.upgrading = exchanges.reserve(emission.head as MessageHead);
        break;
      case 'io.detach':
        this.detach();
        break;
      case 'server.upgrade':
      case 'server.connect':
        if (this.upgrading !== undefined) forward(server, emission.type, this.upgrading, socket, this.rest);
        break;
      case 'server.clientError':
        exchanges.flush();
        forward(server, emission.type, this.fault, socket);
        break;
      case 'server.timeout':
        exchanges.emitTimeout();
        forward(server, emission.type, socket);
        break;
      case 'io.reportFault':
        this.refuse('wire.malformed', this.fault as Error);
        break;
      case 'io.refuse':
        exchanges.flush();
        socket.write(errorResponse((this.fault as NodeJS.ErrnoException).code), 'latin1');
        socket.destroy(this.fault);
        break;
      case 'io.fail':
        exchanges.flush();
        socket.destroy(this.fault);
        break;
      case 'io.destroy':
        exchanges.flush();
        socket.destroy();
        break;
      case 'io.end':
        exchanges.shut();
        socket.end();
        break;
      case 'io.endSoon':
        exchanges.flush();
        if (socket.destroySoon) socket.destroySoon();
        else socket.end();
        break;
      case 'io.pause':
        this.gate.shut(PIPELINE);
        break;
      case 'io.resume':
        this.gate.open(PIPELINE);
        break;
      case 'io.markLast':
        exchanges.sayClose();
        break;
      case 'io.poll':
        afterPoll(poll, this as ConnectionHost);
        break;
      case 'io.ignore':
        this.isIgnoring = true;
        this.begun = 0;
        break;
      case 'io.truncate':
        exchanges.cut();
        break;
      case 'io.abandon':
        this.free();
        exchanges.abandon();
        break;
    }
  }

  private beIdle(): void {
    const period = durationOf(this.server.keepAliveTimeout);
    // Nothing else would end it, and a server that closes waits for its end.
    if (period === 0 && this.isLeaving) this.closeIdle();
    if (period === 0) return;
    if (this.socket.timeout) this.socket.setTimeout?.(0);
    this.idle ??= new IdleTimer(timeOut, this.socket);
    this.idle.start(durationOf(period + limitOf(this.server.keepAliveTimeoutBuffer)));
  }

  private beBusy(): void {
    this.idle?.stop();
    this.time();
  }

  /** Times the inactivity of the socket, if the server is to. */
  private time(): void {
    const timeout = durationOf(this.server.timeout);
    if (timeout > 0) this.socket.setTimeout?.(timeout);
  }

  /** Takes everything of ours off the socket, for somebody else. */
  private detach(): void {
    if (this.backlog !== undefined) this.rest = Buffer.concat([this.rest as Buffer, ...this.backlog]);
    this.free();
    this.exchanges.detach();
    this.listener.unsubscribe();
    this.socket.parser = null;
    this.socket[own] = undefined;
    delete (this.socket as { setEncoding?: unknown }).setEncoding;
  }

  private free(): void {
    this.drop();
    this.idle?.free();
    this.excess?.free();
    this.parser.free();
    this.server._forget(this);
  }
}

function poll(host: ConnectionHost): void {
  host.actor.send(polled);
}
