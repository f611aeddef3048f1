/** What a peer reads: whole messages, the beginning of one, and what is wrong. It has a parser of its own. */
import { Buffer } from 'node:buffer';
import type { MessageHead, WireFact } from '../../events/wire.js';
import { BODY_MAY_FOLLOW, NO_BODY, Parser, UPGRADE } from '../../io/llhttp.js';

export interface ReadMessage {
  readonly head: MessageHead;
  bodyLength: number;
  /** All of it, if the reader keeps it. */
  body: Buffer[];
  isWhole: boolean;
}

/** More than a head has. */
const HUGE = 1 << 20;

/** Whether content follows a head. @param methodOf the method of the request of a final response, by its number */
export function decider(
  kind: 'request' | 'response',
  methodOf: (index: number, head: MessageHead) => string,
): (head: MessageHead) => number {
  let finals = 0;
  return (head) => {
    if (kind === 'request') return head.method === 'CONNECT' ? UPGRADE : BODY_MAY_FOLLOW;
    if (head.statusCode === 101) return UPGRADE;
    if (head.statusCode < 200) return BODY_MAY_FOLLOW;
    const method = methodOf(finals++, head);
    if (method === 'CONNECT' && head.statusCode < 300) return UPGRADE;
    return method === 'HEAD' ? NO_BODY : BODY_MAY_FOLLOW;
  };
}

export class PeerReader {
  readonly messages: ReadMessage[] = [];
  /** The number of whole messages: of requests, or of final responses. */
  whole = 0;
  /** The connection has left HTTP. */
  isUpgraded = false;
  error: string | undefined;
  private readonly parser: Parser;
  private readonly kind: 'request' | 'response';
  private readonly keepsBody: boolean;

  /**
   * @param methodOf the method of the request of a final response
   * @param keepsBody whether it keeps the bodies, for comparison
   */
  constructor(
    kind: 'request' | 'response',
    methodOf: (index: number) => string = () => 'GET',
    keepsBody = kind === 'request',
  ) {
    this.kind = kind;
    this.keepsBody = keepsBody;
    this.parser = Parser.acquire({
      kind,
      maxHeaderSize: HUGE,
      maxHeadersCount: 0,
      lenient: false,
      decide: decider(kind, methodOf),
    });
  }

  feed(bytes: Buffer): void {
    this.take(this.parser.feed(bytes));
  }

  /** The last message, if it is not whole. */
  get open(): ReadMessage | undefined {
    const last = this.messages.at(-1);
    return last === undefined || last.isWhole ? undefined : last;
  }

  /** The sender has sent FIN. Whether a message is cut shows in `open`. */
  finish(): void {
    const { error } = this;
    this.take(this.parser.finish());
    this.error = error;
  }

  free(): void {
    this.parser.free();
  }

  private take(facts: readonly WireFact[]): void {
    for (const fact of facts) {
      const last = this.messages.at(-1) as ReadMessage;
      switch (fact.type) {
        case 'wire.head':
          this.messages.push({ head: fact.head, bodyLength: 0, body: [], isWhole: false });
          break;
        case 'wire.body':
          last.bodyLength += fact.chunk.length;
          if (this.keepsBody) last.body.push(Buffer.from(fact.chunk));
          break;
        case 'wire.complete':
          this.complete(last);
          break;
        case 'wire.upgraded':
          if (!this.isUpgraded) this.complete(last);
          this.isUpgraded = true;
          break;
        case 'wire.malformed':
          this.error ??= fact.error.message;
          break;
      }
    }
  }

  private complete(message: ReadMessage): void {
    message.isWhole = true;
    const isInterim = this.kind === 'response' && message.head.statusCode < 200 && message.head.statusCode !== 101;
    if (!isInterim) this.whole++;
  }
}

/** The value of a field in a head. */
export function fieldOf({ rawHeaders }: MessageHead, name: string): string | undefined {
  const at = rawHeaders.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name);
  return at < 0 ? undefined : rawHeaders[at + 1];
}

/** The requests in the bytes of a script, as far as they are any. */
export function requestsIn(bytes: Buffer): readonly ReadMessage[] {
  const reader = new PeerReader('request');
  reader.feed(bytes);
  reader.free();
  return reader.messages;
}
