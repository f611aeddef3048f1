/** What a peer reads, with llhttp: complete messages, the beginning of one, and errors. */
import type { MessageHead } from '../../src/events/wire.js';
import { Parser } from '../../src/io/llhttp.js';
import { decider } from '../../src/testing/faults/reader.js';

export interface Message {
  readonly head: MessageHead;
  body: Buffer;
  isWhole: boolean;
}

/** The method of the request of a response. */
export type MethodOf = (index: number, head: MessageHead) => string;

const HUGE = 1 << 20;

export class Reader {
  readonly messages: Message[] = [];
  /** The bytes after an upgrade. */
  rest: Buffer | undefined;
  error: Error | undefined;
  private readonly parser: Parser;

  constructor(kind: 'request' | 'response', methodOf: MethodOf = () => 'GET') {
    this.parser = Parser.acquire({
      kind,
      maxHeaderSize: HUGE,
      maxHeadersCount: 0,
      lenient: false,
      decide: decider(kind, methodOf),
    });
  }

  feed(bytes: Buffer): this {
    this.take(this.parser.feed(bytes));
    return this;
  }

  /** The sender has sent FIN. */
  finish(): this {
    const { error } = this;
    this.take(this.parser.finish());
    // `isWhole` shows whether a message ended too early.
    this.error = error;
    this.parser.free();
    return this;
  }

  private take(facts: ReturnType<Parser['feed']>): void {
    for (const fact of facts) {
      const last = this.messages.at(-1) as Message;
      if (fact.type === 'wire.head') this.messages.push({ head: fact.head, body: Buffer.alloc(0), isWhole: false });
      else if (fact.type === 'wire.body') last.body = Buffer.concat([last.body, fact.chunk]);
      else if (fact.type === 'wire.complete') last.isWhole = true;
      else if (fact.type === 'wire.malformed') this.error = fact.error;
      else if (fact.type === 'wire.upgraded') {
        last.isWhole = true;
        this.rest = fact.rest;
      }
    }
  }
}

/** @param isOver the sender has sent FIN after the bytes */
export function readAll(kind: 'request' | 'response', bytes: Buffer, isOver: boolean, methodOf?: MethodOf): Reader {
  const reader = new Reader(kind, methodOf).feed(bytes);
  return isOver ? reader.finish() : reader;
}

export function fieldOf({ head }: Message, name: string): string | undefined {
  const at = head.rawHeaders.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name);
  return at < 0 ? undefined : head.rawHeaders[at + 1];
}
