/** The option `eventOrder`: in which order the events of a client's request and of its response are emitted. */
import { optionOf } from '../compat/ownOptions.js';
import { validateOneOf } from '../compat/validate.js';
import { defaults, type EventOrder, eventOrders } from './defaults.js';

const VARIABLE = 'STATEWIRE_EVENT_ORDER';

/** What the program has set, or the environment. */
let order = fromEnvironment();

/** The order of requests whose agent has none. */
export function eventOrder(): EventOrder {
  return order ?? defaults.eventOrder;
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
