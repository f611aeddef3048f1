import { AsyncResource } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from './connectionOptions.js';

/** What an agent needs of a request. */
export interface AgentRequest {
  /** Takes the socket, or the reason why there is none. */
  onSocket(socket: Duplex | null, error?: Error | null): void;
  getHeader?(name: string): unknown;
  destroyed?: boolean;
  reusedSocket?: boolean;
  /** In ms. */
  timeout?: number | undefined;
}

/**
 * A request between asking for a socket and having one. What is done for it meanwhile runs in the async context in which
 * it asked: not in that of the request whose socket it inherits (node#34400).
 */
export class Asking {
  readonly request: AgentRequest;
  readonly name: string;
  readonly options: ConnectionOptions;
  private readonly context = new AsyncResource('STATEWIRE_REQUEST');
  private isOver = false;

  constructor(request: AgentRequest, name: string, options: ConnectionOptions) {
    this.request = request;
    this.name = name;
    this.options = options;
  }

  run<T>(call: () => T): T {
    return this.context.runInAsyncScope(call);
  }

  /**
   * Nobody asks any more. A request of another kind than ours, that was destroyed while it waited, waits for being told:
   * only then does it emit what is due.
   */
  hasGone(): boolean {
    if (!this.isOver && this.request.destroyed) this.answer(null);
    return this.isOver;
  }

  /** The request has its socket, or has been completed otherwise. */
  settle(): void {
    this.isOver = true;
  }

  fail(error: unknown): void {
    if (!this.isOver) this.answer(error);
  }

  private answer(error: unknown): void {
    this.isOver = true;
    this.run(() => this.request.onSocket(null, error as Error | null));
  }
}
