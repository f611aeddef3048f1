/** Walks through a machine in both interpreters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import type { EventLike } from '../../../src/engine/actor.js';
import { compile } from '../../../src/engine/compile.js';
import { covers } from '../../../src/engine/match.js';
import type { StateNode } from '../../../src/engine/model.js';
import { expectSame, expectSameCan, startOurs, startPair } from './pair.js';
import { type Place, placesOf, placeText } from './places.js';

/** Sample events and inputs of a machine: at least one event per descriptor, and one per case of a guard. */
export interface Alphabet {
  readonly events: readonly EventLike[];
  /** One actor is started with each. Default: a single one without input. */
  readonly inputs?: readonly unknown[];
}

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
        startPair(machine, input);
        for (const place of placesOf(machine, alphabet!.events, input)) takeBranches(machine, input, place);
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

/** Sends each event from that place. The way there is not compared: its last step is a branch of an earlier place. */
function takeBranches(machine: AnyStateMachine, input: unknown, { path, snapshot, branches }: Place): void {
  const emitted: unknown[] = [];
  const arrive = () => {
    const actor = startOurs(machine, input, emitted);
    for (const event of path) actor.send(event);
    emitted.length = 0;
    return actor;
  };
  let actor = arrive();
  const place = placeText(actor.snapshot());
  for (const { event, next, emitted: expected } of branches) {
    // An event that leads elsewhere is the last of its actor.
    if (placeText(actor.snapshot()) !== place) actor = arrive();
    expectSameCan(actor, snapshot, event);
    actor.send(event);
    expectSame(actor, emitted, next, expected);
    emitted.length = 0;
  }
}

/** The event descriptors of the chart, except for the done events that it sends itself. */
function descriptorsOf(node: StateNode): string[] {
  const own = [...node.on.keys()].filter((descriptor) => !descriptor.startsWith('xstate.done.'));
  return [...own, ...node.children.flatMap(descriptorsOf)];
}
