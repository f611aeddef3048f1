/** The documented orders, and others, as paths through the machines of a request and of its response. */
import { describe, expect, it } from 'vitest';
import { documented, emittedOf, further, inHostOrder } from './orders.js';

describe.each(Object.entries({ documented, further, 'in the host’s order': inHostOrder }))(
  'the orders: %s',
  (_kind, orders) => {
    it.each(orders.map((order) => [order.name, order] as const))('%s', (_name, { events, emitted }) => {
      expect(emittedOf(events)).toEqual(emitted);
    });
  },
);
