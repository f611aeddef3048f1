/**
 * From a socket to those who act on what it says: facts of the transport as they are, bytes by way of a parser.
 *
 * What a chunk held is handed out fact by fact (`step`), with no parser running. A listener may throw, or cause another
 * chunk to come: neither loses a fact nor lets one overtake another.
 */
import type { NetFact } from '../events/net.js';
import type { MessageHead, WireFact } from '../events/wire.js';
import { afterTurn } from './clock.js';
import type { Leniency, Parser, ParserOptions } from './llhttp.js';
import type { Taker } from './socket.js';

const nothing: readonly WireFact[] = [];

export abstract class Feed implements ParserOptions, Taker<NetFact> {
  abstract readonly kind: 'request' | 'response';
  abstract maxHeaderSize: number;
  abstract maxHeadersCount: number;
  abstract lenient: Leniency;
  lent = false;

  protected parser!: Parser;
  protected feeding = false;
  /** What is being handed out, and how far that has come. */
  protected found = nothing;
  protected at = 0;
  /** Chunks that came while one was being handed out. */
  protected backlog: Buffer[] | undefined;
  /** What followed the head by which the connection leaves HTTP; undefined while it doesn't. */
  rest: Buffer | undefined;
  /** The peer's end came while a chunk was being handed out. */
  private endWaits = false;

  /** For the parser: see {@link ParserOptions.decide}. */
  abstract decide(head: MessageHead): number;
  /** For the socket. */
  abstract take(fact: NetFact): void;
  /** One fact, in wire order. The facts behind it are in `found`, from `at`. */
  protected abstract step(fact: WireFact): void;
  /**
   * Whether the turn ends between two facts, as it does in Node's server, so that a reader has a part of a body before what
   * follows. Default: it doesn't.
   */
  protected breathes(_fact: WireFact, _next: WireFact): boolean {
    return false;
  }
  /** What a chunk held, before it is handed out. */
  protected opens(_found: readonly WireFact[]): void {}
  /** All of it, or all of it for now, is handed out. */
  protected closes(): void {}
  /** The peer says nothing more: `found` is what that completes, or cuts. */
  protected abstract atEnd(found: readonly WireFact[]): void;

  /** Whether another head has been read behind the fact that is being handed out. */
  get hasReadMore(): boolean {
    return this.found.some((fact, index) => index >= this.at && fact.type === 'wire.head');
  }

  protected feed(chunk: Buffer): void {
    if (this.feeding) {
      this.backlog ??= [];
      this.backlog.push(this.lent ? Buffer.from(chunk) : chunk);
      return;
    }
    this.handOut(this.parser.feed(chunk));
  }

  /** Hands out facts that nobody else is handing out. */
  protected handOut(found: readonly WireFact[]): void {
    this.found = found;
    this.at = 0;
    this.feeding = true;
    this.opens(found);
    this.run();
  }

  /** Goes on handing out. A listener that throws doesn't hold up what comes behind: that goes on behind its exception. */
  run(): void {
    const { found } = this;
    let breathes = true;
    try {
      while (this.at < found.length) {
        const fact = found[this.at++] as WireFact;
        if (fact.type === 'wire.upgraded') this.leave(fact.rest);
        else {
          const next = found[this.at];
          if (next?.type === 'wire.upgraded') {
            this.leave(next.rest);
            this.at++;
          }
          this.step(fact);
        }
        if (this.at < found.length && this.breathes(fact, found[this.at] as WireFact)) return;
      }
      breathes = false;
    } finally {
      this.closes();
      if (breathes) afterTurn(goOn, this as Feed);
    }
    this.feeding = false;
    this.found = nothing;
    const next = this.backlog?.shift();
    if (next !== undefined) this.feed(next);
    else if (this.endWaits) this.end();
  }

  private leave(rest: Buffer): void {
    this.rest = this.rest === undefined ? rest : Buffer.concat([this.rest, rest]);
  }

  /** Adds the chunks that were not handed out. */
  protected gatherRest(): void {
    if (this.backlog !== undefined) this.rest = Buffer.concat([this.rest as Buffer, ...this.backlog]);
  }

  protected end(): void {
    this.endWaits = this.feeding;
    if (!this.feeding) this.atEnd(this.parser.finish());
  }

  /** Forgets what isn't handed out. */
  protected drop(): void {
    this.at = this.found.length;
    this.backlog = undefined;
    this.endWaits = false;
  }
}

function goOn(feed: Feed): void {
  feed.run();
}

export function isBody(fact: WireFact): boolean {
  return fact.type === 'wire.body';
}

export function isComplete(fact: WireFact): boolean {
  return fact.type === 'wire.complete';
}
