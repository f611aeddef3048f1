/** What must hold of each machine, on all the ways that its world allows. */
import { afterAll, describe, expect, it } from 'vitest';
import { exploreAll, exploreSome, type Scene } from './kit/explore.js';
import { clientConnectionScene } from './scenes/client-connection.js';
import { connectionScene } from './scenes/connection.js';
import { exchangeScene } from './scenes/exchange.js';
import { incomingScene } from './scenes/incoming.js';
import { incomingResponseScene } from './scenes/incoming-response.js';
import { requestLineScene, requestMessageScene, wholeRequestScene } from './scenes/request.js';
import { responseScene } from './scenes/response.js';
import { serverScene } from './scenes/server.js';

// biome-ignore lint/suspicious/noExplicitAny: each scene has a world of its own
type AnyScene = Scene<any>;

/** What is seen in full, and what is walked at random, which may be larger. */
const scenes: Readonly<Record<string, readonly [AnyScene, AnyScene]>> = {
  connection: [connectionScene(4), connectionScene(9)],
  incomingRequest: [incomingScene, incomingScene],
  response: [responseScene, responseScene],
  server: [serverScene, serverScene],
  clientConnection: [clientConnectionScene, clientConnectionScene],
  'request, its socket and its answer': [requestLineScene, wholeRequestScene],
  'request, its body': [requestMessageScene, requestMessageScene],
  'request and answer': [exchangeScene, exchangeScene],
  incomingResponse: [incomingResponseScene, incomingResponseScene],
};

/** Steps at random. */
const STEPS = 20_000;

const rows: object[] = [];

afterAll(() => console.table(rows));

describe.each(Object.entries(scenes))('the laws of %s', (name, [small, large]) => {
  it('hold in every situation', () => {
    const { broken, situations, steps } = exploreAll(small);
    rows.push({ scene: name, laws: small.laws.length, situations, steps });
    expect(broken).toEqual({});
  });

  it('hold on random walks', () => {
    expect(exploreSome(large, STEPS).broken).toEqual({});
  });
});
