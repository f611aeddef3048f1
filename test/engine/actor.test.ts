import { describe, expect, expectTypeOf, it } from 'vitest';
import { assign, createMachine, emit, raise, setup } from 'xstate';
import { type StateValue, start } from '../../src/engine/actor.js';
import { compile } from '../../src/engine/compile.js';
import { emissions, raisedEvents } from '../../src/engine/frames.js';
import { chartOf, run } from './kit/run.js';

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
    emitAdded: emit(({ context }) => ({ type: 'added', count: context.count })),
    emitStopped: emit({ type: 'stopped' }),
    addAgain: raise({ type: 'add', by: 100 }),
  },
}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ count: input.from }),
  initial: 'counting',
  states: {
    counting: {
      tags: ['busy'],
      description: 'Adds up.',
      meta: { ignores: ['pause'] },
      on: { add: { actions: ['add', 'emitAdded'] }, stop: 'stopped', again: { actions: 'addAgain' } },
      always: { guard: 'isFull', target: 'stopped' },
    },
    stopped: { type: 'final', entry: 'emitStopped' },
  },
});

const nested = createMachine({
  id: 'nested',
  type: 'parallel',
  states: {
    writing: {
      initial: 'idle',
      states: {
        idle: { on: { open: 'open' } },
        open: { initial: 'head', tags: 'wide', states: { head: { on: { next: 'body' } }, body: { tags: 'deep' } } },
      },
    },
    reading: {},
  },
});

