/** The flags of an event as one number. */
import type { EventLike } from '../engine/args.js';
import { EVENTS, GIVEN } from './vocabulary.js';

type Values = Record<string, unknown>;

/** What an event has of each flag. A loop over names would look each of them up by its name, which takes five times as long. */
const READERS: Readonly<Record<string, (event: Values) => unknown>> = {
  bodyless: ({ bodyless }) => bodyless,
  changesTo: ({ changesTo }) => changesTo,
  consumed: ({ consumed }) => consumed,
  crowded: ({ crowded }) => crowded,
  halfOpen: ({ halfOpen }) => halfOpen,
  hasListener: ({ hasListener }) => hasListener,
  headLate: ({ headLate }) => headLate,
  hostOrder: ({ hostOrder }) => hostOrder,
  keeps: ({ keeps }) => keeps,
  kind: ({ kind }) => kind,
  last: ({ last }) => last,
  limited: ({ limited }) => limited,
  more: ({ more }) => more,
  much: ({ much }) => much,
  openEnded: ({ openEnded }) => openEnded,
  ownsSocket: ({ ownsSocket }) => ownsSocket,
  persists: ({ persists }) => persists,
  preceded: ({ preceded }) => preceded,
  retriable: ({ retriable }) => retriable,
  sending: ({ sending }) => sending,
  settled: ({ settled }) => settled,
  switched: ({ switched }) => switched,
  switches: ({ switches }) => switches,
  unread: ({ unread }) => unread,
  unsent: ({ unsent }) => unsent,
  wholeLate: ({ wholeLate }) => wholeLate,
  writable: ({ writable }) => writable,
};

interface Flag {
  readonly name: string;
  readonly read: (event: Values) => unknown;
  /** The lowest bit. */
  readonly shift: number;
  readonly bits: number;
  /** Undefined for a boolean. */
  readonly values: readonly string[] | undefined;
}

/** The type of an event, and how its flags are packed. */
export class Kind {
  readonly type: string;
  /** Its number in a file. */
  readonly code: number;
  private readonly flags: readonly Flag[];
  /** The bits that a replay takes from the journal. */
  readonly given: number;
  /** What came after it the last time: most often it comes again. */
  private next: Kind = this;

  constructor(code: number, type: string, names: readonly string[]) {
    this.code = code;
    this.type = type;
    let shift = 0;
    this.flags = names.map((each) => {
      const [name, list] = each.split(':') as [string, string | undefined];
      const values = list?.split('|');
      const bits = values === undefined ? 1 : Math.ceil(Math.log2(values.length + 1));
      const flag = { name, read: READERS[name]!, shift, bits, values };
      shift += bits;
      return flag;
    });
    this.given = this.flags.reduce(
      (mask, { name, shift: at, bits }) => (GIVEN.has(name) ? mask | (((1 << bits) - 1) << at) : mask),
      0,
    );
  }

  get hasFlags(): boolean {
    return this.flags.length > 0;
  }

  /** As `kindOf`, for the event after one of this kind. */
  after(type: string): Kind | undefined {
    const { next } = this;
    if (next.type === type) return next;
    const found = byType.get(type);
    if (found !== undefined) this.next = found;
    return found;
  }

  pack(event: EventLike): number {
    let packed = 0;
    for (let i = 0; i < this.flags.length; i++) {
      const { read, shift, values } = this.flags[i]!;
      const value = read(event as unknown as Values);
      if (values === undefined) packed |= value === true ? 1 << shift : 0;
      else packed |= (values.indexOf(value as string) + 1) << shift;
    }
    return packed;
  }

  /** The flags as properties. Those that the event doesn't have are false, or absent. */
  unpack(packed: number): Values {
    const found: Values = {};
    for (const { name, shift, bits, values } of this.flags) {
      const value = (packed >> shift) & ((1 << bits) - 1);
      if (values === undefined) found[name] = value === 1;
      else if (value > 0) found[name] = values[value - 1];
    }
    return found;
  }

  /** The event with the flags that a replay takes from the journal. */
  withGiven<TEvent extends EventLike>(event: TEvent, packed: number): TEvent {
    const changed = { ...event } as Values & TEvent;
    for (const { name, shift, bits, values } of this.flags) {
      if (!GIVEN.has(name) || !(name in event)) continue;
      const value = (packed >> shift) & ((1 << bits) - 1);
      (changed as Values)[name] = values === undefined ? value === 1 : values[value - 1];
    }
    return changed;
  }

  /** Whether what must follow is the same in both: all but what the program contributes. */
  follows(packed: number, recorded: number): boolean {
    return ((packed ^ recorded) & ~this.given) === 0;
  }

  /** The flags that are set: `hasListener persists kind ordinary`. */
  describe(packed: number): string {
    return Object.entries(this.unpack(packed))
      .flatMap(([name, value]) => (value === false ? [] : value === true ? [name] : [`${name} ${value}`]))
      .join(' ');
  }
}

export const kinds: readonly Kind[] = EVENTS.map(([type, ...names], code) => new Kind(code, type, names));

const byType = new Map(kinds.map((kind) => [kind.type, kind]));

export const kindOf = (type: string): Kind | undefined => byType.get(type);
