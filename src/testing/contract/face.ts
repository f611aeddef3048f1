/** What the contract examines: the face of node:http, as far as it needs it. */
import type { EventEmitter } from 'node:events';
import type { Server as NetServer } from 'node:net';
import type { Readable } from 'node:stream';

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
