/**
 * Records a run: names every object, listens to it, and writes one line per event, in order. By itself it listens only to
 * events that a listener does not change; `['listen', …]` and `server.on` add others, and `deaf` excludes some.
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

  /** Names an object (the first `req` is `req1`), and listens to it. A known object keeps its name. */
  meet(kind: string, object: unknown): string {
    const known = this.#names.get(object);
    if (known !== undefined) return known;
    const number = this.count(`meet ${kind}`) + 1;
    this.#counts.set(`meet ${kind}`, number);
    const name = `${kind}${number}`;
    this.setName(name, object);
    if (!this.#deaf.has(kind)) {
      for (const event of this.#cast[kind]?.listened ?? []) {
        if (!this.#deaf.has(`${kind}.${event}`)) this.listen(object as EventEmitter, event);
      }
    }
    return name;
  }

  /** Gives an object a fixed name without listening to it. */
  setName(name: string, object: unknown): void {
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
      if (event === 'data') this.#logData(name, args[0] as string | Buffer);
      else this.logEvent(name, args);
    });
  }

  /** Logs an event with its arguments, and resumes what waited for it. */
  logEvent(name: string, args: readonly unknown[] = []): void {
    this.record(
      name,
      args.map((arg) => this.show(arg)),
    );
  }

  /** Logs an event with these words, and resumes what waited for it. */
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

  /** Logs which documented booleans of a message are true; of an agent, the sizes of its tables. */
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

  /** Calls `resume` inside the count-th occurrence of the event, or at once if that is past. */
  when(name: string, count: number, resume: () => void): void {
    if (this.count(name) >= count) resume();
    else this.#waiting.push({ name, count, resume });
  }

  /** Nothing is logged from here on. */
  close(): void {
    this.#flushData();
    this.#closed = true;
    this.#waiting.length = 0;
  }

  /** A value in readable form: objects by name, errors by code and message, bytes as text. */
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

  #logData(name: string, chunk: string | Buffer): void {
    if (this.#closed) return;
    if (this.#data?.name !== name || typeof this.#data.chunks[0] !== typeof chunk) {
      this.#flushData();
      this.#data = { name, chunks: [] };
    }
    this.#data.chunks.push(chunk);
    this.#happened(name);
  }

  /** Consecutive 'data' events are one line, as TCP may split a body anywhere. */
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
