import { AsyncResource } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { Opaque } from '../../io/conceal.js';
import { own } from '../compat/own.js';
import { type ConnectionOptions, connectionOptions } from './connectionOptions.js';

/**
 * Where a request keeps its asking. Not in a WeakMap: an entry whose value leads to its key is left to the collector of
 * old objects. Requests of ours have it from their beginning: objects that grow are of another shape.
 */
export const ASKING: unique symbol = Symbol('statewire.asking');

/** What an agent needs of a request. */
export interface AgentRequest {
  [ASKING]?: Opaque<Asking> | undefined;
  /** A request of ours runs what is done for it in its own async context. */
  [own]?: { readonly scope: AsyncResource | undefined };
  /** Takes the socket, or the reason why there is none. */
  onSocket(socket: Duplex | null, error?: Error | null): void;
  getHeader?(name: string): unknown;
  destroyed?: boolean;
  reusedSocket?: boolean;
  /** In ms. */
  timeout?: number | undefined;
}

/**
 * The kinds of requests that programs find in `agent.requests`. Whoever makes requests declares them here, by a member of
 * its own: to an agent they are all no more than an `AgentRequest`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared where the requests are.
export interface RequestKinds {}

/** The pool that a request asks, as far as its asking leads to it. */
export interface AskedPool {
  readonly agent: {
    /** What they say of a connection stands over what the request says. */
    readonly options: ConnectionOptions;
    /** Those that wait, by name. */
    readonly requests: NodeJS.Dict<AgentRequest[]>;
  };
}

let count = 0;

/** How many have asked so far. */
export function askedSoFar(): number {
  return count;
}

/**
 * A request between asking for a socket and having one. What is done for it meanwhile runs in the async context in which
 * it asked: not in that of the request whose socket it inherits (node#34400).
 */
export class Asking {
  readonly request: AgentRequest;
  readonly name: string;
  /** Its place in the order in which all have asked. */
  readonly number = ++count;
  /** It has waited in the queue of its agent. */
  isQueued = false;
  readonly pool: AskedPool;
  private readonly given: ConnectionOptions;
  private readonly context: AsyncResource;
  private merged: ConnectionOptions | undefined;
  private isOver = false;

  /** @param merged what a connection is opened by, if that is known already */
  constructor(
    pool: AskedPool,
    request: AgentRequest,
    name: string,
    given: ConnectionOptions,
    merged: ConnectionOptions | undefined,
  ) {
    this.request = request;
    this.name = name;
    this.pool = pool;
    this.given = given;
    this.merged = merged;
    this.context = request[own]?.scope ?? new AsyncResource('STATEWIRE_REQUEST');
    request[ASKING] = new Opaque(this as Asking);
  }

  /** What the request has asked this pool last. */
  static of(request: AgentRequest, pool: AskedPool): Asking | undefined {
    const box = request[ASKING];
    const asking = box && Opaque.content(box);
    return asking?.pool === pool ? asking : undefined;
  }

  /** What a connection for it is opened by. */
  get options(): ConnectionOptions {
    this.merged ??= connectionOptions(this.given, this.pool.agent.options, this.request);
    return this.merged;
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
