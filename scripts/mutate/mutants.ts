/**
 * The mutants of a machine: each differs from it in one transition, or in the entry, exit or initial state of one state.
 *
 * A mutant changes where a transition leads (to another leaf of its region, or nowhere), when it is taken (its guard, a part of
 * its guard, its position among the candidates for its event), or its actions and their order; or it removes the transition.
 */
import { type AnyStateMachine, type AnyStateNode, and, createMachine, not, or } from 'xstate';
import { causeOf, nameOf, pathOf, statesOf } from '../diagrams/chart.js';

/** The kinds of changes. */
export type Kind = 'target' | 'guard' | 'candidates' | 'actions' | 'removal';

export const KINDS: readonly Kind[] = ['target', 'guard', 'candidates', 'actions', 'removal'];

export interface Mutant {
  readonly kind: Kind;
  /** The changed transition or state, named as in diagrams. */
  readonly place: string;
  readonly change: string;
  readonly make: () => AnyStateMachine;
}

/** `line.attached: net.ended [isCut] → stays: guard negated`. */
export const titleOf = ({ place, change }: Mutant) => `${place}: ${change}`;

interface Combined {
  readonly check?: unknown;
  readonly guards?: readonly Guard[];
  readonly stateValue?: unknown;
}

type Guard = string | Combined;

interface Transition {
  readonly target?: string;
  readonly guard?: Guard;
  readonly actions?: readonly string[];
  readonly reenter?: boolean;
}

interface State {
  readonly initial?: string;
  readonly entry?: unknown;
  readonly exit?: unknown;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly always?: unknown;
  readonly states?: Readonly<Record<string, State>>;
}

/** A change of a list: of the candidates for an event, or of actions. */
interface Change<Item> {
  readonly kind: Kind;
  readonly change: string;
  readonly list: readonly Item[];
}

/** A change at one place, and its effect on the state. */
interface Edit {
  readonly kind: Kind;
  readonly place: string;
  readonly change: string;
  readonly patch: (state: State) => State;
}

export function mutantsOf(machine: AnyStateMachine): Mutant[] {
  return statesOf(machine).flatMap((node) =>
    [...initialEdits(node), ...boundaryEdits(node), ...transitionEdits(machine, node)].map(({ patch, ...named }) => ({
      ...named,
      make: () =>
        createMachine(
          patched(machine.config as State, node.path, patch) as AnyStateMachine['config'],
          machine.implementations,
        ),
    })),
  );
}

function patched(state: State, [key, ...rest]: readonly string[], patch: (state: State) => State): State {
  if (key === undefined) return patch(state);
  return { ...state, states: { ...state.states, [key]: patched(state.states![key]!, rest, patch) } };
}

function initialEdits(node: AnyStateNode): Edit[] {
  const { initial, states = {} } = node.config as State;
  const others = Object.keys(states).filter((key) => initial !== undefined && key !== initial);
  return others.map((key) => ({
    kind: 'target',
    place: `${pathOf(node)}: initially ${initial}`,
    change: `initially ${key}`,
    patch: (state) => ({ ...state, initial: key }),
  }));
}

function boundaryEdits(node: AnyStateNode): Edit[] {
  return (['entry', 'exit'] as const).flatMap((boundary) =>
    actionChanges(listed<string>((node.config as State)[boundary])).map(({ list, ...change }) => ({
      ...change,
      place: `${pathOf(node)}: ${boundary}`,
      patch: (state: State) => ({ ...state, [boundary]: list }),
    })),
  );
}

function transitionEdits(machine: AnyStateMachine, node: AnyStateNode): Edit[] {
  const { on = {}, always } = node.config as State;
  const edit = (cause: string, config: unknown, put: (state: State, list: readonly Transition[]) => State): Edit[] => {
    const list = listed<string | Transition>(config).map((each) =>
      typeof each === 'string' ? { target: each } : each,
    );
    return candidatesChanges(machine, node, cause, list).map(({ list: changed, ...named }) => ({
      ...named,
      patch: (state) => put(state, changed),
    }));
  };
  return [
    ...Object.entries(on).flatMap(([type, config]) =>
      edit(type, config, (state, list) => ({ ...state, on: { ...state.on, [type]: list } })),
    ),
    ...edit('always', always, (state, list) => ({ ...state, always: list })),
  ];
}

type Named<Item> = Change<Item> & { readonly place: string };

/** Changes of a state's candidates for an event. */
function candidatesChanges(
  machine: AnyStateMachine,
  node: AnyStateNode,
  cause: string,
  list: readonly Transition[],
): Named<Transition>[] {
  const definitions = (cause === 'always' ? node.always : node.transitions.get(cause)) ?? [];
  return list.flatMap((transition, index) => {
    const definition = definitions[index]!;
    const place = nameOf(definition);
    const others = [
      ...targetChanges(machine, node, transition, definition.target?.[0]),
      ...guardChanges(machine, transition.guard).map(
        ([change, guard]) => ['guard', change, { ...transition, guard }] as const,
      ),
      ...actionChanges(listed<string>(transition.actions)).map(
        ({ kind, change, list: actions }) => [kind, change, { ...transition, actions }] as const,
      ),
    ];
    const next = definitions[index + 1];
    return [
      { kind: 'removal', place, change: 'removed', list: list.toSpliced(index, 1) },
      ...(next === undefined
        ? []
        : [{ kind: 'candidates' as const, place, change: `tried after ${causeOf(next)}`, list: swapped(list, index) }]),
      ...others.map(([kind, change, changed]) => ({ kind, place, change, list: list.with(index, changed) })),
    ];
  });
}

