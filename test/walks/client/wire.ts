/** The socket and its reader: models `net.Socket`, the agent and ClientConnectionHost.ts. */
import type { ClientConnectionEmission } from '../../../src/events/client-connection.js';
import type { ResponseKind } from '../../../src/events/request.js';
import type { Line } from './state.js';
import type { World } from './world.js';

/** The facts that the parser finds in the peer's input. */
export type Found =
  | { readonly type: 'head'; readonly kind: ResponseKind; readonly status: number; readonly keeps: boolean }
  | { readonly type: 'body'; readonly text: string }
  | { readonly type: 'complete'; readonly trailers?: true }
  | { readonly type: 'partial' }
  | { readonly type: 'malformed'; readonly code: string };

interface Lost {
  readonly type: 'net.failed' | 'net.closed';
  readonly error?: string;
}

export class Wire {
  readonly #world: World;
  /** Tasks that wait for the connection. */
  #unflushed: (() => void)[] = [];
  #handingOut: Found[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  get #line(): Line {
    return this.#world.state.line as Line;
  }

  get isGone(): boolean {
    return this.#world.state.line?.destroyed ?? true;
  }

  /** A new socket that connects. */
  begin(isRefused: boolean): void {
    const { state, turns } = this.#world;
    const line: Line = {
      number: 0,
      phase: 'connecting',
      destroyed: false,
      peerEnded: false,
      ended: false,
      shut: false,
      holder: 'nobody',
      removed: false,
      served: false,
      hasSpoken: false,
      parsing: { at: 'start' },
    };
    state.line = line;
    this.#world.connection = undefined;
    turns.turn(() => {
      if (line.destroyed) return;
      if (isRefused) {
        this.destroy('ECONNREFUSED');
        return;
      }
      line.phase = 'open';
      const waiting = this.#unflushed;
      this.#unflushed = [];
      turns.tick(() => {
        for (const flush of waiting) flush();
      });
    });
  }

  /** A request has the socket now. */
  assign(): void {
    const line = this.#line;
    const world = this.#world;
    line.hasSpoken = false;
    line.holder = 'request';
    line.parsing = { at: 'start' };
    world.connection ??= world.makeConnection();
    world.connection.send({ type: 'request.assigned' });
  }

  /** Calls `flush` when the kernel has the current write: at once, or as soon as the socket is connected. */
  whenFlushed(flush: () => void): void {
    const line = this.#line;
    if (line.phase === 'connecting') this.#unflushed.push(flush);
    else if (!line.destroyed) this.#world.turns.tick(flush);
  }

  destroy(error?: string): void {
    const line = this.#line;
    const { turns } = this.#world;
    if (line.destroyed) return;
    line.destroyed = true;
    this.#unflushed = [];
    if (error !== undefined) {
      turns.tick(() => this.#take(line, { type: 'net.failed', error }));
    }
    turns.turn(() => {
      line.phase = 'closed';
      this.#take(line, { type: 'net.closed' });
    });
  }

  /** `socket.end()`, and `destroySoon()`: the rest is sent at once. */
  end(destroys: boolean): void {
    const line = this.#line;
    line.ended = true;
    const finish = () => {
      if (destroys || line.peerEnded) this.destroy();
    };
    if (line.phase === 'connecting') this.#unflushed.push(finish);
    else this.#world.turns.tick(finish);
  }

  shut(): void {
    this.#line.shut = true;
  }

  open(): void {
    this.#line.shut = false;
  }

  /** The peer sends FIN: our side sends it, too. */
  peerEnds(): void {
    const line = this.#line;
    this.#world.turns.turn(() => {
      line.peerEnded = true;
      this.end(false);
      this.#ended(line);
    });
  }

  peerResets(): void {
    this.#world.turns.turn(() => this.destroy('ECONNRESET'));
  }

  /** A chunk of the peer. */
  receive(found: readonly Found[]): void {
    this.#world.turns.turn(() => {
      const line = this.#line;
      if (line.destroyed || line.holder === 'program') return;
      if (line.holder !== 'request') {
        this.#world.connection?.send({ type: 'wire.unsolicited' });
        return;
      }
      line.hasSpoken = true;
      this.#handOut(found);
    });
  }

  #handOut(found: readonly Found[]): void {
    this.#handingOut = [...found];
    for (let fact = this.#handingOut.shift(); fact !== undefined; fact = this.#handingOut.shift()) this.#step(fact);
  }

  #step(found: Found): void {
    const { connection, request, response, requesting, state } = this.#world;
    if (this.#line.holder !== 'request') {
      connection?.send({ type: 'wire.unsolicited' });
      return;
    }
    switch (found.type) {
      case 'head':
        requesting.receiveHead(found);
        break;
      case 'body':
        response?.send({ type: 'wire.body', chunk: found.text as never });
        break;
      case 'complete':
        if (found.trailers) response?.send({ type: 'wire.trailers', lines: ['a', 'b'] });
        response?.send({ type: 'wire.complete', hasListener: true });
        requesting.completed();
        break;
      case 'partial':
        if (state.reader?.complete) connection?.send({ type: 'wire.unsolicited' });
        break;
      case 'malformed':
        requesting.fault(found.code, true);
        request?.send({ type: 'wire.malformed' });
        break;
    }
  }

  #ended(line: Line): void {
    const { connection, request, requesting } = this.#world;
    if (line.holder === 'program') return;
    if (line.holder !== 'request') {
      connection?.send({ type: 'net.ended' });
      return;
    }
    if (line.parsing.at === 'body' && line.parsing.framing === 'endless') {
      line.parsing = { at: 'start' };
      this.#handOut([{ type: 'complete' }]);
    }
    const retriable = requesting.isRetriable;
    connection?.send({ type: 'net.ended' });
    request?.send({ type: 'net.ended', retriable });
  }

  /** A fact of the socket, and the calls in its listeners. */
  #take(line: Line, fact: Lost): void {
    const event = fact.type === 'net.failed' ? 'socket.error' : 'socket.close';
    this.#world.runSocketPlan(line, `${event} first`);
    this.#pass(line, fact);
    this.#world.runSocketPlan(line, event);
  }

  #pass(line: Line, { type, error }: Lost): void {
    const { connection, request, requesting } = this.#world;
    if (line.holder === 'program') {
      if (error !== undefined) this.#world.record('process.uncaughtException');
      return;
    }
    if (line.holder !== 'request') {
      connection?.send({ type });
      return;
    }
    if (error !== undefined) requesting.fault(error, false);
    const retriable = requesting.isRetriable;
    connection?.send({ type });
    request?.send({ type, retriable, hostOrder: this.#world.inHostOrder });
  }

  deliver(emission: ClientConnectionEmission): void {
    switch (emission.type) {
      case 'agent.free':
        if (!this.#line.removed) this.#world.record(`agent.free ${this.name()}`);
        break;
      case 'agent.agentRemove':
        this.#line.removed = true;
        break;
      case 'io.destroy':
        this.destroy();
        break;
      case 'io.abandon':
        this.#handingOut = [];
        break;
      case 'io.detach':
        this.#handingOut = [];
        this.#line.holder = 'program';
        break;
    }
  }

  /** Request and response are over, and the connection is clean. */
  released(): void {
    this.#line.holder = 'nobody';
    this.#world.connection?.send({ type: 'request.released' });
  }

  /** The program emits 'agentRemove' on the socket. */
  remove(): void {
    this.#line.removed = true;
    this.#world.connection?.send({ type: 'user.agentRemove' });
    this.#world.record(`> ${this.name()}.emit -> true`);
  }

  /** The name of the socket; sockets are numbered in the order in which they are emitted. */
  name(): string {
    const line = this.#line;
    if (line.number === 0) line.number = ++this.#world.state.sockets;
    return `socket${line.number}`;
  }

  /** A socket that arrived too late: an agent gets it, and has no use for it. */
  handBack(hasAgent: boolean): void {
    if (hasAgent && !this.isGone) this.#world.record(`agent.free ${this.name()}`);
    this.destroy();
  }

  /** The next request may have the socket, if the agent keeps it. */
  free(keeps: boolean): void {
    const line = this.#line;
    this.#world.connection?.send({ type: 'request.freed' });
    line.served = true;
    if (line.removed) return;
    if (line.destroyed || line.ended || line.peerEnded || !keeps) this.destroy();
    else line.holder = 'idle';
  }
}
