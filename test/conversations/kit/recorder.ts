/**
 * The one witness of a run: gives every object its name, listens, and writes the lines in the order in which things
 * happen. It listens only to events that are the same with and without a listener; the rest is asked for by
 * `['listen', …]` or by `server.on`, and `deaf` takes away what a conversation wants unlistened.
 */
import { EventEmitter } from 'node:events';
import type { Cast } from './cast.js';
import { quote, shorten } from './log.js';

export class Recorder {
  readonly lines: string[] = [];
  readonly #cast: Cast;
  readonly #deaf: ReadonlySet<string>;
  readonly #names = new Map<unknown, string>();
  readonly #objects = new Map<string, unknown>();
  readonly #counts = new Map<string, number>();
  readonly #waiting: { name: string; count: number; resume: () => void }[] = [];
  #data: { name: string; chunks: (string | Buffer)[] } | null = null;
  #closed = false;

  constructor(cast: Cast, deaf: readonly string[] = []) {
    this.#cast = cast;
    this.#deaf = new Set(deaf);
  }

  /** Names an object, `req` becoming `req1`, and begins to listen to it. Known objects keep their name. */
  meet(kind: string, object: unknown): string {
    const known = this.#names.get(object);
    if (known !== undefined) return known;
    const number = this.count(`meet ${kind}`) + 1;
    this.#counts.set(`meet ${kind}`, number);
    const name = `${kind}${number}`;
    this.introduce(name, object);
    if (!this.#deaf.has(kind)) {
      for (const event of this.#cast[kind]?.heard ?? []) {
        if (!this.#deaf.has(`${kind}.${event}`)) this.listen(object as EventEmitter, event);
      }
    }
    return name;
  }

  /** Gives an object a fixed name without listening to it. */
  introduce(name: string, object: unknown): void {
    this.#names.set(object, name);
    this.#objects.set(name, object);
  }

  object(name: string): unknown {
    return this.#objects.get(name);
  }

  nameOf(object: unknown): string {
    return this.#names.get(object) ?? 'something';
  }

  listen(object: EventEmitter, event: string): void {
    const name = `${this.nameOf(object)}.${event}`;
    object.on(event, (...args: unknown[]) => {
      if (event === 'data') this.#hearData(name, args[0] as string | Buffer);
      else this.hear(name, args);
    });
  }

  /** Logs an event with its arguments and resumes those who waited for it. */
  hear(name: string, args: readonly unknown[] = []): void {
    this.record(
      name,
      args.map((arg) => this.show(arg)),
    );
  }

  /** Logs an event in the words given and resumes those who waited for it. */
  record(name: string, words: readonly string[]): void {
    if (!this.#deaf.has(name)) this.note([name, ...words].join(' '));
    this.#happened(name);
  }

  /** Adds a line as it is. */
  note(line: string): void {
    if (this.#closed) return;
    this.#flushData();
    this.lines.push(line);
  }

  /** Which of the documented booleans of a message are true now; of an agent, how much its tables hold. */
  look(object: unknown): void {
    const name = this.nameOf(object);
    const { booleans = [], tables = [] } = this.#cast[name.replace(/\d+$/, '')] ?? {};
    const bag = object as Record<string, unknown>;
    const held = [
      ...booleans.filter((key) => Boolean(bag[key])),
      ...tables.map((key) => `${key} ${Object.values(bag[key] as object).flat().length}`),
    ];
    this.note(`${name} is ${held.length > 0 ? held.join(', ') : 'nothing'}`);
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Calls `resume` inside the count-th occurrence of the event, at once when that is past. */
  when(name: string, count: number, resume: () => void): void {
    if (this.count(name) >= count) resume();
    else this.#waiting.push({ name, count, resume });
  }

  /** From here on nothing is written any more. */
  close(): void {
    this.#flushData();
    this.#closed = true;
    this.#waiting.length = 0;
  }

  /** A value as a reader would write it: objects by name, errors by code and message, bytes as text. */
  show(value: unknown): string {
    if (this.#names.has(value)) return this.nameOf(value);
    if (typeof value === 'string') return quote(value);
    if (value instanceof Uint8Array) return `bytes ${quote(Buffer.from(value).toString('latin1'))}`;
    if (value instanceof Error) return showError(value);
    if (value instanceof Map) return `Map ${JSON.stringify([...value])}`;
    if (value instanceof EventEmitter) return value.constructor.name;
    if (typeof value === 'object' && value !== null) return showObject(value);
    return typeof value === 'function' ? 'function' : String(value);
  }

  #hearData(name: string, chunk: string | Buffer): void {
    if (this.#closed) return;
    if (this.#data?.name !== name || typeof this.#data.chunks[0] !== typeof chunk) {
      this.#flushData();
      this.#data = { name, chunks: [] };
    }
    this.#data.chunks.push(chunk);
    this.#happened(name);
  }

  /** Neighbouring 'data' events are one line, since how TCP cut them is nobody's promise. */
  #flushData(): void {
    const data = this.#data;
    if (data === null) return;
    this.#data = null;
    const whole = typeof data.chunks[0] === 'string' ? data.chunks.join('') : Buffer.concat(data.chunks as Buffer[]);
    this.lines.push(`${data.name} ${this.show(whole)}`);
  }

  #happened(name: string): void {
    const count = this.count(name) + 1;
    this.#counts.set(name, count);
    const due = this.#waiting.filter((waiter) => waiter.name === name && waiter.count <= count);
    for (const waiter of due) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.resume();
    }
  }
}

function showError(error: Error & { code?: string; bytesParsed?: number; rawPacket?: Buffer }): string {
  const words = [error.name, ...(error.code === undefined ? [] : [error.code]), quote(error.message)];
  if (error.bytesParsed !== undefined) words.push(`bytesParsed=${error.bytesParsed}`);
  if (error.rawPacket !== undefined) words.push(`rawPacket=${error.rawPacket.length}`);
  if (error.cause !== undefined) words.push(`cause=${error.cause}`);
  return words.join(' ');
}

function showObject(value: object): string {
  const prototype = Object.getPrototypeOf(value) === null ? 'null-prototype ' : '';
  return prototype + shorten(JSON.stringify(value), String);
}
