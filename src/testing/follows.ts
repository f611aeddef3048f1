/**
 * Whether a log is a path of a machine.
 *
 * A log says what an actor was told (inputs), what it told (tellings), or both (observations, which `tap` makes). The first
 * and the last are walked along. For tellings the inputs are searched: all that may come (alphabet.ts, world.ts) is tried
 * in all situations that tell the log so far.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EventLike } from '../engine/args.js';
import type { Chart } from '../engine/chart.js';
import { compile } from '../engine/compile.js';
import type { StateNode, StateValue } from '../engine/model.js';
import type { Observation } from '../engine/tap.js';
import { stateText } from '../engine/text.js';
import { machines } from '../machines/index.js';
import { alphabets } from './alphabet.js';
import { eventText, type Step, stepText, typeOf } from './render.js';
import { search } from './search.js';
import { type Situation, Walker } from './walker.js';
import { boundless, worlds } from './world.js';

/** A machine of XState. */
export interface Machine {
  readonly id: string;
  readonly config: object;
}

type CompiledMachine = Parameters<typeof compile>[0];

/** As much of an observation as is looked at; it may have been stored meanwhile. */
export type Recorded = Pick<Observation, 'chart' | 'event' | 'from' | 'to' | 'emitted'> &
  Partial<Pick<Observation, 'actor' | 'error'>>;

/**
 * One of:
 * - observations, as {@link tap} tells them; those of other machines are passed over;
 * - inputs: `{ type: 'net.attached' }`, with the properties that guards look at;
 * - tellings: `'req.socket'`, `'req.response'` … from the beginning on.
 */
export type Log = readonly Recorded[] | readonly EventLike[] | readonly string[];

export interface FollowsOptions {
  /** Tellings that the log didn't listen to. */
  readonly deaf?: readonly string[] | undefined;
  /** What may come to a machine that isn't statewire's. Default: each type of its chart, without properties. */
  readonly events?: readonly EventLike[] | undefined;
  /** Of the actor, for inputs and tellings. */
  readonly input?: unknown;
}

/** The log is a path. */
export class Path {
  readonly follows = true;
  /** Where it ends; of several places that a log of tellings may lead to, the one that takes the fewest inputs. */
  readonly state: StateValue;
  /** What happened on the way. */
  readonly history: readonly Step[];
  private readonly title: string;

  constructor(title: string, state: StateValue, history: readonly Step[]) {
    this.title = title;
    this.state = state;
    this.history = history;
  }

  /** As text of a few lines. */
  explain(): string {
    return [`${this.title} is a path`, `  now in  ${stateText(this.state)}`, ...historyLines(this.history)].join('\n');
  }

  toString(): string {
    return this.explain();
  }
}

/** The log isn't a path. */
export class Departure {
  readonly follows = false;
  /** Index in the log of what doesn't follow. */
  readonly at: number;
  readonly got: string;
  /** What could have come instead; nothing, when nothing could. */
  readonly expected: readonly string[];
  /** Where the machine was. */
  readonly state: StateValue;
  /** What happened before. */
  readonly history: readonly Step[];
  private readonly title: string;

  constructor(title: string, { at, got, expected, state, history }: Omit<Departure, 'follows' | 'explain'>) {
    this.title = title;
    this.at = at;
    this.got = got;
    this.expected = expected;
    this.state = state;
    this.history = history;
  }

  /** As text of a few lines. */
  explain(): string {
    return [
      `${this.title} leaves its machine at index ${this.at}`,
      `  got       ${this.got}`,
      `  expected  ${this.expected.join('\n         or ') || 'nothing more'}`,
      `  being in  ${stateText(this.state)}`,
      ...historyLines(this.history),
    ].join('\n');
  }

  toString(): string {
    return this.explain();
  }
}

function historyLines(history: readonly Step[]): string[] {
  if (history.length === 0) return ['  from the beginning'];
  const width = Math.max(...history.map(({ event }) => event.type.length));
  return ['  by way of', ...history.map((step) => `    ${stepText(step, width)}`)];
}

