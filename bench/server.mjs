/**
 * The server under measurement, in a process of its own.
 *
 *   node bench/server.mjs --impl node|statewire|net --scenario hello [--port 8080]
 *
 * Started by the bench it talks over IPC: it says on which port it listens and answers `sample` with what it has used so far.
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import { parseArgs } from 'node:util';
import { scenarioNamed } from './scenarios.mjs';

const require = createRequire(import.meta.url);

/** The ceiling: what the sockets alone allow. It reads nothing of what it answers. */
function createNetServer() {
  const answer = Buffer.from(
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
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => socket.destroy());
  });
}

function createHttpServer(impl, { handler, options = {} }) {
  const http = impl === 'node' ? require('node:http') : require('../dist/index.cjs');
  return http.createServer(options, handler);
}

/** CPU time in µs and, when the process may collect garbage, bytes of memory that survive it. */
function sample() {
  const { user, system } = process.cpuUsage();
  const memory = globalThis.gc ? settledMemory() : {};
  return { cpu: user + system, at: performance.now(), ...memory };
}

function settledMemory() {
  for (let pass = 0; pass < 3; pass++) globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

const { values } = parseArgs({
  options: {
    impl: { type: 'string', default: 'statewire' },
    scenario: { type: 'string', default: 'hello' },
    port: { type: 'string', default: '0' },
  },
});
const scenario = scenarioNamed(values.scenario);
if (scenario === undefined) throw new Error(`no such scenario: ${values.scenario}`);

const server = values.impl === 'net' ? createNetServer() : createHttpServer(values.impl, scenario);
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`${values.impl} serves ${scenario.name} on http://127.0.0.1:${port}`);
});

process.on('message', () => process.send(sample()));
process.on('disconnect', () => process.exit());
