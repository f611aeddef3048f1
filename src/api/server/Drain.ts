/**
 * One drain of a server: its times, its count, and the sockets that were handed over (docs/draining.md). What happens when, and
 * to which connection, is decided by the machines.
 */
import type { Socket } from 'node:net';
import type { ServerEvent } from '../../events/server.js';
import { afterPoll, IdleTimer, now } from '../../io/clock.js';
import { connectionName } from '../../rules/naming.js';
import { invalidArgType, outOfRange } from '../compat/errors.js';
import { longestDuration } from '../compat/limits.js';
import { ownOptions } from '../compat/ownOptions.js';
import { validateInteger, validateOptions } from '../compat/validate.js';
import type { Handed } from './HandedOver.js';

/** Options of `server.drain()`. Times are in ms. */
export interface DrainOptions {
  /** For how long new connections are still taken. At most `deadline`. Default 0. */
  grace?: number | undefined;
  /** For how long an idle connection may make one more request. Default 1000. */
  idle?: number | undefined;
  /** When what is not over is cut, from the call on. Default 10000. */
  deadline?: number | undefined;
  /** Cuts what is not over as soon as it is aborted. */
  signal?: AbortSignal | undefined;
}

/** What has become of the exchanges of a server that was drained. */
export interface DrainResult {
  /** How many responses were sent, to their last byte. */
  readonly answered: number;
  /** How many connections got 503, since no response had begun. */
  readonly refused: number;
  /** The connections that were closed before they were over. */
  readonly cut: readonly Cut[];
}

/** A connection that was closed before it was over. */
export class Cut {
  /** As in traces: `s12`. */
  readonly id: string;
  /** Its method and its path: `GET /report`. */
  readonly what: string;
  /** What had not happened. */
  readonly why: string;
  /** How long the drain had lasted, in ms. */
  readonly after: number;

  constructor(id: string, what: string, why: string, after: number) {
    this.id = id;
    this.what = what;
    this.why = why;
    this.after = after;
  }

  /** The line: `s12 GET /report: its response had not ended after 10.0 s`. */
  toString(): string {
    const name = this.what === '' ? this.id : `${this.id} ${this.what}`;
    return `${name}: ${this.why} after ${(this.after / 1000).toFixed(1)} s`;
  }
}

type Given = Required<Omit<DrainOptions, 'signal'>> & Pick<DrainOptions, 'signal'>;

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE */
export function readDrainOptions(options: DrainOptions): Given {
  validateOptions(options, ['grace', 'idle', 'deadline', 'signal']);
  const { grace = 0, idle = 1000, deadline = 10_000, signal } = ownOptions(options);
  for (const [name, value] of Object.entries({ grace, idle, deadline })) {
    validateInteger(value, `options.${name}`, 0, longestDuration);
  }
  if (grace > deadline) throw outOfRange('options.grace', '<= options.deadline', grace);
  if (signal !== undefined && !(Object(signal) instanceof AbortSignal)) {
    throw invalidArgType('options.signal', 'AbortSignal', signal);
  }
  return { grace, idle, deadline, signal };
}

interface DrainHost {
  send(event: ServerEvent): void;
  /** It doesn't listen, and has no connections. */
  readonly isVacant: boolean;
  /** The drain is over. */
  drained(): void;
}

export class Drain {
  /** Those that were sent. */
  responses = 0;
  refused = 0;
  readonly idle: number;
  /** Resolves when it is over. */
  readonly result: Promise<DrainResult>;
  private readonly host: DrainHost;
  private readonly given: Given;
  private readonly began = now();
  private readonly cut: Cut[] = [];
  /** The open sockets that were handed over, and how many bytes each had carried when last looked at. */
  private readonly handed = new Map<Handed, number>();
  private readonly grace = new IdleTimer<Drain>(endGrace, this);
  private readonly rest = new IdleTimer<Drain>(endIdle, this);
  private readonly deadline = new IdleTimer<Drain>(expire, this);
  private readonly onAbort = (): void => expire(this);
  private resolve!: (result: DrainResult) => void;

  constructor(host: DrainHost, given: Given) {
    this.host = host;
    this.given = given;
    this.idle = given.idle;
    this.result = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** @param handed the open sockets that were handed over */
  begin(handed: Iterable<Handed>): void {
    const { grace, idle, deadline, signal } = this.given;
    this.deadline.start(deadline);
    this.rest.start(idle);
    for (const each of handed) this.watch(each);
    if (grace > 0) this.grace.start(grace);
    else this.endGrace();
    if (signal?.aborted) this.expire();
    else signal?.addEventListener('abort', this.onAbort);
  }

  /** How long it is until its deadline, in ms. */
  get left(): number | undefined {
    return this.deadline.left;
  }

  /** A socket was handed over. */
  watch(handed: Handed): void {
    this.handed.set(handed, trafficOf(handed));
    handed.socket.once('close', () => {
      this.handed.delete(handed);
      this.check();
    });
  }

  /** A connection or the server has closed. */
  check(): void {
    if (this.host.isVacant && this.handed.size === 0) this.finish();
  }

  /** A connection is closed before it was over. */
  note(connection: number, what: string, why: string): void {
    this.cut.push(new Cut(connectionName('server', connection), what, why, Math.round(now() - this.began)));
  }

  /** Closes the sockets that were handed over. Nothing is waited for any longer but what that causes. */
  cutAll(): void {
    for (const [handed] of this.handed) {
      if (handed.socket.writable) this.note(handed.connection, handed.what, 'its socket was open');
      handed.socket.destroy();
    }
    afterPoll(finish, this as Drain);
  }

  /** For the timer. */
  endGrace(): void {
    this.host.send({ type: 'clock.graced' });
  }

  /** For the timer: what was handed over, and is idle, ends. */
  endIdle(): void {
    for (const [handed, before] of this.handed) {
      const traffic = trafficOf(handed);
      this.handed.set(handed, traffic);
      if (traffic !== before || !handed.socket.writable) continue;
      this.note(handed.connection, handed.what, 'its socket was open, and idle');
      handed.socket.end();
    }
    this.rest.start(this.idle);
  }

  /** For the timer. */
  expire(): void {
    this.deadline.free();
    this.host.send({ type: 'clock.overdue' });
  }

  /** For the timer. */
  finish(): void {
    for (const timer of [this.grace, this.rest, this.deadline]) timer.free();
    this.given.signal?.removeEventListener('abort', this.onAbort);
    this.host.drained();
    const { responses, refused, cut } = this;
    this.resolve({ answered: responses, refused, cut });
  }
}

const endGrace = (drain: Drain): void => drain.endGrace();
const endIdle = (drain: Drain): void => drain.endIdle();
const expire = (drain: Drain): void => drain.expire();
const finish = (drain: Drain): void => drain.finish();

/** In bytes. A Duplex of the program may not count them. */
function trafficOf({ socket }: Handed): number {
  const { bytesRead = 0, bytesWritten = 0 } = socket as Partial<Socket>;
  return bytesRead + bytesWritten;
}
