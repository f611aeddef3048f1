import { afterEach, describe, expect, it, vi } from 'vitest';
import { assign, createMachine, emit, type InspectionEvent } from 'xstate';
import { compile } from '../../src/engine/compile.js';
import { CompiledActor } from '../../src/engine/compiled.js';
import { WatchedActor, watch } from '../../src/engine/watched.js';
import { chartOf, run } from './kit/run.js';

const machine = createMachine({
  id: 'walker',
  context: { count: 0 },
  initial: 'a',
  states: {
    a: {
      tags: 'first',
      on: {
        go: { target: 'b', actions: [assign({ count: 1 }), emit({ type: 'x' })] },
        end: 'c',
        fail: { guard: () => fail() },
      },
    },
    b: { on: { back: 'a' } },
    c: { type: 'final', entry: emit({ type: 'bye' }), exit: emit({ type: 'over' }) },
  },
});

function fail(): never {
  throw new Error('boom');
}

describe('watching', () => {
  let stops: (() => void)[] = [];
  const watched = (inspect: (event: InspectionEvent) => void) => {
    stops.push(watch({ inspect }));
  };
  afterEach(() => {
    for (const stop of stops) stop();
    stops = [];
  });

  it('selects the interpreter of actors started meanwhile', () => {
    const before = run(machine);
    const stop = watch({ inspect: () => {} });
    const meanwhile = run(machine);
    stop();
    const after = run(machine);
    const kinds = [before, meanwhile, after].map(({ actor }) => actor instanceof WatchedActor);
    expect(kinds).toEqual([false, true, false]);
    expect(after.actor).toBeInstanceOf(CompiledActor);
    for (const { actor, emitted, send } of [before, meanwhile, after]) {
      send('go');
      expect(actor.snapshot()).toEqual({ value: 'b', context: { count: 1 }, status: 'active', tags: new Set() });
      expect(emitted).toEqual(['x']);
    }
  });

  it('sends XState’s inspection events to all observers', () => {
    const types: string[] = [];
    let others = 0;
    watched(({ type }) => types.push(type));
    stops.push(watch({ inspect: { next: () => others++ } }));
    run(machine).send('go');
    expect(types).toContain('@xstate.actor');
    expect(types).toContain('@xstate.microstep');
    expect(types).toContain('@xstate.snapshot');
    expect(others).toBe(types.length);
  });

  it('has the same API', () => {
    watched(() => {});
    const { actor, emitted, send } = run(machine);
    expect(actor.configuration).toBeUndefined();
    expect(actor.value).toBe('a');
    expect(actor.hasTag('first')).toBe(true);
    expect(actor.matches('a')).toBe(true);
    expect(chartOf(machine).matcher('a')(actor)).toBe(true);
    expect(actor.can({ type: 'go' })).toBe(true);
    expect(actor.can({ type: 'back' })).toBe(false);
    const warn = vi.spyOn(console, 'warn');
    send('end', 'go');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    expect(actor.done).toBe(true);
    expect(actor.can({ type: 'go' })).toBe(false);
    expect(actor.snapshot()).toEqual({ value: 'c', context: { count: 0 }, status: 'done', tags: new Set() });
    expect(emitted).toEqual(['bye', 'over']);
    expect(compile(machine).configurationOf('a').handles('go')).toBe(true);
  });

  it('throws to the sender what XState would report later', () => {
    watched(() => {});
    const { actor, send } = run(machine);
    expect(() => send('fail')).toThrow('boom');
    expect(actor.snapshot()).toMatchObject({ value: 'a', status: 'error' });
    send('go');
    expect(actor.value).toBe('a');
    const broken = createMachine({ context: () => fail() });
    expect(() => run(broken)).toThrow('boom');
  });
});
