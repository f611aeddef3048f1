/**
 * A chart outside the world: it shows the effect of any event in any situation.
 */
import { Args, type Context, type EventLike } from '../engine/args.js';
import type { Chart } from '../engine/chart.js';
import { CompiledActor } from '../engine/compiled.js';
import type { Configuration } from '../engine/configuration.js';
import { emissions } from '../engine/frames.js';
import { RESTING } from '../engine/outbox.js';

/** The state and context of an actor. */
export interface Situation {
  readonly configuration: Configuration;
  readonly context: Context;
}

/** The result of an event: the next situation, and the emissions. */
export interface Outcome {
  readonly situation: Situation;
  readonly emitted: readonly unknown[];
}

const nobody = { deliver(): void {} };

export class Walker extends CompiledActor<Context, EventLike, unknown> {
  /** The start of an actor. */
  readonly first: Outcome;
  declare private begun: readonly unknown[] | undefined;

  constructor(chart: Chart, input?: unknown) {
    super(chart, nobody, input);
    this.first = { situation: this.here(), emitted: this.begun ?? [] };
  }

  /** The result of the event in this situation. */
  step(situation: Situation, event: EventLike): Outcome {
    this.put(situation);
    const emitted = this.record(() => this.transition(event));
    return { situation: this.here(), emitted };
  }

  /** Whether a transition takes the event in this situation. A transition that does nothing counts. */
  takes({ configuration, context }: Situation, event: EventLike): boolean {
    return configuration.plan(event.type).selected(new Args(context, event)).length > 0;
  }

  /** Taps don't observe what is only tried. */
  protected override begin(_event: EventLike, transition: () => void): void {
    this.begun = this.record(transition);
  }

  private record(transition: () => void): readonly unknown[] {
    const base = emissions.top;
    try {
      transition();
      return emissions.copy(base);
    } finally {
      this.phase = RESTING;
      emissions.drop(base);
    }
  }

  private put({ configuration, context }: Situation): void {
    this.configuration = configuration;
    // A context that nothing assigns to is frozen, and shared by all actors.
    if (!Object.isFrozen(this.context)) Object.assign(this.context, context);
  }

  private here(): Situation {
    return { configuration: this.configuration, context: { ...this.context } };
  }
}
