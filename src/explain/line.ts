/** A line: what one connection, exchange or request waits for. Its waits are found at once, the rest when it is looked at. */
import type { SocketFacts } from '../events/facts.js';
import type { Ends, Explanation, ExplanationMembers, Wait } from './explanation.js';
import { lineOf } from './phrases.js';

const inspected = Symbol.for('nodejs.util.inspect.custom');
const noCounts: Explanation['counts'] = { inSocket: 0, received: 0, sent: 0 };

/** What kind of thing a line is about: how the rest is found, from its facts. What is missing is not said of that kind. */
export interface Kind<Of> {
  readonly role: Explanation['role'];
  id(of: Of): string;
  what(of: Of, waits: readonly Wait[]): string;
  ends?(of: Of, waits: readonly Wait[]): Ends | undefined;
  /** What of the program's may end it, too. */
  besides?(of: Of, waits: readonly Wait[]): string | undefined;
  /** Why nothing ends it. */
  why?(of: Of, waits: readonly Wait[]): string | undefined;
  /** Of one that waits for nothing. */
  ended?(of: Of): string;
  askedBy?(of: Of): string | undefined;
  socket?(of: Of): SocketFacts | undefined;
}

export class Line<Of = never> implements Explanation {
  readonly waits: readonly Wait[];
  readonly #kind: Kind<Of>;
  readonly #of: Of;
  readonly #previous: Line<Of> | undefined;

  /** @param previous the one that comes right before it */
  constructor(kind: Kind<Of>, of: Of, waits: readonly Wait[], previous?: Line<Of>) {
    this.waits = waits;
    this.#kind = kind;
    this.#of = of;
    this.#previous = previous;
  }

  get id(): string {
    return this.#kind.id(this.#of);
  }

  get role(): Explanation['role'] {
    return this.#kind.role;
  }

  get what(): string {
    return this.#kind.what(this.#of, this.waits);
  }

  get ends(): Ends | undefined {
    return this.#kind.ends?.(this.#of, this.waits);
  }

  get besides(): string | undefined {
    return this.#kind.besides?.(this.#of, this.waits);
  }

  /** For its text. */
  get why(): string | undefined {
    return this.#kind.why?.(this.#of, this.waits);
  }

  get ended(): string | undefined {
    return this.waits.length === 0 ? this.#kind.ended?.(this.#of) : undefined;
  }

  get after(): readonly string[] {
    const ids: string[] = [];
    for (let each = this.#previous; each !== undefined; each = each.#previous) ids.unshift(each.id);
    return ids;
  }

  get askedBy(): string | undefined {
    return this.#kind.askedBy?.(this.#of);
  }

  get counts(): Explanation['counts'] {
    const socket = this.#kind.socket?.(this.#of);
    if (socket === undefined) return noCounts;
    const { inSocket, received, sent } = socket;
    return { inSocket, received, sent };
  }

  toString(): string {
    return lineOf(this);
  }

  toJSON(): ExplanationMembers {
    const { id, role, what, waits, ends, besides, ended, after, askedBy, counts } = this;
    return { id, role, what, waits, ends, besides, ended, after, askedBy, counts };
  }

  [inspected](): string {
    return lineOf(this);
  }
}
