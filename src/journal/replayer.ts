/**
 * The recorder of a replay. It stands for the world and the program: the real hosts, parser, writer and machines run, and whatever
 * they do is compared with the journal, frame by frame.
 *
 * Rule 1: an input of the journal is made where it stands: on the engine's door if it came there, otherwise by itself. Callbacks
 *         that the engine has deferred are inputs, too. So a replay needs no time, and nothing else of the process runs in it.
 * Rule 2: what is asked is taken from the journal.
 * Rule 3: the first difference is the verdict. What follows is not looked at.
 */
import type { EventLike } from '../engine/args.js';
import type { Stepper, Stepping } from '../engine/step.js';
import * as record from '../io/record.js';
import { isInput } from './assemble.js';
import { codeOf } from './ended.js';
import { kindOf, kinds } from './flags.js';
import type { Frame } from './frames.js';
import { type Frames, KEPT_EXCHANGES } from './frameWindow.js';
import * as v from './vocabulary.js';
import { hash, lengthOf } from './write.js';

/** Where a replay has left the journal. */
export interface Difference {
  /** The index of the frame among those of the connection. */
  readonly at: number;
  readonly expected: Frame | undefined;
  /** What has come in its place. */
  readonly got: string;
}

/** Makes inputs: what the replayer leaves to the puppets. */
export interface Stage {
  perform(frame: Frame): void;
  /** A connection begins. @returns whether it is that of the journal */
  opened(host: record.Recorded): void;
  /** A request has the connection. */
  attached(frame: Frame): void;
}

interface Deferred {
  readonly call: (subject: never) => void;
  readonly subject: unknown;
}

const ENGINE = true;
const PROGRAM = false;

/** A request that has no connection yet is the only one on its line. */
const placeOf = (line: number, exchange: number): string => `${line}/${line % 2 === 1 ? 0 : exchange}`;

export class Replayer implements record.Recorder, Stepper {
  readonly frames: Frames;
  at = 0;
  difference: Difference | undefined;
  /** The lines of the journal, by the numbers of this process. */
  private readonly lines = new Map<number, number>();
  /** By their lines and exchanges, and by the names of their machines. */
  private readonly actors = new Map<string, Record<string, Stepping>>();
  private readonly deferred = new Map<string, Deferred>();
  private readonly counts = new Map<number, number>();
  private readonly outer: [line: number, side: boolean][] = [];
  private line = 0;
  private side = PROGRAM;
  private taken = 0;
  private performing: number | undefined;
  private readonly stage: Stage;
  private readonly keeps: boolean;
  private readonly late: (line: number, exchange: number) => boolean;
  private readonly onFrame: ((at: number) => void) | undefined;

  /** @param keeps whether the journal has all bytes */
  constructor(
    frames: Frames,
    stage: (replayer: Replayer) => Stage,
    keeps: boolean,
    late: (line: number, exchange: number) => boolean,
    onFrame?: (at: number) => void,
  ) {
    this.frames = frames;
    this.onFrame = onFrame;
    this.keeps = keeps;
    this.late = late;
    this.stage = stage(this);
  }

  /**
   * Replays all frames.
   * @param isFull whether it pauses before the next one
   * @returns whether it has paused
   */
  run(isFull: () => boolean): boolean {
    for (let frame = this.next; frame !== undefined && this.difference === undefined; frame = this.next) {
      if (isFull()) return true;
      if (frame.kind === v.MARK && this.at > 0) this.at++;
      else if (isInput(frame) || frame.kind === v.MARK) this.perform(frame);
      else this.differ('nothing');
    }
    return false;
  }

  /** The frame that stands next. */
  get next(): Frame | undefined {
    return this.frames.at(this.at);
  }

  private get isOver(): boolean {
    return this.difference !== undefined || this.next === undefined;
  }

  differ(got: string): void {
    this.difference ??= { at: this.at, expected: this.next, got };
  }

  /** Who belongs to the line. */
  map(real: number, line: number): void {
    this.lines.set(real, line);
  }

  /** So many callbacks of the line were deferred before. */
  begin(line: number, deferred: number): void {
    this.counts.set(line, deferred);
  }

  private lineOf({ connection, exchange }: record.Place): number {
    const real = connection > 0 ? connection * 2 : exchange > 0 ? exchange * 2 + 1 : 0;
    return this.lines.get(real) ?? 0;
  }

  /** The host of an actor of the journal. */
  hostOf<T>(line: number, exchange: number, chart: number): T | undefined {
    return (this.actors.get(placeOf(line, exchange))?.[v.CHARTS[chart]!] as { host?: T } | undefined)?.host;
  }