describe('an actor', () => {
  it('takes transitions, and delivers their emissions', () => {
    const delivered: unknown[] = [];
    const actor = start(compile(counter), { deliver: (emitted) => delivered.push(emitted) }, { from: 1 });
    actor.send({ type: 'add', by: 2 });
    expect(actor.value).toBe('counting');
    expect(actor.context).toEqual({ count: 3 });
    expect(delivered).toEqual([{ type: 'added', count: 3 }]);
    actor.send({ type: 'again' });
    expect(actor.done).toBe(true);
    expect(actor.snapshot()).toEqual({ value: 'stopped', context: { count: 103 }, status: 'done', tags: new Set() });
    expect(delivered.slice(1)).toEqual([{ type: 'added', count: 103 }, { type: 'stopped' }]);
  });

  it('ignores events when done', () => {
    const { actor, emitted, send } = run(counter, { from: 1 });
    send('again');
    expect(emitted).toEqual(['added', 'stopped']);
    expect([emissions.top, raisedEvents.top]).toEqual([0, 0]);
    send('stop', 'add', 'stop');
    expect(actor.context).toEqual({ count: 101 });
    expect(emitted).toHaveLength(2);
    expect(actor.can({ type: 'add' })).toBe(false);
  });

  it('has the types of its machine', () => {
    const actor = start(compile(counter), { deliver: () => {} }, { from: 1 });
    expectTypeOf(actor.context).toEqualTypeOf<Readonly<{ count: number }>>();
    expectTypeOf(actor.send)
      .parameter(0)
      .toEqualTypeOf<{ type: 'add'; by: number } | { type: 'stop' } | { type: 'again' }>();
    // @ts-expect-error the input is required
    expect(() => start(compile(counter), { deliver: () => {} })).toThrow(TypeError);
  });

  it('copies the context that the factory returns', () => {
    const shared = { count: 0 };
    const machine = createMachine({
      context: () => shared,
      on: { add: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
    });
    const { actor, send } = run(machine);
    send('add');
    expect(actor.context).toEqual({ count: 1 });
    expect(shared).toEqual({ count: 0 });
  });

  it('keeps its context to itself', () => {
    const shared = createMachine({
      context: { count: 0 },
      on: { add: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
    });
    const [one, other] = [run(shared), run(shared)];
    one.send('add');
    const before = one.actor.snapshot();
    one.send('add');
    expect(other.actor.context).toEqual({ count: 0 });
    expect(before.context).toEqual({ count: 1 });
    expect(one.actor.context).toEqual({ count: 2 });
  });

  it('has matches(), hasTag() and can()', () => {
    const { actor, send } = run(nested);
    send('open');
    expect(actor.value).toEqual({ writing: { open: 'head' }, reading: {} });
    const held: StateValue[] = ['writing', 'reading', 'writing.open', 'writing.open.head', { writing: 'open' }];
    held.push({ writing: { open: 'head' } }, { writing: 'open.head', reading: {} });
    for (const partial of held) {
      expect(actor.matches(partial)).toBe(true);
      expect(chartOf(nested).matcher(partial)(actor)).toBe(true);
    }
    const missed: StateValue[] = ['open', 'writing.idle', 'writing.open.body', 'writing.open.head.deeper'];
    missed.push({ none: 'open' }, { writing: { open: 'body' } }, { writing: 'open', reading: 'x' });
    for (const partial of missed) {
      expect(actor.matches(partial)).toBe(false);
      expect(chartOf(nested).matcher(partial)(actor)).toBe(false);
    }
    expect(actor.hasTag('wide')).toBe(true);
    expect(actor.hasTag('deep')).toBe(false);
    expect(actor.can({ type: 'next' })).toBe(true);
    expect(actor.can({ type: 'open' })).toBe(false);
  });

  it('is matched by a prepared matcher', () => {
    const isOpen = chartOf(nested).matcher('writing.open');
    const { actor, send } = run(nested);
    expect(isOpen(actor)).toBe(false);
    send('open');
    expect(isOpen(actor)).toBe(true);
    send('next');
    expect(isOpen(actor)).toBe(true);
  });

  it('fails if a guard throws, and ignores further events', () => {
    const machine = setup({
      guards: {
        explode: () => {
          throw new Error('boom');
        },
      },
    }).createMachine({
      initial: 'here',
      states: {
        here: {
          exit: [emit({ type: 'left' }), raise({ type: 'left' })],
          on: { go: { guard: 'explode', target: 'there' }, leave: 'there' },
        },
        there: { always: { guard: 'explode', target: 'here' } },
      },
    });
    const { actor, emitted, send } = run(machine);
    expect(() => send('go')).toThrow('boom');
    expect(actor.snapshot()).toMatchObject({ value: 'here', status: 'error' });
    send('go', 'leave');
    expect(actor.value).toBe('here');

    const second = run(machine);
    expect(() => second.send('leave')).toThrow('boom');
    expect(second.actor.value).toBe('here');
    expect([...emitted, ...second.emitted]).toEqual([]);
    expect([emissions.top, raisedEvents.top]).toEqual([0, 0]);
  });

  it('finishes a transition before an event sent by one of its guards', () => {
    const machine = createMachine({
      initial: 'one',
      states: {
        one: {
          on: {
            go: {
              guard: () => {
                impure.send('go');
                return true;
              },
              target: 'two',
              actions: emit({ type: 'to two' }),
            },
          },
        },
        two: { on: { go: { target: 'three', actions: emit({ type: 'to three' }) } } },
        three: {},
      },
    });
    const impure = run(machine);
    impure.send('go');
    expect(impure.actor.value).toBe('three');
    expect(impure.emitted).toEqual(['to two', 'to three']);
  });
});

describe('a chart', () => {
  it('is compiled once', () => {
    expect(compile(counter)).toBe(compile(counter));
  });

  it('has tags, descriptions and meta', () => {
    expect(compile(counter).id).toBe('counter');
    expect(compile(counter).root.children[0]).toMatchObject({
      id: 'counter.counting',
      key: 'counting',
      description: 'Adds up.',
      tags: ['busy'],
      meta: { ignores: ['pause'] },
    });
  });

  it('knows which events a configuration handles', () => {
    const chart = compile(counter);
    expect(chart.configurationOf('counting').handles('add')).toBe(true);
    expect(chart.configurationOf('counting').handles('stray')).toBe(false);
    expect(chart.configurationOf('stopped').handles('add')).toBe(false);
    const { actor, send } = run(nested);
    send('open');
    expect(chartOf(nested).configurationOf(actor.value)).toBe(actor.configuration);
    expect(() => chart.configurationOf('nowhere')).toThrow('State \'counter\' has no value "nowhere"');
    expect(() => chartOf(nested).configurationOf({ writing: 'idle' })).toThrow("State 'nested' has no value");
  });

  it('detects that it does not come to rest', () => {
    const spinning = createMachine({
      id: 'spinning',
      initial: 'rest',
      states: { rest: { on: { go: 'a' } }, a: { always: 'b' }, b: { always: 'a' } },
    });
    const { actor, send } = run(spinning);
    expect(() => send('go')).toThrow("Chart 'spinning' doesn't come to rest: 1000 microsteps");
    expect(actor.snapshot()).toMatchObject({ value: 'rest', status: 'error' });

    const echoing = createMachine({
      id: 'echoing',
      on: { go: { actions: raise({ type: 'go' }) } },
      options: { maxIterations: 10 },
    });
    expect(() => run(echoing).send('go')).toThrow("Chart 'echoing' doesn't come to rest: 10 microsteps");
  });

  it('reserves the event types that XState reserves', () => {
    for (const type of ['*', 'xstate.init', 'xstate.stop', 'xstate.error.actor.x']) {
      expect(() => run(nested).send(type)).toThrow(`The event type '${type}' is reserved`);
    }
  });
});
