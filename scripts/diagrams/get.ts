/** One GET, as the machines take it. */
import { type Observation, tap } from '../../src/engine/tap.js';
import { createServer, get } from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';

/** In memory: it is the same each time. */
export async function recordGet(): Promise<Observation[]> {
  const seen: Observation[] = [];
  const agent = memoryAgent(
    createServer((_request, response) => void response.end('hello')),
    { keepAlive: true },
  );
  const stop = tap((observation) => seen.push(observation));
  get({ agent }, (response) => response.resume());
  await settled();
  stop();
  agent.destroy();
  return seen;
}
