/** The times of one connection: how long its message has been read, how long it has been idle. */
import type { DeadlineFacts } from '../../events/facts.js';
import type { WireFact } from '../../events/wire.js';
import { moment, now } from '../../io/clock.js';
import { isComplete } from '../../io/feed.js';
import { asked, entering, LINGERED, type Place, RESTED } from '../../io/record.js';
import { SharedTimer } from '../../io/shared-timer.js';
import { timeOut } from '../../io/socket.js';
import { durationOf, limitOf } from '../compat/limits.js';
import type { ServerSocket } from './ServerSocket.js';
import type { ServerSettings } from './settings.js';

type Timeouts = Pick<
  ServerSettings,
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'keepAliveTimeoutBuffer' | 'timeout'
>;

/** For how long a peer that sends nothing is read after our FIN, and for how long any peer is (RFC 9112 §9.6), in ms. */
const LINGER = { silent: 5000, longest: 30_000 };

/** Who is called when a time is over. */
interface Timed {
  readonly actor: Place;
}

export class Deadlines {
  private readonly settings: Timeouts;
  private readonly socket: ServerSocket;
  /** When the message that is read began, in whole ms; 0 between messages. */
  private begun = Math.ceil(now());
  private idle: Pick<SharedTimer<unknown>, 'start' | 'stop' | 'touch' | 'free' | 'left' | 'passed'> | undefined;
  /** For how long it may be idle as the peer knows it, in ms. */
  private announced = 0;
  /** When it ends at the latest, even if something arrives; in ms. */
  declare latest: number;
  /** For how long it was idle when it was used later than announced, in ms; 0 if it never was. */
  declare lateUse: number;

  constructor(settings: Timeouts, socket: ServerSocket) {
    this.settings = settings;
    this.socket = socket;
    this.startInactivity();
  }

  /** Notes when the message that is read began. */
  see(found: readonly WireFact[]): void {
    if (found.length > 0 && this.idle !== undefined) this.noteUse(this.idle.passed);
    // A head ends it. Line ends between requests are ignored (RFC 9112 §2.2): they don't keep a connection open.
    const [first] = found;
    if (first === undefined ? this.begun !== 0 : first.type !== 'wire.head') this.touch();
    if (first === undefined) return;
    if (isComplete(found[found.length - 1] as WireFact)) this.begun = 0;
    else if (this.begun === 0 || found.some(isComplete)) this.begun = Math.ceil(now());
  }

  private noteUse(idleFor: number): void {
    if (idleFor > this.announced) this.lateUse = idleFor;
  }

  /** Something has arrived. */
  touch(): void {
    this.idle?.touch(this.latest);
  }

  /** The message that is read has no deadlines any more. */
  clear(): void {
    this.begun = 0;
  }

  /**
   * Which deadlines of the message have passed; undefined if none has.
   * @param time now, in ms
   */
  passed(time: number): { readonly headLate: boolean; readonly wholeLate: boolean } | undefined {
    if (this.begun === 0) return undefined;
    const elapsed = time - this.begun;
    const headLate = isOver(elapsed, this.settings.headersTimeout);
    const wholeLate = isOver(elapsed, this.settings.requestTimeout);
    return headLate || wholeLate ? { headLate, wholeLate } : undefined;
  }

  /** How long it is from `moment` until each deadline passes, in ms. */
  get left(): Omit<DeadlineFacts, 'drain'> {
    const { begun, settings, idle } = this;
    const ofMessage = (timeout: unknown): number | undefined =>
      begun > 0 && limitOf(timeout) > 0 ? begun + limitOf(timeout) - moment : undefined;
    return {
      headersTimeout: ofMessage(settings.headersTimeout),
      requestTimeout: ofMessage(settings.requestTimeout),
      idle: idle?.left,
    };
  }

  /** @returns false if there is no `keepAliveTimeout` */
  startIdle(): boolean {
    const { settings, socket } = this;
    const period = durationOf(settings.keepAliveTimeout);
    if (asked(period === 0)) return false;
    if (socket.timeout) socket.setTimeout?.(0);
    this.announced = period;
    this.idle ??= new SharedTimer(timeOut, socket);
    this.idle.start(durationOf(period + limitOf(settings.keepAliveTimeoutBuffer)));
    return true;
  }

  /** As `startIdle`, for a server that drains: calls `onIdle(subject)` after `period`. */
  startRest<T extends Timed>(period: number, onIdle: (subject: T) => void, subject: T): void {
    this.startOther(period, RESTED, onIdle, subject);
  }

  /** Our FIN was sent. Calls `onEnd(subject)` when the peer need not be read any longer. */
  startLinger<T extends Timed>(onEnd: (subject: T) => void, subject: T): void {
    this.startOther(LINGER.silent, LINGERED, onEnd, subject);
    this.latest = now() + LINGER.longest;
  }

  private startOther<T extends Timed>(period: number, kind: number, call: (subject: T) => void, subject: T): void {
    this.idle?.free();
    this.idle = new SharedTimer<T>((it) => entering(it.actor, kind, undefined, () => call(it)), subject);
    this.announced = period;
    this.idle.start(period);
  }

  stopIdle(): void {
    this.idle?.stop();
    this.startInactivity();
  }

  /** `server.timeout` */
  private startInactivity(): void {
    const timeout = durationOf(this.settings.timeout);
    if (timeout > 0) this.socket.setTimeout?.(timeout);
  }

  free(): void {
    this.idle?.free();
  }
}

Deadlines.prototype.latest = Number.POSITIVE_INFINITY;
Deadlines.prototype.lateUse = 0;

function isOver(elapsed: number, timeout: unknown): boolean {
  const limit = limitOf(timeout);
  return limit > 0 && elapsed >= limit;
}
