/**
 * `trace()`: prints each transition as a line. Headers, bodies, queries and credentials are left out: they may contain secrets.
 *
 * Rule 1: what comes from a peer or from the program is printed as `util.inspect` prints it: escaped, and cut (compat/describe.ts).
 * Rule 2: it only looks. A getter of the program that throws is no reason for an exception, and what is written to an output of
 *         statewire itself is not traced.
 */
import { debuglog } from 'node:util';
import { changes, stateText } from '../../engine/text.js';
import { now, timeOfDay } from '../../io/clock.js';
import { placeName } from '../../rules/naming.js';
import { subjectOf } from '../compat/describe.js';
import { invalidArgType } from '../compat/errors.js';
import { optionOf, ownOptions } from '../compat/ownOptions.js';
import { validateBoolean, validateFunction, validateOneOf, validateOptions } from '../compat/validate.js';
import { type Observation, tap } from './observing.js';

/** Receives the text of a trace: a stream, or any object with `write`. */
export interface TraceOutput {
  /** Called with each line. */
  write(text: string): unknown;
  /** A terminal. */
  readonly isTTY?: boolean | undefined;
}

/** Options of {@link trace}. */
export interface TraceOptions {
  /** Where lines are written. Default: `process.stderr`. */
  output?: TraceOutput | undefined;
  /** Which transitions are printed. Default: those that change a state or emit something. */
  filter?: ((observation: Observation) => boolean) | undefined;
  /**
   * Whether lines have colours. Default: whether the output is a terminal. The environment variable FORCE_COLOR switches them on
   * (or off, if it is 0 or false), NO_COLOR off.
   */
  color?: boolean | undefined;
  /** What a line begins with: the ms since the trace began, the time of day (UTC), or no time. Default: `'elapsed'`. */
  time?: 'elapsed' | 'clock' | 'none' | undefined;
}

type Time = NonNullable<TraceOptions['time']>;

const names = ['output', 'filter', 'color', 'time'] as const;
const times: readonly Time[] = ['elapsed', 'clock', 'none'];

/**
 * Prints a line for each transition of a connection, request or response from now on, such as
 *
 *     2.1 ms  s1.1  response  user.end  message.streaming → flushing  ⇒ io.end res.prefinish   GET /a 200
 *
 * with the time, the connection (`s1`: of a server, `c1`: of a client) and its exchange (`s1.1`; `q1` is a request without a
 * connection), the machine, the event, the states that it left and entered, what it emitted, and the request. It prints no
 * headers, bodies, queries and credentials.
 *
 * The environment variables `STATEWIRE_TRACE=1` and `NODE_DEBUG=statewire` do the same without a call, in a program for node:http
 * with `node --import statewire/register`; lines of a worker, forked or a thread, then begin with its pid or thread. No line is
 * printed twice: a call ends the trace of the environment, and an earlier one to the same output.
 *
 * @returns stops it; does nothing if another call has ended it
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function trace(options: TraceOptions = {}): () => void {
  return start(options, '');
}

/** `origin` begins each line. */
function start(options: TraceOptions, origin: string): () => void {
  validateOptions(options, names);
  const given = ownOptions(options);
  const { output = standardError(), filter = isNews, time = 'elapsed' } = given;
  if (typeof Object(output).write !== 'function') {
    throw invalidArgType('options.output', ['stream.Writable'], output);
  }
  validateFunction(filter, 'options.filter');
  validateOneOf(time, 'options.time', times);
  const { color = hasColors(output) } = given;
  validateBoolean(color, 'options.color');
  stopEnvironments?.();
  running.get(output)?.();
  return traceTo(output, filter, new Printer(color, time, origin));
}

/** What stops the running traces, by their output. */
const running = new Map<TraceOutput, () => void>();
/** Stops the trace that the environment asked for. */
let stopEnvironments: (() => void) | undefined;

let isGuarded = false;

/** A reader that closes early, such as `head`, must not end the program. */
function standardError(): TraceOutput {
  if (!isGuarded) process.stderr.on('error', () => {});
  isGuarded = true;
  return process.stderr;
}

function traceTo(output: TraceOutput, filter: (observation: Observation) => boolean, printer: Printer): () => void {
  let isWriting = false;
  const untap = tap((observation) => {
    if (isWriting) return;
    isWriting = true;
    try {
      if (filter(observation)) output.write(`${printer.line(observation)}\n`);
    } finally {
      isWriting = false;
    }
  });
  const stop = (): void => {
    untap();
    if (running.get(output) === stop) running.delete(output);
  };
  running.set(output, stop);
  return stop;
}

