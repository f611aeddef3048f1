/**
 * Whether a log is a path of a machine.
 *
 * A log contains the events that an actor received (inputs), what it emitted (emissions), or both (observations of `tap`).
 * Inputs and observations are replayed. For emissions, the inputs are searched: all possible events (alphabet.ts, world.ts)
 * are tried in all situations that emit the log so far.
 */
import { isDeepStrictEqual } from 'node:util';
import { invalidArgType, invalidArgValue } from '../api/compat/errors.js';
import { validateArray, validateOneOf, validateOptions, validateString } from '../api/compat/validate.js';
import { type EventOrder, eventOrders } from '../api/process/defaults.js';
import type { EventLike } from '../engine/args.js';
import type { Chart } from '../engine/chart.js';
import { compile } from '../engine/compile.js';
import type { StateNode, StateValue } from '../engine/model.js';
import { stateText } from '../engine/text.js';
import type { ChartName, EmissionOf, EventOf, StateOf } from '../events/charts.js';
import { machines } from '../machines/index.js';
import { alphabets } from './alphabet.js';
import { emissionNames } from './emissions.js';
import { checkEmission } from './known.js';
import { eventText, type Step, stepText, typeOf } from './render.js';
import { search } from './search.js';
import { type Situation, Walker } from './walker.js';
import { boundless, worlds } from './world.js';

/** A machine of XState that isn't statewire's. */
export interface Machine {
  /** Its name, as in observations. */
  readonly id: string;
  /** The chart as it is written. */
  readonly config: object;
}

type CompiledMachine = Parameters<typeof compile>[0];

/** The part of an observation that is used. It may have been stored in between. */
export interface Recorded {
  /** The name of the machine. */
  readonly chart: string;
  /** What the machine was sent. */
  readonly event: EventLike;
  /** `{}` when the actor starts. */
  readonly from: StateValue | object;
  /** The state after it. */
  readonly to: StateValue | object;
  /** What the machine emitted, in order. */
  readonly emitted: readonly EventLike[];
  /** The actor, as an identity. Without it, all observations are of one actor. */
  readonly actor?: object | undefined;
  /** What a guard or an action threw. */
  readonly error?: unknown;
}

/**
 * One of:
 * - observations of {@link tap}; those of other machines are skipped;
 * - inputs: `{ type: 'net.attached' }`, with the properties that guards read;
 * - emissions: `'req.socket'`, `'req.response'` …, from the actor's start on.
 */
export type Log<Name extends ChartName | undefined = undefined> =
  | readonly Recorded[]
  | readonly InputOf<Name>[]
  | readonly NameOf<Name>[];

/** The event that a machine of statewire is sent; what no guard reads may be missing. */
type InputOf<Name> = Name extends ChartName ? Typed<EventOf<Name>> : EventLike;
type Typed<Event> = Event extends EventLike ? Pick<Event, 'type'> & Partial<Event> : never;

/** The name of an emission. */
type NameOf<Name> = Name extends ChartName ? EmissionOf<Name>['type'] : string;

/** Options of {@link follows}. */
export interface FollowsOptions<Name extends ChartName | undefined = undefined> {
  /** Names of emissions that the log doesn't record, since it had no listener for them. Default: none. */
  readonly deaf?: readonly NameOf<Name>[] | undefined;
  /** The order in which statewire's client emitted a log of emissions: its `eventOrder`. Default 'documented'. */
  readonly order?: EventOrder | undefined;
  /** The events of a machine that isn't statewire's. Default: each event type of its chart, without properties. */
  readonly events?: readonly EventLike[] | undefined;
  /** The actor's input, for logs of inputs or emissions. Default: none. */
  readonly input?: unknown;
}

/** The log is a path. */
export class Path<State = StateValue> {
  /** True: the log is a path. */
  readonly follows = true;
  /** The state at the end. A log of emissions may lead to several: this one takes the fewest inputs. */
  readonly state: State;
  /** The steps to that state. */
  readonly history: readonly Step[];
  private readonly title: string;

  constructor(title: string, state: State, history: readonly Step[]) {
    this.title = title;
    this.state = state;
    this.history = history;
  }

  /** A text of a few lines. */
  explain(): string {
    return [
      `${this.title} is a path`,
      `  now in  ${stateText(this.state as StateValue)}`,
      ...historyLines(this.history),
    ].join('\n');
  }

  /** As `explain()`. */
  toString(): string {
    return this.explain();
  }
}

/** The log isn't a path. */
export class Departure<State = StateValue> {
  /** False: the log isn't a path. */
  readonly follows = false;
  /** The index of the first entry that departs from the machine. */
  readonly at: number;
  /** That entry. */
  readonly got: string;
  /** The possible entries at that index; none if the log had to end. */
  readonly expected: readonly string[];
  /** The state before that entry. */
  readonly state: State;
  /** The steps before that entry. */
  readonly history: readonly Step[];
  private readonly title: string;

