/**
 * Where node:http departs from the documented orders, as observed on Node 20.20, 22.23, 24.21 and 26.10. It keeps the orders of
 * all other scenarios.
 */
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { chapters } from './scenarios.js';

export interface Departure {
  /** In docs/differences-from-node.md. */
  readonly row: string;
  /** The order in node:http. */
  readonly order: readonly string[];
}

/** The order that statewire has, too, if its `eventOrder` is 'host'. */
const otherOrder = ({ name, hostOrder }: Scenario): readonly (readonly [string, Departure])[] =>
  hostOrder === undefined ? [] : [[name, { row: 'event-order', order: hostOrder }]];

/** By scenario name. */
export const departures: ReadonlyMap<string, Departure> = new Map([
  ...chapters.flatMap(({ scenarios }) => scenarios.flatMap(otherOrder)),
  ['a createConnection that fails', { row: 'failed-connection', order: ['req.error "mine"'] }],
]);
