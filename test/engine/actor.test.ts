import { describe, expect, it } from 'vitest';
import { assign, emit, raise, setup } from 'xstate';
import { start } from '../../src/engine/actor.js';
import { compile } from '../../src/engine/compile.js';

const counter = setup({
  types: {
    context: {} as { count: number },
    events: {} as { type: 'add'; by: number } | { type: 'stop' } | { type: 'again' },
    emitted: {} as { type: 'added'; count: number } | { type: 'stopped' },
    input: {} as { from: number },
  },
  guards: { isFull: ({ context }) => context.count >= 10 },
  actions: {
    add: assign({ count: ({ context, event }) => context.count + (event.type === 'add' ? event.by : 1) }),
    tellAdded: emit(({ context }) => ({ type: 'added', count: context.count })),
    tellStopped: emit({ type: 'stopped' }),
    addAgain: raise({ type: 'add', by: 100 }),
  },
}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ count: input.from }),
  initial: 'counting',
  states: {
    counting: {
      tags: ['busy'],
      on: { add: { actions: ['add', 'tellAdded'] }, stop: 'stopped', again: { actions: 'addAgain' } },
      always: { guard: 'isFull', target: 'stopped' },
    },
    stopped: { type: 'final', entry: 'tellStopped' },
  },
});

function run(from: number) {
  const delivered: unknown[] = [];
  const actor = start(compile(counter), { deliver: (emitted) => delivered.push(emitted) }, { from });
  return { actor, delivered };
}

describe('an actor', () => {
  it('takes transitions, and delivers what they emit', () => {
    const { actor, delivered } = run(1);
    actor.send({ type: 'add', by: 2 });
    expect(actor.value).toBe('counting');
    expect(actor.context).toEqual({ count: 3 });
    expect(actor.hasTag('busy')).toBe(true);
    expect(actor.matches('counting')).toBe(true);
    expect(delivered).toEqual([{ type: 'added', count: 3 }]);
    actor.send({ type: 'again' });
    expect(actor.done).toBe(true);
    expect(actor.snapshot()).toEqual({ value: 'stopped', context: { count: 103 }, status: 'done', tags: new Set() });
    expect(delivered.slice(1)).toEqual([{ type: 'added', count: 103 }, { type: 'stopped' }]);
    actor.send({ type: 'add', by: 2 });
    expect(delivered).toHaveLength(3);
  });
});
