/** All scenes. */
import type { Scene } from '../kit/explore.js';
import { clientConnectionScene } from './client-connection.js';
import { connectionScene } from './connection.js';
import { exchangeScene } from './exchange.js';
import { incomingScene } from './incoming.js';
import { incomingResponseScene } from './incoming-response.js';
import { requestLineScene, requestMessageScene, requestUpgradeScene, wholeRequestScene } from './request.js';
import { responseScene } from './response.js';
import { serverScene } from './server.js';

// biome-ignore lint/suspicious/noExplicitAny: each scene has its own world
export type AnyScene = Scene<any>;

export interface Staged {
  readonly name: string;
  /** The only machine in it, if there is just one. */
  readonly machine?: string;
  /** The scene that is explored completely. */
  readonly scene: AnyScene;
  /** The scene of random walks, which may be larger. */
  readonly walked: AnyScene;
}

const scenesOf = (machine: string, scene: AnyScene, walked = scene): Staged => ({
  name: machine,
  machine,
  scene,
  walked,
});

export const scenes: readonly Staged[] = [
  scenesOf('connection', connectionScene(4, false), connectionScene(9, false)),
  {
    ...scenesOf('connection', connectionScene(2, true), connectionScene(9, true)),
    name: 'connection, of a server that drains',
  },
  scenesOf('incomingRequest', incomingScene),
  scenesOf('response', responseScene),
  scenesOf('server', serverScene),
  scenesOf('clientConnection', clientConnectionScene),
  {
    ...scenesOf('request', requestLineScene(false), wholeRequestScene(false)),
    name: 'request, its socket and its response',
  },
  {
    ...scenesOf('request', requestLineScene(true), wholeRequestScene(true)),
    name: 'request, its socket and its response, in the host’s order',
  },
  { ...scenesOf('request', requestMessageScene), name: 'request, its body' },
  { ...scenesOf('request', requestUpgradeScene), name: 'request, its body after a change of protocol' },
  ...[false, true].map((hostOrder): Staged => {
    const scene = exchangeScene(hostOrder);
    return { name: `request and response${hostOrder ? ', in the host’s order' : ''}`, scene, walked: scene };
  }),
  scenesOf('incomingResponse', incomingResponseScene),
];
