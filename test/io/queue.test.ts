import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/io/queue.js';

describe('Queue', () => {
  it('behaves like an array with push() and shift()', () => {
    const call = fc.oneof(fc.nat(), fc.constantFrom('shift' as const, 'shift' as const, 'clear' as const));
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const queue = new Queue<number>();
        const model: number[] = [];
        for (const each of calls) {
          if (each === 'shift') expect(queue.shift()).toBe(model.shift());
          else if (each === 'clear') expect(queue.clear()).toEqual(model.splice(0));
          else {
            queue.push(each);
            model.push(each);
          }
          expect([queue.length, queue.first, queue.last, [...queue]]).toEqual([
            model.length,
            model[0],
            model.at(-1),
            model,
          ]);
          expect(model.map((_, index) => queue.at(index))).toEqual(model);
        }
      }),
    );
  });
});
