/** Reads what a server has sent as responses, to compare them. */
import type { MessageHead } from '../events/wire.js';
import type { Parser } from '../io/llhttp.js';
import { MessageReader } from './MessageReader.js';

/** A response, or an interim one. */
export interface Response {
  readonly head: MessageHead;
  /** How many bytes of content it has. */
  readonly length: number;
  /** What is compared: the status, the fields without Date, and the length of the content. */
  readonly summary: string;
}

export class ResponseReader extends MessageReader {
  private readonly methods: string[];
  private head: MessageHead | undefined;
  private length = 0;

  /** @param methods of the requests */
  constructor(methods: readonly string[]) {
    super('response');
    this.methods = [...methods];
  }

  protected override nextMethod(): string | undefined {
    return this.methods.shift();
  }

  /** @returns those that are whole now */
  feed(bytes: Buffer): Response[] {
    return this.read(this.parser.feed(bytes));
  }

  finish(): Response[] {
    return this.read(this.parser.finish());
  }

  private read(facts: ReturnType<Parser['feed']>): Response[] {
    const found: Response[] = [];
    for (const fact of facts) {
      if (fact.type === 'wire.head') {
        this.head = fact.head;
        this.length = 0;
      } else if (fact.type === 'wire.body') this.length += fact.chunk.length;
      else if (fact.type === 'wire.complete' && this.head !== undefined) {
        found.push({ head: this.head, length: this.length, summary: summaryOf(this.head, this.length) });
        this.head = undefined;
      }
    }
    return found;
  }
}

function summaryOf({ statusCode, statusMessage, rawHeaders }: MessageHead, length: number): string {
  const fields: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (name !== 'date') fields.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  return `${statusCode} ${statusMessage}; ${fields.join('; ')}; ${length} bytes`;
}