  constructor(title: string, { at, got, expected, state, history }: Omit<Departure<State>, 'follows' | 'explain'>) {
    this.title = title;
    this.at = at;
    this.got = got;
    this.expected = expected;
    this.state = state;
    this.history = history;
  }

  /** A text of a few lines. */
  explain(): string {
    return [
      `${this.title} leaves its machine at index ${this.at}`,
      `  got       ${this.got}`,
      `  expected  ${this.expected.join('\n         or ') || 'nothing more'}`,
      `  in state  ${stateText(this.state as StateValue)}`,
      ...historyLines(this.history),
    ].join('\n');
  }

  /** As `explain()`. */
  toString(): string {
    return this.explain();
  }
}

function historyLines(history: readonly Step[]): string[] {
  if (history.length === 0) return ['  at the start'];
  const width = Math.max(...history.map(({ event }) => event.type.length));
  return ['  by way of', ...history.map((step) => `    ${stepText(step, width)}`)];
}

/**
 * Whether a log is a path of a machine; if not, where it departs and what was possible there.
 *
 * Only what the machine emits counts. A message's stream emits 'data', 'end' and 'error', so logs don't contain them. See
 * docs/testing.md.
 *
 * @param machine the name of one of statewire's machines, or any machine that statewire can compile
 * @returns a {@link Path}, or a {@link Departure}; their `explain()` is a text
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for an unknown machine or emission, a log of more than one kind, or
 * observations of other machines only
 * @throws STATEWIRE_UNSUPPORTED_CHART for a machine that statewire can't compile
 */
export function follows(machine: Machine, log: Log, options?: FollowsOptions): Path | Departure;
export function follows<Name extends ChartName>(
  machine: Name,
  log: Log<Name>,
  options?: FollowsOptions<Name>,
): Path<StateOf<Name>> | Departure<StateOf<Name>>;
export function follows(machine: string | Machine, log: Log, options: FollowsOptions = {}): Path | Departure {
  const chart = chartOf(machine);
  validateArray(log, 'log');
  checkOptions(chart, options);
  const title = `The log of '${chart.id}'`;
  const entries: Entries = log as Entries;
  if (entries.length > 0 && entries.every(isText)) {
    const known = emissionsOf(chart);
    if (known !== undefined) for (const [at, name] of entries.entries()) checkEmission(name, `log[${at}]`, known);
    return followEmissions(chart, title, entries, options);
  }
  if (entries.length > 0 && entries.every(isRecorded)) return followRecords(chart, title, entries);
  if (entries.every(isInput)) return followInputs(chart, title, entries, options);
  throw invalidArgValue('log', log, 'must be of one kind: observations, inputs with a type, or emissions as strings');
}

function chartOf(machine: string | Machine): Chart {
  if (typeof machine === 'string') {
    validateOneOf(machine, 'machine', Object.keys(machines));
    return compile(machines[machine]!) as Chart;
  }
  if (!(machine?.config instanceof Object)) throw invalidArgType('machine', ['string', 'a machine of XState'], machine);
  return compile(ownOf(machine)) as Chart;
}

function checkOptions(chart: Chart, options: FollowsOptions): void {
  validateOptions(options, ['deaf', 'order', 'events', 'input']);
  const { deaf = [], order = 'documented', events = [] } = options;
  validateArray(deaf, 'options.deaf');
  const known = emissionsOf(chart);
  for (const [index, name] of deaf.entries()) {
    if (known === undefined) validateString(name, `options.deaf[${index}]`);
    else checkEmission(name, `options.deaf[${index}]`, known);
  }
  validateOneOf(order, 'options.order', eventOrders);
  validateArray(events, 'options.events');
  const wrong = events.findIndex((event) => !isInput(event));
  if (wrong !== -1) throw invalidArgType(`options.events[${wrong}]`, 'an event with a type', events[wrong]);
}

/** Our machine, for a copy of it made by another XState (`statewire/machines`): both have the same names. */
function ownOf(machine: Machine): CompiledMachine {
  const own = Object.hasOwn(machines, machine.id) ? machines[machine.id] : undefined;
  const isCopy = own !== undefined && own.constructor !== machine.constructor;
  const isSame = isCopy && JSON.stringify(own.config) === JSON.stringify(machine.config);
  return isSame ? own : (machine as CompiledMachine);
}

/** Its entries, which are checked one by one. */
type Entries = readonly (string | EventLike | Observed)[];

const isText = (entry: unknown): entry is string => typeof entry === 'string';
const isInput = (entry: unknown): entry is EventLike => typeof (entry as EventLike | null)?.type === 'string';
/** An observation has the shape of a step. */
type Observed = Step & Pick<Recorded, 'chart' | 'actor' | 'error'>;
const isRecorded = (entry: unknown): entry is Observed => isInput((entry as Observed | null)?.event);

