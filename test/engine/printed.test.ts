/** The charts in the package are those of src/machines: what is made of a print is what XState's machine says. */
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { assign, setup } from 'xstate';
import { printOf } from '../../scripts/build/print.js';
import type { Action, Guard, StateNode, Transition } from '../../src/engine/model.js';
import { inflate, PrintedMachine } from '../../src/engine/printed.js';
import { readChart, type Source } from '../../src/engine/read.js';
import { machines } from '../../src/machines/index.js';

function printed(machine: AnyStateMachine): Source {
  const [id, context, states] = JSON.parse(`[${printOf(machine)}]`);
  return inflate(new PrintedMachine(id, context, states, machine.implementations));
}

/**
 * States by their order; closures are left out, and descriptions, which no print has: two trees that say the same are equal. Guards
 * are compared by identity.
 */
function plain({ parent, children, initial, entry, exit, on, always, description: _, ...rest }: StateNode): object {
  const action = ({ run, ...each }: Action) => each;
  const guard = (each: Guard): object => {
    if ('guards' in each) return { ...each, guards: each.guards.map(guard) };
    if (each.kind === 'not') return { ...each, guard: guard(each.guard) };
    return each.kind === 'inState' ? { ...each, node: each.node.order } : each;
  };
  const transition = (each: Transition) => ({
    ...each,
    source: each.source.order,
    targets: each.targets?.map(({ order }) => order),
    guard: each.guard && guard(each.guard),
    actions: each.actions.map(action),
  });
  return {
    ...rest,
    parent: parent?.order,
    initial: initial?.order,
    entry: entry.map(action),
    exit: exit.map(action),
    on: [...on].map(([type, all]) => [type, all.map(transition)]),
    always: always.map(transition),
    children: children.map(plain),
  };
}

describe('a printed chart', () => {
  it.each(Object.entries(machines))('says what the machine says: %s', (_, machine) => {
    const [made, read] = [printed(machine), readChart(machine)()];
    expect(plain(made.root)).toEqual(plain(read.root));
    expect(made.context).toEqual(read.context);
  });

  it('does what the machine does', () => {
    const machine = setup({ actions: { note: assign({ seen: ({ event }) => event.type }) } }).createMachine({
      context: { seen: '' },
      entry: 'note',
    });
    const context = {};
    const [action] = printed(machine).root.entry;
    action!.run({ context, event: { type: 'now' } } as unknown as Parameters<Action['run']>[0]);
    expect(context).toEqual({ seen: 'now' });
  });

  it.each([
    ['an action without a name', { entry: assign({}) }, "(machine): the action '"],
    ['a guard without a name', { always: { guard: () => true, actions: [] } }, "(machine): the guard '"],
    ['params', { entry: { type: 'note', params: 1 } }, "(machine): params can't"],
    ['a context that is made', { context: () => ({}) }, '(machine): a context that is made'],
    ['an output', { initial: 'a', states: { a: { type: 'final', output: 1 } } }, "(machine): the output of '"],
  ] as const)('is refused for %s', (_, config, message) => {
    const { createMachine } = setup({ actions: { note: assign({}) } });
    expect(() => printOf(createMachine(config as Parameters<typeof createMachine>[0]))).toThrow(message);
  });
});
