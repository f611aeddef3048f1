/** Runs a scenario with the host's node:http and with statewire: both must have the same outcome. */
import * as host from 'node:http';
import { expect, it } from 'vitest';
import * as statewire from '../../../src/index.js';
import { HOST } from '../../conversations/kit/host.js';
import { joined } from '../../conversations/kit/newer.js';

export type Http = typeof host;

export const http = { host, statewire: statewire as unknown as Http } as const;

/** How long both may take together, in milliseconds. */
const PATIENCE = 10_000;

/** `scenario` returns what is compared: plain data, never empty. */
export const twice = comparing(http);

/** As `twice`, for the two implementations of another module. */
export function comparing<Face>({ host, statewire }: Readonly<Record<'host' | 'statewire', Face>>) {
  return (name: string, scenario: (face: Face) => unknown): void => {
    const compare = async (): Promise<void> => {
      const expected = await scenario(host);
      expect(expected, 'the scenario returns nothing').not.toSatisfy(isEmpty);
      expect(inOneChunk(await scenario(statewire))).toEqual(inOneChunk(expected));
    };
    it(name, compare, PATIENCE);
  };
}

/** Runs a scenario with both: each must have its own outcome. For a row of docs/differences-from-node.md. */
export function differs<T>(name: string, scenario: (face: Http) => T | Promise<T>, onHost: T, here: T): void {
  it(name, async () => {
    expect(await scenario(http.host)).toEqual(onHost);
    expect(await scenario(http.statewire)).toEqual(here);
  });
}

/** Since 26, Node merges the writes of a turn. */
function inOneChunk(outcome: unknown): unknown {
  if (HOST < 26) return outcome;
  if (typeof outcome === 'string') return joined(outcome);
  return Array.isArray(outcome) ? outcome.map(inOneChunk) : outcome;
}

function isEmpty(outcome: unknown): boolean {
  return outcome === undefined || outcome === '' || (Array.isArray(outcome) && outcome.length === 0);
}

/** A constructor as used by programs before classes: applied to their own object. */
export type Applied = (this: unknown, ...args: unknown[]) => unknown;

export const applied = (base: unknown): Applied => base as Applied;
