/** The roles of random programs. */
import type fc from 'fast-check';
import { type BothCase, bothCases, playBoth } from './both.js';
import { type ClientCase, clientCases, playClient } from './client.js';
import { clientLaws } from './client-laws.js';
import { broken, type Laws, ofServer } from './laws.js';
import { printBoth, printClient, printServer } from './print.js';
import { playServer, type ServerCase, serverCases } from './server.js';
import { serverLaws } from './server-laws.js';
import { World } from './world.js';

export interface Role<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** Runs a program, and returns the law that it breaks. */
  judge(one: Case): Promise<string | undefined>;
  print(one: Case): string;
}

/** Runs a program in its own world, and checks the result against the laws. */
async function judge<Case, Result extends { readonly world: World }>(
  play: (world: World, one: Case) => Promise<Result>,
  laws: Laws<Result>,
  isWatched: boolean,
  one: Case,
): Promise<string | undefined> {
  const world = new World(isWatched);
  try {
    return broken(laws, await play(world, one));
  } finally {
    world.leave();
  }
}

const server: Role<ServerCase> = {
  cases: serverCases,
  judge: (one) => judge(playServer, serverLaws, one.plan.isWatched, one),
  print: printServer,
};

const client: Role<ClientCase> = {
  cases: clientCases,
  judge: (one) => judge(playClient, clientLaws, true, one),
  print: printClient,
};

const both: Role<BothCase> = {
  cases: bothCases,
  judge: (one) => judge(playBoth, { ...clientLaws, ...ofServer }, one.server.isWatched, one),
  print: printBoth,
};

export const roles = { server, client, both };
