/** Reads what a server has sent as responses, to compare them. */
import type { MessageHead } from '../events/wire.js';
import { BODY_MAY_FOLLOW, NO_BODY, Parser, UPGRADE } from '../io/llhttp.js';

/** A response, or an interim one. */
export interface Response {
  readonly head: MessageHead;
  /** How many bytes of content it has. */
  readonly length: number;
  /** What is compared: the status, the fields without Date, and the length of the content. */
  readonly summary: string;
}

export class ResponseReader {
  readonly kind = 'response';
  readonly maxHeaderSize = 1 << 20;
  readonly maxHeadersCount = 0;
  readonly ignoresExcess = false;
  readonly lenient = true;
  readonly lent = false;
  private readonly methods: string[];
  private readonly parser: Parser;
  private head: MessageHead | undefined;
  private length = 0;

  /** @param methods of the requests */
  constructor(methods: readonly string[]) {
    this.methods = [...methods];
    this.parser = Parser.acquire(this);
  }

  decide(head: MessageHead): number {
    if (head.statusCode < 200 && head.statusCode !== 101) return BODY_MAY_FOLLOW;
    const method = this.methods.shift();
    if (head.statusCode === 101 || (method === 'CONNECT' && head.statusCode < 300)) return UPGRADE;
    return method === 'HEAD' ? NO_BODY : BODY_MAY_FOLLOW;
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

  free(): void {
    this.parser.free();
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
