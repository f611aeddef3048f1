/**
 * The story of an error: which exchange it has ended, on which connection, and what had changed before.
 *
 * Rule 1: an error stays what it is in Node: message, code, own enumerable properties and their order. What is added is not
 *         enumerable.
 * Rule 2: an error keeps no connection and no message alive, and its story doesn't change afterwards: the numbers of the history are
 *         copied when it is made, with a few texts. All else is made when somebody prints it.
 */
import process from 'node:process';
import { inspect, types } from 'node:util';
import { type Change, changesOf, lastMoment, msSince } from '../../engine/history.js';
import type { StateValue } from '../../engine/model.js';
import type { Place } from '../../engine/place.js';
import { changes } from '../../engine/text.js';
import type { ChartName } from '../../events/charts.js';
import { now } from '../../io/clock.js';
import { isOfProgram, unpacked, verdictText } from '../../rules/ending.js';
import { placeName } from '../../rules/naming.js';
import { optionOf } from '../compat/ownOptions.js';
import { validateOneOf } from '../compat/validate.js';
import { idleBefore, isOfExchange } from './history.js';

/** One change of the states of a connection, of a request or of a response. */
export interface HistoryChange {
  /** How long before the error, in ms. */
  readonly before: number;
  /** The name of its machine. */
  readonly chart: string;
  /** The type of the event. */
  readonly event: string;
  /** The state before. Undefined if it has begun. */
  readonly from: StateValue | undefined;
  /** The state after. */
  readonly to: StateValue;
}

/** What had happened before an error: `error.history`. As text, the story that is printed with the error. */
export interface ErrorHistory {
  /** The exchange, as explain() has it: `c7.3`. */
  readonly id: string;
  /** `GET http://api/x`. Without query and credentials, and escaped. */
  readonly what: string;
  /** How the exchange has ended, as far as it was known: `PW`. Undefined if it goes on. */
  readonly code: string | undefined;
  /** The last changes, oldest first. Empty without a history. */
  readonly changes: readonly HistoryChange[];
  /** The story: a line for the exchange, and one for each of the last changes. */
  toString(): string;
}

/** What an error is about. */
export interface Subject {
  readonly chart: ChartName;
  readonly place: Place;
  /** The connection, if it has a history of its own. */
  readonly connection?: Place | undefined;
  readonly what: string;
  /** Of rules/ending.ts; undefined if it goes on. */
  readonly verdict: number | undefined;
  /** What only this error has to say. It must not keep more than a few numbers and texts. */
  readonly remark?: ((changes: readonly HistoryChange[]) => string) | undefined;
}

/** How many changes are printed. */
const LINES = 8;
/** The longest line. */
const LONGEST = 200;

const copy = ({ connection, exchange, track }: Place): Place => ({ connection, exchange, track: track?.slice() });

const cut = (line: string): string => (line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line);

/** The program has made the message: it belongs to no exchange, and has no history. */
const isMade = ({ connection, exchange }: Place): boolean => connection === 0 && exchange === 0;

const grouped = (ms: number): string => ms.toLocaleString('en-US');

class Story implements ErrorHistory {
  readonly id: string;
  readonly what: string;
  readonly code: string | undefined;
  readonly #place: Place;
  readonly #connection: Place | undefined;
  readonly #verdict: number | undefined;
  readonly #at = lastMoment();
  readonly #remark: Subject['remark'];

  constructor({ chart, place, connection, what, verdict, remark }: Subject) {
    this.id = placeName(chart, place);
    this.what = what;
    this.#place = copy(place);
    this.#connection = connection && copy(connection);
    this.#verdict = verdict;
    this.#remark = remark;
    const { by, in: when } = unpacked(verdict ?? 0);
    this.code = verdict === undefined ? undefined : `${by}${when}`;
  }

