/** The runs on statewire alone: the transitions that they take, and their logs. Each exchange that is over has ended once. */
import { describe, expect, it } from 'vitest';
import { counted } from '../endings/counted.js';
import { alone, logOf } from './alone.js';
import { takenDuring } from './kit/tapped.js';

describe('on statewire alone', () => {
  for (const each of alone) {
    it(each.name, async () => {
      let log: readonly string[] = [];
      let wrong: readonly string[] = [];
      const run = async () => {
        log = await logOf(each);
      };
      const taken = await takenDuring(async () => {
        ({ wrong } = await counted(run));
      });
      expect(each.takes.filter((transition) => !taken.has(transition))).toEqual([]);
      expect(log).toEqual(each.lines);
      expect(wrong).toEqual([]);
    });
  }
});
