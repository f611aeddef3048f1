/** A parser of recorded bytes. It is as lenient as it can be: what is HTTP was decided when they were recorded. */
import type { MessageHead } from '../events/wire.js';
import { BODY_MAY_FOLLOW, type Leniency, NO_BODY, Parser, UPGRADE } from '../io/llhttp.js';

export abstract class MessageReader {
  readonly kind: 'request' | 'response';
  readonly lenient: Leniency;
  readonly maxHeaderSize = 1 << 20;
  readonly maxHeadersCount = 0;
  readonly ignoresExcess = false;
  readonly lent = false;
  protected readonly parser: Parser;

  constructor(kind: 'request' | 'response', lenient: Leniency = true) {
    this.kind = kind;
    this.lenient = lenient;
    this.parser = Parser.acquire(this);
  }

  /** The method of the request whose final response comes next. */
  protected abstract nextMethod(): string | undefined;

  /** For the parser: whether a body follows. */
  decide(head: MessageHead): number {
    if (this.kind === 'request') return head.method === 'CONNECT' ? UPGRADE : BODY_MAY_FOLLOW;
    if (head.statusCode < 200 && head.statusCode !== 101) return BODY_MAY_FOLLOW;
    const method = this.nextMethod();
    if (head.statusCode === 101 || (method === 'CONNECT' && head.statusCode < 300)) return UPGRADE;
    return method === 'HEAD' ? NO_BODY : BODY_MAY_FOLLOW;
  }

  free(): void {
    this.parser.free();
  }
}
