/** Where one run happens: virtual time, sockets in memory, and what must end with it. */
import type { Socket } from 'node:net';
import { tap } from '../../engine/tap.js';
import { hostNow } from '../../io/clock.js';
import { socketPair } from '../MemorySocket.js';
import { isUnderWay, laterTurn } from '../transit.js';
import { type VirtualClock, virtualClock } from '../virtualClock.js';
import { Emitters } from './emitters.js';
import { Guard } from './guard.js';
import { Misuse } from './misuse.js';
import { RealWork } from './realWork.js';

/** The date at which each run begins. */
const DATE = Date.UTC(2026, 0, 1);
/** As `settled()` has it. */
const QUIET = 3;
/** A program may defer again and again. */
const LONGEST = 1000;
/** So many timers fire one by one; then those of the program stand still, but for longer ones: in ms. */
const TIMERS = { few: 200, many: 1500, longest: 10_000 };
/** So many bytes of what a peer gets are looked at: what differs seldom does so after them. */
const SAMPLE = 65_536;
/** A run may take so long, in ms of the host. */
const LONG = 5000;

export class Scene {
  readonly clock: VirtualClock;
  readonly guard: Guard;
  readonly real: RealWork;
  readonly emitters: Emitters;
  readonly misuse: Misuse;
  /** The ends of all connections that were made: those of the program. */
  readonly sockets: Socket[] = [];
  /** Those of the peers. */
  readonly peers: Socket[] = [];
  /** What each peer has got, as a number. */
  get prints(): readonly number[] {
    return this.received.map(({ sum, length }) => (sum + length) | 0);
  }

  private readonly received: { sum: number; length: number }[] = [];

  /** Returns a function that notes what one peer gets. */
  noting(): (chunk: Uint8Array) => void {
    const print = { sum: 0, length: 0 };
    this.received.push(print);
    return (chunk) => {
      this.changes++;
      // In what chunks it comes may be left to chance, as with files.
      const looked = chunk.subarray(0, Math.max(0, SAMPLE - print.length));
      for (const byte of looked) print.sum = (Math.imul(print.sum, 31) + byte) | 0;
      print.length += chunk.length;
    };
  }

  /** Grows with each transition, and with each chunk that a peer gets. */
  changes = 0;
  /** The number of turns so far. */
  turn = 0;
  /** It has taken too long, and was ended. */
  isTooLong = false;
  private isHushed = false;
  private readonly timers: number;
  private fired = 0;
  private readonly begin = hostNow();
  private readonly untap: () => void;

  /**
   * @param isClose whether to look closely at real work
   * @param isLong whether many timers may fire
   */
  constructor(patience: number, isClose: boolean, isLong: boolean) {
    this.timers = isLong ? TIMERS.many : TIMERS.few;
    this.clock = virtualClock({ date: DATE, program: true });
    this.guard = new Guard();
    this.real = new RealWork(patience, isClose);
    this.emitters = new Emitters(() => this.real.isInside);
    this.misuse = new Misuse(() => this.turn);
    this.untap = tap(() => {
      this.changes++;
    });
  }

  /** Closes everything, and gives back what was replaced. */
  async end(): Promise<void> {
    this.guard.isOver = true;
    for (const socket of [...this.sockets, ...this.peers]) socket.destroy();
    await this.settle();
    this.untap();
    this.misuse.end();
    this.emitters.end();
    this.real.end();
    this.clock.uninstall();
    await laterTurn();
    this.guard.end();
  }

  /** Opens a connection. */
  connect(): { caller: Socket; called: Socket } {
    const [caller, called] = socketPair();
    for (const socket of [caller, called]) socket.setMaxListeners(0);
    return { caller, called };
  }

  /**
   * Waits until everything has come to rest, also what happens outside.
   * @param onTurn called after each turn, with its number
   */
  async settle(onTurn?: (turn: number) => void): Promise<void> {
    let turns = 0;
    for (let quiet = 0; quiet < QUIET; ) {
      await laterTurn();
      this.turn++;
      turns++;
      onTurn?.(turns);
      quiet = isUnderWay() && turns < LONGEST ? 0 : quiet + 1;
      if (quiet < QUIET || this.isTooLong || !(await this.real.progress())) continue;
      // It may go on and on, as on a socket of the host.
      this.isTooLong = this.isLate;
      quiet = 0;
    }
  }

  /** Lets turns pass. */
  async turns(count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      await laterTurn();
      this.turn++;
    }
  }

  /**
   * Moves to the next timer, and waits until everything has come to rest.
   * @param until how far it may be, in ms
   * @returns whether there was one
   */
  async next(until: number): Promise<boolean> {
    const { next } = this.clock;
    if (next === undefined || next > until) return false;
    this.isTooLong ||= this.isLate;
    if (this.isTooLong) return false;
    this.fired++;
    if (this.fired > this.timers) {
      this.isHushed = true;
      this.clock.hush(until, TIMERS.longest);
      if ((this.clock.next ?? Infinity) > until) return false;
    }
    await this.clock.advance(this.clock.next ?? next);
    await this.settle();
    return true;
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    while (await this.next(end - this.now));
    await this.clock.advance(end - this.now);
    await this.settle();
  }

  private get isLate(): boolean {
    return hostNow() - this.begin > LONG;
  }

  /** Whether more timers have fired than in a short run, and not too many. */
  get isLong(): boolean {
    return this.fired > TIMERS.few && !this.isHushed;
  }

  get now(): number {
    return this.clock.date;
  }
}
