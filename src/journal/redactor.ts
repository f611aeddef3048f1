/**
 * Takes secrets out of frames before they leave the process.
 *
 * Rule 1: it fails closed. What no parser has taken as a head, the framing of chunks or trailers is a hole or a mask.
 * Rule 2: content is a hole: its length is all that is kept.
 * Rule 3: hashes of what was sent go, too: a short secret could be found by trying.
 */
import { leniencyOf } from '../api/process/strictness.js';
import type { MessageHead } from '../events/wire.js';
import { UPGRADE } from '../io/llhttp.js';
import { chunkOf, isLate, leavesHttp, lengthOfHttp } from './assemble.js';
import type { EndedFrame, Frame, Payload, Piece } from './frames.js';
import { MessageReader } from './MessageReader.js';
import { LineMasker, maskCode, maskPath, maskText, type Policy } from './mask.js';
import type { Opening } from './opening.js';
import * as v from './vocabulary.js';

const EMPTY: Piece = { length: 0, bytes: Buffer.alloc(0) };

/** What is known of a line. */
class Side extends MessageReader {
  readonly masker: LineMasker;
  readonly methods: string[] = [];
  private isClosed = false;
  /** The chunk was read later, and nobody knows where it has left HTTP. */
  private isLate = false;
  /** Something is missing: until its next mark, nobody knows what its bytes are. */
  isLost = false;

  constructor(policy: Policy, { role, settings }: Opening) {
    // What the server has not taken for HTTP is none. How a client reads is said by each of its requests.
    super(role === 'client' ? 'response' : 'request', role === 'client' || leniencyOf(settings));
    this.masker = new LineMasker(policy);
  }

  protected override nextMethod(): string | undefined {
    return this.methods.shift();
  }

  override decide(head: MessageHead): number {
    return this.isLate && head.upgrade && this.kind === 'request' ? UPGRADE : super.decide(head);
  }

  /** @returns the parts of content, and how many bytes were taken for HTTP */
  read(chunk: Buffer, frame: Frame): { readonly content: readonly number[]; readonly taken: number } {
    const content: number[] = [];
    if (this.isClosed) return { content, taken: 0 };
    const length = lengthOfHttp(frame);
    let taken = length;
    this.isLate = isLate(frame);
    this.isClosed = leavesHttp(frame);
    for (const fact of this.parser.feed(chunk.subarray(0, length))) {
      if (fact.type === 'wire.body') content.push(fact.chunk.byteOffset - chunk.byteOffset, fact.chunk.length);
      else if (fact.type === 'wire.upgraded') taken = length - fact.rest.length;
      else if (fact.type === 'wire.malformed') taken = Math.min(length, fact.error.bytesParsed);
      if (fact.type === 'wire.malformed' || fact.type === 'wire.upgraded') this.isClosed = true;
    }
    return { content, taken };
  }

  lose(): void {
    this.isLost = true;
    this.isClosed = true;
  }
}

export class Redactor {
  private readonly policy: Policy;
  private readonly sides = new Map<number, Side>();
  private readonly methods = new Map<number, string>();

  constructor(policy: Policy) {
    this.policy = policy;
  }

  /** @param frame a joined frame */
  redact(frame: Frame): Frame {
    switch (frame.kind) {
      case v.OPEN:
        this.begin(frame.line, JSON.parse(frame.text) as Opening);
        return frame;
      case v.MARK:
        if (this.sides.get(frame.line)?.isLost !== false)
          this.begin(frame.line, (JSON.parse(frame.text) as { open: Opening }).open);
        return frame;
      case v.MADE: {
        const { method } = JSON.parse(frame.text) as { method?: string };
        this.methods.set(frame.line, String(method ?? 'GET').toUpperCase());
        return frame;
      }
      case v.POOL: {
        const request = frame.value * 2 + 1;
        this.sides.get(frame.line)?.methods.push(this.methods.get(request) ?? 'GET');
        this.methods.delete(request);
        return frame;
      }
      case v.GAP:
        this.sides.get(frame.line)?.lose();
        return frame;
      case v.IN:
        return this.chunk(frame);
      case v.FACT:
        if (v.FACTS[frame.code] === 'net.closed') this.end(frame.line);
        return this.code({ ...frame, more: maskCode(frame.text, this.policy) });
      case v.OFFER:
        return this.code(frame);
      case v.CALL:
        return this.call(frame);
      case v.DOOR:
      case v.WROTE:
        return { ...frame, hash: 0 };
      case v.END:
        return { ...frame, ended: frame.ended && this.ending(frame.ended) };
      default:
        return frame;
    }
  }

  /** Frees what it holds. */
  close(): void {
    for (const line of [...this.sides.keys()]) this.end(line);
  }

  private begin(line: number, opening: Opening): void {
    this.end(line);
    this.sides.set(line, new Side(this.policy, opening));
  }

  private end(line: number): void {
    this.sides.get(line)?.free();
    this.sides.delete(line);
  }

  private chunk(frame: Frame): Frame {
    const side = this.sides.get(frame.line);
    const chunk = Buffer.from(chunkOf(frame));
    const http = lengthOfHttp(frame);
    const { content, taken } = side?.read(chunk, frame) ?? { content: [], taken: 0 };
    const pieces: Piece[] = [];
    const keep = (from: number, to: number): void => {
      if (to <= from) return;
      const bytes = chunk.subarray(from, to);
      side?.masker.feed(bytes);
      pieces.push({ length: bytes.length, bytes });
    };
    let at = 0;
    for (let i = 0; i < content.length; i += 2) {
      keep(at, content[i]!);
      pieces.push({ length: content[i + 1]!, bytes: undefined });
      at = content[i]! + content[i + 1]!;
    }
    keep(at, taken);
    if (taken < http) {
      const rest = chunk.subarray(Math.max(at, taken), http);
      this.policy.mask(rest, 0, rest.length);
      pieces.push({ length: rest.length, bytes: rest });
    }
    if (leavesHttp(frame)) pieces.push(EMPTY);
    if (http < chunk.length) pieces.push({ length: chunk.length - http, bytes: undefined });
    return { ...frame, pieces };
  }

  private call(frame: Frame): Frame {
    const { payload } = frame;
    switch (v.CALLS[frame.code]) {
      case 'user.head':
      case 'user.inform':
        return { ...frame, payload: payload && this.text(payload) };
      case 'user.write':
      case 'user.end':
        return {
          ...frame,
          text: maskText(frame.text, this.policy),
          payload: payload && { ...payload, bytes: undefined },
        };
      default:
        return this.code(frame);
    }
  }

  /** A frame whose text is the code of an error. */
  private code(frame: Frame): Frame {
    return { ...frame, text: maskCode(frame.text, this.policy) };
  }

  private text(payload: Payload): Payload {
    if (payload.bytes === undefined) return payload;
    const bytes = Buffer.from(payload.bytes);
    new LineMasker(this.policy).feed(bytes);
    return { ...payload, bytes };
  }

  /** `GET /path`. */
  private subject(what: string): string {
    const space = what.indexOf(' ');
    return space === -1 ? what : what.slice(0, space + 1) + maskPath(what.slice(space + 1), this.policy);
  }

  private ending(ended: EndedFrame): EndedFrame {
    const { path, what } = ended;
    return { ...ended, path: path === undefined ? undefined : maskPath(path, this.policy), what: this.subject(what) };
  }
}
