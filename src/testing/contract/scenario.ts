/**
 * The vocabulary of the contract: what is played against an implementation of node:http's face, and the order of events
 * that the documents demand of it.
 */
import type { EventEmitter } from 'node:events';
import type { Server as NetServer } from 'node:net';
import type { Readable } from 'node:stream';
import type { Stage } from './stage.js';

/** As much of a request as the contract needs. */
export interface AnyRequest extends EventEmitter {
  reusedSocket?: boolean;
  end(body?: string): unknown;
  flushHeaders(): void;
  setTimeout(milliseconds: number): unknown;
  destroy(error?: Error): unknown;
  abort(): void;
}

/** As much of an answer of a server as the contract needs. */
export interface AnyResponse extends EventEmitter {
  end(body?: string): unknown;
  write(body: string): unknown;
  writeContinue(): void;
}

/** A message that came in, at either side. */
export interface AnyIncoming extends Readable {
  url?: string | undefined;
}

export type AnyServer = NetServer & { maxRequestsPerSocket?: number | null };

/** What is examined: a module with the face of node:http. */
export interface HttpModule {
  // biome-ignore-start lint/suspicious/noExplicitAny: what is examined has types of its own.
  request(options: any): any;
  createServer(options?: any): any;
  Agent: new (
    options?: any,
  ) => any;
  // biome-ignore-end lint/suspicious/noExplicitAny: see above.
}

/** Something that the program or the peer does. */
export type Step = (stage: Stage) => void | Promise<void>;

/**
 * A line of a log: `req.response` is an event with its emitter, `(req.destroy())` something that is done.
 * In an order `res.data*` is any number of such events, or none.
 */
export type Line = string;

export interface Scenario {
  readonly name: string;
  /** The sentence or section that demands the order. */
  readonly source: string;
  /** Who is examined. */
  readonly side: 'client' | 'server';
  /** The events that are listened to. Of others nothing is demanded. */
  readonly hears: readonly Line[];
  readonly script: readonly Step[];
  readonly order: readonly Line[];
  /** It may end the process of the server, which therefore must be one of its own. */
  readonly isApart?: true;
  /** Statuses that a client receives from the server, and that its connection is closed. */
  readonly wire?: readonly string[];
}
