/** The option `eventOrder`: in which order the events of a client's request and of its response are emitted. */
import { optionOf } from '../compat/ownOptions.js';
import { validateOneOf } from '../compat/validate.js';

export const eventOrders = ['documented', 'host'] as const;

/**
 * 'documented': the orders at the end of `http.request()` in Node's documentation of Node 18, where 'error' of a response that
 * is cut precedes 'close' of its request. 'host': the orders that node:http has, where 'close' of the request comes first.
 */
export type EventOrder = (typeof eventOrders)[number];

const VARIABLE = 'STATEWIRE_EVENT_ORDER';

let order: EventOrder | undefined;

/** The order of requests whose agent has none: what was set last; else the environment's; else 'documented'. */
export function eventOrder(): EventOrder {
  order ??= fromEnvironment() ?? 'documented';
  return order;
}

/** @throws ERR_INVALID_ARG_VALUE */
export function setEventOrder(given: EventOrder): void {
  validateOneOf(given, 'eventOrder', eventOrders);
  order = given;
}

/** @throws ERR_INVALID_ARG_VALUE, so that a typing error is noticed */
function fromEnvironment(): EventOrder | undefined {
  const given: unknown = optionOf(process.env, VARIABLE) || undefined;
  if (given === undefined) return undefined;
  validateOneOf(given, `process.env.${VARIABLE}`, eventOrders);
  return given;
}