/**
 * Tells whether a log is a path of a machine, and if it isn't, where it left it and what could have come instead.
 *
 * Followed is what the machine decides. Of a message, 'data', 'end' and 'error' are told by its stream, and stand in no log.
 *
 * @param machine one of statewire's by its name, or any machine that statewire can compile
 * @throws TypeError for a name that no machine has, and for a log of more than one kind
 * @throws Error when observations are given and none is of this machine
 */
export function follows(machine: string | Machine, log: Log, options: FollowsOptions = {}): Path | Departure {
  const chart = chartOf(machine);
  const title = `The log of '${chart.id}'`;
  if (log.length > 0 && log.every(isText)) return followTellings(chart, title, log, options);
  if (log.length > 0 && log.every(isRecorded)) return followRecords(chart, title, log);
  if (log.every(isInput)) return followInputs(chart, title, log, options);
  throw new TypeError('A log is of one kind: observations, inputs with a type, or tellings as strings');
}

function chartOf(machine: string | Machine): Chart {
  if (typeof machine !== 'string') return compile(ownOf(machine)) as Chart;
  const known = Object.hasOwn(machines, machine) ? machines[machine] : undefined;
  if (known === undefined)
    throw new TypeError(`No machine is called '${machine}': ${Object.keys(machines).join(', ')}`);
  return compile(known) as Chart;
}

/** A chart of ours that was made by another copy of XState (`statewire/machines`) is ours: charts hold names only. */
function ownOf(machine: Machine): CompiledMachine {
  const own = Object.hasOwn(machines, machine.id) ? machines[machine.id] : undefined;
  const isCopy = own !== undefined && own.constructor !== machine.constructor;
  const isSame = isCopy && JSON.stringify(own.config) === JSON.stringify(machine.config);
  return isSame ? own : (machine as CompiledMachine);
}

const isText = (entry: unknown): entry is string => typeof entry === 'string';
const isInput = (entry: unknown): entry is EventLike => typeof (entry as EventLike | null)?.type === 'string';
const isRecorded = (entry: unknown): entry is Recorded => isInput((entry as Recorded | null)?.event);

/** Whether the chart is that of one of statewire's machines. */
const isOurs = (chart: Chart): boolean =>
  Object.hasOwn(machines, chart.id) && (compile(machines[chart.id]!) as Chart) === chart;

/** What may come, to be tried. */
function eventsOf(chart: Chart, { events }: FollowsOptions): readonly EventLike[] {
  return events ?? (isOurs(chart) ? alphabets[chart.id]!.events : typesOf(chart.root).map((type) => ({ type })));
}

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
    if (!walker.answers(situation, event)) {
      const answered = eventsOf(chart, options).filter((each) => walker.answers(situation, each));
      const expected = [...new Set(answered.map((each) => (each.type === event.type ? eventText(each) : each.type)))];
      return new Departure(title, { at, got: eventText(event), expected, state, history });
    }
    const { situation: next, emitted } = walker.step(situation, event);
    history.push({ event, from: state, to: next.configuration.value, emitted });
    situation = next;
  }
  return new Path(title, situation.configuration.value, history);
}

/** An actor of which observations were made. */
interface Followed {
  readonly walker: Walker;
  situation: Situation;
  readonly history: Step[];
}

function followRecords(chart: Chart, title: string, log: readonly Recorded[]): Path | Departure {
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
  if (last === undefined) throw new Error(`None of these ${log.length} observations is of the machine '${chart.id}'`);
  return new Path(title, last.situation.configuration.value, last.history);
}

/** An actor as it is when the log begins: new, or in the middle of its life. */
function begin(chart: Chart, record: Recorded, isStart: boolean): Followed {
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

function followTellings(
  chart: Chart,
  title: string,
  log: readonly string[],
  options: FollowsOptions,
): Path | Departure {
  const deaf = new Set(options.deaf);
  const hearsOrders = log.some((telling) => telling.startsWith('io.'));
  const hears = (type: string) => !deaf.has(type) && (hearsOrders || !type.startsWith('io.'));
  const world = (isOurs(chart) && worlds[chart.id]) || boundless;
  const walker = new Walker(chart, options.input);
  const { matched: at, ...found } = search({ walker, events: eventsOf(chart, options), world, log, hears });
  if (at === log.length) return new Path(title, found.state, found.history);
  return new Departure(title, { at, got: log[at]!, ...found });
}
