/** What a replay needs of hosts. */
import type { NetFact } from '../events/net.js';
import type { Opening } from './opening.js';
import type { IdleState } from './reading.js';

/** Members by their names. */
type Bag = Record<string, unknown>;

/** The writer of a socket, as puppets see it. */
export interface WriterParts {
  readonly landed: (error: unknown) => void;
  leaveFirst(): void;
}

/** The hosts, as puppets see them: whatever is private to others. */
export interface Hosted {
  readonly actor: Bag & { readonly value: unknown };
  readonly message: Bag & { cork(): void; uncork(): void };
  readonly exchanges: { readonly writer: WriterParts; close(): void };
  readonly writer: WriterParts;
  head: string | null;
  reason: unknown;
  error: unknown;
  done: unknown;
  requests: number;
  maxHeadersCount: number;
  persists: boolean;
  send(event: object): void;
  sendCause(event: object): void;
  proceed(event: object, needsSocket: boolean): void;
  take(fact: NetFact): void;
  offer(socket: unknown, error: unknown): void;
  read(): void;
  responseEnded(): void;
  timedOut(): void;
  removed(): void;
  responseTimedOut(): void;
  onEnd(callback: () => void): void;
  recallHead(): void;
  announceClose(): void;
  announceDrain(drain: object): void;
  cut(): void;
  closeIdle(): void;
  free?(): void;
}

/** What a mark has. */
export interface Marked {
  readonly open: Opening;
  readonly state: IdleState;
  readonly deferred: number;
}
