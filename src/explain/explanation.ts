/** What `explain` gives. */
import type { WaitCode, Who } from './waits.js';

/** One thing that is waited for. */
export interface Wait {
  /** What is waited for. */
  readonly for: WaitCode;
  /** Who has to act. */
  readonly who: Who;
  /** How long it has been waited for, in ms; undefined if there is no history of it. */
  readonly since: number | undefined;
  /** It may have been longer. */
  readonly atLeast: boolean;
  /** In words: 'for the peer to read: 64 KiB in the socket'. */
  readonly text: string;
}

/** The deadline that ends a wait. */
export interface Ends {
  /** Its option: 'headersTimeout'. */
  readonly timer: string;
  /** In how many ms, at most. */
  readonly left: number;
  /** It begins again with each byte. */
  readonly isInactivity: boolean;
}

/** The members of an explanation, without its methods. */
export interface ExplanationMembers {
  /** `s12`: a connection of a server, `s12.3`: an exchange on it, `c7`, `c7.3`: of a client, `q5`: a request without a socket. */
  readonly id: string;
  /** On which side of its connection this process is. */
  readonly role: 'server' | 'client';
  /** `GET /report`. Without query and credentials, and escaped. */
  readonly what: string;
  /** All that is waited for now. Empty if it is over. */
  readonly waits: readonly Wait[];
  /** What ends the wait; undefined if nothing does. */
  readonly ends: Ends | undefined;
  /** What of the program's may end it, in words: its listener of 'timeout', its signal. Undefined if nothing does. */
  readonly besides: string | undefined;
  /** How it has ended; undefined if it hasn't. */
  readonly ended: string | undefined;
  /** The ids of those that come first. */
  readonly after: readonly string[];
  /** The exchange of a server that has asked this, if `explain.chains()` was called. */
  readonly askedBy: string | undefined;
  /** Bytes: waiting in the socket, received, and sent on it so far. */
  readonly counts: { readonly inSocket: number; readonly received: number; readonly sent: number };
}

/**
 * What one connection, exchange or request waits for. `String(explanation)` is a line of text, and so is what `console.log`
 * prints of it.
 *
 * `waits` is as it was when it was explained; the other members are found when they are read: read them at once. `toJSON()`
 * copies them.
 */
export interface Explanation extends ExplanationMembers {
  /** The line: `s12.1 GET /report   waits for the peer to read: 64 KiB in the socket, 12.3 s`. */
  toString(): string;
  /** All members, as a plain object. */
  toJSON(): ExplanationMembers;
}

/** Options of `explain.all()`. */
export interface ExplainOptions {
  /** Only what has waited so long, in ms. Default 0. */
  longerThan?: number | undefined;
  /** Only that side. Default: both. */
  role?: 'server' | 'client' | undefined;
}