  get changes(): readonly HistoryChange[] {
    const place = this.#place;
    const connection = this.#connection;
    const own = changesOf(place.track ?? []).filter((each) => isOfExchange(each, place));
    const all = connection === undefined ? own : [...changesOf(connection.track ?? []), ...own];
    const inOrder = connection === undefined ? all : all.sort((one, other) => one.at - other.at);
    return inOrder.map(({ at: time, chart, event, from, to }: Change) => ({
      before: msSince(time, this.#at),
      chart,
      event,
      from,
      to,
    }));
  }

  toString(): string {
    const { changes: all } = this;
    const widest = Math.max(0, ...all.map(({ before }) => grouped(before).length));
    const lines = all.slice(-LINES).map((each) => {
      const time = `-${grouped(each.before).padStart(widest)} ms`;
      const states = each.from === undefined ? 'begins' : changes(each.from, each.to).join(', ');
      return `${time}  ${each.chart} ${states}   ${each.event}`;
    });
    if (this.#place.track === undefined && !isMade(this.#place))
      lines.push('what has changed before is not known: STATEWIRE_HISTORY is 0');
    return [this.head(all), ...lines.map((line) => `  ${line}`)].map((line) => cut(`    ${line}`)).join('\n');
  }

  /** For loggers, which copy what is enumerable. */
  toJSON(): Pick<ErrorHistory, 'id' | 'what' | 'code' | 'changes'> {
    const { id, what, code, changes: all } = this;
    return { id, what, code, changes: all };
  }

  [inspect.custom](): string {
    return String(this);
  }

  private head(all: readonly HistoryChange[]): string {
    const { id, what } = this;
    const place = this.#place;
    const verdict = this.#verdict;
    const isReused = place.connection !== 0 && place.exchange > 1;
    const idle = isReused ? idleBefore(place, this.#connection) : undefined;
    const where = isMade(place) ? '' : ` ${place.connection === 0 ? 'without a connection, ' : 'on '}${id}`;
    const unnamed = isMade(place) ? 'a message that you have made' : 'a request without a whole head';
    const parts = [
      `${what === '' ? unnamed : what.trimEnd()}${where}`,
      isReused ? ', reused' : '',
      idle === undefined ? '' : `, idle for ${grouped(idle)} ms before`,
      verdict === undefined ? '' : ` · ended ${verdictText(unpacked(verdict))}`,
    ];
    const said = this.#remark?.(all) ?? '';
    return `${parts.join('')}${said === '' ? '' : ` · ${said}`}`;
  }
}

const modes = ['inspect', 'stack', 'off'] as const;
type Mode = (typeof modes)[number];
const VARIABLE = 'STATEWIRE_STORIES';
const given: unknown = optionOf(process.env, VARIABLE) || 'inspect';
// A typing error is noticed.
validateOneOf(given, `process.env.${VARIABLE}`, modes);
let mode: Mode = given;

/** How stories are shown from now on. @returns what was set */
export function showStories(how: Mode): Mode {
  const before = mode;
  mode = how;
  return before;
}

/** The errors that are being printed without their stories, the inner ones last. */
const printing: Error[] = [];

/** For `util.inspect`: the error as without us, then the story. `depth`: negative where Node prints a name only. */
function printed(this: Error & { readonly history: Story }, depth: number, options: object): unknown {
  // It goes on as if there was no function.
  if (printing.at(-1) === this || depth < 0) return this;
  // Each call of `inspect` notices only the circles of its own.
  if (printing.includes(this)) return '[Circular]';
  printing.push(this);
  try {
    return `${inspect(this, options)}\n${this.history}`;
  } finally {
    printing.pop();
  }
}

/** An error that has ended several exchanges has the story of the last. */
const stories = new WeakMap<Error, Story>();

const storyOf = (error: Error): Story => stories.get(error) as Story;

/** Gives an error of ours its story, unless it has one. @param about is asked at once, and not if there are no stories */
export function withStory<E extends Error>(error: E, about: () => Subject): E {
  const known = stories.get(error);
  if (mode === 'off' || (known === undefined && ('history' in error || !Object.isExtensible(error)))) return error;
  now();
  const story = new Story(about());
  if (known === undefined || known.id !== story.id) stories.set(error, story);
  return known === undefined ? showStory(error) : error;
}

function showStory<E extends Error>(error: E): E {
  Object.defineProperty(error, 'history', { get: () => storyOf(error), enumerable: false, configurable: true });
  if (mode === 'inspect') {
    Object.defineProperty(error, inspect.custom, {
      value: printed,
      enumerable: false,
      configurable: true,
      writable: true,
    });
  } else addToStack(error);
  return error;
}

/** The same for an error of a socket: one of the program is left as it is, and so is what only passes for an error. */
export function passedOn<E>(error: E, about: () => Subject): E {
  return !types.isNativeError(error) || isOfProgram(error) ? error : withStory(error, about);
}

/** The stack is made when it is read, as it is without a story. */
function addToStack(error: Error): void {
  const own = Object.getOwnPropertyDescriptor(error, 'stack');
  Object.defineProperty(error, 'stack', {
    get: () => `${own?.get === undefined ? own?.value : own.get.call(error)}\n${storyOf(error)}`,
    set: (value: unknown) => {
      Object.defineProperty(error, 'stack', { value, enumerable: false, configurable: true, writable: true });
    },
    enumerable: false,
    configurable: true,
  });
}
