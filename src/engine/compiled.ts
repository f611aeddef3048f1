import { ActorAccess, Args, borrow, type Context, type EventLike, giveBack } from './args.js';
import type { Chart } from './chart.js';
import type { Configuration, Step } from './configuration.js';
import { emissions, raisedEvents } from './frames.js';
import { note } from './history.js';
import type { Emission, Snapshot, StateValue } from './model.js';
import { FAILED, type Host, OutboxActor, RESTING, TRANSITIONING } from './outbox.js';
import { UnsupportedChartError } from './refuse.js';
import { stepper } from './step.js';
import { tapped } from './tap.js';

/** An actor that runs on its chart's tables. */
export class CompiledActor<TContext, TEvent extends EventLike, TEmitted> extends OutboxActor<
  TContext,
  TEvent,
  TEmitted
> {
  readonly context: Readonly<TContext>;
  configuration: Configuration;

  constructor(chart: Chart, host: Host<TEmitted>, input: unknown) {
    super(host);
    const { initial, createContext, isQuiet } = chart.start;
    this.configuration = initial.next;
    this.context = createContext(input) as TContext;
    if (this.track !== undefined) note(this.track, initial.code, this.exchange);
    stepper?.started(this);
    if (!isQuiet || tapped) this.enterFirst(initial, input);
  }

  /** Separate, since a closure in the constructor would allocate its context for every actor. */
  private enterFirst(initial: Step, input: unknown): void {
    const event = { type: 'xstate.init', input };
    this.begin(event, () => this.enter(event, initial));
  }

  /**
   * A fast path with the same result as the inherited method. It is for what nearly all events cause in an actor without
   * observers: emissions, and no follow-up microstep.
   */
  override send(given: TEvent): void {
    const event = stepper === undefined ? given : stepper.step(this, given);
    if (this.phase !== RESTING || this.backlog !== null || tapped) {
      this.sendOn(event);
      return;
    }
    const base = emissions.top;
    const raised = raisedEvents.top;
    let emitted: TEmitted | undefined;
    this.phase = TRANSITIONING;
    try {
      const { configuration } = this;
      const plan = configuration.recall(event.type);
      const args = plan.conditional ? borrow(this.context as Context, event) : undefined;
      const step = args === undefined ? plan.certain : plan.select(args);
      if (step === undefined) {
        if (configuration.always !== null) this.take(step, args ?? new Args(this.context as Context, event), raised);
      } else if (step.emissions === undefined || step.next.always !== null) {
        this.take(step, args ?? new Args(this.context as Context, event), raised);
      } else {
        if (step.emissions.length === 1) emitted = this.make(step.emissions[0]!, event, args);
        else if (step.emissions.length > 1) {
          this.backlog =
            (step.constants as readonly TEmitted[] | undefined) ?? this.makeAll(step.emissions, event, args);
        }
        this.configuration = step.next;
        if (step.code !== 0 && this.track !== undefined) note(this.track, step.code, this.exchange);
      }
      if (args !== undefined) giveBack(args);
      this.phase = RESTING;
    } catch (error) {
      this.fail(error, base, raised);
    }
    if (emissions.top !== base || this.inbox !== null) {
      if (emitted !== undefined) emissions.push(emitted);
      this.release(base);
    } else if (emitted !== undefined || this.backlog !== null) this.deliver(emitted);
  }

  private make({ make, value }: Emission, event: TEvent, args: Args | undefined): TEmitted {
    return (make === undefined ? value : make(args ?? new Args(this.context as Context, event))) as TEmitted;
  }

  private makeAll(all: readonly Emission[], event: TEvent, args: Args | undefined): TEmitted[] {
    // A list that grows takes room for 17.
    const made = new Array<TEmitted>(all.length);
    for (let i = 0; i < all.length; i++) made[i] = this.make(all[i]!, event, args);
    return made;
  }

  get id(): string {
    return this.configuration.chart.id;
  }

  get value(): StateValue {
    return this.configuration.value;
  }

  get done(): boolean {
    return this.configuration.done;
  }

  matches(partial: StateValue): boolean {
    return this.configuration.matches(partial);
  }

  hasTag(tag: string): boolean {
    return this.configuration.tags.has(tag);
  }

  can(event: TEvent): boolean {
    const selected = this.configuration.plan(event.type).selected(new Args(this.context as Context, event));
    return selected.some((each) => each.targets !== undefined || each.actions.length > 0);
  }

  snapshot(): Snapshot<TContext> {
    const { value, tags, done } = this.configuration;
    const status = this.phase === FAILED ? 'error' : done ? 'done' : 'active';
    return { value, tags, status, context: { ...this.context } };
  }

  protected transition(event: TEvent): void {
    const { top } = emissions;
    const raised = raisedEvents.top;
    this.phase = TRANSITIONING;
    try {
      const args = new Args(this.context as Context, event);
      this.take(this.select(args), args, raised);
      this.phase = RESTING;
    } catch (error) {
      this.fail(error, top, raised);
    }
  }

  private select(args: Args): Step | undefined {
    const plan = this.configuration.recall(args.event.type);
    return plan.conditional ? plan.select(args) : plan.certain;
  }

  private take(step: Step | undefined, args: Args, raised: number): void {
    const { configuration } = this;
    const next = step === undefined ? configuration : perform(step, args);
    const settled = next.always === null && raisedEvents.top === raised;
    this.configuration = settled ? next : this.settle(next, args, raised);
    const code = configuration.codeTo(this.configuration, args.event.type);
    if (code !== 0 && this.track !== undefined) note(this.track, code, this.exchange);
  }

  private enter(event: EventLike, initial: Step): void {
    const { top } = emissions;
    const raised = raisedEvents.top;
    this.phase = TRANSITIONING;
    try {
      const args = new Args(this.context as Context, event);
      this.configuration = this.settle(perform(initial, args), args, raised);
      this.phase = RESTING;
    } catch (error) {
      this.fail(error, top, raised);
    }
  }

  /**
   * Takes microsteps until the chart rests: eventless transitions first, then raised events, one at a time. It looks for
   * eventless transitions again after each microstep, unless that microstep was eventless and changed nothing.
   *
   * @param base index of the first event that this transition raised
   */
  private settle(from: Configuration, cause: Args, base: number): Configuration {
    let configuration = from;
    let args = cause;
    let head = base;
    let mayMove = true;
    for (let steps = 0; !configuration.done; steps++) {
      if (steps > configuration.chart.limit) throw new Error(this.describeLoop(configuration));
      const eventless: Step | undefined = mayMove ? configuration.always?.select(args) : undefined;
      if (eventless !== undefined) {
        configuration = perform(eventless, args);
        mayMove = eventless.changes;
        continue;
      }
      if (head === raisedEvents.top) break;
      const event = raisedEvents.items[head++]!;
      args = new Args(this.context as Context, event);
      const step: Step | undefined = configuration.plan(event.type).select(args);
      if (step !== undefined) configuration = perform(step, args);
      mayMove = true;
    }
    raisedEvents.drop(base);
    return configuration;
  }

  private describeLoop(configuration: Configuration): string {
    const { chart } = configuration;
    const value = JSON.stringify(configuration.value);
    return `Chart '${chart.id}' doesn't come to rest: ${chart.limit} microsteps without an event, now in ${value}`;
  }

  private fail(error: unknown, top: number, raised: number): never {
    this.phase = FAILED;
    emissions.drop(top);
    raisedEvents.drop(raised);
    if (!(error instanceof ActorAccess)) throw error;
    throw new UnsupportedChartError(this.id, JSON.stringify(this.value), `the use of '${error.property}'`);
  }
}

function perform(step: Step, args: Args): Configuration {
  const { effects } = step;
  for (let i = 0; i < effects.length; i++) effects[i]!(args);
  return step.next;
}
