/** A request and its response: their data and their machines. */
import { HIGH_WATER_MARK, newReader } from '../kit/readable.js';
import { Requested } from './requested.js';
import { Responding } from './responding.js';
import type { Facts } from './state.js';
import type { World } from './world.js';

/** The facts in its head. */
type Head = Pick<Facts, 'id' | 'method' | 'chunks' | 'keeps'>;

export const newFacts = (head: Head): Facts => ({
  ...head,
  number: 0,
  hidden: true,
  awaits100: false,
  headed: false,
  headSent: false,
  hasBody: head.method !== 'HEAD',
  ended: false,
  destroyed: false,
  doomed: false,
  last: false,
  writes: false,
  kept: [],
  attached: false,
  released: false,
  error: undefined,
  waited: false,
  reader: newReader(0),
});

const copyOf = (facts: Facts): Facts => ({ ...facts, reader: { ...facts.reader } });

export class Exchange {
  readonly facts: Facts;
  readonly requested: Requested;
  readonly responding: Responding;

  constructor(world: World, facts: Facts, before?: Exchange) {
    this.facts = facts;
    this.requested = new Requested(world, this, before?.requested.machine.at);
    this.responding = new Responding(world, this, before?.responding.machine.at);
  }

  /** The same in another world. */
  copyFor(world: World): Exchange {
    return new Exchange(world, copyOf(this.facts), this);
  }

  /** Its response was not sent. */
  get isDue(): boolean {
    return !this.facts.released;
  }

  /** Everything that its future depends on, without its number; lengths are reduced to what they decide. */
  get key(): unknown {
    const { id, number, reader, kept, ...facts } = this.facts;
    const held = reader.buffer.length;
    return [
      this.requested.machine.key,
      this.responding.machine.key,
      Math.min(number, 1),
      facts,
      kept.map(({ length, isLast }) => [length >= HIGH_WATER_MARK, isLast]),
      {
        ...reader,
        number: Math.min(reader.number, 1),
        buffer: Math.sign(held) + Math.sign(held - HIGH_WATER_MARK),
      },
    ];
  }
}
