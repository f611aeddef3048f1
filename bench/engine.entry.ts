/** The charts for bench/engine.mjs, each in both interpreters. */
import { type AnyStateMachine, assign, createActor, emit, setup } from 'xstate';
import { type EventLike, start } from '../src/engine/actor.js';
import type { Chart } from '../src/engine/chart.js';
import { compile } from '../src/engine/compile.js';

export interface Scenario {
  readonly name: string;
  readonly compiled: (times: number) => void;
  readonly xstate: (times: number) => void;
}

const types = {
  context: {} as { count: number; limit: number; open: boolean },
  events: {} as { type: 'go' } | { type: 'back' } | { type: 'tick' },
  emitted: {} as { type: 'counted'; count: number },
};
const context = () => ({ count: 0, limit: 1e9, open: true });

const toolbox = setup({
  types,
  guards: {
    isFull: ({ context }) => context.count >= context.limit,
    isOpen: ({ context }) => context.open,
  },
  actions: {
    count: assign({ count: ({ context }) => context.count + 1 }),
    reset: assign({ count: 0, open: true }),
    emitCount: emit(({ context }) => ({ type: 'counted', count: context.count })),
  },
});

const unguarded = toolbox.createMachine({
  id: 'unguarded',
  context,
  initial: 'here',
  states: { here: { on: { go: 'there' } }, there: { on: { go: 'here' } } },
});

const guarded = toolbox.createMachine({
  id: 'guarded',
  context,
  initial: 'here',
  states: {
    here: {
      on: { go: [{ guard: 'isFull', target: 'full' }, { guard: 'isOpen', target: 'there' }, { target: 'full' }] },
    },
    there: {
      on: {
        go: [
          { guard: 'isFull', target: 'full' },
          { target: 'here', actions: 'count' },
        ],
      },
    },
    full: {},
  },
});

const emitting = toolbox.createMachine({
  id: 'emitting',
  context,
  initial: 'here',
  states: {
    here: { on: { go: { target: 'there', actions: ['count', 'emitCount'] } } },
    there: { on: { go: { target: 'here', actions: ['count', 'emitCount'] } } },
  },
});

const region = {
  initial: 'off',
  states: {
    off: { always: { guard: 'isFull', target: 'on' }, on: { go: 'on' } },
    on: { on: { back: 'off' } },
  },
} as const;

const parallel = toolbox.createMachine({
  id: 'parallel',
  context,
  type: 'parallel',
  states: {
    a: {
      initial: 'off',
      states: { off: { on: { go: { target: 'on', actions: 'emitCount' } } }, on: { on: { go: 'off' } } },
    },
    b: region,
    c: { initial: 'off', states: { off: { always: { guard: 'isFull', target: 'on' } }, on: {} } },
    d: { initial: 'off', states: { off: { on: { tick: 'on' } }, on: { always: { guard: 'isFull', target: 'off' } } } },
  },
});

const nested = toolbox.createMachine({
  id: 'nested',
  context,
  initial: 'outer',
  states: {
    outer: {
      initial: 'inner',
      entry: 'count',
      exit: 'emitCount',
      states: { inner: { initial: 'leaf', states: { leaf: { exit: 'count' } } } },
      on: { go: { target: 'outer', reenter: true } },
    },
  },
});

const go = { type: 'go' };
const host = {
  delivered: 0,
  deliver() {
    this.delivered++;
  },
};

function transitions(name: string, machine: AnyStateMachine, event: EventLike = go): Scenario {
  const compiled = start(compile(machine) as Chart<object, EventLike, unknown, unknown>, host);
  const interpreted = createActor(machine);
  interpreted.on('*', () => host.deliver());
  interpreted.start();
  return {
    name,
    compiled: (times) => {
      for (let i = 0; i < times; i++) compiled.send(event);
    },
    xstate: (times) => {
      for (let i = 0; i < times; i++) interpreted.send(event);
    },
  };
}

/** Each delivery of an odd transition sends the even one. */
function nestedTransitions(name: string, machine: AnyStateMachine): Scenario {
  const compiled = start(compile(machine) as Chart<object, EventLike, { count: number }, unknown>, {
    deliver({ count }) {
      if (count % 2 === 1) compiled.send(go);
    },
  });
  const interpreted = createActor(machine);
  interpreted.on('*', ({ count }) => {
    if (count % 2 === 1) interpreted.send(go);
  });
  interpreted.start();
  return {
    name,
    compiled: (times) => {
      for (let i = 0; i < times; i += 2) compiled.send(go);
    },
    xstate: (times) => {
      for (let i = 0; i < times; i += 2) interpreted.send(go);
    },
  };
}

function creations(name: string, machine: AnyStateMachine): Scenario {
  const chart = compile(machine) as Chart<object, EventLike, unknown, unknown>;
  return {
    name,
    compiled: (times) => {
      for (let i = 0; i < times; i++) start(chart, host);
    },
    xstate: (times) => {
      for (let i = 0; i < times; i++) createActor(machine).start();
    },
  };
}

export const scenarios: readonly Scenario[] = [
  transitions('transition', unguarded),
  transitions('transition, guarded', guarded),
  transitions('transition, assigns and emits', emitting),
  transitions('transition, 4 regions with always', parallel),
  transitions('transition, 3 levels left and entered', nested),
  transitions('event without a transition', unguarded, { type: 'stray' }),
  nestedTransitions('transition, every other from a delivery', emitting),
  creations('actor', unguarded),
  creations('actor, 4 regions with always', parallel),
];
