/** The messages of a connection, read from its bytes. */
import type { MessageHead } from '../events/wire.js';
import type { Parser } from '../io/llhttp.js';
import { kindOf } from './flags.js';
import type { Frame } from './frames.js';
import type { Ended } from './line.js';
import { MessageReader } from './MessageReader.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import type { Made } from './reading.js';
import { momentsOf } from './timeline.js';
import * as v from './vocabulary.js';

/** A message. Times are in ms since the connection began. */
export interface Message {
  readonly head: MessageHead;
  readonly begun: number;
  /** Undefined if it was cut. */
  ended: number | undefined;
  /** In parts. Undefined if it was not kept. */
  body: readonly Buffer[] | undefined;
  length: number;
}

/** A request, and its final response if there was one. */
export interface Exchange {
  readonly request: Message;
  readonly response: Message | undefined;
  readonly ending: Ended | undefined;
  /** `s12.3`, `c7.1`. */
  readonly id: string;
  /** Of a client: the exchange of a server that has asked it, if that was noted. */
  readonly asker: string | undefined;
}

class Reader extends MessageReader {
  /** Requests, or final responses, of which no exchange was made yet. */
  readonly messages: Message[] = [];
  /** Of requests whose final responses have not begun. */
  readonly methods: string[] = [];
  private readonly most: number;
  private last: Message | undefined;
  private parts: Buffer[] = [];
  private hasHoles = false;

  constructor(kind: 'request' | 'response', most: number) {
    super(kind);
    this.most = most;
  }

  protected override nextMethod(): string | undefined {
    return this.methods.shift();
  }

  feed(bytes: Buffer, hasHoles: boolean, at: number): void {
    this.hasHoles ||= hasHoles;
    this.read(this.parser.feed(bytes), at);
  }

  finish(at: number): void {
    this.read(this.parser.finish(), at);
  }

  private read(facts: ReturnType<Parser['feed']>, at: number): void {
    for (const fact of facts) {
      const { last } = this;
      if (fact.type === 'wire.head') {
        const { head } = fact;
        this.last = { head, begun: at, ended: undefined, body: undefined, length: 0 };
        this.parts = [];
        if (this.kind === 'request' || head.statusCode >= 200 || head.statusCode === 101) this.messages.push(this.last);
      } else if (last === undefined) continue;
      else if (fact.type === 'wire.body') {
        last.length += fact.chunk.length;
        this.hasHoles ||= last.length > this.most;
        if (this.hasHoles) this.parts = [];
        // A part of a chunk would keep all of it in memory.
        else this.parts.push(Buffer.from(fact.chunk));
      } else if (fact.type === 'wire.complete') {
        last.ended = at;
        last.body = this.hasHoles ? undefined : this.parts;
        this.last = undefined;
        this.hasHoles = false;
      }
    }
  }
}

const HEAD = kindOf('wire.head')!;

/**
 * The exchanges of a connection in the order of their requests, each as soon as it is over.
 * @param most a larger body is not kept
 * @throws STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function* exchangesOf(connection: RecordedConnection, most = 0): AsyncGenerator<Exchange, void> {
  validateConnection(connection);
  const { line, role, id: name, hasContent } = connection;
  const isServer = role === 'server';
  const requests = new Reader('request', most);
  const responses = new Reader('response', most);
  const [incoming, outgoing] = isServer ? [requests, responses] : [responses, requests];
  const endings = new Map(connection.exchanges.map((ended) => [ended.id, ended]));
  const numbers: number[] = [];
  const askers = new Map<string, string | undefined>();
  /** The number of the last exchange before the first frame. */
  let before: number | undefined;
  /** How many requests the server has taken for such: not what looks like one after a change of the protocol. */
  let taken = 0;
  /** Which of them has left HTTP: what follows its head is no body. */
  let leaving = 0;
  const note = ({ kind, line: of, text, value, exchange, bits, code, chart }: Frame, isOwn: boolean): void => {
    if (isOwn) before ??= kind === v.MARK ? (JSON.parse(text) as { state: { requests: number } }).state.requests : 0;
    if (kind === v.MADE) askers.set(`${of}`, (JSON.parse(text) as Made).asker);
    else if (kind === v.POOL) {
      const first = value > 0 ? `${value * 2 + 1}` : `${bits * 2}.${code}`;
      askers.set(`${of}.${exchange}`, askers.get(first));
      if (value > 0) askers.delete(first);
      if (isOwn) numbers.push(exchange);
    } else if (kind === v.STEP && code === HEAD.code && v.CHARTS[chart] === 'connection') {
      taken++;
      if (HEAD.unpack(value)['changesTo'] !== 'none') leaving = taken;
    }
  };
  let count = 0;
  function* made(isOver: boolean): Generator<Exchange, void> {
    for (let request = requests.messages[0]; request !== undefined; request = requests.messages[0]) {
      const [response] = responses.messages;
      if (!isOver && (request.ended === undefined || response?.ended === undefined)) return;
      if (isServer && count >= taken) return;
      if (++count === leaving) Object.assign(request, { body: [], length: 0 });
      requests.messages.shift();
      responses.messages.shift();
      const number = (isServer ? undefined : numbers.shift()) ?? (before ?? 0) + count;
      const id = `${name}.${number}`;
      const asker = askers.get(`${line}.${number}`);
      askers.delete(`${line}.${number}`);
      yield { request, response, ending: endings.get(id), id, asker };
    }
  }
  try {
    let last = 0;
    for await (const moments of momentsOf(connection, note)) {
      for (const { what, bytes, http, hasHoles, at } of moments) {
        last = at / 1000;
        if (bytes === undefined) continue;
        const reader = what === 'in' ? incoming : outgoing;
        const { length } = requests.messages;
        reader.feed(bytes.subarray(0, http), hasHoles === true || !hasContent, last);
        for (const { head } of requests.messages.slice(length)) responses.methods.push(head.method);
      }
      yield* made(false);
    }
    for (const reader of [incoming, outgoing]) reader.finish(last);
    yield* made(true);
  } finally {
    requests.free();
    responses.free();
  }
}
