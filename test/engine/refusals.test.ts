/** Unsupported features are rejected when a chart is loaded, with the names of the machine, the state and the feature. */
import { describe, expect, it } from 'vitest';
import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import { compile, UnsupportedChartError } from '../../src/engine/compile.js';
import { run } from './kit/run.js';

const worker = fromPromise(async () => {});

/** Puts the config of a state two levels deep into a machine. */
function around(state: object, implementations = {}): Parameters<typeof compile>[0] {
  const states = { plain: {}, odd: state };
  // biome-ignore lint/suspicious/noExplicitAny: the configs violate the types on purpose
  const config: any = { id: 'm', initial: 'in', states: { in: { initial: 'plain', states } } };
  return setup(implementations).createMachine(config);
}

const refusals: Record<string, [state: object, feature: string, implementations?: object]> = {
  invoke: [{ invoke: { src: worker } }, 'invoke'],
  after: [{ after: { 10: 'plain' } }, 'after (a delayed transition)'],
  'route on a state with an id': [{ id: 'm.in.odd', route: {} }, 'route'],
  'history, shallow': [{ type: 'history' }, 'a history state'],
  'history, deep': [{ type: 'history', history: 'deep' }, 'a history state'],
  'initial actions': [
    { initial: { target: 'x', actions: emit({ type: 'e' }) }, states: { x: {} } },
    'an action of the initial transition',
  ],
  'parallel without regions': [{ type: 'parallel' }, 'a parallel state without regions'],
  'final with children': [{ type: 'final', states: { x: {} } }, 'a final state with children'],
  'overlapping targets': [
    { on: { go: { target: ['plain', 'odd'] } } },
    "a transition to both 'm.in.plain' and 'm.in.odd', which can't be active together,",
  ],
  'targets in each other': [
    { on: { go: { target: ['#m.in', 'odd'] } } },
    "a transition to both 'm.in' and 'm.in.odd', which can't be active together,",
  ],
  'infix wildcard': [{ on: { 'a.*.b': 'plain' } }, "the event descriptor 'a.*.b' (a wildcard that isn't its end)"],
  'missing action': [{ entry: 'nowhere' }, "action 'nowhere', which setup() doesn't define,"],
  'missing action with params': [
    { exit: { type: 'nowhere', params: {} } },
    "action 'nowhere', which setup() doesn't define,",
  ],
  'custom action, inline': [{ entry: () => {} }, "action 'entry' with side effects (a custom function)"],
  'custom action, named': [
    { entry: 'shout' },
    "action 'shout' with side effects (a custom function)",
    { actions: { shout: () => {} } },
  ],
  'action in a transition': [{ on: { go: { actions: [emit({ type: 'e' }), log('x')] } } }, "action 'log' (log)"],
  'action in an eventless transition': [{ always: { actions: log('x') } }, "action 'log' (log)"],
  'action in onDone': [{ initial: 'x', states: { x: {} }, onDone: { actions: log('x') } }, "action 'log' (log)"],
  'log by name': [{ entry: 'note' }, "action 'note' (log)", { actions: { note: log('x') } }],
  sendTo: [{ entry: sendTo('x', { type: 'y' }) }, "action 'sendTo' (sendTo)"],
  cancel: [{ entry: cancel('x') }, "action 'cancel' (cancel)"],
  spawnChild: [{ entry: spawnChild(worker) }, "action 'spawnChild' (spawnChild)"],
  stopChild: [{ entry: stopChild('x') }, "action 'stop' (stopChild)"],
  enqueueActions: [{ entry: enqueueActions(() => {}) }, "action 'enqueueActions' (enqueueActions)"],
  'delayed raise': [{ entry: raise({ type: 'x' }, { delay: 10 }) }, "action 'raise', a delayed raise,"],
  // biome-ignore lint/suspicious/noExplicitAny: no types allow it
  'raise of a string': [{ entry: raise('x' as any) }, "action 'raise', a raise of a string,"],
  'missing guard': [
    { on: { go: { guard: 'isOpen', target: 'plain' } } },
    "guard 'isOpen', which setup() doesn't define,",
  ],
  'missing guard in a combination': [
    { always: { guard: and(['isOpen', stateIn('plain')]), target: 'plain' } },
    "guard 'isOpen', which setup() doesn't define,",
  ],
  'guard made of itself': [
    { on: { go: { guard: 'isOpen', target: 'plain' } } },
    "guard 'isOpen', made of itself,",
    { guards: { isOpen: and(['isOpen']) } },
  ],
  'stateIn of no state': [
    { on: { go: { guard: stateIn('#nowhere'), target: 'plain' } } },
    "stateIn('#nowhere'), which names no state,",
  ],
};

describe('a chart is rejected for', () => {
  for (const [name, [state, feature, implementations]] of Object.entries(refusals)) {
    it(name, () => {
      expectRefusal(() => compile(around(state, implementations)), 'm', 'm.in.odd', feature);
    });
  }

  it('an id used twice', () => {
    const machine = createMachine({ id: 'm', initial: 'a', states: { a: { id: 'x' }, b: { id: 'x' } } });
    expectRefusal(() => compile(machine), 'm', 'x', 'an id used by two states');
  });

  it('a dot in a key', () => {
    const machine = createMachine({ id: 'm', initial: 'a.b', states: { 'a.b': {} } });
    expectRefusal(() => compile(machine), 'm', 'm.a.b', "the key 'a.b' (a dot, # or \\ in it)");
  });

  it('output of the machine', () => {
    const machine = createMachine({ id: 'm', initial: 'a', states: { a: { type: 'final' } }, output: { x: 1 } });
    expectRefusal(() => compile(machine), 'm', 'm', 'output of the machine');
  });
});

describe('an actor is denied', () => {
  it('self, system and spawn on access', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          on: {
            self: { actions: assign(({ self }) => ({ self })) },
            spawn: { actions: assign({ x: ({ spawn }) => spawn }) },
          },
        },
      },
      on: { system: { actions: emit(({ system }) => ({ type: 'e', system })) } },
    });
    for (const property of ['self', 'spawn', 'system']) {
      expectRefusal(() => run(machine).send(property), 'm', '"a"', `the use of '${property}'`);
    }
  });

  it('spawn in the context factory', () => {
    const machine = createMachine({ id: 'm', context: ({ spawn }) => ({ child: spawn }) });
    expectRefusal(() => run(machine), 'm', 'm', "the use of 'spawn'");
  });
});

function expectRefusal(action: () => void, chart: string, state: string, feature: string): void {
  let refusal: unknown;
  try {
    action();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UnsupportedChartError);
  const message = `Chart '${chart}', state '${state}': ${feature} is not supported`;
  expect(refusal).toMatchObject({ code: 'STATEWIRE_UNSUPPORTED_CHART', chart, state, feature, message });
}
