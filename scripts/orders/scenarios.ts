/** The scenarios of the contract that are on the page. */
import { scenarios } from '../../src/testing/contract/index.js';
import { orders } from '../../src/testing/contract/orders.js';
import type { Scenario } from '../../src/testing/contract/scenario.js';

export interface Chapter {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** The ten documented orders, in the order of the document. */
export const documented: readonly Scenario[] = Array.from({ length: 10 }, (_, index) => {
  const source = `http.request(), order ${index + 1}`;
  return orders.find((scenario) => scenario.source === source) ?? fail(source);
});

/** The number of a documented order, from 1; undefined for other scenarios. */
export function numberOf(scenario: Scenario): number | undefined {
  return documented.includes(scenario) ? documented.indexOf(scenario) + 1 : undefined;
}

/** Those of a server. */
export const served: readonly Scenario[] = [
  "'finish', then 'close' of a response",
  "'checkContinue' in place of 'request'",
  "'checkExpectation' in place of 'request'",
  "'upgrade' in place of 'request'",
  "'connect' in place of 'request'",
  "'clientError' leaves the socket to its listener",
  'a request that is aborted',
  "a response that is cut emits 'close' and no 'finish'",
].map(find);

export const chapters: readonly Chapter[] = [
  { title: 'The ten documented orders', scenarios: documented },
  {
    title: 'Other ends of a request',
    scenarios: [
      ...named(
        'req.destroy(error)',
        'before a socket is assigned',
        'before the connection succeeds',
        'after the response',
      ),
      ...named('a signal', 'before a socket is assigned', 'before the connection succeeds', 'after the response'),
      find('a createConnection that fails'),
    ],
  },
  {
    title: 'Up to the response',
    scenarios: [
      "'finish' when the request is sent",
      "a timeout causes 'timeout' and nothing else",
      "100 causes 'continue'",
      "an interim response causes 'information'",
      'a response without a listener is discarded',
      "101 causes 'upgrade' and no 'response'",
      "101 without a listener of 'upgrade' closes the connection",
      "CONNECT causes 'connect' and no 'response'",
      "CONNECT without a listener of 'connect' closes the connection",
    ].map(find),
  },
  { title: 'At a server', scenarios: served },
];

function named(what: string, ...times: readonly string[]): Scenario[] {
  return times.map((time) => find(`${what} ${time}`));
}

function find(name: string): Scenario {
  return scenarios.find((scenario) => scenario.name === name) ?? fail(name);
}

function fail(what: string): never {
  throw new Error(`The contract has no scenario ‘${what}’`);
}