/** Call this once: traces if the environment says so. */
export function traceByEnvironment(): void {
  const given: unknown = optionOf(process.env, 'STATEWIRE_TRACE');
  const isAsked = given !== undefined && given !== '' && given !== '0' && given !== 'false';
  if (isAsked || debuglog('statewire').enabled) stopEnvironments = start({}, originOfLines());
}

/** Workers of a cluster, other forks and threads write to the stderr of their parent. */
function originOfLines(): string {
  const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');
  if (!isMainThread) return `thread ${threadId}`;
  return process.connected ? String(process.pid) : '';
}

function isNews({ event, from, to, emitted, error }: Observation): boolean {
  return event.type === 'xstate.init' || emitted.length > 0 || error !== undefined || changes(from, to).length > 0;
}

/** See https://no-color.org and https://force-color.org. */
function hasColors(output: TraceOutput): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = process.env;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return output.isTTY === true && !none && terminal !== 'dumb';
}

const COLORS = { time: 90, place: 36, chart: 1, event: 33, emitted: 32, subject: 35, error: 31 } as const;
type Part = keyof typeof COLORS;

/** Widths of the columns. A longer text moves those after it. */
const WIDTH = { time: 9, place: 6, chart: 16, event: 18, states: 48 } as const;

/** The longest text that isn't ours. */
const LONGEST = 200;

class Printer {
  private readonly hasColors: boolean;
  private readonly time: Time;
  private readonly origin: string;
  private readonly began = now();
  /** What was printed last about an actor. */
  private readonly places = new WeakMap<object, string>();
  private readonly subjects = new WeakMap<object, string>();

  constructor(hasColors: boolean, time: Time, origin: string) {
    this.hasColors = hasColors;
    this.time = time;
    this.origin = origin;
  }

  line(observation: Observation): string {
    const { chart, event, from, to, emitted, error } = observation;
    const starts = event.type === 'xstate.init';
    const states = starts ? stateText(to) : changes(from, to).join(', ');
    const news = this.newsOf(observation);
    const parts = [
      this.paint('time', this.origin),
      this.time === 'none' ? '' : this.paint('time', `${this.timeText().padStart(WIDTH.time)} `),
      this.paint('place', placeName(observation.chart, observation).padEnd(WIDTH.place)),
      this.paint('chart', chart.padEnd(WIDTH.chart)),
      this.paint('event', (starts ? 'starts' : event.type).padEnd(WIDTH.event)),
      states.padEnd(WIDTH.states),
      emitted.length === 0 ? '' : this.paint('emitted', `⇒ ${emitted.map(({ type }) => type).join(' ')}`),
      error === undefined ? '' : this.paint('error', `failed: ${nameOf(error)}`),
      news === '' ? '' : this.paint('subject', `  ${news}`),
    ];
    return parts
      .filter((part) => part !== '')
      .join(' ')
      .trimEnd();
  }

  /** The head that has come, or what is new since the last line of the same actor: another place, another subject. */
  private newsOf(observation: Observation): string {
    const { actor, event } = observation;
    const { head } = event as { head?: { statusCode?: unknown; method?: unknown; url?: unknown } };
    if (head !== undefined) return subjectOf(head) || shown(head.statusCode);
    const place = placeName(observation.chart, observation);
    const before = this.places.get(actor) ?? place;
    this.places.set(actor, place);
    const subject = subjectIn(actor);
    const isNew = this.subjects.get(actor) !== subject;
    this.subjects.set(actor, subject);
    return [isNew ? subject : '', before === place ? '' : `(was ${before})`].filter((text) => text !== '').join(' ');
  }

  private timeText(): string {
    if (this.time === 'clock') return new Date(timeOfDay()).toISOString().slice(11, -1);
    return `${(now() - this.began).toFixed(1)} ms`;
  }

  private paint(part: Part, text: string): string {
    return this.hasColors && text !== '' ? `\x1b[${COLORS[part]}m${text}\x1b[0m` : text;
  }
}

/** Its host reads it from the message, whose members may be the program's own. */
function subjectIn(actor: object): string {
  try {
    return shown((actor as { subject?: unknown }).subject);
  } catch {
    return '';
  }
}

function nameOf(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  return shown(code ?? name ?? typeof error);
}

/** As text without control characters, and not too long. */
function shown(thing: unknown): string {
  const text = thing === undefined || thing === null ? '' : String(thing);
  const plain = text.slice(0, LONGEST).replace(/[^\x20-\x7e…\ufffd]/g, '\ufffd');
  return text.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
}
