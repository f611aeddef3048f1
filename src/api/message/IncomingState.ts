/** The members of an incoming message that its host uses. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Subject } from '../process/story.js';

/** A client's request, which is notified of what becomes of the reader of its response. */
export interface Requester {
  /** The reader was destroyed: it needs no more. */
  cancelled(): void;
  /** The reader was notified that the response is cut. */
  failed(): void;
  /** What an error of it is about. */
  about(): Subject;
}

/** A message: the members that its host uses. */
export interface Incoming extends Readable {
  complete: boolean;
  aborted: boolean;
  readonly rawHeaders: readonly string[];
  rawTrailers: string[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: object;
  readonly trailersDistinct: object;
  readonly socket: Socket;
  readonly joinDuplicateHeaders: boolean;
  readonly _consuming: boolean;
  _dumped: boolean;
  _dump(): void;
  _addHeaderLines(lines: readonly string[], count: number): void;
}

/** The members of a message that are printed. */
export interface Described {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly statusCode?: unknown;
}
