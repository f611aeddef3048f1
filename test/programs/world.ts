/** Where a random program runs: virtual time, sockets in memory, and a record of everything that must end. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { tap } from '../../src/engine/tap.js';
import { IdleTimer } from '../../src/io/clock.js';
import { socketPair, virtualClock } from '../../src/testing/index.js';
import type { Pause } from './act.js';

/** A callback that was passed to a call. */
export interface ExpectedCallback {
  readonly name: string;
  /** The emitters on which it depends: if another of their listeners throws, it may not be called. */
  readonly about: readonly unknown[];
  calls: number;
  /** It need not be called: the call threw and accepted nothing, or the host would not call it either. */
  isVoid: boolean;
  /** The message that was called, if it is a part of it that is sent. */
  readonly of: unknown;
  /** The call came before that message had ended. */
  readonly isTimely: boolean;
  /** With what it was called. */
  error: unknown;
}

/** The events of a message. */
export interface Seen {
  readonly name: string;
  readonly message: EventEmitter;
  readonly events: string[];
}

/** A socket, and what was written to it. */
export interface Line {
  readonly socket: Socket;
  readonly sent: Buffer[];
  /** How many of the pieces are HTTP, if the socket has switched protocols. */
  until: number | undefined;
}

interface ActorState {
  readonly chart: string;
  state: unknown;
}

/** More acts than any program has; stops a program that loops. */
const BUDGET = 5000;

/** How often a world is looked at, in ms. */
const PATROL = 300;

const EVENTS = ['prefinish', 'finish', 'aborted', 'end', 'error', 'close'];

let current: World | undefined;

/** Records uncaught exceptions and rejections of the process instead of ending it. Returns a function that undoes it. */
export function captureExceptions(): () => void {
  const record = (error: unknown): void => void current?.uncaught.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', record);
  process.setUncaughtExceptionCaptureCallback(record);
  return () => {
    process.setUncaughtExceptionCaptureCallback(null);
    process.off('unhandledRejection', record);
    for (const listener of others) process.on('unhandledRejection', listener);
  };
}

export class World {
  /** At a fixed time of day: the Date header is renewed when a second ends, and the seed decides all. */
  readonly clock = virtualClock({ date: Date.UTC(2026, 0) });
  /** Errors thrown by the program or by what it called. */
  readonly thrown = new Set<unknown>();
  /** Those of them that a stream may have taken as its own error. */
  readonly swallowed = new Set<unknown>();
  /** Streams whose 'data', 'end' or 'error' listeners have thrown: they may emit no 'close', like the host's. */
  readonly neverClosing = new Set<EventEmitter>();
  /** Messages whose listeners have thrown. */
  readonly disturbed = new Set<unknown>();
  /** Messages that the program has begun to read, or paused. */
  readonly begun = new Set<EventEmitter>();
  readonly uncaught: unknown[] = [];
  readonly callbacks: ExpectedCallback[] = [];
  readonly messages: Seen[] = [];
  readonly lines: Line[] = [];
  /** The acts that may have cost a message, each with the socket that it concerns; undefined: all. */
  readonly damage: { readonly what: string; readonly socket: unknown }[] = [];
  /** The actors with their states. */
  readonly actors = new Map<object, ActorState>();
  /** What was wrong at some moment, though it may be over by the end. */
  readonly alarms: string[] = [];
  /** The listeners of programs. */
  readonly listeners = new WeakSet<object>();
  /** The sockets of a server that its program has paused. */
  readonly paused = new Set<unknown>();
  /** The number of running timers of the program. */
  private waiting = 0;
  private budget: number;
  private readonly untap: () => void;

  /** Whether the messages have listeners, so that none of their errors is uncaught. */
  readonly isWatched: boolean;

  /** @param budget how many acts all programs together may take */
  constructor(isWatched: boolean, budget = BUDGET) {
    this.isWatched = isWatched;
    this.budget = budget;
    current = this;
    this.untap = tap(({ actor, chart, to }) => {
      const entry = this.actors.get(actor);
      if (entry === undefined) this.actors.set(actor, { chart, state: to });
      else entry.state = to;
    });
  }

