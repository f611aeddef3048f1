/** The same machine in XState's interpreter and in ours. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';
import { type Actor, type EventLike, type Host, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';
import { placeText } from './places.js';

export interface Pair {
  /** Sends to both, and expects the same state and emissions from both. */
  send(event: EventLike): void;
  readonly done: boolean;
  /** States and context, as text. */
  readonly place: string;
  /** The number of emissions so far. */
  readonly emissions: number;
}

type AnyActor = Actor<object, EventLike, unknown>;

/** Our actor of the machine. What it emits is added to `emitted`. */
export function startOurs(machine: AnyStateMachine, input: unknown, emitted: unknown[]): AnyActor {
  const host: Host<unknown> = { deliver: (event) => emitted.push(event) };
  return start(compile(machine) as Chart<object, EventLike, unknown, unknown>, host, input) as AnyActor;
}

/** Expects an actor of ours to be where XState's is, and to have emitted the same. */
export function expectSame(actor: AnyActor, emitted: unknown[], snapshot: AnyMachineSnapshot, expected: unknown): void {
  const { value, context, status, tags } = snapshot;
  const ours = { ...actor.snapshot(), emitted };
  const theirs = { value, context, status, tags, emitted: expected };
  // The assertion is only for its message: it takes longer than all the rest.
  if (!isDeepStrictEqual(ours, theirs)) expect(ours).toEqual(theirs);
}

export function expectSameCan(actor: AnyActor, snapshot: AnyMachineSnapshot, event: EventLike): void {
  if (actor.can(event) !== snapshot.can(event)) expect.fail(`can() differs for ${event.type}`);
}

export function startPair(machine: AnyStateMachine, input?: unknown): Pair {
  let expected: unknown[] = [];
  const emitted: unknown[] = [];
  let emissions = 0;
  const oracle = createActor(machine, { input });
  let failure: unknown;
  oracle.on('*', (event) => expected.push(event));
  oracle.subscribe({
    error: (error) => {
      failure = error;
    },
  });
  oracle.start();
  if (failure !== undefined) throw failure;
  const actor = startOurs(machine, input, emitted);
  compare();

  function compare(): void {
    expectSame(actor, emitted, oracle.getSnapshot(), expected);
    emissions += emitted.length;
    expected = [];
    emitted.length = 0;
  }

  return {
    send(event) {
      if (oracle.getSnapshot().status === 'active') {
        expectSameCan(actor, oracle.getSnapshot(), event);
        oracle.send(event);
        if (failure !== undefined) throw failure;
      }
      actor.send(event);
      compare();
    },
    get done() {
      return actor.done;
    },
    get place() {
      return placeText(actor.snapshot());
    },
    get emissions() {
      return emissions;
    },
  };
}
