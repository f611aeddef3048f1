/** What a recorder knows of a line: a connection, or a request without one. */
import type { Recorded } from '../io/record.js';
import type { Bytes, Opening } from './opening.js';

/** What is said of an exchange that has ended, for those who choose what is kept. */
export interface Ended {
  /** `s12.3`, `c7.1`, `q5`. */
  readonly id: string;
  /** Whose exchange it is. */
  readonly role: 'server' | 'client';
  /** Who ended it, and when: docs/endings.md. */
  readonly code: string;
  /** The request in a few words: `GET /path`. */
  readonly what: string;
  /** Of the request, if it is known. */
  readonly method?: string | undefined;
  /** Of the request, with its query masked where secrets are; undefined if it is not kept. */
  readonly path?: string | undefined;
  /** Of the final response, if there was one. */
  readonly status?: number | undefined;
  /** How long it took, in ms. Undefined if that isn't known. */
  readonly ms: number | undefined;
  /** How many bytes of content came in. */
  readonly bytesIn: number;
  /** How many bytes of content went out. */
  readonly bytesOut: number;
  /** Of a client's request that was sent again, because its connection was dead: its id on that connection. Only in a journal that is read. */
  readonly before?: string | undefined;
  /** Of the first try: its id on the connection on which it was sent again. Only in a journal that is read. */
  readonly again?: string | undefined;
}

/** Frames that have left the ring, as those of a segment. */
export interface Kept {
  readonly begins: number;
  readonly bytes: Buffer;
}

/** Most lines never have any. */
const NONE: never[] = [];

export class Line {
  /** The connection's number times two; the request's times two, plus one. 0 for nothing. */
  readonly number: number;
  /** How many callbacks were deferred. */
  deferred = 0;
  /** How many of them are still to come. */
  waiting = 0;
  /** Its host; undefined for a request. */
  host: Recorded | undefined;
  opening: Opening | undefined;
  isClosed = false;
  /** The first segment with what is needed of it, and the last. */
  first = 0;
  last = -1;
  /** Bytes since its last mark. */
  sinceMark = 0;
  /** The exchanges that have ended lately. */
  ended: Ended[] = NONE;
  /** Of a request: the line of its connection. */
  owner: Line | undefined;
  /** The numbers of the lines on which requests of it were sent before. */
  before: number[] = NONE;
  /** Frames of segments that were written anew. */
  kept: Kept[] = NONE;
  /** Their size in bytes. */
  keptSize = 0;
  /** Frames that are still needed were overwritten. */
  hasLost = false;

  constructor(number: number) {
    this.number = number;
  }

  begin(host: Recorded, opening: Opening): void {
    this.host = host;
    this.opening = opening;
  }

  addKept(kept: Kept): void {
    if (this.kept.length === 0) this.kept = [kept];
    else this.kept.push(kept);
  }

  /** A request belongs to a connection from now on. */
  join(owner: Line): void {
    this.owner = owner;
    for (const each of this.kept) owner.addKept(each);
    owner.keptSize += this.keptSize;
    this.kept = NONE;
    this.keptSize = 0;
  }

  /** A request of it was sent on another connection before. */
  continues(line: number): void {
    if (this.before.length === 0) this.before = [line];
    else if (!this.before.includes(line)) this.before.push(line);
  }

  /** It is over, but for what was deferred. */
  close(): void {
    this.isClosed = true;
    this.host = undefined;
    this.opening = undefined;
  }
}

/** Not a line: what happens there is not recorded. */
export const NOWHERE = new Line(0);

const keepsContent = (bytes: Bytes): boolean => bytes === 'raw' || bytes === 'bodies';

/**
 * What is kept of the bytes of a line: content of what can't be replayed is not worth its room. A sink has had what the ring has lost.
 * @param sink undefined if there is none
 */
export const bytesOf = ({ hasLost }: Line, bytes: Bytes, sink: unknown): Bytes =>
  hasLost && sink === undefined && keepsContent(bytes) ? 'heads' : bytes;

/** The number of the line of an actor. */
export const lineOf = (connection: number, exchange: number): number =>
  connection > 0 ? connection * 2 : exchange > 0 ? exchange * 2 + 1 : 0;