type Changed = readonly [kind: Kind, change: string, transition: Transition];

/** @param target the target before the change */
function targetChanges(
  machine: AnyStateMachine,
  source: AnyStateNode,
  { target: _target, ...stays }: Transition,
  target: AnyStateNode | undefined,
): Changed[] {
  const now = target === undefined ? undefined : entered(target);
  const to = (leaf: AnyStateNode): Changed => [
    'target',
    `leads to ${pathOf(leaf)}`,
    { ...stays, target: `#${leaf.id}` },
  ];
  const others = leavesAround(machine, source).filter((leaf) => leaf !== now && leaf !== source);
  return [
    ...(target === undefined ? [] : [['target', 'stays', stays] as const]),
    ...(hasBoundaryActions(source) ? [reentered(source, stays)] : []),
    ...others.map(to),
  ];
}

function reentered(source: AnyStateNode, stays: Transition): Changed {
  return ['target', 'its state is left and entered again', { ...stays, target: `#${source.id}`, reenter: true }];
}

/** Whether leaving and entering the state again has an effect. */
function hasBoundaryActions(node: AnyStateNode): boolean {
  return node.parent !== undefined && node.entry.length + node.exit.length > 0;
}

/** The innermost state that is entered with `node`. */
function entered(node: AnyStateNode): AnyStateNode {
  return node.type === 'compound' ? entered(node.initial.target[0]!) : node;
}

/** The leaves of the region of `node`. */
function leavesAround(machine: AnyStateMachine, node: AnyStateNode): AnyStateNode[] {
  const isParallel = machine.root.type === 'parallel';
  return statesOf(machine).filter(
    ({ path, states }) => Object.keys(states).length === 0 && (!isParallel || path[0] === node.path[0]),
  );
}

type Guarded = readonly [change: string, guard: Guard | undefined];

function guardChanges(machine: AnyStateMachine, guard: Guard | undefined): Guarded[] {
  if (guard === undefined) return [];
  const parts = lessened(guard, machine.implementations.guards);
  return [
    ['taken without its guard', undefined],
    ['guard negated', combinators.not(guard)],
    ...parts.map(([part, less]) => [`guard without ‘${part}’`, less] as const),
  ];
}

/** Each variant of the guard without one of its parts. */
function lessened(guard: Guard, named: Readonly<Record<string, unknown>>): (readonly [part: string, less: Guard])[] {
  const { check, guards } = (typeof guard === 'string' ? named[guard] : guard) as Combined;
  const combine = Object.values(combinators).find((each) => check === checkOf(each));
  if (guards === undefined || combine === undefined) return [];
  if (combine === combinators.not) return lessened(guards[0]!, named).map(([part, less]) => [part, combine(less)]);
  return guards.flatMap((part, index) => [
    [textOf(part), combine(guards.toSpliced(index, 1))] as const,
    ...lessened(part, named).map(([inner, less]) => [inner, combine(guards.with(index, less))] as const),
  ]);
}

/** XState's combinators, by the shape of what they return. */
const combinators = { and, or, not } as Readonly<Record<'and' | 'or' | 'not', (parts: unknown) => Combined>>;

const checkOf = (combine: (parts: unknown) => Combined) => combine([]).check;

function textOf(guard: Guard): string {
  if (typeof guard === 'string') return guard;
  const { check, guards = [], stateValue } = guard;
  if (stateValue !== undefined) return `in ${stateValue}`;
  if (check === checkOf(combinators.not)) return `not ${textOf(guards[0]!)}`;
  return guards.map(textOf).join(check === checkOf(combinators.and) ? ' and ' : ' or ');
}

function actionChanges(actions: readonly string[]): Change<string>[] {
  const without = actions.map((action, index) => ({
    kind: 'actions' as const,
    change: `without ${action}`,
    list: actions.toSpliced(index, 1),
  }));
  const turned = actions.slice(1).map((action, index) => ({
    kind: 'actions' as const,
    change: `${action} before ${actions[index]}`,
    list: swapped(actions, index),
  }));
  return [...without, ...turned];
}

/** The list with the item at `index` after the next one. */
function swapped<Item>(list: readonly Item[], index: number): readonly Item[] {
  return list.with(index, list[index + 1]!).with(index + 1, list[index]!);
}

function listed<Item>(config: unknown): readonly Item[] {
  if (config === undefined) return [];
  return (Array.isArray(config) ? config : [config]) as Item[];
}
