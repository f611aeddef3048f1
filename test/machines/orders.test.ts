/** The documented orders, and others, as ways through the machines of a request and of its answer. */
import { describe, expect, it } from 'vitest';
import { documented, further, tellingsOf } from './orders.js';

describe.each(Object.entries({ documented, further }))('the %s orders', (_kind, orders) => {
  it.each(orders.map((order) => [order.name, order] as const))('%s', (_name, { told, tells }) => {
    expect(tellingsOf(told)).toEqual(tells);
  });
});
