/** Where faults can be put into a script, and the pieces that its bytes can be cut into. */
import { Buffer } from 'node:buffer';
import type { Moment } from './caller.js';
import { type PeerStep, type Script, sendAll, turns, wait } from './script.js';

/** A fault, as the script that contains it. */
export interface Faulty {
  /** What is wrong, in words. */
  readonly what: string;
  readonly script: Script;
  /** The bytes only come in two pieces. There are many of these, and they seldom show anything. */
  readonly isCut?: boolean;
}

/** A place in a script. */
export interface Point {
  readonly before: Script;
  readonly after: Script;
  /** In words: 'after step 1, turn 2'. */
  readonly name: string;
}

/** The points between steps, and those of the scout. */
export function pointsOf(script: Script, moments: readonly Moment[]): Point[] {
  const points: Point[] = [{ before: [], after: script, name: 'before step 1' }];
  for (const [at, step] of script.entries()) {
    const before = script.slice(0, at + 1);
    const after = script.slice(at + 1);
    points.push({ before, after, name: `after step ${at + 1}` });
    if (step.do !== 'send') continue;
    points.push({ before: [...before, turns(0)], after, name: `with step ${at + 1}` });
  }
  const known = new Set<string>();
  for (const { step, ms, turn } of moments) {
    const key = `${step} ${ms} ${turn}`;
    if (known.has(key)) continue;
    known.add(key);
    if (ms > 0) {
      // A `read()` would wait for the whole message.
      const before = [...script.slice(0, step), wait(ms)];
      points.push({ before, after: script.slice(step), name: `in step ${step + 1}, after ${ms} ms` });
    } else if (step >= 0) {
      const before = [...script.slice(0, step + 1), turns(turn)];
      points.push({ before, after: script.slice(step + 1), name: `after step ${step + 1}, turn ${turn}` });
    }
  }
  return points;
}

const END = '\r\n\r\n';

/** So many cuts of one text. */
const CUTS = 200;

/** The places at which bytes can be cut: each of the head, and those at the edges of the content. */
export function cutsOf(bytes: Buffer): number[] {
  const end = bytes.indexOf(END);
  const head = end < 0 ? bytes.length : end + END.length;
  const step = Math.max(1, Math.ceil(head / CUTS));
  const places = new Set<number>();
  for (let at = 1; at <= head; at += step) places.add(at);
  for (const at of edgesOf(bytes)) places.add(at);
  return [...places].filter((at) => at > 0 && at < bytes.length).sort((one, other) => one - other);
}

/** The places at which the state of a parser changes: after each line, and at the edges of the content. */
export function edgesOf(bytes: Buffer): number[] {
  const places: number[] = [3];
  for (let at = bytes.indexOf('\r\n'); at >= 0 && places.length < 40; at = bytes.indexOf('\r\n', at + 2)) {
    places.push(at + 1, at + 2);
  }
  const end = bytes.indexOf(END);
  const head = end < 0 ? 0 : end + END.length;
  places.push(head, head + 1, Math.floor((head + bytes.length) / 2), bytes.length - 1);
  return [...new Set(places)].filter((at) => at > 0 && at < bytes.length).sort((one, other) => one - other);
}

/** The script with other steps in place of one. */
export const replaced = (script: Script, at: number, ...steps: PeerStep[]): Script => [
  ...script.slice(0, at),
  ...steps,
  ...script.slice(at + 1),
];

export const halves = (bytes: Buffer, at: number): [PeerStep, PeerStep] => [
  sendAll(bytes.subarray(0, at)),
  sendAll(bytes.subarray(at)),
];

/** So many pieces at most. */
const PIECES = 300;

/** Bytes one by one, or in some hundred pieces; with a pause after each. */
export function drip(bytes: Buffer, pause: number): PeerStep[] {
  const size = Math.ceil(bytes.length / PIECES);
  const steps: PeerStep[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    steps.push(sendAll(bytes.subarray(at, at + size)));
    if (pause > 0) steps.push(wait(pause));
  }
  return steps;
}

export const join = (...all: readonly Buffer[]): PeerStep => sendAll(Buffer.concat(all));
