/** The ten orders at the end of Node's documentation of `http.request()`, with its rules for errors and signals. */
import { HALF, HEAD_END, WHOLE } from './phrases.js';
import type { Scenario, Step } from './scenario.js';
import {
  aborts,
  destroys,
  destroysWithError,
  exchanges,
  hangsUp,
  inside,
  nobodyListens,
  received,
  requests,
  settles,
  signalled,
  signals,
  until,
} from './steps.js';

const DOCUMENT = 'http.request(), order';

const REQUEST = ['socket', 'response', 'abort', 'timeout', 'error', 'close'].map((event) => `req.${event}`);
/** All events in the ten orders. */
export const ALL = [...REQUEST, ...['data', 'end', 'aborted', 'error', 'close'].map((event) => `res.${event}`)];
/** The order of success doesn't include the response's 'close'. */
export const WITHOUT_RES_CLOSE = ALL.filter((event) => event !== 'res.close');

export const HUNG_UP = 'req.error ECONNRESET "socket hang up"';
const CUT = ['res.aborted', 'res.error ECONNRESET "aborted"', 'req.close', 'res.close'];
const CUT_ON_HOST = ['res.aborted', 'req.close', 'res.error ECONNRESET "aborted"', 'res.close'];
const BEGUN = ['req.socket', 'req.response', 'res.data*'];

/** Something that ends a request, at the three times that the documentation names. */
interface Ending {
  readonly name: string;
  readonly numbers: readonly [string, string, string];
  readonly does: Step;
  readonly marks: readonly string[];
  readonly options?: typeof signalled;
  readonly orders: readonly [before: readonly string[], connecting: readonly string[], after: readonly string[]];
  /** The orders of the host, where they are other ones. */
  readonly hostOrders: { readonly before?: readonly string[]; readonly after: readonly string[] };
}

const endings: readonly Ending[] = [
  {
    name: 'req.destroy()',
    numbers: ['5', '6', '7'],
    does: destroys,
    marks: ['(req.destroy())'],
    orders: [[HUNG_UP, 'req.close'], [HUNG_UP, 'req.close'], CUT],
    hostOrders: { after: ['(req.destroy())', ...CUT_ON_HOST] },
  },
  {
    name: 'req.abort()',
    numbers: ['8', '9', '10'],
    does: aborts,
    marks: ['(req.abort())', 'req.abort'],
    orders: [['req.close'], [HUNG_UP, 'req.close'], CUT],
    hostOrders: {
      before: ['(req.abort())', 'req.close', 'req.abort'],
      after: ['(req.abort())', 'req.abort', ...CUT_ON_HOST],
    },
  },
  {
    name: 'req.destroy(error)',
    numbers: ['5, with an error', '6, with an error', '7, with an error'],
    does: destroysWithError,
    marks: ['(req.destroy(error))'],
    orders: [
      ['req.error "mine"', 'req.close'],
      ['req.error "mine"', 'req.close'],
      ['res.aborted', 'res.error "mine"', 'req.close', 'res.close'],
    ],
    hostOrders: { after: ['(req.destroy(error))', 'req.error "mine"', ...CUT_ON_HOST] },
  },
  {
    name: 'a signal',
    numbers: ['5, by a signal', '6, by a signal', '7, by a signal'],
    does: signals,
    marks: ['(controller.abort())'],
    options: signalled,
    orders: [
      ['req.error ABORT_ERR', 'req.close'],
      ['req.error ABORT_ERR', 'req.close'],
      ['res.aborted', 'res.error ABORT_ERR', 'req.close', 'res.close'],
    ],
    hostOrders: { after: ['(controller.abort())', 'req.error ABORT_ERR', ...CUT_ON_HOST] },
  },
];

function scenariosOf({ name, numbers, does, marks, options, orders, hostOrders }: Ending): Scenario[] {
  const [before, connecting, after] = orders;
  return [
    {
      name: `${name} before a socket is assigned`,
      source: `${DOCUMENT} ${numbers[0]}`,
      side: 'client',
      listensTo: ALL,
      script: [...requests(options), does, until('req.close'), settles],
      order: [...marks, ...before],
      ...(hostOrders.before === undefined ? {} : { hostOrder: hostOrders.before }),
    },
    {
      name: `${name} before the connection succeeds`,
      source: `${DOCUMENT} ${numbers[1]}`,
      side: 'client',
      listensTo: ALL,
      script: [...requests(options), inside('req.socket', does), until('req.close'), settles],
      order: ['req.socket', ...marks, ...connecting],
    },
    {
      name: `${name} after the response`,
      source: `${DOCUMENT} ${numbers[2]}`,
      side: 'client',
      listensTo: ALL,
      script: [...exchanges(HALF, options), until('res.data'), does, until('res.close'), until('req.close'), settles],
      order: [...BEGUN, ...marks, ...after],
      hostOrder: [...BEGUN, ...hostOrders.after],
    },
  ];
}

export const orders: readonly Scenario[] = [
  {
    name: 'success',
    source: `${DOCUMENT} 1`,
    side: 'client',
    listensTo: WITHOUT_RES_CLOSE,
    script: [...exchanges(WHOLE), until('req.close'), settles],
    order: [...BEGUN, 'res.end', 'req.close'],
  },
  {
    name: 'connection error',
    source: `${DOCUMENT} 2`,
    side: 'client',
    listensTo: ALL,
    script: [nobodyListens, ...requests(), until('req.close'), settles],
    order: ['req.socket', 'req.error ECONNREFUSED', 'req.close'],
  },
  {
    name: 'premature close before the response',
    source: `${DOCUMENT} 3`,
    side: 'client',
    listensTo: ALL,
    script: [...requests(), received(HEAD_END), hangsUp, until('req.close'), settles],
    order: ['req.socket', HUNG_UP, 'req.close'],
  },
  {
    name: 'premature close after the response',
    source: `${DOCUMENT} 4`,
    side: 'client',
    listensTo: ALL,
    script: [...exchanges(HALF), until('res.data'), hangsUp, until('res.close'), until('req.close'), settles],
    order: [...BEGUN, ...CUT],
    hostOrder: [...BEGUN, ...CUT_ON_HOST],
  },
  ...endings.flatMap(scenariosOf),
];
