/** Prints the charts for the package: what src/engine/printed.ts makes a tree of. */
import type { AnyStateMachine } from 'xstate';
import type { Action, Guard, StateNode, Transition } from '../../src/engine/model.js';
import { idIn, type PrintedGuard, type PrintedState, type PrintedTransition } from '../../src/engine/printed.js';
import { readChart } from '../../src/engine/read.js';
import { machines } from '../../src/machines/index.js';

/** The arguments of `print`, as JavaScript. */
export function printOf(machine: AnyStateMachine): string {
  const { root, context } = readChart(machine)();
  if (typeof context === 'function') throw new Error(`${machine.id}: a context that is made can't be printed`);
  const states = JSON.stringify(new Printer(machine).print(root));
  return [machine.id, context ?? {}, states].map((argument) => JSON.stringify(argument)).join(', ');
}

/** By the names of the machines. */
export function prints(): Record<string, string> {
  return Object.fromEntries(Object.entries(machines).map(([name, machine]) => [name, printOf(machine)]));
}

class Printer {
  private readonly machine: AnyStateMachine;
  private readonly guards: Readonly<Record<string, unknown>>;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.guards = machine.implementations.guards;
  }

  print(root: StateNode): PrintedState[] {
    const states: PrintedState[] = [];
    const visit = (node: StateNode): void => {
      if (states.length !== node.order) this.refuse(`'${node.id}' out of order`);
      states.push(this.state(node));
      node.children.forEach(visit);
    };
    visit(root);
    return states;
  }

  private refuse(what: string): never {
    throw new Error(`${this.machine.id}: ${what} can't be printed`);
  }

  private state(node: StateNode): PrintedState {
    if (node.output !== undefined) this.refuse(`the output of '${node.id}'`);
    const { id, key, kind, parent, initial, entry, exit, on, always, tags, meta } = node;
    return {
      ...(id !== idIn(parent, key) && { id }),
      key,
      ...(kind !== 'atomic' && { kind }),
      ...(parent && { parent: parent.order }),
      ...(initial && { initial: initial.order }),
      ...(entry.length > 0 && { entry: entry.map(this.action) }),
      ...(exit.length > 0 && { exit: exit.map(this.action) }),
      ...(on.size > 0 && { on: Object.fromEntries([...on].map(([type, all]) => [type, all.map(this.transition)])) }),
      ...(always.length > 0 && { always: always.map(this.transition) }),
      ...(tags.length > 0 && { tags }),
      ...(meta !== undefined && { meta }),
    };
  }

  private readonly transition = ({ targets, reenter, guard, actions }: Transition): PrintedTransition => ({
    ...(targets && { to: targets.map(({ order }) => order) }),
    ...(reenter && { reenter }),
    ...(guard && { guard: this.guard(guard) }),
    ...(actions.length > 0 && { do: actions.map(this.action) }),
  });

  /** An action or a guard with params is none of those that `setup` was given. */
  private readonly action = ({ name }: Action): string => {
    if (!Object.hasOwn(this.machine.implementations.actions, name)) this.refuse(`the action '${name}'`);
    if (/"params":/.test(JSON.stringify(this.machine.config))) this.refuse('params');
    return name;
  };

  private readonly guard = (guard: Guard): PrintedGuard => {
    switch (guard.kind) {
      case 'test':
        if (this.guards[guard.name] !== guard.test) this.refuse(`the guard '${guard.name}'`);
        return guard.name;
      case 'and':
        return { and: guard.guards.map(this.guard) };
      case 'or':
        return { or: guard.guards.map(this.guard) };
      case 'not':
        return { not: this.guard(guard.guard) };
      case 'inState':
        return { inState: guard.node.order };
      default:
        return { matches: guard.value };
    }
  };
}
