/** The part of node:http's interface that the contract uses. */
import type { EventEmitter } from 'node:events';
import type { Server as NetServer } from 'node:net';
import type { Readable } from 'node:stream';

/** The part of a request that the contract uses. */
export interface AnyRequest extends EventEmitter {
  reusedSocket?: boolean;
  end(body?: string): unknown;
  flushHeaders(): void;
  setTimeout(milliseconds: number): unknown;
  destroy(error?: Error): unknown;
  abort(): void;
}

/** The part of a server's response that the contract uses. */
export interface AnyResponse extends EventEmitter {
  end(body?: string): unknown;
  write(body: string): unknown;
  writeContinue(): void;
}

/** An incoming message, on either side. */
export interface AnyIncoming extends Readable {
  url?: string | undefined;
}

export type AnyServer = NetServer & { maxRequestsPerSocket?: number | null };

/** The module under test, with the interface of node:http. */
export interface HttpModule {
  // biome-ignore-start lint/suspicious/noExplicitAny: the module has its own types.
  /** As `http.request()`. */
  request(options: any): any;
  /** As `http.createServer()`. */
  createServer(options?: any): any;
  /** As `http.Agent`. */
  Agent: new (
    options?: any,
  ) => any;
  // biome-ignore-end lint/suspicious/noExplicitAny: see above.
}
