/** A recorded connection as a script of `everyFault()`: what its peer did then. */
import type { MessageHead, WireFact } from '../events/wire.js';
import { JournalError } from './errors.js';
import { MessageReader } from './MessageReader.js';
import type { RecordedConnection } from './reader.js';
import { type Moment, wireOf } from './timeline.js';

/** A step of a peer, as `send()`, `read()`, `wait()`, `fin()` and `reset()` of `statewire/testing` make them. */
export type ScriptStep =
  | { readonly do: 'send'; readonly bytes: Buffer }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'read' | 'fin' | 'reset' };

/** A peer that does nothing for less than this is said to go on at once, in ms. */
const PAUSE = 100;

/** Of a connection, in bytes: a script is in memory. */
const LARGEST = 64 << 20;

/** Whether the peer has reset the connection: the program, or the engine, may have destroyed the socket with an error. */
const isOfPeer = (error: NodeJS.ErrnoException | undefined): boolean =>
  error?.code === 'ECONNRESET' || error?.code === 'EPIPE';

/** Counts messages. */
class Counter extends MessageReader {
  /** Final ones that are whole. */
  whole = 0;
  /** The methods of requests, as their heads come. */
  readonly methods: string[] = [];
  private readonly asked: readonly string[];
  private finals = 0;
  private isFinal = false;

  /** @param asked the methods of the requests, if responses are counted */
  constructor(kind: 'request' | 'response', asked: readonly string[] = []) {
    super(kind);
    this.asked = asked;
  }

  protected override nextMethod(): string | undefined {
    return this.asked[this.finals++];
  }

  feed(bytes: Buffer): void {
    this.count(this.parser.feed(bytes));
  }

  /** No more follows. */
  finish(): void {
    this.count(this.parser.finish());
  }

  private count(facts: readonly WireFact[]): void {
    for (const fact of facts) {
      if (fact.type === 'wire.head') this.begin(fact.head);
      else if (this.isFinal && (fact.type === 'wire.complete' || fact.type === 'wire.upgraded')) {
        this.whole++;
        this.isFinal = false;
      }
    }
  }

  private begin({ method, statusCode }: MessageHead): void {
    this.isFinal = this.kind === 'request' || statusCode >= 200 || statusCode === 101;
    if (this.kind === 'request') this.methods.push(method);
  }
}

/** What the peer of a connection did, step by step. */
class Writer {
  readonly steps: ScriptStep[] = [];
  private readonly requests = new Counter('request');
  private readonly responses = new Counter('response', this.requests.methods);
  private readonly isServer: boolean;
  private reads = 0;
  /** When something was on the wire last, in µs. */
  private last = 0;

  constructor(isServer: boolean) {
    this.isServer = isServer;
  }

  add(moment: Moment): void {
    const { what, bytes, at, error } = moment;
    const { requests, responses, isServer } = this;
    if (what === 'out') (isServer ? responses : requests).feed(bytes as Buffer);
    else if (what === 'sent fin') (isServer ? responses : requests).finish();
    else if (what === 'in') {
      this.act(at, { do: 'send', bytes: bytes as Buffer });
      if (isServer) requests.feed(bytes as Buffer);
    } else if (what === 'fin' || (what === 'reset' && isOfPeer(error))) this.act(at, { do: what });
    else return;
    this.last = at;
  }

  private act(at: number, step: ScriptStep): void {
    this.read();
    const ms = Math.round((at - this.last) / 1000);
    if (ms >= PAUSE && this.steps.length > 0) this.steps.push({ do: 'wait', ms });
    this.steps.push(step);
  }

  /** What the peer has got meanwhile. A server that responds to a part of a request is said to wait for all of it. */
  read(): void {
    const count = this.isServer ? this.responses.whole : this.requests.methods.length;
    for (; this.reads < count; this.reads++) this.steps.push({ do: 'read' });
  }

  free(): void {
    this.requests.free();
    this.responses.free();
  }
}

/**
 * What the peer of a recorded connection did then, as a script of `everyFault()` of `statewire/testing`: what it sent, in the same
 * chunks, the messages that it waited for, pauses of 100 ms and more, its FIN or its reset. Content that was not kept is `x`.
 *
 * @returns of a connection of a server, what its client did: for `everyFault({ server, script })`; of a connection of a client, what
 * its server did: for `everyFault({ client, script })`, or as `upstream`
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE if it can't be replayed, or if its peer did nothing, and with
 * STATEWIRE_JOURNAL_TOO_LARGE beyond 64 MiB
 */
export async function scriptOf(connection: RecordedConnection): Promise<ScriptStep[]> {
  const moments = await wireOf(connection, LARGEST);
  const writer = new Writer(connection.role === 'server');
  try {
    for (const moment of moments) writer.add(moment);
    writer.read();
  } finally {
    writer.free();
  }
  if (writer.steps.length > 0) return writer.steps;
  throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', `${connection.id} is no script: its peer did nothing`);
}
