/**
 * Passes a socket's facts to the host of a connection: transport facts directly, bytes through a parser.
 *
 * The facts of a chunk are handed out one by one (`step`) while no parser runs. A listener may throw or cause another chunk to
 * arrive: no fact is lost, and their order is kept.
 */
import { type MessageHead, type WireFact, wirePartial } from '../events/wire.js';
import { afterTurn } from './clock.js';
import type { Leniency, Parser, ParserOptions } from './llhttp.js';
import { asked } from './record.js';
import { Listener } from './socket.js';

const nothing: readonly WireFact[] = [];

export abstract class Feed extends Listener implements ParserOptions {
  abstract readonly kind: 'request' | 'response';
  abstract maxHeaderSize: number;
  abstract maxHeadersCount: number;
  abstract ignoresExcess: boolean;
  abstract lenient: Leniency;
  lent = false;

  protected parser!: Parser;
  /** The facts that are being handed out, and the index of the next one. */
  protected found = nothing;
  protected at = 0;
  /** Chunks that arrived while one was being handed out. */
  protected backlog: Buffer[] | undefined;
  /** What followed the head by which the connection leaves HTTP. Declared only, as few connections have it: others keep no room. */
  declare rest: Buffer | undefined;
  /** The peer's FIN arrived while a chunk was being handed out. */
  private endWaits = false;

  /** For the parser: see {@link ParserOptions.decide}. */
  abstract decide(head: MessageHead): number;
  /** Acts on one fact, in wire order. The facts after it are in `found`, from index `at`. */
  protected abstract step(fact: WireFact): void;
  /**
   * Whether the turn ends between two facts, as in Node's server, so that a reader receives a part of a body before what
   * follows it. Default: false.
   */
  protected breathes(_fact: WireFact, _next: WireFact): boolean {
    return false;
  }
  /** Called before the facts of a chunk are handed out. */
  protected opens(_found: readonly WireFact[]): void {}
  /** Called when all facts of a chunk, or all of them for this turn, are handed out. */
  protected closes(): void {}
  /** Called after the peer's FIN. `found` has the facts that it causes: a message is complete, or cut. */
  protected abstract atEnd(found: readonly WireFact[]): void;

  /** Facts are being handed out. */
  protected get feeding(): boolean {
    return this.found !== nothing;
  }

  /** Whether another head follows the fact that is being handed out. */
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

  /** Hands out facts while no others are being handed out. */
  protected handOut(found: readonly WireFact[]): void {
    this.found = found;
    this.at = 0;
    this.opens(found);
    this.run();
  }

  /** Continues to hand out. After an exception of a listener, a later turn hands out the rest. */
  run(): void {
    const { found } = this;
    let breathes = true;
    try {
      while (this.at < found.length) {
        const fact = found[this.at++] as WireFact;
        if (fact.type === 'wire.upgraded') this.leave(fact.rest);
        else {
          if (fact.type === 'wire.head') this.lookAhead();
          this.step(fact);
        }
        const next = found[this.at];
        if (next === undefined || !asked(this.breathes(fact, next))) continue;
        // Meanwhile the connection is not idle.
        if (next.type === 'wire.head') this.step(wirePartial);
        return;
      }
      breathes = false;
    } finally {
      this.closes();
      if (breathes) afterTurn(run, this as Feed);
    }
    this.found = nothing;
    const next = this.backlog?.shift();
    if (next !== undefined) this.feed(next);
    else if (this.endWaits) this.end();
  }

  /** The fact that the connection leaves HTTP belongs to the head before it. */
  private lookAhead(): void {
    const next = this.found[this.at];
    if (next?.type !== 'wire.upgraded') return;
    this.leave(next.rest);
    this.at++;
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

  /** Drops what isn't handed out yet. */
  protected drop(): void {
    this.at = this.found.length;
    this.backlog = undefined;
    this.endWaits = false;
  }
}

function run(feed: Feed): void {
  feed.run();
}

export function isBody(fact: WireFact): boolean {
  return fact.type === 'wire.body';
}

export function isComplete(fact: WireFact): boolean {
  return fact.type === 'wire.complete';
}