  leave(): void {
    this.untap();
    this.clock.uninstall();
    current = undefined;
  }

  spend(): void {
    this.budget--;
    if (this.budget < 0) throw new Error('The program loops');
  }

  /** Expects a callback to be called once. `call` passes it on. */
  expectCallback(
    name: string,
    then: () => void,
    call: (callback: (error?: unknown) => void) => void,
    about: readonly unknown[] = [],
    isVoid = false,
    of?: unknown,
  ): void {
    const { writableEnded, destroyed } = Object(of) as { writableEnded?: boolean; destroyed?: boolean };
    const isTimely = writableEnded === false && destroyed === false;
    const callbacks: ExpectedCallback = { name, about, of, calls: 0, isVoid, isTimely, error: undefined };
    this.callbacks.push(callbacks);
    try {
      call((error?: unknown) => {
        callbacks.calls++;
        callbacks.error = error;
        then();
      });
    } catch (error) {
      callbacks.isVoid ||= callbacks.calls === 0;
      throw error;
    }
  }

  watch(name: string, message: EventEmitter): Seen {
    const seen: Seen = { name, message, events: [] };
    this.messages.push(seen);
    for (const event of EVENTS) message.on(event, () => seen.events.push(event));
    return seen;
  }

  later(pause: Pause, call: () => void): void {
    if (pause === 'microtask') queueMicrotask(call);
    else if (pause === 'tick') process.nextTick(call);
    else if (pause === 'immediate') setImmediate(call);
    else {
      this.waiting++;
      new IdleTimer(() => this.wake(call), undefined).start(pause);
    }
  }

  wait(pause: Pause): Promise<void> {
    return new Promise((resolve) => this.later(pause, resolve));
  }

  /** Looks again and again, until the world ends. What is wrong twice in a row is no accident. */
  patrol(look: () => readonly string[]): void {
    let before: readonly string[] = [];
    const round = (): void => {
      const found = look();
      const [lasting] = found.filter((what) => before.includes(what));
      if (lasting !== undefined) this.alarms.push(lasting);
      before = found;
      if (!this.isOver) this.later(PATROL, round);
    };
    this.later(PATROL, round);
  }

  /** Nobody patrols any more. */
  isOver = false;

  private wake(call: () => void): void {
    this.waiting--;
    call();
  }

  /** The number of running timers of the engine. */
  get timers(): number {
    return this.clock.pending - this.waiting;
  }

  /** A socket has switched protocols: what it sends from now on belongs to its new owner. */
  handOver(socket: unknown): void {
    const line = this.lines.find((one) => one.socket === socket) as Line;
    line.until = line.sent.length;
  }

  /** Calls what creates a message. If it throws, the actors created so far do not count. */
  create<Message>(call: () => Message): Message {
    const before = new Set(this.actors.keys());
    try {
      return call();
    } catch (error) {
      for (const actor of this.actors.keys()) if (!before.has(actor)) this.actors.delete(actor);
      throw error;
    }
  }

  /** Opens a connection in memory. What is written to either end is recorded. */
  connect(highWaterMark: number | undefined): [caller: Line, called: Line] {
    const [caller, called] = socketPair({ highWaterMark }).map(record) as [Line, Line];
    this.lines.push(caller, called);
    return [caller, called];
  }
}

function record(socket: Socket): Line {
  const sent: Buffer[] = [];
  socket.setMaxListeners(0);
  const write = socket._write;
  socket._write = (chunk, encoding, done) => {
    if (!socket.connecting) sent.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    write.call(socket, chunk, encoding, done);
  };
  return { socket, sent, until: undefined };
}

/** The bytes sent as HTTP. */
export const bytesOf = ({ sent, until }: Line): Buffer => Buffer.concat(sent.slice(0, until));
