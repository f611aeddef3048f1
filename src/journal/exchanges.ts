/** The messages of a connection, read from its bytes. */
import type { MessageHead } from '../events/wire.js';
import type { Parser } from '../io/llhttp.js';
import type { Frame } from './frames.js';
import type { Ended } from './line.js';
import { MessageReader } from './MessageReader.js';
import type { RecordedConnection } from './reader.js';
import type { Made } from './reading.js';
import { timelineOf } from './timeline.js';
import * as v from './vocabulary.js';

/** A message. Times are in ms since the connection began. */
export interface Message {
  readonly head: MessageHead;
  readonly begun: number;
  /** Undefined if it was cut. */
  ended: number | undefined;
  /** Undefined if it was not kept. */
  body: Buffer | undefined;
  length: number;
}

/** A request, and its final response if there was one. */
export interface Exchange {
  readonly request: Message;
  response: Message | undefined;
  ending: Ended | undefined;
  /** `s12.3`, `c7.1`. */
  readonly id: string;
  /** Of a client: the exchange of a server that has asked it, if that was noted. */
  readonly asker: string | undefined;
}

/** A larger body isn't kept: as text, the longest that there can be would hold a few of them. */
const LARGEST_BODY = 64 << 20;

class Reader extends MessageReader {
  readonly messages: Message[] = [];
  private readonly requests: readonly Message[];
  private finals = 0;
  private parts: Buffer[] = [];
  private hasHoles = false;
  private isOpen = false;

  constructor(kind: 'request' | 'response', requests: readonly Message[]) {
    super(kind);
    this.requests = requests;
  }

  protected override nextMethod(): string | undefined {
    return this.requests[this.finals++]?.head.method;
  }

  feed(bytes: Buffer, hasHoles: boolean, at: number): void {
    this.hasHoles ||= hasHoles;
    this.read(this.parser.feed(bytes), at);
  }

  finish(at: number): void {
    this.read(this.parser.finish(), at);
    this.free();
  }

  private read(facts: ReturnType<Parser['feed']>, at: number): void {
    for (const fact of facts) {
      const last = this.messages.at(-1);
      if (fact.type === 'wire.head') {
        this.messages.push({ head: fact.head, begun: at, ended: undefined, body: undefined, length: 0 });
        this.parts = [];
        this.isOpen = true;
      } else if (fact.type === 'wire.body' && last !== undefined) {
        last.length += fact.chunk.length;
        if (last.length > LARGEST_BODY) {
          this.parts = [];
          this.hasHoles = true;
        } else this.parts.push(fact.chunk);
      } else if (fact.type === 'wire.complete' && last !== undefined && this.isOpen) {
        last.ended = at;
        last.body = this.hasHoles ? undefined : Buffer.concat(this.parts);
        this.isOpen = false;
        this.hasHoles = false;
      }
    }
  }
}

/** @throws STATEWIRE_JOURNAL_INCOMPLETE */
export async function exchangesOf(connection: RecordedConnection): Promise<Exchange[]> {
  const { moments, frames, all } = await timelineOf(connection);
  const requests = new Reader('request', []);
  const responses = new Reader('response', requests.messages);
  const [incoming, outgoing] = connection.role === 'server' ? [requests, responses] : [responses, requests];
  let last = 0;
  for (const { what, bytes, http, hasHoles, at } of moments) {
    last = at / 1000;
    if (bytes === undefined) continue;
    const reader = what === 'in' ? incoming : outgoing;
    reader.feed(bytes.subarray(0, http), hasHoles === true || !connection.hasContent, last);
  }
  for (const reader of [incoming, outgoing]) reader.finish(last);
  const finals = responses.messages.filter(({ head }) => head.statusCode >= 200 || head.statusCode === 101);
  const numbers = numbersOf(connection, frames);
  const endings = new Map(connection.exchanges.map((ended) => [ended.id, ended]));
  const askers = askersOf(all);
  return requests.messages.map((request, at) => {
    const number = numbers(at);
    const id = `${connection.id}.${number}`;
    return {
      request,
      response: finals[at],
      ending: endings.get(id),
      id,
      asker: askers.get(`${connection.line}.${number}`),
    };
  });
}

/** By the lines of connections and the numbers of exchanges. */
function askersOf(frames: readonly Frame[]): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const { kind, line, text, value, exchange, bits, code } of frames) {
    if (kind === v.MADE) found.set(`${line}`, (JSON.parse(text) as Made).asker);
    else if (kind === v.POOL) {
      const before = value > 0 ? `${value * 2 + 1}` : `${bits * 2}.${code}`;
      found.set(`${line}.${exchange}`, found.get(before));
    }
  }
  return found;
}

/** The numbers of the exchanges, in the order of their requests. Those before the mark with which the frames begin are not among them. */
function numbersOf({ role }: RecordedConnection, frames: readonly Frame[]): (at: number) => number {
  const [first] = frames;
  const before =
    first?.kind === v.MARK ? (JSON.parse(first.text) as { state: { requests: number } }).state.requests : 0;
  const attached = frames.filter(({ kind }) => kind === v.POOL).map(({ exchange }) => exchange);
  return (at) => (role === 'client' ? attached[at] : undefined) ?? before + at + 1;
}
