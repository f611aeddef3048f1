/**
 * History: what has changed the states of actors lately, always on. A track belongs to a place and is shared by its actors.
 *
 * Rule 1: nothing is decided by it. Only `explain` and the stories of errors read it.
 * Rule 2: a note is two stores. A track is an array of numbers without references: an entry is the time, the exchange and the
 *         code of a change, packed into one number. It is freed with its last actor.
 * Rule 3: the clock is not read for a note: `moment` is the last time that anybody has read.
 */
import type { StateValue } from './model.js';

/** The index of the next entry, then the entries, of which the oldest is overwritten. An entry that was never written is 0. */
export type Track = number[];

/** One change of an actor's states. */
export interface Change {
  /** When, in ms on the clock of `moment`. */
  readonly at: number;
  /** The id of the machine. */
  readonly chart: string;
  /** The number of the exchange, modulo {@link EXCHANGES}. */
  readonly exchange: number;
  /** The type of the event. */
  readonly event: string;
  /** Undefined when the actor has started. */
  readonly from: StateValue | undefined;
  readonly to: StateValue;
}

/** A configuration. */
interface Valued {
  readonly value: StateValue;
}

/** A kind of change: which event has led from where to where. */
interface Kind {
  readonly chart: string;
  readonly event: string;
  readonly from: Valued | undefined;
  readonly to: Valued;
}

/** How many entries a track has, in addition to its index: 27 take 272 bytes. */
const LENGTH = 27;
/** How many exchanges of one track can be distinguished; tracks remember fewer. */
export const EXCHANGES = 128;
/** How many kinds can be noted. A process has some hundred; later ones are noted as the last. */
const KINDS = 16_384;
const UNIT = EXCHANGES * KINDS;

/** A number with a fraction makes V8 keep an array of plain doubles, whatever is in it later. */
const empty: number[] = [0.5];
while (empty.length <= LENGTH) empty.push(0.5);
empty.fill(0);
empty[0] = 1;

const kinds: Kind[] = [];
let isOn = true;
let moment = (): number => 0;

/** @param read the last time that anybody has read, in ms; it must be cheap */
export function useMoment(read: () => number): void {
  moment = read;
}

/** The last time that anybody has read, in ms. */
export const lastMoment = (): number => moment();

/** Whether the tracks of places that begin from now on exist. */
export function keepHistory(keeps: boolean): void {
  isOn = keeps;
}

export function newTrack(): Track | undefined {
  return isOn ? empty.slice() : undefined;
}

/** The code of a change, from 1. */
export function codeOf(chart: string, from: Valued | undefined, event: string, to: Valued): number {
  if (kinds.length < KINDS - 1) kinds.push({ chart, event, from, to });
  return kinds.length;
}

/** Notes a change. */
export function note(track: Track, code: number, exchange: number): void {
  const at = track[0]!;
  track[at] = (moment() >>> 0) * UNIT + (exchange & (EXCHANGES - 1)) * KINDS + code;
  track[0] = at === LENGTH ? 1 : at + 1;
}

/** The latest entry; 0 without one. */
export function latestOf(track: Track | undefined): number {
  if (track === undefined) return 0;
  const next = track[0]!;
  return track[next === 1 ? LENGTH : next - 1]!;
}

/** A copy of the track, oldest first. */
export function changesOf(track: Track): Change[] {
  const next = track[0]!;
  const entries = [...track.slice(next), ...track.slice(1, next)].filter((entry) => entry !== 0);
  return entries.map((entry) => {
    const { chart, event, from, to } = kinds[(entry % KINDS) - 1]!;
    const at = Math.floor(entry / UNIT);
    return { at, chart, exchange: Math.floor(entry / KINDS) % EXCHANGES, event, from: from?.value, to: to.value };
  });
}

/** Looks at the changes from the latest to the oldest, without making an object of each, until `visit` returns true. */
export function search(track: Track, visit: (kind: Kind, at: number, exchange: number) => boolean): void {
  const next = track[0]!;
  for (let count = 0; count < LENGTH; count++) {
    const entry = track[((next - 2 - count + 2 * LENGTH) % LENGTH) + 1]!;
    if (entry === 0) return;
    const kind = kinds[(entry % KINDS) - 1]!;
    if (visit(kind, Math.floor(entry / UNIT), Math.floor(entry / KINDS) % EXCHANGES)) return;
  }
}

/** Whether older entries were overwritten. */
export const isFull = (track: Track): boolean => track[LENGTH] !== 0;

/** How long an actor has been in a part of its state. */
export interface Since {
  /** In ms. Undefined if the track has nothing about it. */
  readonly ms: number | undefined;
  /** It may have been longer: the track has forgotten the change. */
  readonly atLeast: boolean;
}

/** What a kind of change is to a region: not looked at yet, of another machine, of its machine but not of the region, of the region. */
const UNSEEN = 0;
const FOREIGN = 1;
const BESIDE = 2;
const CHANGE = 3;

/** A region of a machine. Made once: it remembers what each kind of change is to it. */
export class Region {
  readonly chart: string;
  /** '' for the whole state. */
  readonly name: string;
  private seen = new Uint8Array(256);

  constructor(chart: string, name: string) {
    this.chart = chart;
    this.name = name;
  }

  /** @param code that of a change */
  relation(code: number): number {
    const known = this.seen[code];
    return known === undefined || known === UNSEEN ? this.look(code) : known;
  }

  private look(code: number): number {
    if (code >= this.seen.length) {
      const more = new Uint8Array(KINDS);
      more.set(this.seen);
      this.seen = more;
    }
    const { chart, from, to } = kinds[code - 1]!;
    const isBeside = from !== undefined && isSame(this.part(from.value), this.part(to.value));
    const found = chart !== this.chart ? FOREIGN : isBeside ? BESIDE : CHANGE;
    this.seen[code] = found;
    return found;
  }

  private part(value: StateValue): StateValue | undefined {
    return this.name === '' || typeof value === 'string' ? value : value[this.name];
  }
}

/**
 * How long the region of an actor has been as it is now.
 * @param exchange undefined if no other actor of that chart has noted in this track
 */
export function sinceOf(track: Track, region: Region, exchange: number | undefined): Since {
  const own = exchange === undefined ? undefined : exchange & (EXCHANGES - 1);
  let at = track[0]!;
  let since: number | undefined;
  let oldest: number | undefined;
  for (let count = 0; count < LENGTH; count++) {
    at = at === 1 ? LENGTH : at - 1;
    const entry = track[at]!;
    if (entry === 0) break;
    oldest = Math.floor(entry / UNIT);
    const rest = entry - oldest * UNIT;
    if (own !== undefined && Math.floor(rest / KINDS) !== own) continue;
    const relation = region.relation(rest % KINDS);
    if (relation === FOREIGN) continue;
    if (relation === CHANGE) return { ms: msSince(oldest, moment()), atLeast: false };
    since = oldest;
  }
  const earliest = since ?? oldest;
  return { ms: earliest === undefined ? undefined : msSince(earliest, moment()), atLeast: true };
}

function isSame(one: StateValue | undefined, other: StateValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length && keys.every((key) => key in other && isSame(one[key]!, other[key]!))
  );
}

/** The ms from `at`, an entry's time, to `time`; 0 if the clock was set back, as a virtual one can be. */
export function msSince(at: number, time: number): number {
  const ms = ((time >>> 0) - at) >>> 0;
  return ms < 2 ** 31 ? ms : 0;
}
