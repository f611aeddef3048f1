/**
 * The client under measurement, in a process of its own: it keeps a number of requests in flight on an agent that keeps its
 * connections, and reads each answer to its end.
 *
 *   node bench/client.mjs --impl node|statewire|undici --scenario client-get --port 8080
 *
 * Started by the bench it talks over IPC and answers each message with the answers that it has had and what it has used.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { answerJson, scenarioNamed } from './scenarios.mjs';
import { usage } from './usage.mjs';

const require = createRequire(import.meta.url);
const host = '127.0.0.1';
const answerLength = Buffer.byteLength(answerJson);

/** Calls `done` when the stream has ended. */
function read(stream, done) {
  let length = 0;
  stream.on('data', (chunk) => {
    length += chunk.length;
  });
  stream.on('end', () => {
    if (length === answerLength) done();
    else fail(new Error(`an answer had ${length} bytes, not ${answerLength}`));
  });
}

/** @returns {(done: () => void) => void} makes a request, and calls `done` when its answer is read */
function askByHttp(http, { method, headers, body, inFlight }, port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  return (done) => {
    const request = http.request({ host, port, path: '/', method, headers, agent }, (response) => read(response, done));
    request.on('error', fail);
    request.end(body);
  };
}

function askByUndici({ Agent, request }, { method, headers, body, inFlight }, port) {
  const dispatcher = new Agent({ connections: inFlight, pipelining: 1 });
  const url = `http://${host}:${port}/`;
  return (done) => {
    request(url, { method, headers, body, dispatcher }).then((response) => read(response.body, done), fail);
  };
}

const makers = {
  node: (scenario, port) => askByHttp(require('node:http'), scenario, port),
  statewire: (scenario, port) => askByHttp(require('../dist/index.cjs'), scenario, port),
  undici: (scenario, port) => askByUndici(require('undici7'), scenario, port),
};

function fail(error) {
  failure ??= error.message;
  if (!process.send) throw error;
}

const { values } = parseArgs({
  options: {
    impl: { type: 'string', default: 'statewire' },
    scenario: { type: 'string', default: 'client-get' },
    port: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const scenario = scenarioNamed(values.scenario);
if (scenario?.kind !== 'client') throw new Error(`no such scenario of a client: ${values.scenario}`);
if (!(values.impl in makers)) throw new Error(`no such implementation: ${values.impl}`);

let answers = 0;
let failure;
const ask = makers[values.impl](scenario, Number(values.port));

function askAgain() {
  answers++;
  ask(askAgain);
}

for (let lane = 0; lane < scenario.inFlight; lane++) ask(askAgain);

if (values.seconds) {
  setTimeout(() => {
    console.log(`${answers} answers, ${(usage().cpu / answers).toFixed(1)} µs of CPU each`);
    process.exit();
  }, Number(values.seconds) * 1000);
}

process.on('message', () => process.send(failure === undefined ? { answers, ...usage() } : { failure }));
process.on('disconnect', () => process.exit());
