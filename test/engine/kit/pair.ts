/** The same machine in XState's interpreter and in ours, side by side. */
import { expect } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import { type Actor, type EventLike, type Host, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';

export interface Pair {
  /** Sends to both, and expects both to be in the same state afterwards, having emitted the same. */
  send(event: EventLike): void;
  readonly done: boolean;
  /** What both emitted so far. */
  readonly emitted: readonly unknown[];
}

type AnyActor = Actor<object, EventLike, unknown>;

export function startPair(machine: AnyStateMachine, input?: unknown): Pair {
  const expected: unknown[] = [];
  const emitted: unknown[] = [];
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
    expect({ ...actor.snapshot(), emitted }).toEqual({ value, context, status, tags, emitted: expected });
  }

  return {
    send(event) {
      if (oracle.getSnapshot().status === 'active') {
        expect(actor.can(event)).toBe(oracle.getSnapshot().can(event));
        oracle.send(event);
        if (failure !== undefined) throw failure;
      }
      actor.send(event);
      compare();
    },
    get done() {
      return actor.done;
    },
    emitted,
  };
}
