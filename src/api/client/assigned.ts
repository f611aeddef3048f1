/** The request that has the socket of a client's connection. */
import type { AsyncResource } from 'node:async_hooks';
import type { EndedIn } from '../../events/ending.js';
import type { RequestFacts } from '../../events/facts.js';
import type { RequestEvent, ResponseKind } from '../../events/request.js';
import type { MessageHead } from '../../events/wire.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { ExcessRule } from '../process/defaults.js';
import type { StrictnessOptions } from '../process/strictness.js';
import type { TimedRequest } from './timeouts.js';

/** The host of the request that has the socket. */
export interface AssignedHost {
  /** The async context of its listeners. */
  readonly scope: AsyncResource;
  /** Whether the request may be sent again on another socket. */
  readonly isRetriable: boolean;
  /** Whether its events have the host's order. */
  readonly isHostOrder: boolean;
  /** Why the request failed. */
  fault: Error | null | undefined;
  send(event: RequestEvent | { readonly type: 'net.drained' }): void;
  /** As `send`, for what may end the request. `code`: of its error. */
  sendCause(event: RequestEvent, code?: unknown): void;
  facts(): RequestFacts;
  /** How far it has come. */
  endedIn(): EndedIn;
  /** A response head has arrived. `isCoded`: it has a Transfer-Encoding. */
  receiveHead(head: MessageHead, kind: ResponseKind, isCoded: boolean): void;
  /** A message of the peer is complete. */
  completed(): void;
}

/** The request that has the socket, and how to parse its response. */
export interface AssignedRequest extends TimedRequest, StrictnessOptions {
  readonly method: string;
  readonly maxHeaderSize: number | undefined;
  readonly maxHeadersCount: number;
  readonly _rejectsExcess: ExcessRule;
  /** The response, once its head has arrived. */
  readonly res: IncomingMessage | null;
  /** Null while it has no socket. */
  parser: unknown;
  /** True once its socket was released. */
  destroyed: boolean;
}
