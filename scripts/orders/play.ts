/** Plays a scenario of the contract in memory, and records it. */
import statewire, { type EventOrder } from '../../src/index.js';
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { settles } from '../../src/testing/contract/steps.js';
import { settled } from '../../src/testing/transit.js';
import { virtualClock } from '../../src/testing/virtualClock.js';
import { type Entry, Recorder } from './record.js';
import { MemoryStage } from './stage.js';

export interface Run {
  readonly scenario: Scenario;
  /** The demanded order. */
  readonly order: readonly string[];
  /** The events that the contract listens to, in order. */
  readonly log: readonly string[];
  readonly entries: readonly Entry[];
}

/** The runs of a scenario: in the documented order, and in the host's where that is another. */
export interface Runs {
  readonly documented: Run;
  readonly host?: Run;
}

/**
 * Plays one scenario, in one of the orders of events. Scenarios can't run in parallel, since the virtual clock and the order are
 * the process's.
 */
export async function play(scenario: Scenario, eventOrder: EventOrder): Promise<Run> {
  statewire.eventOrder = eventOrder;
  const clock = virtualClock();
  const recorder = new Recorder();
  const stage = new MemoryStage(recorder, scenario.listensTo, clock);
  try {
    for (const step of scenario.script) {
      // Steps that wait for nothing run in one turn, like lines of a program.
      const waiting = step === settles ? settled() : step(stage);
      if (waiting !== undefined) await waiting;
    }
    await settled();
    const order = (eventOrder === 'host' ? scenario.hostOrder : undefined) ?? scenario.order;
    return { scenario, order, log: [...stage.lines], entries: [...recorder.entries] };
  } finally {
    recorder.end();
    stage.cleanUp();
    await settled();
    clock.uninstall();
    statewire.eventOrder = 'documented';
  }
}