/** Whether the chart belongs to one of statewire's machines. */
const isOurs = (chart: Chart): boolean =>
  Object.hasOwn(machines, chart.id) && (compile(machines[chart.id]!) as Chart) === chart;

/** What a machine can emit, if it is one of ours. */
const emissionsOf = (chart: Chart): readonly string[] | undefined =>
  isOurs(chart) ? emissionNames[chart.id as ChartName] : undefined;

/** The events to try. */
function eventsOf(chart: Chart, { events }: FollowsOptions): readonly EventLike[] {
  return events ?? (isOurs(chart) ? alphabets[chart.id]!.events : typesOf(chart.root).map((type) => ({ type })));
}

/** An event with `hostOrder` occurs in one of the two orders. */
const mayBeIn = (order: EventOrder, event: EventLike & { readonly hostOrder?: boolean }): boolean =>
  event.hostOrder === undefined || event.hostOrder === (order === 'host');

function typesOf(node: StateNode): string[] {
  const own = [...node.on.keys()].filter(
    (descriptor) => !descriptor.includes('*') && !descriptor.startsWith('xstate.'),
  );
  return [...new Set([...own, ...node.children.flatMap(typesOf)])];
}

function followInputs(
  chart: Chart,
  title: string,
  log: readonly EventLike[],
  options: FollowsOptions,
): Path | Departure {
  const walker = new Walker(chart, options.input);
  const history: Step[] = [];
  let { situation } = walker.first;
  for (const [at, event] of log.entries()) {
    const state = situation.configuration.value;
    if (!walker.takes(situation, event)) {
      const taken = eventsOf(chart, options).filter((each) => walker.takes(situation, each));
      const expected = [...new Set(taken.map((each) => (each.type === event.type ? eventText(each) : each.type)))];
      return new Departure(title, { at, got: eventText(event), expected, state, history });
    }
    const { situation: next, emitted } = walker.step(situation, event);
    history.push({ event, from: state, to: next.configuration.value, emitted });
    situation = next;
  }
  return new Path(title, situation.configuration.value, history);
}

/** An observed actor. */
interface Followed {
  readonly walker: Walker;
  situation: Situation;
  readonly history: Step[];
}

function followRecords(chart: Chart, title: string, log: readonly Observed[]): Path | Departure {
  const actors = new Map<object | undefined, Followed>();
  let last: Followed | undefined;
  for (const [at, record] of log.entries()) {
    if (record.chart !== chart.id) continue;
    const isStart = record.event.type === 'xstate.init';
    const followed = (isStart ? undefined : actors.get(record.actor)) ?? begin(chart, record, isStart);
    actors.set(record.actor, followed);
    last = followed;
    const { walker, situation, history } = followed;
    const outcome = isStart ? walker.first : walker.step(situation, record.event);
    const from = isStart ? {} : situation.configuration.value;
    const due: Step = {
      event: record.event,
      from,
      to: outcome.situation.configuration.value,
      emitted: outcome.emitted,
    };
    if (record.error === undefined && !isSame(record, due)) {
      return new Departure(title, { at, got: recordText(record), expected: [recordText(due)], state: from, history });
    }
    if (record.error === undefined) followed.situation = outcome.situation;
    history.push(due);
  }
  if (last === undefined) throw invalidArgValue('log', log, `must have observations of the machine '${chart.id}'`);
  return new Path(title, last.situation.configuration.value, last.history);
}

/** An actor at the beginning of its log: new, or already running. */
function begin(chart: Chart, record: Observed, isStart: boolean): Followed {
  const walker = new Walker(chart, isStart ? (record.event as { input?: unknown } & EventLike).input : undefined);
  const { situation } = walker.first;
  if (isStart) return { walker, situation, history: [] };
  return { walker, situation: { ...situation, configuration: chart.configurationOf(record.from) }, history: [] };
}

function isSame(record: Step, due: Step): boolean {
  return (
    isDeepStrictEqual(record.from, due.from) &&
    isDeepStrictEqual(record.to, due.to) &&
    isDeepStrictEqual(record.emitted.map(typeOf), due.emitted.map(typeOf))
  );
}

const recordText = (step: Step): string => `${stepText(step)}  (from ${stateText(step.from) || 'nothing'})`;

function followEmissions(
  chart: Chart,
  title: string,
  log: readonly string[],
  options: FollowsOptions,
): Path | Departure {
  const deaf = new Set(options.deaf);
  const hasOrders = log.some((emission) => emission.startsWith('io.'));
  const records = (type: string) => !deaf.has(type) && (hasOrders || !type.startsWith('io.'));
  const world = (isOurs(chart) && worlds[chart.id]) || boundless;
  const events = eventsOf(chart, options).filter((event) => mayBeIn(options.order ?? 'documented', event));
  const walker = new Walker(chart, options.input);
  const { matched: at, ...found } = search({ walker, events, world, log, records });
  if (at === log.length) return new Path(title, found.state, found.history);
  return new Departure(title, { at, got: log[at]!, ...found });
}