  started(actor: Stepping): void {
    const line = this.lineOf(actor);
    if (line > 0) this.register(line, actor.exchange, actor);
  }

  register(line: number, exchange: number, actor: Stepping): void {
    const place = placeOf(line, exchange);
    const before = exchange - KEPT_EXCHANGES;
    if (before > 0 && !this.late(line, before)) this.actors.delete(placeOf(line, before));
    this.actors.set(place, { ...this.actors.get(place), [actor.id]: actor });
  }

  private perform(frame: Frame): void {
    this.onFrame?.(this.at);
    this.at++;
    const { length } = this.outer;
    try {
      this.stage.perform(frame);
    } catch {
      // The program got it, or the process.
    }
    this.outer.length = length;
    this.performing = undefined;
  }

  /** Does `act` on the engine's side. @param entry the number of the input that the engine will enter by itself */
  input(line: number, act: () => void, entry?: number): void {
    if (entry !== undefined) {
      this.performing = entry;
      act();
      return;
    }
    this.push(line, ENGINE);
    try {
      act();
    } finally {
      this.leave();
    }
  }

  /** Calls what the engine has deferred. */
  callDeferred(line: number, id: number): void {
    const key = `${line}:${id}`;
    const found = this.deferred.get(key);
    if (found === undefined) {
      this.at--;
      this.differ('no such callback was deferred');
      return;
    }
    this.deferred.delete(key);
    this.input(line, () => found.call(found.subject as never));
  }

  private push(line: number, side: boolean): void {
    this.outer.push([this.line, this.side]);
    this.line = line;
    this.side = side;
  }

  leave(): void {
    [this.line, this.side] = this.outer.pop() ?? [0, PROGRAM];
  }

  enter(place: record.Place, kind: number): boolean {
    const line = this.lineOf(place);
    if (this.performing === kind) {
      this.performing = undefined;
      this.push(line, ENGINE);
      return true;
    }
    if (this.side === ENGINE && line === this.line && kind !== record.LANDED) return false;
    const { next } = this;
    if (kind === record.LANDED && next?.kind === v.LANDED && this.side === ENGINE) this.at++;
    else if (line > 0 && !this.isOver) this.differ(`an input of its own, ${kind}`);
    this.push(line, ENGINE);
    return true;
  }

  /** Inputs that came while the engine was working are made before what it does next. */
  private settle(): void {
    while (!this.isOver && this.taken === 0) {
      const next = this.next!;
      if (next.kind === v.MARK && this.at > 0) this.at++;
      else if (next.isNested && isInput(next)) this.perform(next);
      else return;
    }
  }

  ask(found: boolean): boolean {
    if (this.side !== ENGINE || this.line === 0 || this.isOver) return found;
    this.settle();
    const { next } = this;
    if (next?.kind !== v.ASK || next.line !== this.line) {
      if (next !== undefined) this.differ('a question');
      return found;
    }
    const count = 31 - Math.clz32(next.value);
    const given = (next.value >> (count - 1 - this.taken)) & 1;
    this.taken++;
    if (this.taken >= count) {
      this.taken = 0;
      this.at++;
    }
    return given === 1;
  }

  /** The next frame, if it is of that kind and line. */
  private match(kind: number, line: number, got: () => string): Frame | undefined {
    if (this.isOver) return undefined;
    this.settle();
    const { next } = this;
    if (next === undefined) return undefined;
    if (next.kind === kind && next.line === line && this.taken === 0) {
      this.onFrame?.(this.at + 1);
      return next;
    }
    this.differ(got());
    return undefined;
  }

  step<TEvent extends EventLike>(actor: Stepping, event: TEvent): TEvent {
    const line = this.lineOf(actor);
    const kind = kindOf(event.type);
    if (line === 0 || kind === undefined || this.isOver) return event;
    const packed = kind.pack(event);
    const text = () => `${actor.id} ${event.type} ${kind.describe(packed)}`.trimEnd();
    const frame = this.match(v.STEP, line, text);
    if (frame === undefined) return event;
    const isSame =
      v.CHARTS[frame.chart] === actor.id &&
      frame.code === kind.code &&
      (line % 2 === 1 || frame.exchange === actor.exchange) &&
      kind.follows(packed, frame.value);
    if (!isSame) {
      this.differ(text());
      return event;
    }
    this.at++;
    return packed === frame.value ? event : kinds[frame.code]!.withGiven(event, frame.value);
  }

