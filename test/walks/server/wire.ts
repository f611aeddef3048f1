/** The socket, its server and what reads it: what `net.Socket`, Server.ts, ConnectionHost.ts and Exchanges.ts do. */
import type { ConnectionEmission, Takeover } from '../../../src/events/connection.js';
import type { Call } from './setup.js';
import type { Exchange, Kind } from './state.js';
import type { World } from './world.js';

/** What the parser finds in what the peer sends. */
export type Found =
  | {
      readonly type: 'head';
      readonly kind: Kind;
      readonly method: string;
      readonly chunks: boolean;
      readonly persists: boolean;
      readonly leavesBy: Takeover;
    }
  | { readonly type: 'body'; readonly text: string }
  | { readonly type: 'complete' | 'partial' }
  | { readonly type: 'malformed'; readonly code: string };

type Head = Extract<Found, { type: 'head' }>;

export class Wire {
  readonly #world: World;
  #handingOut: Found[] = [];
  #corked: (() => void)[] = [];
  #isCorked = false;
  #head: Head | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  call(call: Call): void {
    const { connection, state } = this.#world;
    if (call === 'server.closeIdleConnections') connection.send({ type: 'user.closeIdle' });
    else {
      state.closing = true;
      if (state.exchange !== undefined && !state.exchange.released) state.exchange.keeps = false;
      if (state.destroyed) this.#tellServerClosed();
      else connection.send({ type: 'server.closing' });
    }
    this.#world.tell(`> ${call}`);
  }

  #tellServerClosed(): void {
    this.#world.turns.tick(() => this.#world.tell('server.close'));
  }

  /** When the kernel has what is written now: pieces leave together, at the end of the turn or with the last one. */
  whenFlushed(flush: () => void, piece: 'part' | 'head' | 'last'): void {
    const { state, turns } = this.#world;
    if (state.destroyed) return;
    this.#corked.push(flush);
    if (piece !== 'last' && !this.#isCorked) {
      this.#isCorked = true;
      turns.tick(() => this.#uncork());
    }
    if (piece !== 'part') this.#uncork();
  }

  #uncork(): void {
    const flushes = this.#corked;
    this.#corked = [];
    this.#isCorked = false;
    if (flushes.length === 0 || this.#world.state.destroyed) return;
    this.#world.turns.tick(() => {
      for (const flush of flushes) flush();
    });
  }

  destroy(error?: string): void {
    const { state, turns, connection } = this.#world;
    if (state.destroyed) return;
    state.destroyed = true;
    if (error !== undefined) {
      turns.tick(() => {
        if (!state.parting) this.#refuse('net.failed', error);
        else this.#world.tell('process.uncaughtException');
      });
    }
    if (state.closing) this.#tellServerClosed();
    turns.turn(() => {
      state.closed = true;
      if (state.parting) return;
      connection.send({ type: 'net.closed' });
      if (state.exchange?.released === false) this.#world.response?.send({ type: 'net.closed' });
    });
  }

  /** `socket.end()`, and `destroySoon()`. */
  #end(destroys: boolean): void {
    const { state, turns } = this.#world;
    state.ended = true;
    turns.tick(() => {
      if (destroys || state.peerEnded) turns.turn(() => this.destroy());
    });
  }

  peerEnds(): void {
    const { state, turns, connection } = this.#world;
    turns.turn(() => {
      state.peerEnded = true;
      if (state.ended) {
        this.destroy();
        return;
      }
      if (state.parting) return;
      if (state.parsing.at === 'start' || state.parsing.at === 'broken')
        connection.send({ type: 'net.ended', halfOpen: false });
      else this.#refuse('wire.malformed', 'HPE_INVALID_EOF_STATE');
    });
  }

  peerResets(): void {
    this.#world.turns.turn(() => this.destroy('ECONNRESET'));
  }

  /** A chunk of the peer's. */
  receive(found: readonly Found[]): void {
    this.#world.turns.turn(() => {
      const { state } = this.#world;
      if (state.destroyed || state.parting) return;
      this.#handingOut = [...found];
      for (let fact = this.#handingOut.shift(); fact !== undefined; fact = this.#handingOut.shift()) this.#step(fact);
    });
  }

  #step(found: Found): void {
    const { connection, request, requested, state } = this.#world;
    switch (found.type) {
      case 'head':
        this.#tellHead(found);
        break;
      case 'body':
        if (state.reading && !state.reader?.complete) request?.send({ type: 'wire.body', chunk: found.text as never });
        break;
      case 'complete':
        if (state.reading && !state.reader?.complete) {
          requested.complete();
          if (state.exchange?.released) state.reading = false;
        }
        connection.send({ type: 'wire.complete' });
        break;
      case 'partial':
        connection.send({ type: 'wire.partial' });
        break;
      case 'malformed':
        this.#refuse('wire.malformed', found.code);
        break;
    }
  }

  #tellHead(head: Head): void {
    const { connection, state } = this.#world;
    const { kind, leavesBy, persists } = head;
    this.#head = head;
    const heard = (kind === 'continue' || kind === 'expectation') && state.setup?.checks === true;
    connection.send({ type: 'wire.head', head: kind, kind, leavesBy, heard, persists, crowded: false });
  }

  #refuse(type: 'wire.malformed' | 'net.failed', code: string): void {
    const { connection, state } = this.#world;
    const { exchange, reading, reader } = state;
    state.fault = code;
    const isDue = exchange !== undefined && !exchange.released;
    const isBlank = isDue ? !exchange.headSent : !reading || reader?.complete === true;
    const isReadToo = isDue && reading && !reader?.complete;
    const behind = type !== 'net.failed' && isDue && !isReadToo;
    const blank = !state.ended && !state.destroyed && isBlank;
    connection.send({ type, heard: state.setup?.hearsErrors === true, blank, behind });
  }

  deliver(emission: ConnectionEmission): void {
    const world = this.#world;
    const { state, requested, answering } = world;
    switch (emission.type) {
      case 'server.request':
        this.#open('request', false);
        break;
      case 'server.checkContinue':
        this.#open('checkContinue', true);
        break;
      case 'server.checkExpectation':
        this.#open('checkExpectation', false);
        break;
      case 'io.continue':
        this.#open('request', false);
        break;
      case 'io.answer':
        this.#add(true, false).keeps = emission.status !== 400 && (this.#head as Head).persists;
        answering.answer();
        break;
      case 'io.reserve':
        requested.begin(0);
        requested.complete();
        break;
      case 'io.letGo':
        state.parting = true;
        this.#handingOut = [];
        break;
      case 'server.upgrade':
      case 'server.connect':
        state.requests++;
        world.tell(`${emission.type} req${state.requests}`);
        break;
      case 'server.clientError':
        world.tell(`server.clientError ${state.fault}`);
        break;
      case 'io.recall':
        this.#refuse('wire.malformed', state.fault as string);
        break;
      case 'io.refuse':
      case 'io.fail':
        this.destroy(state.fault);
        break;
      case 'io.destroy':
        this.destroy();
        break;
      case 'io.end':
        answering.shut();
        this.#end(false);
        break;
      case 'io.endSoon':
        this.#end(true);
        break;
      case 'io.abandon':
        this.#abandon(state.exchange);
        break;
    }
  }

  /** The transport is gone: the request ends whose answer isn't out. */
  #abandon(exchange: Exchange | undefined): void {
    this.#handingOut = [];
    if (exchange !== undefined && !exchange.released) this.#world.request?.send({ type: 'net.closed' });
  }

  #add(hidden: boolean, awaits100: boolean): Exchange {
    const { state, requested, answering } = this.#world;
    const { method, chunks, persists } = this.#head as Head;
    const number = hidden ? 0 : ++state.requests;
    requested.begin(number);
    const exchange: Exchange = {
      number,
      method,
      chunks,
      hidden,
      headed: false,
      headSent: false,
      hasBody: method !== 'HEAD',
      ended: false,
      destroyed: false,
      keeps: persists && !state.closing,
      last: false,
      awaits100,
      released: false,
      shut: false,
      error: undefined,
      waited: false,
    };
    answering.begin(exchange);
    return exchange;
  }

  #open(event: string, awaits100: boolean): void {
    const world = this.#world;
    this.#add(false, awaits100);
    if ((this.#head as Head).kind === 'continue' && event === 'request') this.whenFlushed(() => {}, 'head');
    world.tell(`server.${event}`);
    const { setup } = world.state;
    if (event !== 'request') return;
    if (setup?.reads) world.requested.listenToData();
    for (const call of setup?.atOnce ?? []) world.call(call);
  }
}
