/**
 * Binds the machine of one connection to the world: facts of the socket and of the parser are sent to it, what it emits for the
 * program goes to the server and its messages, what it orders is carried out here.
 */
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { startNowhere } from '../../engine/place.js';
import { carryOut } from '../../engine/program.js';
import { tapped } from '../../engine/tap.js';
import type { ConnectionEmission, ConnectionEvent, PeerFault } from '../../events/connection.js';
import type { ConnectionFacts } from '../../events/facts.js';
import type { NetFact } from '../../events/net.js';
import type { MessageHead, WireFact } from '../../events/wire.js';
import { now, throwAtTurnEnd } from '../../io/clock.js';
import { conceal } from '../../io/conceal.js';
import { Excess } from '../../io/excess.js';
import { isBody } from '../../io/feed.js';
import { Gate, PIPELINE } from '../../io/gate.js';
import { BODY_MAY_FOLLOW, type Leniency, Parser, UPGRADE } from '../../io/llhttp.js';
import { asked } from '../../io/record.js';
import { facts } from '../../io/socket.js';
import { connectionMachine } from '../../machines/connection.js';
import { isSettled } from '../../rules/linger.js';
import { subjectOf } from '../compat/describe.js';
import { refuseEncoding } from '../compat/encoding.js';
import { requestTimeout } from '../compat/errors.js';
import { headersLimit } from '../compat/limits.js';
import { own } from '../compat/own.js';
import { forgetReading } from '../compat/readable.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { ignoresExcess } from '../process/asNode.js';
import { startOnConnection } from '../process/history.js';
import { leniencyOf } from '../process/strictness.js';
import { ConnectionEnd } from './ConnectionEnd.js';
import type { Linked } from './Connections.js';
import { keepTime } from './clockOrders.js';
import * as events from './connectionEvents.js';
import { Deadlines } from './Deadlines.js';
import type { Drain } from './Drain.js';
import { Exchanges } from './Exchanges.js';
import { endSocket } from './endings.js';
import { ConnectionView } from './facts.js';
import { type HeadHost, headFact } from './headFact.js';
import type { ConnectionServer, ExchangesHost } from './owners.js';
import type { ServerSocket } from './ServerSocket.js';
import { endsBetween, isLong, type TurnsHost } from './turns.js';

const chart = compile(connectionMachine);

