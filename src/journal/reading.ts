/** What a recorder reads of hosts: the state of a connection that is idle, and what a request was made with. */

import { askerOf } from '../api/process/chains.js';
import { eventOrder } from '../api/process/eventOrder.js';
import type { Recorded } from '../io/record.js';

/** The state of a server's connection between two exchanges: from here it can be replayed. */
export interface IdleState {
  readonly value: unknown;
  readonly context: unknown;
  readonly requests: number;
  readonly persists: boolean;
}

interface ServerHost {
  readonly actor: { readonly value: unknown; readonly context: unknown };
  readonly exchanges?: { readonly responses: { readonly length: number }; readonly reading: unknown };
  readonly requests: number;
  readonly persists: boolean;
  readonly isLeaving: boolean;
  readonly feeding: boolean;
  readonly isIgnoring?: boolean;
}

/** Whether what comes now is read later, and whether it is not processed. */
export const reading = (host: Recorded | undefined): Partial<Pick<ServerHost, 'feeding' | 'isIgnoring'>> =>
  Object(host) as ServerHost;

/** Undefined while it isn't idle. */
export function stateOf(host: Recorded): IdleState | undefined {
  const { actor, exchanges, requests, persists, isLeaving, feeding } = host as unknown as ServerHost;
  if (exchanges === undefined || exchanges.responses.length > 0 || exchanges.reading !== undefined) return undefined;
  if (isLeaving || feeding || requests === 0) return undefined;
  const { reading } = Object(actor.value) as { readonly reading?: { readonly awaiting?: unknown } };
  return reading?.awaiting === 'kept'
    ? { value: actor.value, context: { ...Object(actor.context) }, requests, persists }
    : undefined;
}

/** The state of a client's connection that a request takes: before it does. Undefined for the first request. */
export function assignedState(host: Recorded): IdleState | undefined {
  const { actor, requests } = host as unknown as ServerHost;
  if (requests < 2) return undefined;
  return { value: actor.value, context: { ...Object(actor.context) }, requests: requests - 1, persists: true };
}

/** What a request of a client is made with. */
export interface Made {
  readonly method: string;
  readonly isHostOrder: boolean;
  readonly retries: boolean;
  readonly hasTimeout: boolean;
  readonly hasAgent: boolean;
  /** The exchange of a server that has asked it, if `explain.chains()` was called. */
  readonly asker?: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

const OPTIONS = [
  ...['maxHeaderSize', 'joinDuplicateHeaders', 'httpValidation', 'insecureHTTPParser', 'rejectExcessHeaders'],
];

interface Request {
  readonly timeout: unknown;
  readonly agent?: { readonly options?: Readonly<Record<string, unknown>> } | null;
}

export function madeOf(place: object, message: object, given: object): Made {
  const { agent, timeout } = message as Request;
  const all = given as Readonly<Record<string, unknown>>;
  const options: Record<string, unknown> = {};
  for (const name of OPTIONS) {
    const value = all[name];
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') options[name] = value;
  }
  return {
    method: String(all['method'] ?? 'GET').slice(0, 40),
    isHostOrder: (agent?.options?.['eventOrder'] ?? eventOrder()) === 'host',
    retries: agent?.options?.['retryReused'] === true,
    hasTimeout: timeout !== undefined || Boolean(agent?.options?.['timeout']),
    hasAgent: Boolean(agent),
    // Without its path.
    asker: askerOf(place)?.split(' ', 1)[0],
    options,
  };
}
