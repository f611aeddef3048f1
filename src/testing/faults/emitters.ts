/** Which emitters the program has added listeners to in a run, and how many they have. */
import { EventEmitter } from 'node:events';
import { IncomingMessage } from '../../api/message/IncomingMessage.js';
import { OutgoingMessage } from '../../api/message/OutgoingMessage.js';
import { isInMemory } from '../MemorySocket.js';

const METHODS = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const;

export class Emitters {
  /** The number of their listeners when they were first touched. */
  private readonly first = new Map<EventEmitter, ReadonlyMap<string | symbol, number>>();
  /** Those that were touched before. */
  private known: ReadonlySet<EventEmitter> = new Set();
  private readonly undo: () => void;

  /** @param isInside whether the program is running */
  constructor(isInside: () => boolean) {
    const note = (emitter: EventEmitter): void => {
      if (!this.first.has(emitter) && !endsWithExchange(emitter) && isInside())
        this.first.set(emitter, countsOf(emitter));
    };
    const prototype = EventEmitter.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const before = METHODS.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const);
    for (const [name, property] of before) {
      const own = property.value as (...args: unknown[]) => unknown;
      const noting = function (this: EventEmitter, ...args: unknown[]): unknown {
        note(this);
        return own.apply(this, args);
      };
      Object.defineProperty(prototype, name, { ...property, value: noting });
    }
    this.undo = () => {
      for (const [name, property] of before) Object.defineProperty(prototype, name, property);
    };
  }

  end(): void {
    this.undo();
  }

  /** Their present numbers of listeners count as the first ones. */
  mark(): void {
    this.known = new Set(this.first.keys());
    for (const emitter of this.first.keys()) this.first.set(emitter, countsOf(emitter));
  }

  /**
   * Those that have more listeners than at first, in words.
   * @param isShared only those that were touched before `mark()`: others may belong to one exchange
   */
  grown(isShared: boolean): readonly string[] {
    const found: string[] = [];
    for (const [emitter, before] of this.first) {
      if ((isShared && !this.known.has(emitter)) || (emitter as { destroyed?: unknown }).destroyed === true) continue;
      for (const [event, count] of countsOf(emitter)) {
        const more = count - (before.get(event) ?? 0);
        if (more > 0) found.push(`${emitter.constructor?.name ?? 'emitter'} '${String(event)}'`);
      }
    }
    return found.sort();
  }
}

/** Messages, and sockets of the test: those of a kept connection are counted elsewhere. */
const endsWithExchange = (emitter: EventEmitter): boolean =>
  emitter instanceof IncomingMessage || emitter instanceof OutgoingMessage || isInMemory(emitter);

export function countsOf(emitter: EventEmitter): ReadonlyMap<string | symbol, number> {
  return new Map(emitter.eventNames().map((event) => [event, emitter.listenerCount(event)]));
}
