/**
 * Defaults of options, for the whole process. They are kept in the global object: `statewire/register` sets them before the
 * library is loaded, and two copies of the package have the same.
 */
import { validateBoolean, validateOneOf, validateOptions } from '../compat/validate.js';

/** Header lines over the limit in `maxHeadersCount` are rejected with their message, or ignored. 'node': as in node:http. */
export type ExcessRule = boolean | 'node';

export const eventOrders = ['documented', 'host'] as const;

/**
 * 'documented': the orders at the end of `http.request()` in Node's documentation of Node 18, where 'error' of a response that
 * is cut precedes 'close' of its request. 'host': the orders that node:http has, where 'close' of the request comes first.
 */
export type EventOrder = (typeof eventOrders)[number];

export interface Defaults {
  /** Of `createServer()`. */
  requireHostHeader: boolean | 'node';
  /** Of `createServer()` and `request()`. */
  rejectExcessHeaders: ExcessRule;
  /** Of `request()`. */
  frameUpgradeBody: boolean;
  /** Of requests, see {@link EventOrder}. The environment variable STATEWIRE_EVENT_ORDER takes precedence. */
  eventOrder: EventOrder;
}

/** Defaults that hold for the whole process until `unregister()`. What is left out stays as it is. */
export interface RegisterOptions extends Partial<Defaults> {
  /** Outgoing messages have `_headers` and `_headerNames`. Default: whether those of node:http have them (before Node 24). */
  deprecatedHeaders?: boolean;
}

const names = [
  'requireHostHeader',
  'rejectExcessHeaders',
  'frameUpgradeBody',
  'eventOrder',
  'deprecatedHeaders',
] as const;

/** What the process has in common. */
interface Kept extends Defaults {
  /** Under `statewire/register`: the classes of node:http are ours. */
  isRegistered: boolean;
}

const key = Symbol.for('statewire.defaults');

function create(): Kept {
  const value: Kept = {
    requireHostHeader: true,
    rejectExcessHeaders: true,
    frameUpgradeBody: true,
    eventOrder: 'documented',
    isRegistered: false,
  };
  // Jest replaces what can be reconfigured, when a file of tests is over, by getters that warn.
  Object.seal(value);
  Object.defineProperty(globalThis, key, { value, configurable: true });
  return value;
}

export const defaults: Kept = Reflect.get(globalThis, key) ?? create();

/**
 * The defaults of `base`, with those given instead.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function merged(base: Defaults, given: RegisterOptions): Defaults {
  validateOptions(given, names);
  if (given.deprecatedHeaders !== undefined) validateBoolean(given.deprecatedHeaders, 'options.deprecatedHeaders');
  const { requireHostHeader = base.requireHostHeader, rejectExcessHeaders = base.rejectExcessHeaders } = given;
  const { frameUpgradeBody = base.frameUpgradeBody, eventOrder = base.eventOrder } = given;
  validateOneOf<unknown>(requireHostHeader, 'options.requireHostHeader', [true, false, 'node']);
  validateOneOf<unknown>(rejectExcessHeaders, 'options.rejectExcessHeaders', [true, false, 'node']);
  validateBoolean(frameUpgradeBody, 'options.frameUpgradeBody');
  validateOneOf(eventOrder, 'options.eventOrder', eventOrders);
  return { requireHostHeader, rejectExcessHeaders, frameUpgradeBody, eventOrder };
}
