/** The runs on statewire alone: the transitions that they take, and their logs. */
import { describe, expect, it } from 'vitest';
import { alone, logOf } from './alone.js';
import { takenDuring } from './kit/tapped.js';

describe('on statewire alone', () => {
  for (const each of alone) {
    it(each.name, async () => {
      let log: readonly string[] = [];
      const taken = await takenDuring(async () => {
        log = await logOf(each);
      });
      expect(each.takes.filter((transition) => !taken.has(transition))).toEqual([]);
      expect(log).toEqual(each.lines);
    });
  }
});
