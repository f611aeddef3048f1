/** The connection: models ConnectionHost.ts. */
import type { ConnectionEmission, ConnectionEvent, PeerFault } from '../../../src/events/connection.js';
import { Machine } from '../kit/machine.js';
import type { Exchange } from './exchange.js';
import type { Found, Head } from './found.js';
import type { World } from './world.js';

export type ConnectionMachine = Machine<ConnectionEvent, ConnectionEmission>;

/** A packet without a body but with this many facts contains more than one request. */
const MANY = 4;

export class Host {
  readonly machine: ConnectionMachine;
  readonly #world: World;
  #handingOut: Found[] = [];
  #head: Head | undefined;
  #hasExcess = false;
  /** Another request may follow the one whose head is handed out. */
  persists = true;
  /** The exchange that was opened last. */
  #opened: Exchange | undefined;

  constructor(world: World, at?: ConnectionMachine['at']) {
    this.#world = world;
    this.machine = new Machine('connection', (emission) => this.#deliver(emission), world.taken, at);
  }

  announceClose(): void {
    this.#announce('server.closing');
  }

  announceDrain(): void {
    this.#announce('server.draining');
  }

  #announce(type: 'server.closing' | 'server.draining'): void {
    this.#world.state.announced = true;
    const openEnded = this.#world.queue.isOpenEnded && !this.#hasReadMore;
    this.machine.send({ type, openEnded });
  }

  /** The drain is over. */
  cut(): void {
    const { queue, state } = this.#world;
    this.machine.send({ type: 'server.cutting', unsent: !state.ended && !state.destroyed && queue.isUnsent });
  }

