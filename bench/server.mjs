/**
 * The server under measurement, in a separate process.
 *
 *   node bench/server.mjs --impl node|statewire|net --scenario hello [--port 8080]
 *
 * Started by the bench, it uses IPC: it sends its port, and replies to each message with its usage.
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { frameworks } from './frameworks.mjs';
import { scenarioNamed } from './scenarios.mjs';
import { usage } from './usage.mjs';

const require = createRequire(import.meta.url);

/** The ceiling: what sockets alone allow. It responds to each chunk without parsing it. */
function createNetServer() {
  const response = Buffer.from(
    [
      'HTTP/1.1 200 OK',
      'Content-Type: text/plain',
      'Date: Thu, 01 Jan 1970 00:00:00 GMT',
      'Connection: keep-alive',
      'Keep-Alive: timeout=5',
      'Content-Length: 12',
      '',
      'hello, world',
    ].join('\r\n'),
  );
  return net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(response));
    socket.on('error', () => socket.destroy());
  });
}

const createHttpServer = (http, { handler, options = {} }) => http.createServer(options, handler);

const makers = {
  net: createNetServer,
  node: (scenario) => createHttpServer(require('node:http'), scenario),
  statewire: (scenario) => createHttpServer(require('../dist/index.cjs'), scenario),
};

/**
 * Bytes that survive a garbage collection with exactly `connections` open. Closed connections are released in later turns of the
 * loop, so it takes several passes.
 */
async function memoryWith(connections) {
  while ((await countConnections()) !== connections) await setImmediate();
  for (let pass = 0; pass < 5; pass++) {
    await setImmediate();
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

const countConnections = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

const { values } = parseArgs({
  options: {
    impl: { type: 'string', default: 'statewire' },
    scenario: { type: 'string', default: 'hello' },
    port: { type: 'string', default: '0' },
  },
});
const scenario = scenarioNamed(values.scenario);
if (scenario === undefined) throw new Error(`no such scenario: ${values.scenario}`);

if (!(values.impl in makers)) throw new Error(`no such implementation: ${values.impl}`);

const server = await (scenario.framework ? frameworks[scenario.framework]() : makers[values.impl](scenario));
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`${values.impl} serves ${scenario.name} on http://127.0.0.1:${port}`);
});

process.on('message', async ({ connections }) => {
  process.send(connections === undefined ? usage() : await memoryWith(connections));
});
process.on('disconnect', () => process.exit());