export class ConnectionHost
  extends ConnectionEnd
  implements ExchangesHost, HeadHost, TurnsHost, Linked<ConnectionHost>
{
  readonly server: ConnectionServer<ConnectionHost>;
  readonly socket: ServerSocket;
  readonly actor: Actor<{ changesTo: string }, ConnectionEvent, ConnectionEmission>;
  readonly gate: Gate;
  // Its neighbours among the connections of the server.
  before: ConnectionHost | undefined;
  after: ConnectionHost | undefined;
  // Members of HeadHost, documented there.
  requests = 0;
  counted = 0;
  isLimited = false;
  persists = true;
  isLastOfPeer = false;
  isLeaving = false;
  // Members of TurnsHost.
  sendsLong = false;
  // Members that the parser reads.
  readonly maxHeaderSize: number;
  readonly maxHeadersCount: number;
  readonly ignoresExcess: boolean;
  readonly lenient: Leniency;

  get kind(): 'request' {
    return 'request';
  }

  /** For the parser. An observer may keep what it sees. */
  get discards(): boolean {
    return this.exchanges.isDiscarding && !tapped;
  }

  readonly exchanges: Exchanges;
  readonly deadlines: Deadlines;
  /** The drain of the server, if it drains. */
  declare drain: Drain | undefined;
  private isMany = false;
  /** What arrives is not processed. */
  private isIgnoring = false;
  /** Once something has arrived since. */
  declare excess: Excess | undefined;

  constructor(server: ConnectionServer<ConnectionHost>, socket: ServerSocket) {
    super();
    this.server = server;
    this.socket = socket;
    this.maxHeaderSize = server._maxHeaderSize();
    this.maxHeadersCount = headersLimit(server.maxHeadersCount);
    this.ignoresExcess = ignoresExcess(server._rejectsExcess, this.kind);
    this.lenient = leniencyOf(server);
    this.gate = new Gate(socket);
    startOnConnection();
    this.actor = start(chart, this);
    startNowhere();
    this.exchanges = new Exchanges(this);
    this.parser = Parser.acquire(this);
    socket.server = server;
    conceal(socket, own, this);
    socket.parser = this.parser;
    socket.setEncoding = refuseEncoding;
    this.deadlines = new Deadlines(server, socket);
    facts(socket, true).subscribe(this);
  }

  /**
   * Called by the parser: whether the connection leaves HTTP after this head. An exception of the program's
   * `shouldUpgradeCallback` is thrown once the requests before it were handed out, so that none of them is lost.
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

  /** The request that is read, for programs that look into `socket.parser`. */
  set incoming(request: IncomingMessage | null) {
    this.parser.incoming = request;
  }

  /** `server.closeIdleConnections()` */
  closeIdle(): void {
    this.sendCause(events.closeIdle);
  }

  announceClose(): void {
    this.isLeaving = true;
    this.send({ type: 'server.closing', openEnded: this.isOpenEnded });
  }

  announceDrain(drain: Drain): void {
    this.isLeaving = true;
    this.drain = drain;
    this.send({ type: 'server.draining', openEnded: this.isOpenEnded });
  }

  /** The drain is over. */
  cut(): void {
    this.sendCause({ type: 'server.cutting', unsent: this.socket.writable && this.exchanges.isUnsent });
  }

  /** The last response that is due may still be the last of the connection. */
  private get isOpenEnded(): boolean {
    return this.exchanges.isOpenEnded && !this.hasReadMore;
  }

  facts(): ConnectionFacts {
    return new ConnectionView(this);
  }

  /** The only entrance to the machine. */
  send(event: ConnectionEvent): void {
    this.actor.send(event);
  }

  /** @param time now, in ms */
  checkDeadlines(time: number): void {
    const passed = this.deadlines.passed(time);
    if (passed !== undefined) this.sendCause({ type: 'clock.expired', ...passed, ...this.faultOf(requestTimeout()) });
  }

  /** Receives the facts of the socket. */
  take(fact: NetFact): void {
    now();
    switch (fact.type) {
      case 'net.bytes':
        if (this.isIgnoring) {
          this.deadlines.touch();
          this.excess ??= new Excess(this.actor, () => this.send(events.cooled));
          this.send({ type: 'net.excess', much: this.excess.add((fact.chunk as Buffer).length) });
          break;
        }
        this.lent = fact.lent;
        this.feed(fact.chunk as Buffer);
        break;
      case 'net.drained':
        this.exchanges.drained();
        break;
      case 'net.timedOut':
        this.sendCause({ type: 'net.timedOut', hasListener: this.exchanges.hasTimeoutListener() });
        break;
      case 'net.ended':
        this.end();
        break;
      case 'net.failed':
        this.sendCause({ type: fact.type, ...this.faultOf(fact.error) });
        break;
      case 'net.finished':
        this.sendCause(events.finished(asked(isSettled(this, this.parser.isBetween))));
        this.noteHalf('us');
        break;
      case 'net.closed':
        this.sendCause(fact);
        break;
    }
  }

  protected override opens(found: readonly WireFact[]): void {
    this.deadlines.see(found);
    this.isMany = found.length > 3 && !found.some(isBody);
    if (this.isMany) this.exchanges.expectMany(true);
  }

  protected override closes(): void {
    if (this.isMany) this.exchanges.expectMany(false);
  }

  protected override breathes(fact: WireFact, next: WireFact): boolean {
    return endsBetween(this, fact, next);
  }

  protected step(fact: WireFact): void {
    carryOut(this.act, this as ConnectionHost, fact, undefined);
  }

  private act(fact: WireFact): void {
    this.sendsLong ||= isLong(fact);
    switch (fact.type) {
      case 'wire.head':
        this.send(headFact(this, fact.head, this.rest !== undefined, this.exchanges.isCrowded));
        break;
      case 'wire.body':
        this.exchanges.read(fact);
        break;
      case 'wire.complete':
        this.exchanges.complete(fact);
        this.send(events.complete);
        this.gate.wake();
        break;
      case 'wire.partial':
        this.send(events.partial);
        break;
      case 'wire.malformed':
        this.sendCause({ type: fact.type, ...this.faultOf(fact.error) });
        break;
    }
  }

  /** The end may complete a message: with `insecureHTTPParser`, one whose last coding isn't chunked. */
  protected atEnd(found: readonly WireFact[]): void {
    const [end] = found;
    const { httpAllowHalfOpen: halfOpen } = this.server;
    const isTruncated = end?.type === 'wire.malformed';
    const isLast = isTruncated && !halfOpen && this.exchanges.hasOthers;
    try {
      if (isTruncated && !this.isIgnoring) {
        this.sendCause({ type: isLast ? 'wire.truncated' : 'wire.malformed', ...this.faultOf(end.error) });
      } else if (end !== undefined && !isTruncated) this.handOut(found);
    } finally {
      // No deadline can be met after FIN.
      this.deadlines.clear();
      if (!isTruncated || isLast || this.isIgnoring) this.sendCause({ type: 'net.ended', halfOpen });
      this.noteHalf('peer');
    }
  }

  protected override faultOf(error: Error): PeerFault {
    return {
      error,
      hasListener: this.server.listenerCount('clientError') > 0,
      unsent: this.socket.writable && this.exchanges.isUnsent,
      preceded: this.exchanges.hasOthers,
    };
  }

  deliver(emission: ConnectionEmission): void {
    const { server, socket, exchanges } = this;
    switch (emission.type) {
      case 'io.open':
        exchanges.open(emission.head as MessageHead);
        break;
      case 'server.request':
      case 'server.checkContinue':
      case 'server.checkExpectation':
        exchanges.emit(emission.type);
        break;
      case 'server.dropRequest':
        exchanges.emitDropped(emission.type);
        break;
      case 'io.continue':
        exchanges.continue();
        break;
      case 'io.respond':
        exchanges.respond(emission.status, emission.closes);
        break;
      case 'io.startIdle':
      case 'io.stopIdle':
      case 'io.stopDeadlines':
      case 'io.poll':
      case 'io.settle':
      case 'io.linger':
        keepTime(this, emission);
        break;
      case 'io.attach':
        exchanges.attachOldest();
        break;
      case 'io.reserve':
        this.upgrading = exchanges.reserve(emission.head as MessageHead);
        break;
      case 'io.detach':
        this.noteHandOver();
        this.detach();
        server._handOver({ socket, connection: this.actor.connection, what: subjectOf(this.upgrading) });
        break;
      case 'server.upgrade':
      case 'server.connect':
        if (this.upgrading !== undefined) forward(server, emission.type, this.upgrading, socket, this.rest);
        break;
      case 'server.clientError':
        this.noteEnd(emission.type);
        exchanges.flush();
        forward(server, emission.type, emission.error, socket);
        break;
      case 'server.timeout':
        exchanges.emitTimeout();
        forward(server, emission.type, socket);
        break;
      case 'io.holdFault':
        this.holdFault(emission.error);
        break;
      case 'io.reportFault':
        this.reportFault();
        break;
      case 'io.refuse':
      case 'io.fail':
      case 'io.destroy':
      case 'io.turnAway':
      case 'io.cut':
      case 'io.end':
      case 'io.endSoon':
        endSocket(this, emission);
        break;
      case 'io.pause':
        this.gate.shut(PIPELINE);
        break;
      case 'io.resume':
        this.gate.open(PIPELINE);
        break;
      case 'io.markLast':
        exchanges.markLast();
        break;
      case 'io.ignore':
        this.isIgnoring = true;
        this.deadlines.clear();
        break;
      case 'io.truncate':
        exchanges.cut();
        break;
      case 'io.countResponse':
        (this.drain as Drain).responses++;
        break;
      case 'io.abandon':
        this.noteEnd(emission.type);
        this.free();
        exchanges.abandon();
        break;
    }
  }

  /** Removes everything of ours from the socket. */
  private detach(): void {
    this.gatherRest();
    this.free();
    this.exchanges.detach();
    this.unsubscribe();
    forgetReading(this.socket);
    this.socket.parser = null;
    this.socket[own] = undefined;
  }

  private free(): void {
    this.drop();
    this.deadlines.free();
    this.excess?.free();
    this.parser.free();
    this.server._forget(this);
  }
}
