import { AsyncResource } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { Opaque } from '../../io/conceal.js';
import { own } from '../compat/own.js';
import { type ConnectionOptions, connectionOptions } from './connectionOptions.js';

/**
 * Where a request keeps its `Asking`. Not in a WeakMap: only a major garbage collection removes an entry whose value
 * references its key. Our requests have the property from the start: adding it later would change their shape.
 */
export const ASKING: unique symbol = Symbol('statewire.asking');

/** What an agent needs of a request. */
export interface AgentRequest {
  /** @internal */
  [ASKING]?: Opaque<Asking> | undefined;
  /**
   * Our requests have an async context, in which everything for them runs.
   * @internal
   */
  [own]?: { readonly scope: AsyncResource | undefined };
  /** Receives the socket, or the reason why there is none. */
  onSocket(socket: Duplex | null, error?: Error | null): void;
  getHeader?(name: string): unknown;
  destroyed?: boolean;
  reusedSocket?: boolean;
  /** In ms. */
  timeout?: number | undefined;
}

/**
 * The kinds of requests that programs find in `agent.requests`. A module that makes requests declares a member here; to an
 * agent each of them is just an `AgentRequest`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: members are declared next to the requests.
export interface RequestKinds {}

/** The part of a pool that an `Asking` uses. */
export interface AskedPool {
  readonly agent: {
    /** They take precedence over the options of the request. */
    readonly options: ConnectionOptions;
    /** The waiting requests, by name. */
    readonly requests: NodeJS.Dict<AgentRequest[]>;
  };
}

let count = 0;

/** How many requests have asked for a socket so far. */
export function askedSoFar(): number {
  return count;
}

/**
 * A request between asking for a socket and having one. Meanwhile everything for it runs in the async context in which it
 * asked, not in the context of the request whose socket it inherits (node#34400).
 */
export class Asking {
  readonly request: AgentRequest;
  readonly name: string;
  /** Its position among all requests that have asked. */
  readonly number = ++count;
  /** It has waited in the queue of its agent. */
  isQueued = false;
  /** It needs a connection that no other request uses. */
  readonly isExclusive: boolean;
  readonly pool: AskedPool;
  private readonly given: ConnectionOptions;
  private readonly context: AsyncResource;
  private merged: ConnectionOptions | undefined;
  private isOver = false;

  /** @param merged the options to open a connection with, if known already */
  constructor(
    pool: AskedPool,
    request: AgentRequest,
    name: string,
    given: ConnectionOptions,
    merged: ConnectionOptions | undefined,
    isExclusive: boolean,
  ) {
    this.request = request;
    this.name = name;
    this.pool = pool;
    this.given = given;
    this.merged = merged;
    this.isExclusive = isExclusive;
    this.context = request[own]?.scope ?? new AsyncResource('STATEWIRE_REQUEST');
    request[ASKING] = new Opaque(this as Asking);
  }

  /** The last `Asking` of the request, if it was made to this pool. */
  static of(request: AgentRequest, pool: AskedPool): Asking | undefined {
    const box = request[ASKING];
    const asking = box && Opaque.content(box);
    return asking?.pool === pool ? asking : undefined;
  }

  /** The options to open a connection with. */
  get options(): ConnectionOptions {
    this.merged ??= connectionOptions(this.given, this.pool.agent.options, this.request);
    return this.merged;
  }

  run<T>(call: () => T): T {
    return this.context.runInAsyncScope(call);
  }

  /**
   * Whether the request no longer needs a socket. A foreign request that was destroyed while it waited gets its callback here:
   * only then does it emit its last events.
   */
  hasGone(): boolean {
    if (!this.isOver && this.request.destroyed) this.refuse(null);
    return this.isOver;
  }

  /** The request has its socket, or has been completed otherwise. */
  settle(): void {
    this.isOver = true;
  }

  fail(error: unknown): void {
    if (!this.isOver) this.refuse(error);
  }

  private refuse(error: unknown): void {
    this.isOver = true;
    this.run(() => this.request.onSocket(null, error as Error | null));
  }
}
