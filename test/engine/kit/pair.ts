/** The same machine in XState's interpreter and in ours. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import { type Actor, type EventLike, type Host, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';

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

export function startPair(machine: AnyStateMachine, input?: unknown): Pair {
  let expected: unknown[] = [];
  let emitted: unknown[] = [];
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
  const host: Host<unknown> = { deliver: (event) => emitted.push(event) };
  const actor = start(compile(machine) as Chart<object, EventLike, unknown, unknown>, host, input) as AnyActor;
  compare();

  function compare(): void {
    const { value, context, status, tags } = oracle.getSnapshot();
    const ours = { ...actor.snapshot(), emitted };
    const theirs = { value, context, status, tags, emitted: expected };
    // The assertion is only for its message: it takes longer than all the rest.
    if (!isDeepStrictEqual(ours, theirs)) expect(ours).toEqual(theirs);
    emissions += emitted.length;
    expected = [];
    emitted = [];
  }

  return {
    send(event) {
      if (oracle.getSnapshot().status === 'active') {
        if (actor.can(event) !== oracle.getSnapshot().can(event)) expect.fail(`can() differs for ${event.type}`);
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
      const { value, context, status } = actor.snapshot();
      return JSON.stringify([value, context, status]);
    },
    get emissions() {
      return emissions;
    },
  };
}