  door<T, R>(kind: number, detail: unknown, call: (on: T) => R, on: T): R {
    if (this.side !== ENGINE || this.line === 0 || this.isOver)
      return this.side === ENGINE && this.line > 0 ? (true as R) : call(on);
    const { line } = this;
    const code = typeof detail === 'string' ? (v.CALLED_FOR as readonly string[]).indexOf(detail) + 1 : 0;
    const isChunk = kind === record.STREAM && typeof detail === 'object';
    const length = isChunk ? (detail as Uint8Array).length : 0;
    const sum = isChunk && this.keeps ? hash(detail as Uint8Array, 'raw') : 0;
    const text = () => (isChunk ? `a push of ${length} bytes` : `a call of the program: ${detail ?? 'a callback'}`);
    const frame = this.match(v.DOOR, line, text);
    if (frame === undefined) return true as R;
    if (frame.value !== kind || frame.code !== code || frame.length !== length || (this.keeps && frame.hash !== sum)) {
      this.differ(text());
      return true as R;
    }
    this.at++;
    this.push(line, PROGRAM);
    let result = 1;
    while (!this.isOver) {
      const next = this.next!;
      if (next.kind === v.RETURN) {
        this.at++;
        result = next.value;
        break;
      }
      if (next.kind === v.MARK) this.at++;
      else if (isInput(next)) this.perform(next);
      else this.differ('nothing, while the program was called');
    }
    this.leave();
    if (result === 2) throw new Error('as the program did');
    return (result === 1) as R;
  }

  wrote(place: record.Place, data: string | Uint8Array, encoding: string, accepted: boolean): boolean {
    const line = this.lineOf(place);
    if (line === 0 || this.isOver) return accepted;
    const length = lengthOf(data, encoding);
    const text = () => `a write of ${length} bytes`;
    const frame = this.match(v.WROTE, line, text);
    if (frame === undefined) return accepted;
    const isText = typeof data === 'string' ? 2 : 0;
    const sum = this.keeps ? hash(data, 'raw') : 0;
    if (frame.length !== length || (frame.value & 2) !== isText || (this.keeps && frame.hash !== sum)) {
      this.differ(frame.length === length ? 'a write of other bytes' : text());
      return accepted;
    }
    this.at++;
    return (frame.value & 1) === 1;
  }

  date(text: string): string {
    if (this.side !== ENGINE || this.line === 0) return text;
    const frame = this.match(v.DATE, this.line, () => 'the time of day');
    if (frame === undefined) return text;
    this.at++;
    return frame.text;
  }

  content(): void {}

  left(): void {}

  defer<T>(
    post: (call: (subject: never) => void, subject: unknown) => void,
    call: (subject: T) => void,
    subject: T,
  ): void {
    const { line } = this;
    if (this.side !== ENGINE || line === 0) {
      post(call as (subject: never) => void, subject);
      return;
    }
    const id = (this.counts.get(line) ?? 0) + 1;
    this.counts.set(line, id);
    this.deferred.set(`${line}:${id}`, { call: call as (subject: never) => void, subject });
  }

  postpone(post: (call: () => void) => void, call: () => void): void {
    this.defer(
      (fired, entry) => post(() => fired(entry as never)),
      (it: () => void) => it(),
      call,
    );
  }

  open(host: record.Recorded): void {
    this.stage.opened(host);
  }

  /** A request is made by the stage alone. */
  made(): void {}

  attach(_connection: number, _number: number, place: record.Place): void {
    const line = this.lineOf(place);
    if (line === 0 || this.isOver) return;
    const frame = this.match(v.POOL, line, () => 'a socket for a request');
    if (frame === undefined) return;
    const before = frame.value * 2 + 1;
    const key = frame.value > 0 ? placeOf(before, 0) : placeOf(frame.bits * 2, frame.code);
    const actor = this.actors.get(key)?.['request'];
    if (actor !== undefined) this.register(line, place.exchange, actor);
    if (frame.value > 0) this.actors.delete(key);
    if (frame.exchange !== place.exchange) this.differ('another exchange');
    this.stage.attached(frame);
    this.at++;
    if (frame.value > 0 && this.line === before) this.line = line;
  }

  ended(place: record.Place, verdict: number): void {
    const line = this.lineOf(place);
    if (line === 0 || this.isOver) return;
    const frame = this.match(v.END, line, () => `the end of an exchange, ${codeOf(verdict)}`);
    if (frame !== undefined) this.at++;
  }
}
