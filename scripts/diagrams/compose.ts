/** Composes the picture of a machine. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import {
  type Arrow,
  Arrows,
  type Cause,
  grouped,
  type Kind,
  merged,
  type Picture,
  type Reaction,
  type State,
} from '../../src/cli/drawing/picture.js';
import { actionNames, guardOf, statesOf, transitionsOf } from './chart.js';
import type { Emissions } from './emissions.js';

export function pictureOf(machine: AnyStateMachine, emissions: Emissions): Picture {
  const nodes = statesOf(machine);
  const decisions = nodes.flatMap((node) => decisionsOf(node, emissions));
  const choices = choicesOf(decisions);
  const state = (node: AnyStateNode): State => ({
    id: idOf(node),
    name: node.key,
    description: node.description ?? '',
    type: node.type,
    notes: notesOf(node, emissions),
    states: Object.values(node.states).map(state),
    initial: node.type === 'compound' ? node.initial.target.map(idOf) : [],
    choices: choices.filter(({ parent }) => parent === idOf(node)).map(({ id }) => id),
  });
  const root = state(machine.root);
  return { root: { ...root, states: asRead(root) }, arrows: arrowsOf(decisions, choices) };
}

/** Regions that a reader looks for last: they stand first in the chart, so that what they emit comes first. */
const LAST = ['abortion'];

function asRead({ type, states }: State): readonly State[] {
  if (type !== 'parallel') return states;
  const isLast = ({ name }: State): number => Number(LAST.includes(name));
  return [...states].sort((one, other) => isLast(one) - isLast(other));
}

/** A state's candidates for an event, as far as they lead to a state. */
interface Decision {
  readonly from: string;
  readonly cause: Cause;
  readonly candidates: readonly Candidate[];
}

interface Candidate extends Pick<Reaction, 'guard' | 'outputs'> {
  readonly to: string;
  readonly rank: number | undefined;
}

interface Choice {
  readonly id: string;
  /** The innermost state that contains all its ends. */
  readonly parent: string;
  readonly decisions: readonly Decision[];
}

function decisionsOf(node: AnyStateNode, emissions: Emissions): Decision[] {
  const types = new Set(transitionsOf(node).map(({ eventType }) => eventType));
  return [...types].map((type) => {
    const candidates = transitionsOf(node).filter(({ eventType }) => eventType === type);
    const rankOf = (index: number) => (candidates.length === 1 ? undefined : index + 1);
    return {
      from: idOf(node),
      cause: { name: type || 'always', rank: undefined, kind: kindOf(type) },
      candidates: candidates.flatMap((candidate, index) =>
        (candidate.target ?? []).map((target) => ({
          to: idOf(target),
          rank: rankOf(index),
          guard: guardOf(candidate),
          outputs: outputsOf(candidate.actions, emissions),
        })),
      ),
    };
  });
}

/** Where it saves arrows, events with the same candidates lead to one point, from which the candidates start. */
function choicesOf(decisions: readonly Decision[]): Choice[] {
  const alike = grouped(decisions, ({ candidates }) => candidates);
  return alike.filter(savesArrows).map((same, index) => {
    const ends = [...same.map(({ from }) => from), ...same[0]!.candidates.map(({ to }) => to)];
    const parent = ends.reduce(common);
    return { id: `${parent}.choice${index + 1}`, parent, decisions: same };
  });
}

function savesArrows(same: readonly Decision[]): boolean {
  const sources = new Set(same.map(({ from }) => from)).size;
  const targets = new Set(same[0]!.candidates.map(({ to }) => to)).size;
  return sources * targets > sources + targets;
}

function arrowsOf(decisions: readonly Decision[], choices: readonly Choice[]): Arrow[] {
  const shared = new Map(choices.flatMap((choice) => choice.decisions.map((decision) => [decision, choice])));
  const arrows = new Arrows();
  for (const decision of decisions) {
    const { from, cause, candidates } = decision;
    const choice = shared.get(decision);
    if (choice !== undefined) arrows.add(from, choice.id, { causes: [cause], guard: undefined, outputs: [] });
    else for (const each of candidates) arrows.add(from, each.to, reactionOf(cause, each));
  }
  for (const {
    id,
    decisions: [first],
  } of choices) {
    for (const each of first!.candidates) arrows.add(id, each.to, reactionOf({ name: '', kind: 'none' }, each));
  }
  return arrows.list();
}

function reactionOf(cause: Omit<Cause, 'rank'>, { rank, guard, outputs }: Candidate): Reaction {
  return { causes: [{ ...cause, rank }], guard, outputs };
}

function notesOf(node: AnyStateNode, emissions: Emissions): Reaction[] {
  const staying = transitionsOf(node).filter(({ target }) => target === undefined);
  return [
    ...around('entry', outputsOf(node.entry, emissions)),
    ...around('exit', outputsOf(node.exit, emissions)),
    ...merged(
      staying.map((transition) => ({
        causes: [causeOf(transition)],
        guard: guardOf(transition),
        outputs: outputsOf(transition.actions, emissions),
      })),
    ),
  ];
}

function outputsOf(actions: readonly unknown[], emissions: Emissions): string[] {
  return actionNames(actions).map((name) => emissions.get(name)?.join(' or ') ?? name);
}

/** The innermost state that contains both. */
function common(one: string, other: string): string {
  const keys = one.split('.');
  const others = other.split('.');
  const end = keys.findIndex((key, index) => key !== others[index]);
  return keys.slice(0, end < 0 ? keys.length : end).join('.');
}

function around(name: 'entry' | 'exit', outputs: readonly string[]): Reaction[] {
  return outputs.length === 0 ? [] : [{ causes: [{ name, rank: undefined, kind: 'none' }], guard: undefined, outputs }];
}

function causeOf(transition: AnyTransitionDefinition): Cause {
  const { eventType, source } = transition;
  const rivals = transitionsOf(source).filter((each) => each.eventType === eventType);
  const rank = rivals.length === 1 ? undefined : rivals.indexOf(transition) + 1;
  return { name: eventType || 'always', rank, kind: kindOf(eventType) };
}

export function kindOf(eventType: string): Kind {
  if (eventType === '') return 'always';
  if (eventType.startsWith('user.')) return 'command';
  return eventType.startsWith('clock.') ? 'time' : 'fact';
}

function idOf(node: AnyStateNode): string {
  return [node.machine.id, ...node.path].join('.');
}
