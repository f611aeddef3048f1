/** Walks through a machine in both interpreters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine, EventObject } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { EventLike } from '../../../src/engine/actor.js';
import { compile } from '../../../src/engine/compile.js';
import { covers } from '../../../src/engine/match.js';
import type { StateNode } from '../../../src/engine/model.js';
import { startPair } from './pair.js';

/** Sample events and inputs of a machine: at least one event per descriptor, and one per case of a guard. */
export interface Alphabet {
  readonly events: readonly EventLike[];
  /** One actor is started with each. Default: a single one without input. */
  readonly inputs?: readonly unknown[];
}

/** The maximum number of steps (from each state by each event); as contexts are bounded, no machine comes near it. */
const LIMIT = 500_000;
/** In ms. XState's interpreter takes some 200,000 transitions of the largest machine: 20 s on an idle machine. */
const EXHAUSTIVE = 240_000;
const SEQUENCES = Number(process.env['STATEWIRE_RUNS'] ?? 1000);

/** Proves that a machine behaves the same in both interpreters, as far as its alphabet reaches. */
export function describeEquality(name: string, machine: AnyStateMachine, alphabet: Alphabet | undefined): void {
  // It computes without pause, for a minute on a slow machine.
  describe(name, { timeout: 600_000 }, () => {
    it('has an alphabet that reaches every transition', () => {
      const types = (alphabet?.events ?? []).map((event) => event.type);
      const missed = descriptorsOf(compile(machine).root).filter((each) => !types.some((type) => covers(each, type)));
      expect(missed).toEqual([]);
    });

    for (const [i, input] of (alphabet?.inputs ?? [undefined]).entries()) {
      it(`takes every transition like XState (input ${i})`, { timeout: EXHAUSTIVE }, () => {
        for (const path of pathsOf(machine, alphabet!.events, input))
          takeBranches(machine, input, path, alphabet!.events);
      });

      it(`takes random walks like XState (input ${i})`, () => {
        const walk = fc.array(fc.constantFrom(...alphabet!.events), { minLength: 20, maxLength: 60, size: 'max' });
        const property = fc.property(walk, (events) => {
          const pair = startPair(machine, input);
          for (const event of events) pair.send(event);
        });
        fc.assert(property, { seed: 9112, numRuns: SEQUENCES });
      });
    }
  });
}

/** A shortest sequence of events to each reachable combination of states and context. */
function pathsOf(machine: AnyStateMachine, events: readonly EventLike[], input: unknown): EventLike[][] {
  const paths = getShortestPaths(machine, { events: events as readonly EventObject[], limit: LIMIT, input });
  return paths.map(({ steps }) =>
    steps.map((step) => step.event as EventLike).filter(({ type }) => type !== 'xstate.init'),
  );
}

/** Follows the path, then sends each event from its end. */
function takeBranches(machine: AnyStateMachine, input: unknown, path: EventLike[], events: readonly EventLike[]): void {
  const atEnd = () => {
    const pair = startPair(machine, input);
    for (const step of path) pair.send(step);
    return pair;
  };
  let pair = atEnd();
  const { place } = pair;
  for (const event of events) {
    // An event that leads elsewhere is the last of its pair.
    if (pair.place !== place) pair = atEnd();
    pair.send(event);
  }
}

/** The event descriptors of the chart, except for the done events that it sends itself. */
function descriptorsOf(node: StateNode): string[] {
  const own = [...node.on.keys()].filter((descriptor) => !descriptor.startsWith('xstate.done.'));
  return [...own, ...node.children.flatMap(descriptorsOf)];
}
