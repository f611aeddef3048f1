/** Checks the documented orders of events in a module with the interface of node:http. */
import {
  validateFunction,
  validateNumber,
  validateObject,
  validateOneOf,
  validateOptions,
  validateString,
} from '../api/compat/validate.js';
import { type EventOrder, eventOrders } from '../api/process/defaults.js';
import { differences, keeps } from './contract/compare.js';
import type { HttpModule } from './contract/face.js';
import { scenarios } from './contract/index.js';
import type { Scenario } from './contract/scenario.js';
import { isOverdue, type Line, Stage } from './contract/stage.js';

/** Options of {@link orderContract}. */
export interface ContractOptions {
  /** How long to wait for an event, in ms. It passes only if the module doesn't emit an event. Default 2000. */
  readonly limit?: number | undefined;
  /**
   * What `import()` loads the module by: a name, resolved from the working directory, or a URL. A scenario that may end the
   * process runs in another one, which imports the module. Without a specifier it isn't held.
   */
  readonly specifier?: string | undefined;
  /**
   * Which orders are demanded: 'documented', those of Node's documentation and the RFCs; or 'host', where a request that is
   * destroyed or cut has the order that every release of node:http has. statewire keeps the one that its `eventOrder` names.
   * Default 'documented'.
   */
  readonly order?: EventOrder | undefined;
  /** Which scenarios to run, by name. Default: all. */
  readonly only?: ((name: string) => boolean) | undefined;
}

/** The result of one scenario. */
export interface Verdict {
  /** The scenario. */
  readonly name: string;
  /** The sentence or section that demands the order. */
  readonly source: string;
  /** Which side of the connection is the module’s. */
  readonly side: 'client' | 'server';
  /** Whether the order was the demanded one. */
  readonly outcome: 'kept' | 'left' | 'not held';
  /** Why it was not held. */
  readonly reason: string | undefined;
  /** The demanded and the actual order: events, then statuses after the word `wire`. */
  readonly expected: readonly string[];
  /** See `expected`. */
  readonly got: readonly string[];
  /** What the scenario waited for in vain. */
  readonly missed: string | undefined;
  /** Both orders, line by line; empty unless the order was left. */
  readonly diff: string;
}

/** The results of all scenarios. */
export class ContractReport {
  /** One for each scenario. */
  readonly verdicts: readonly Verdict[];

  constructor(verdicts: readonly Verdict[]) {
    this.verdicts = verdicts;
  }

  /** Those whose order is the demanded one. */
  get kept(): readonly Verdict[] {
    return this.verdicts.filter(({ outcome }) => outcome === 'kept');
  }

  /** Those whose order departs. */
  get left(): readonly Verdict[] {
    return this.verdicts.filter(({ outcome }) => outcome === 'left');
  }

  /** Those that were not played. */
  get notHeld(): readonly Verdict[] {
    return this.verdicts.filter(({ outcome }) => outcome === 'not held');
  }

  /** All of it as text: a line for each scenario, and both orders of those that depart. */
  toString(): string {
    const { kept, left, notHeld } = this;
    const marks = { kept: 'kept', left: 'LEFT', 'not held': '----' };
    const lines = this.verdicts.map(({ outcome, side, name }) => `${marks[outcome]}  ${side}  ${name}`);
    const diffs = left.map(({ side, name, source, diff }) => `${side}: ${name} (${source})\n${diff}`);
    const reasons = notHeld.map(({ side, name, reason }) => `${side}: ${name}\n    not held: ${reason}`);
    const sum = `${kept.length} of ${kept.length + left.length} orders kept`;
    return [lines.join('\n'), ...diffs, ...reasons, sum].join('\n\n');
  }
}

/**
 * Runs the contract with a module that has the interface of node:http, and reports where the order of its events departs from
 * the documents. Each scenario has a client or a server of the module, and a peer on a real loopback socket.
 *
 * See docs/testing.md.
 *
 * @param http node:http, or a module in its place
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function orderContract(http: HttpModule, options: ContractOptions = {}): Promise<ContractReport> {
  // The namespace of a module is an object, an object made callable is a function.
  if (typeof http !== 'function') validateObject(http, 'http');
  for (const name of ['createServer', 'request', 'Agent'] as const) validateFunction(http[name], `http.${name}`);
  validateOptions(options, ['limit', 'specifier', 'order', 'only']);
  const { limit = 2000, specifier, only = () => true, order = 'documented' } = options;
  validateNumber(limit, 'options.limit', 0);
  if (specifier !== undefined) validateString(specifier, 'options.specifier');
  validateFunction(only, 'options.only');
  validateOneOf(order, 'options.order', eventOrders);
  return run(http, { limit, specifier, only, order });
}

interface Plan {
  readonly limit: number;
  readonly specifier: string | undefined;
  readonly only: (name: string) => boolean;
  readonly order: EventOrder;
}

async function run(http: HttpModule, { limit, specifier, only, order }: Plan): Promise<ContractReport> {
  const verdicts: Verdict[] = [];
  for (const scenario of scenarios) {
    if (only(scenario.name)) verdicts.push(await judge(http, inOrder(scenario, order), limit, specifier));
  }
  return new ContractReport(verdicts);
}

/** The scenario with the order that is demanded. */
const inOrder = (scenario: Scenario, order: EventOrder): Scenario =>
  order === 'host' && scenario.hostOrder !== undefined ? { ...scenario, order: scenario.hostOrder } : scenario;

async function judge(http: HttpModule, scenario: Scenario, limit: number, specifier?: string): Promise<Verdict> {
  const { name, source, side, order, wire, isApart } = scenario;
  const expected = [...order, ...wireLine(wire)];
  const known = { name, source, side, expected };
  if (isApart && specifier === undefined) return { ...known, ...NOT_HELD };
  const { stage, missed } = await play(http, scenario, limit, specifier);
  const wired = wire === undefined ? undefined : (stage.peers[0]?.wire ?? []);
  const got = [...stage.lines, ...wireLine(wired)];
  const diff = missed === undefined && keeps(got, expected) ? '' : diffOf(expected, got, missed);
  return { ...known, outcome: diff === '' ? 'kept' : 'left', reason: undefined, got, missed, diff };
}

const NOT_HELD = {
  outcome: 'not held',
  reason: 'it may end the process, so it runs in another one, which needs the specifier of the module',
  got: [],
  missed: undefined,
  diff: '',
} as const;

const wireLine = (wire: readonly string[] | undefined): string[] => (wire ? [`wire ${wire.join(' ')}`] : []);

async function play(http: HttpModule, { side, listensTo, script }: Scenario, limit: number, specifier?: string) {
  const stage = new Stage(http, listensTo, limit, specifier);
  let missed: string | undefined;
  try {
    if (side === 'client') await stage.listen();
    for (const step of script) await step(stage);
  } catch (error) {
    missed = isOverdue(error) ? error.message : `the end of the script: ${error}`;
  } finally {
    stage.cleanUp();
  }
  return { stage, missed };
}

function diffOf(expected: readonly Line[], got: readonly Line[], missed: string | undefined): string {
  const lines = differences(expected, got);
  if (missed !== undefined) lines.push(`  (waited in vain for ${missed})`);
  return lines.join('\n');
}