  get #hasReadMore(): boolean {
    return this.#handingOut.some(({ type }) => type === 'head');
  }

  closeIdle(): void {
    this.machine.send({ type: 'user.closeIdle' });
  }

  /** A chunk of the peer. */
  receive(found: readonly Found[]): void {
    const { state, turns, queue } = this.#world;
    turns.turn(() => {
      if (state.destroyed || state.givenAway) return;
      state.packets++;
      if (state.shutOut) {
        this.#hasExcess = true;
        this.machine.send({ type: 'net.excess', much: false });
        return;
      }
      state.begun = found.at(-1)?.type !== 'complete';
      const isMany = lengthOf(found) >= MANY && !found.some(({ type }) => type === 'body');
      if (isMany) queue.expectMany(true);
      this.#handingOut = [...found];
      this.#handOut();
      if (isMany) queue.expectMany(false);
    });
  }

  #handOut(): void {
    const { turns } = this.#world;
    for (let fact = this.#handingOut.shift(); fact !== undefined; fact = this.#handingOut.shift()) {
      this.#step(fact);
      const [next] = this.#handingOut;
      if (next === undefined || !this.#endsBetween(fact, next)) continue;
      if (next.type === 'head') this.#step({ type: 'partial' });
      turns.afterTicks(() => this.#handOut());
      return;
    }
  }

  /** The turn ends after a part of a body and before trailers, and once there were some, before a head. */
  #endsBetween(fact: Found, next: Found): boolean {
    const { setup, state } = this.#world;
    if (setup.transport !== 'tcp') return false;
    if (fact.type === 'body') return true;
    return next.type === 'complete' ? next.trailers === true : next.type === 'head' && state.hadTrailers;
  }

  #step(found: Found): void {
    const { queue } = this.#world;
    switch (found.type) {
      case 'head':
        this.#receiveHead(found);
        break;
      case 'body':
        queue.receive(found.text);
        break;
      case 'complete':
        if (found.trailers) this.#world.state.hadTrailers = true;
        queue.complete(found.trailers);
        this.machine.send({ type: 'wire.complete' });
        break;
      case 'partial':
        this.machine.send({ type: 'wire.partial' });
        break;
      case 'malformed':
        this.machine.send({ type: 'wire.malformed', ...this.#fault(found.code) });
        break;
    }
  }

  #receiveHead(head: Head): void {
    const { queue, setup, state } = this.#world;
    const { changesTo } = head;
    const isSurplus = this.#isSurplus() && head.kind !== 'unhosted';
    const kind = isSurplus ? 'surplus' : head.kind;
    this.#head = head;
    this.persists = head.persists && (!state.announced || changesTo !== 'none' || this.#hasReadMore);
    const { persists } = this;
    const hasListener = (kind === 'continue' || kind === 'expectation') && setup.checks;
    const crowded = queue.isCrowded;
    this.machine.send({ type: 'wire.head', head: kind, kind, changesTo, hasListener, persists, crowded });
  }

  #isSurplus(): boolean {
    const { state, setup } = this.#world;
    if (setup.limit === 0) return false;
    state.heads = Math.min(state.heads + 1, setup.limit + 1);
    return state.heads > setup.limit;
  }

  /** The peer has sent FIN. */
  ended(): void {
    const { state, setup, queue } = this.#world;
    const { halfOpen } = setup;
    const isCut = !state.shutOut && state.parsing.at !== 'start' && state.parsing.at !== 'broken';
    const isLast = isCut && !halfOpen && queue.hasOthers;
    if (isCut) {
      const type = isLast ? 'wire.truncated' : 'wire.malformed';
      this.machine.send({ type, ...this.#fault('HPE_INVALID_EOF_STATE', isLast) });
    }
    state.begun = false;
    if (!isCut || isLast) this.machine.send({ type: 'net.ended', halfOpen });
  }

  /** Our side has sent FIN. */
  finished(): void {
    // Requests that declare that they are the last come whole.
    const settled = this.#head?.persists === false && !this.#hasExcess;
    this.machine.send({ type: 'net.finished', settled });
  }

  /** The socket has failed. */
  fail(error: string): void {
    this.machine.send({ type: 'net.failed', ...this.#fault(error, false, true) });
  }

  /** Deadlines have passed. */
  expire(): void {
    const { state } = this.#world;
    if (!state.begun || state.destroyed || state.givenAway) return;
    const fault = this.#fault('ERR_HTTP_REQUEST_TIMEOUT');
    this.machine.send({ type: 'clock.expired', headLate: true, wholeLate: true, ...fault });
  }

  /** Nothing has happened on the socket for a while. */
  timeOut(): void {
    this.machine.send({ type: 'net.timedOut', hasListener: this.#world.setup.listensToTimeouts });
  }

  closed(): void {
    this.machine.send({ type: 'net.closed' });
    this.#world.queue.close();
  }

  #fault(code: string, isTruncated = false, isFailure = false): PeerFault {
    const { queue, state, setup } = this.#world;
    const preceded = queue.hasOthers;
    if (preceded) state.parted ??= isTruncated ? 'cut-after' : 'late-fault';
    else if (!isFailure && queue.hasEarlyResponse && !state.ended) state.parted ??= 'one-response';
    const unsent = !state.ended && !state.destroyed && queue.isUnsent;
    return { error: code as unknown as Error, hasListener: setup.listensToErrors, unsent, preceded };
  }

  #deliver(emission: ConnectionEmission): void {
    const world = this.#world;
    const { state, queue, socket, writer, door } = world;
    switch (emission.type) {
      case 'io.open':
        this.#opened = queue.add(this.#head as Head);
        break;
      case 'server.request':
      case 'server.checkContinue':
      case 'server.checkExpectation':
        this.#emit(emission.type, this.#opened as Exchange);
        break;
      case 'server.dropRequest':
        queue.number(this.#opened as Exchange);
        world.record(emission.type);
        break;
      case 'io.continue':
        (this.#opened as Exchange).responding.interim();
        break;
      case 'io.respond':
        this.#respond(this.#opened as Exchange, emission.closes);
        break;
      case 'io.attach':
        queue.attach();
        break;
      case 'io.reserve':
        if (queue.due[0]?.facts.ended === false) state.parted ??= 'in-turn';
        world.reserve();
        break;
      case 'io.detach':
        state.givenAway = true;
        this.#handingOut = [];
        writer.leave();
        door.forgets();
        break;
      case 'server.upgrade':
      case 'server.connect':
        state.requests++;
        world.record(`${emission.type} req${state.requests}`);
        break;
      case 'server.clientError':
        world.record(`server.clientError ${emission.error}`);
        break;
      case 'server.timeout':
        if (world.setup.listensToTimeouts) world.record('server.timeout');
        break;
      case 'io.holdFault':
        state.fault = emission.error as unknown as string;
        break;
      case 'io.reportFault':
        this.machine.send({ type: 'response.unblocked', ...this.#fault(state.fault as string) });
        break;
      case 'io.stopDeadlines':
        state.begun = false;
        break;
      case 'io.refuse':
        writer.leave();
        socket.destroy(emission.error as unknown as string);
        break;
      case 'io.fail':
        socket.destroy(emission.error as unknown as string);
        break;
      case 'io.destroy':
      case 'io.turnAway':
      case 'io.cut':
        writer.leave();
        socket.destroy();
        break;
      case 'io.end':
        queue.shut();
        socket.end();
        break;
      case 'io.endSoon':
        writer.leave();
        socket.destroySoon();
        break;
      case 'io.settle':
        this.#settle();
        break;
      case 'io.linger':
        state.parted ??= 'lingering-close';
        break;
      case 'io.startIdle':
        state.idle = world.setup.hurries;
        break;
      case 'io.stopIdle':
        state.idle = false;
        break;
      case 'io.pause':
        state.shutByQueue = true;
        break;
      case 'io.resume':
        state.shutByQueue = false;
        break;
      case 'io.markLast':
        queue.markLast();
        break;
      case 'io.poll':
        this.#afterPoll(() => this.machine.send({ type: 'clock.polled' }));
        break;
      case 'io.ignore':
        state.shutOut = true;
        state.begun = false;
        break;
      case 'io.truncate':
        queue.cut();
        break;
      case 'io.abandon':
        this.#handingOut = [];
        door.forgets();
        queue.abandon();
        break;
    }
  }

  #settle(): void {
    const { state } = this.#world;
    const { packets } = state;
    this.#afterPoll(() => {
      const sending = state.shutByReader || state.shutByQueue || state.packets !== packets;
      this.machine.send({ type: 'clock.settled', sending });
    });
  }

  #afterPoll(task: () => void): void {
    const { turns } = this.#world;
    turns.turn(() => turns.turn(task));
  }

  /** Responds here. */
  #respond({ facts, responding }: Exchange, closes: boolean): void {
    if (closes) {
      facts.keeps = false;
      this.#world.state.reading = false;
    }
    responding.carryOut('res.end');
  }

  #emit(event: string, exchange: Exchange): void {
    const world = this.#world;
    world.queue.number(exchange);
    exchange.facts.hidden = false;
    if (event === 'server.checkContinue') exchange.facts.awaits100 = true;
    world.record(event);
    const { setup } = world;
    if (event !== 'server.request') return;
    if (setup.reads) exchange.requested.listenToData();
    const calls = () => {
      for (const call of setup.atOnce) world.call(call, exchange);
    };
    if (setup.isLater) world.turns.turn(calls);
    else calls();
  }
}

/** The number of facts as the parser counts them: a change of protocol is a separate one. */
function lengthOf(found: readonly Found[]): number {
  return found.length + found.filter((fact) => fact.type === 'head' && fact.changesTo !== 'none').length;
}
