/**
 * `explain()`: what is waited for, who has to act, since when, and what ends it.
 *
 * Rule 1: it only asks. Nothing that it does changes what a connection does, and nobody imports this room but index.ts.
 * Rule 2: what comes from a peer is escaped and cut by those who say it; queries and credentials are left out (compat/describe.ts).
 */
import { throwLater } from '../engine/later.js';
import type { Facts } from '../events/facts.js';
import { placeName } from '../rules/naming.js';
import { explaining } from './byNeed.js';
import type { ExplainOptions, Explanation } from './explanation.js';
import type { Lint, Queues } from './lints.js';
import type { Serving } from './serve.js';

export type { Ends, ExplainOptions, Explanation, ExplanationMembers, Wait } from './explanation.js';
export type { Lint, LintCode } from './lints.js';
export type { Serving } from './serve.js';
export type { WaitCode, Who } from './waits.js';

/** What explanations are made of. index.ts provides it. */
export interface Source {
  /** Undefined for an object that isn't ours. */
  factsOf(thing: unknown): Facts | undefined;
  socketOf(thing: unknown): unknown;
  /** All servers, agents, and what belongs to neither. */
  known(): Iterable<{ facts(): Facts | undefined }>;
  /** Reads the clock. */
  now(): number;
  /** Calls regularly until it is stopped. Doesn't keep the process alive. */
  every(ms: number, call: () => void): () => void;
  noteChains(): void;
  /** The error for an object that isn't ours. */
  refusal(thing: unknown): Error;
  /** They throw what their arguments deserve. */
  readonly check: {
    signal(name: string): void;
    listener(listener: unknown): void;
    options(options: ExplainOptions): void;
  };
}

/** The function `explain`, and what it has. */
export interface Explain {
  /**
   * What a server, an agent, a socket or a message waits for: for each connection, exchange or request one explanation, of
   * which `String()` is a line of text.
   * @throws ERR_INVALID_ARG_TYPE for anything else
   */
  (of: object): Explanation[];
  /**
   * That of all servers and clients of this process, the longest wait first.
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
   */
  all(options?: ExplainOptions): Explanation[];
  /**
   * Prints all to stderr whenever the process gets the signal.
   * @returns ends it
   * @throws ERR_INVALID_ARG_VALUE if there is no such signal
   */
  on(signal: NodeJS.Signals): () => void;
  /** From now on requests are noted with the exchange of a server that has asked them: `askedBy`. It uses `AsyncLocalStorage`. */
  chains(): void;
  /**
   * Looks every 2 s for five common mistakes, and calls once for each that it finds.
   * @returns ends it
   * @throws ERR_INVALID_ARG_TYPE without a listener
   */
  lint(listener: (lint: Lint) => void): () => void;
  /** Lets `npx statewire explain <pid>` ask this process, by a socket that only this user can open. */
  serve(): Promise<Serving>;
}

/** A server closes an idle connection after 5 s by default: an unread response is to be seen before that. */
const LINT_INTERVAL = 2000;

/** A message is explained by its exchange, as long as that is going on. */
function linesFor(of: object, facts: Facts, { factsOf, socketOf }: Source): Explanation[] {
  const { linesOf } = explaining();
  if (facts.kind === 'incomingResponse') {
    const request = factsOf((of as { req?: unknown }).req);
    if (request !== undefined) return linesOf(request);
  }
  if (facts.kind === 'incomingRequest' || facts.kind === 'response') {
    const connection = factsOf(socketOf(of));
    if (connection?.kind === 'handedOver') return linesOf(connection);
    const id = placeName('response', facts);
    const line = connection && linesOf(connection).find((each) => each.id === id);
    if (line !== undefined) return [line];
  }
  return linesOf(facts);
}

/** @returns describes an object of ours in one line, for `util.inspect`; undefined for others */
export function makeDescribe(source: Source): (of: object) => string | undefined {
  return (of) => {
    source.now();
    const facts = source.factsOf(of);
    return facts && explaining().describe(facts, linesFor(of, facts, source));
  };
}

/** Each is notified of, whatever a listener throws. */
function notify(listener: (lint: Lint) => void, lint: Lint): void {
  try {
    listener(lint);
  } catch (error) {
    throwLater(error);
  }
}

export function makeExplain(source: Source): Explain {
  const { factsOf, known, now, every, noteChains, refusal, check } = source;

  function explain(of: object): Explanation[] {
    now();
    const facts = factsOf(of);
    if (facts === undefined) throw refusal(of);
    return linesFor(of, facts, source);
  }

  function all(options: ExplainOptions = {}): Explanation[] {
    check.options(options);
    const { longerThan = 0, role } = options;
    now();
    const { addLines, longest, sorted } = explaining();
    const lines: Explanation[] = [];
    for (const host of known()) {
      const facts = host.facts();
      if (facts !== undefined) addLines(facts, lines);
    }
    const seen = new Set<string>();
    const kept: Explanation[] = [];
    const waits: number[] = [];
    for (const line of lines) {
      if (role !== undefined && line.role !== role) continue;
      if (line.waits.length === 0 && line.ended !== undefined) continue;
      // It may have closed, and nobody will use it again.
      if (line.waits[0]?.for === 'listen') continue;
      // A connection may be known to two agents.
      if (line.role === 'client' && seen.size === seen.add(line.id).size) continue;
      const wait = longest(line);
      if (longerThan > 0 && wait < longerThan) continue;
      kept.push(line);
      waits.push(wait);
    }
    return sorted(kept, waits);
  }

  function on(signal: NodeJS.Signals): () => void {
    check.signal(signal);
    const print = (): void => {
      const lines = all().map(explaining().lineOf);
      process.stderr.write(`statewire: ${lines.length === 0 ? 'nothing waits' : `\n${lines.join('\n')}`}\n`);
    };
    process.on(signal, print);
    return () => process.off(signal, print);
  }

  function lint(listener: (lint: Lint) => void): () => void {
    check.listener(listener);
    let before = new Set<string>();
    const queues: Queues = new WeakMap();
    return every(LINT_INTERVAL, () => {
      now();
      const asked = [...known()].flatMap((host) => {
        const facts = host.facts();
        return facts === undefined ? [] : [[host, facts] as const];
      });
      const found = explaining().lintsOf({ asked, lines: all(), queues });
      const fresh = found.filter(({ key }) => !before.has(key));
      before = new Set(found.map(({ key }) => key));
      for (const { code, id, text } of fresh) notify(listener, { code, id, text });
    });
  }

  return Object.assign(explain, { all, on, chains: noteChains, lint, serve: () => explaining().serve(all, every) });
}
