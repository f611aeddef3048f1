/**
 * Methods that node:http calls on an incoming message, and that programs therefore replace, on the class or in a subclass. Where
 * ours are not called, because that is faster, a replacement is.
 */
import type { DistinctHeaders, Headers } from '../../rules/combine.js';

interface Replaceable {
  _read(size: number): void;
  _dump(): void;
  _destroy(error: Error | null, done: (error?: Error | null) => void): void;
  destroy(error?: Error): unknown;
  _addHeaderLines(lines: readonly string[], count: number): void;
  _addHeaderLine(name: string, value: string, into: Headers): void;
  _addHeaderLineDistinct(name: string, value: string, into: DistinctHeaders): void;
}

/** Ours: a message whose method is another one has a replacement. */
export let ours: Replaceable;

/** Called when the class is made. */
export function setMethods(prototype: Replaceable): void {
  const { _read, _dump, _destroy, destroy, _addHeaderLines, _addHeaderLine, _addHeaderLineDistinct } = prototype;
  ours = { _read, _dump, _destroy, destroy, _addHeaderLines, _addHeaderLine, _addHeaderLineDistinct };
}

/** Whether a replacement would notice that the message ends. */
export function watchesEnd({ _dump, _destroy, destroy }: Partial<Replaceable>): boolean {
  return _dump !== ours._dump || _destroy !== ours._destroy || destroy !== ours.destroy;
}

/** Calls `add` for each field of alternating names and values. @returns `into` */
export function addEach<T>(
  message: object,
  add: (this: object, name: string, value: string, into: T) => void,
  lines: readonly string[],
  into: T,
): T {
  for (let i = 0; i < lines.length; i += 2) add.call(message, lines[i]!, lines[i + 1]!, into);
  return into;
}

interface Pushed {
  readonly readableFlowing: boolean | null;
  readonly readableHighWaterMark: number;
  push(chunk: Uint8Array): boolean;
  _read(size: number): void;
}

/** Gives a chunk to the reader of a message. @returns whether it takes more */
export function pushTo(message: Pushed, chunk: Uint8Array): boolean {
  const goesOn = message.push(chunk);
  // A stream that flows has no need to ask.
  if (message.readableFlowing && message._read !== ours._read) message._read(message.readableHighWaterMark);
  return goesOn;
}
