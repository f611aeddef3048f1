/** Law 4, in both interpreters: listeners run when the machine is at rest. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assign, createMachine, emit } from 'xstate';
import { watch } from '../../src/engine/watched.js';
import { type Run, run } from './kit/run.js';

/** Emits one or more events in one transition. */
const emitter = createMachine({
  context: { count: 0 },
  entry: emit({ type: 'hello' }),
  on: {
    one: { actions: [assign({ count: ({ context }) => context.count + 1 }), emit({ type: 'a' })] },
    three: { actions: [emit({ type: 'a' }), emit({ type: 'b' }), emit({ type: 'c' })] },
    more: {
      actions: [assign({ count: ({ context }) => context.count + 1 }), emit({ type: 'd' }), emit({ type: 'e' })],
    },
    none: { actions: assign({ count: ({ context }) => context.count + 1 }) },
  },
});

describe.each(['compiled', 'watched'])('%s', (interpreter) => {
  let stop = () => {};
  beforeEach(() => {
    if (interpreter === 'watched') stop = watch({ inspect: () => {} });
  });
  afterEach(() => stop());

  it('delivers what is emitted on entry before start returns', () => {
    expect(run(emitter).emitted).toEqual(['hello']);
  });

  it('calls listeners with the machine at rest', () => {
    const counts: unknown[] = [];
    const live: Run = run(emitter, undefined, ({ type }) => {
      if (type === 'a') counts.push(live.actor.context['count']);
    });
    live.send('one', 'one');
    expect(counts).toEqual([1, 2]);
  });

  it('processes a send from inside a delivery at once, and delivers the rest and its own emissions before it returns', () => {
    const seen: unknown[] = [];
    const outer: Run = run(emitter, undefined, ({ type }) => {
      if (type !== 'a') return;
      outer.send('more');
      seen.push(outer.actor.context['count'], [...outer.emitted]);
    });
    outer.send('three');
    expect(seen).toEqual([1, ['hello', 'a', 'b', 'c', 'd', 'e']]);
    expect(outer.emitted).toEqual(['hello', 'a', 'b', 'c', 'd', 'e']);
  });

  it('keeps the order over several levels', () => {
    let rounds = 0;
    const outer: Run = run(emitter, undefined, ({ type }) => {
      if (type === 'a' || (type === 'd' && ++rounds < 3)) outer.send('more');
      if (type === 'e' && rounds === 3) outer.send('none');
    });
    outer.send('three');
    expect(outer.emitted.join('')).toBe('helloabcdedede');
    outer.send('more');
    expect(outer.emitted.join('')).toBe('helloabcdededede');
  });

  it('keeps actors independent', () => {
    const order: string[] = [];
    const inner = run(emitter, undefined, ({ type }) => order.push(`inner ${type}`));
    const outer = run(emitter, undefined, ({ type }) => {
      order.push(type);
      if (type === 'b') inner.send('more');
    });
    outer.send('three');
    expect(order).toEqual(['inner hello', 'hello', 'a', 'b', 'inner d', 'inner e', 'c']);
  });

  describe('a listener that throws', () => {
    /** Throws at the first emission of each of these types. */
    function throwing(...types: string[]): Run {
      return run(emitter, undefined, ({ type }) => {
        if (!types.includes(type)) return;
        types.splice(types.indexOf(type), 1);
        throw new Error(`at ${type}`);
      });
    }

    it('throws to the sender, after the transition', () => {
      const { actor, send } = throwing('a');
      expect(() => send('one')).toThrow('at a');
      expect(actor.context['count']).toBe(1);
      expect(actor.snapshot().status).toBe('active');
      send('one');
      expect(actor.context['count']).toBe(2);
    });

    it('leaves the rest to a microtask', async () => {
      const { emitted, send } = throwing('a');
      expect(() => send('three')).toThrow('at a');
      expect(emitted).toEqual(['hello', 'a']);
      await Promise.resolve();
      expect(emitted).toEqual(['hello', 'a', 'b', 'c']);
    });

    it('leaves the rest to the next send if that comes first', async () => {
      const { emitted, send } = throwing('a');
      expect(() => send('three')).toThrow('at a');
      send('more');
      expect(emitted).toEqual(['hello', 'a', 'b', 'c', 'd', 'e']);
      await Promise.resolve();
      expect(emitted).toHaveLength(6);
    });

    it('can throw again', () => {
      const { actor, emitted, send } = throwing('a', 'b', 'd');
      expect(() => send('three')).toThrow('at a');
      expect(() => send('more')).toThrow('at b');
      expect(actor.context['count']).toBe(1);
      expect(() => send('none')).toThrow('at d');
      expect(actor.context['count']).toBe(2);
      send('none');
      expect(emitted).toEqual(['hello', 'a', 'b', 'c', 'd', 'e']);
    });

    it('throws to the outermost sender from inside a nested send', async () => {
      const outer: Run = run(emitter, undefined, ({ type }) => {
        if (type === 'a') outer.send('more');
        if (type === 'd') throw new Error('at d');
      });
      expect(() => outer.send('three')).toThrow('at d');
      expect(outer.emitted).toEqual(['hello', 'a', 'b', 'c', 'd']);
      await Promise.resolve();
      expect(outer.emitted.at(-1)).toBe('e');
    });

    it('does not lose its own sends', () => {
      const outer: Run = run(emitter, undefined, ({ type }) => {
        if (type !== 'a') return;
        outer.send('more');
        throw new Error('at a');
      });
      expect(() => outer.send('one')).toThrow('at a');
      expect(outer.emitted).toEqual(['hello', 'a', 'd', 'e']);
    });
  });
});
