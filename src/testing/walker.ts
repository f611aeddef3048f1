/**
 * A chart that is asked what it would do: in any situation, by any event, with no world around it.
 */
import { Args, type Context, type EventLike } from '../engine/args.js';
import type { Chart } from '../engine/chart.js';
import { CompiledActor } from '../engine/compiled.js';
import type { Configuration } from '../engine/configuration.js';
import { emissions } from '../engine/frames.js';
import { RESTING } from '../engine/outbox.js';

/** Where an actor is. */
export interface Situation {
  readonly configuration: Configuration;
  readonly context: Context;
}

/** Where an event leads, and what is emitted on the way. */
export interface Outcome {
  readonly situation: Situation;
  readonly emitted: readonly unknown[];
}

const nobody = { deliver(): void {} };

export class Walker extends CompiledActor<Context, EventLike, unknown> {
  /** How an actor begins. */
  readonly first: Outcome;
  declare private begun: readonly unknown[] | undefined;

  constructor(chart: Chart, input?: unknown) {
    super(chart, nobody, input);
    this.first = { situation: this.here(), emitted: this.begun ?? [] };
  }

  /** What the event does there. */
  step(situation: Situation, event: EventLike): Outcome {
    this.put(situation);
    const emitted = this.record(() => this.transition(event));
    return { situation: this.here(), emitted };
  }

  /** Whether a transition answers the event there, be it one that does nothing on purpose. */
  answers({ configuration, context }: Situation, event: EventLike): boolean {
    return configuration.plan(event.type).selected(new Args(context, event)).length > 0;
  }

  /** No tap is told of what is only asked. */
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
    // Contexts that nothing assigns to are shared.
    if (!Object.isFrozen(this.context)) Object.assign(this.context, context);
  }

  private here(): Situation {
    return { configuration: this.configuration, context: { ...this.context } };
  }
}
