/** Where a random program runs: virtual time, sockets in memory, and a note of all that has to come to an end. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { tap } from '../../src/engine/tap.js';
import { IdleTimer } from '../../src/io/clock.js';
import { socketPair, virtualClock } from '../../src/testing/index.js';
import type { Pause } from './act.js';

/** A callback that was handed over. */
export interface Handed {
  readonly name: string;
  /** Whose events it hangs on: what another listener of these throws keeps it from being called. */
  readonly about: readonly unknown[];
  calls: number;
  /** It needn't be called: the call threw and has taken nothing, or the host wouldn't either. */
  isVoid: boolean;
}

/** What was seen of a message. */
export interface Seen {
  readonly name: string;
  readonly message: EventEmitter;
  readonly events: string[];
}

/** A socket of ours, and what it was given to send. */
export interface Line {
  readonly socket: Socket;
  readonly sent: Buffer[];
  /** How many pieces were HTTP, when the socket has left it. */
  until: number | undefined;
}

interface Life {
  readonly chart: string;
  state: unknown;
}

/** More acts than any program has: one that goes round in circles is stopped. */
const BUDGET = 5000;

const EVENTS = ['prefinish', 'finish', 'aborted', 'end', 'error', 'close'];

let current: World | undefined;

/** Exceptions that nobody catches are noted, and end nothing. One for the process, until `release`. */
export function captureExceptions(): () => void {
  process.setUncaughtExceptionCaptureCallback((error) => void current?.uncaught.push(error));
  return () => process.setUncaughtExceptionCaptureCallback(null);
}

export class World {
  readonly clock = virtualClock();
  /** Errors that the program has thrown, or was thrown by what it called. */
  readonly thrown = new Set<unknown>();
  /** Of these, what was thrown where a stream may take it for its own error. */
  readonly swallowed = new Set<unknown>();
  /** Streams in whose listeners of 'end' or 'error' something was thrown: these emit no 'close', as any of the host's. */
  readonly excused = new Set<EventEmitter>();
  /** Messages in whose listeners something was thrown. */
  readonly shaken = new Set<unknown>();
  /** Messages that the program has begun to read, or paused. */
  readonly begun = new Set<EventEmitter>();
  readonly uncaught: unknown[] = [];
  readonly handed: Handed[] = [];
  readonly messages: Seen[] = [];
  readonly lines: Line[] = [];
  /** What has happened that may cost a message: by whom. */
  readonly damage: string[] = [];
  /** Actors by identity, with the state that they are in. */
  readonly actors = new Map<object, Life>();
  /** A program has paused the socket of a server. */
  isPaused = false;
  /** Timers of the program's own that are running. */
  private waiting = 0;
  private budget = BUDGET;
  private readonly untap: () => void;

  /** Whether the messages have listeners, so that none of their errors is uncaught. */
  readonly isWatched: boolean;

  constructor(isWatched: boolean) {
    this.isWatched = isWatched;
    current = this;
    this.untap = tap(({ actor, chart, to }) => {
      const life = this.actors.get(actor);
      if (life === undefined) this.actors.set(actor, { chart, state: to });
      else life.state = to;
    });
  }

  leave(): void {
    this.untap();
    this.clock.uninstall();
    current = undefined;
  }

  spend(): void {
    this.budget--;
    if (this.budget < 0) throw new Error('The program goes round in circles');
  }

  /** A callback that must be called once. `call` hands it over. */
  hand(
    name: string,
    then: () => void,
    call: (callback: () => void) => void,
    about: readonly unknown[] = [],
    isVoid = false,
  ): void {
    const handed: Handed = { name, about, calls: 0, isVoid };
    this.handed.push(handed);
    try {
      call(() => {
        handed.calls++;
        then();
      });
    } catch (error) {
      handed.isVoid ||= handed.calls === 0;
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

  pass(pause: Pause): Promise<void> {
    return new Promise((resolve) => this.later(pause, resolve));
  }

  private wake(call: () => void): void {
    this.waiting--;
    call();
  }

  /** Timers of the engine that are running. */
  get timers(): number {
    return this.clock.pending - this.waiting;
  }

  /** A socket has left HTTP: what it sends from now on is its new owner's. */
  part(socket: unknown): void {
    const line = this.lines.find((one) => one.socket === socket) as Line;
    line.until = line.sent.length;
  }

  /** Calls what makes a message. One that throws makes none, though it has begun to. */
  make<Message>(call: () => Message): Message {
    const before = new Set(this.actors.keys());
    try {
      return call();
    } catch (error) {
      for (const actor of this.actors.keys()) if (!before.has(actor)) this.actors.delete(actor);
      throw error;
    }
  }

  /** A connection in memory. What `ours` is given to send is noted. */
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

/** What has left as HTTP. */
export const bytesOf = ({ sent, until }: Line): Buffer => Buffer.concat(sent.slice(0, until));
