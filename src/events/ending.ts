/** How an exchange has ended: one code of two letters, and the facts that go with it. */

/** Who has ended it: docs/endings.md. */
export type EndedBy = '-' | 'P' | 'R' | 'U' | 'T' | 'E' | 'S' | 'D';

/** How far it had come: docs/endings.md. */
export type EndedIn = '-' | 'Q' | 'C' | 'H' | 'B' | 'W' | 'A' | 'F' | 'I';

/** The deadline that has passed, by its option. `timeout`: of a client's request. */
export type EndedTimer =
  | 'headersTimeout'
  | 'requestTimeout'
  | 'keepAliveTimeout'
  | 'server.timeout'
  | 'setTimeout'
  | 'timeout';

/** A code and what belongs to it, as hosts keep it: in one number (rules/ending.ts). */
export interface Verdict {
  readonly by: EndedBy;
  readonly in: EndedIn;
  readonly timer: EndedTimer | undefined;
  /** Which side has closed the connection first; undefined while neither has. */
  readonly closedFirst: 'peer' | 'us' | undefined;
  /** The status with which statewire has refused it itself, without the program; 0 if it hasn't. */
  readonly status: number;
}

/** How an exchange has ended. `String(ending)` is a line for an access log. */
export interface Ending {
  /** `s12.3`: the third exchange on connection 12, of a server; `c7.1`: of a client; `q5`: a request that never had a socket. */
  readonly id: string;
  /** On which side of the connection this process is. */
  readonly role: 'server' | 'client';
  /** Two letters: who has ended it, and when. `--`: the response is whole. See docs/endings.md. */
  readonly code: `${EndedBy}${EndedIn}`;
  /** The deadline that has passed, by its option; undefined if none has. */
  readonly timer: EndedTimer | undefined;
  /** Which side has closed the connection first; undefined if it was open still. */
  readonly closedFirst: 'peer' | 'us' | undefined;
  /** As explain has it: `GET /report`, at a client `GET http://api/report`; '' if no head has come. */
  readonly what: string;
  /** Undefined if no head has come. */
  readonly method: string | undefined;
  /** Without query and credentials, escaped, at most 80 characters. Undefined if no head has come. */
  readonly path: string | undefined;
  /** Of the response; undefined if none had begun. */
  readonly status: number | undefined;
  /** From the head of the request, at a client from its creation, to the end. Undefined if that isn't known. */
  readonly ms: number | undefined;
  /** Bytes of the body that have come and that somebody wanted, without framing. */
  readonly bytesIn: number;
  /** Bytes of the body that were written, without framing. */
  readonly bytesOut: number;
  /** The connection had served an exchange before. */
  readonly reused: boolean;
  /** How long the connection had been idle before, in ms. Undefined if it is new, or if the history has forgotten it. */
  readonly idleFor: number | undefined;
  /** `s12.3 GET /report 200 -- 41 ms, 0 B in, 5120 B out`. */
  toString(): string;
}
