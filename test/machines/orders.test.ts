/** The documented orders, and others, as paths through the machines of a request and of its response. */
import { describe, expect, it } from 'vitest';
import { documented, emittedOf, further } from './orders.js';

describe.each(Object.entries({ documented, further }))('the %s orders', (_kind, orders) => {
  it.each(orders.map((order) => [order.name, order] as const))('%s', (_name, { events, emitted }) => {
    expect(emittedOf(events)).toEqual(emitted);
  });
});
