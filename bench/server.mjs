/**
 * The server under measurement, in a separate process.
 *
 *   node bench/server.mjs --impl node|statewire|net|<dist folder> --scenario hello [--port 8080]
 */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { frameworks } from './frameworks.mjs';
import { createNetServer, httpOf, httpsOf } from './implementations.mjs';
import { announce, carryOut } from './orders.mjs';
import { scenarioNamed } from './scenarios.mjs';

const { values } = parseArgs({
  options: {
    impl: { type: 'string', default: 'statewire' },
    scenario: { type: 'string', default: 'hello' },
    port: { type: 'string', default: '0' },
  },
});

const pem = (name) => readFileSync(new URL(`../test/https/fixtures/${name}`, import.meta.url));

function serverOf(impl, { secure, handler }) {
  if (!secure) return httpOf(impl).createServer(handler);
  return httpsOf(impl).createServer({ key: pem('server.key'), cert: pem('server.crt') }, handler);
}

async function createServer(impl, scenario) {
  if (impl === 'net') return createNetServer();
  const { framework } = scenario;
  const server = framework ? await frameworks[framework]() : serverOf(impl, scenario);
  server.keepAliveTimeout = 300_000; // Connections rest while it's the turn of others.
  return server;
}

const countConnections = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

/**
 * Bytes that survive a garbage collection with exactly `connections` open. Closed connections are released in later turns of the
 * loop, so it takes several passes.
 */
async function weigh({ connections }) {
  while ((await countConnections()) !== connections) await setImmediate();
  for (let pass = 0; pass < 5; pass++) {
    await setImmediate();
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

const server = await createServer(values.impl, scenarioNamed(values.scenario));
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  announce(server, `${values.impl} serves ${values.scenario}`);
});
carryOut({ weigh });
