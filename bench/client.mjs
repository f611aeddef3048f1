/**
 * The client under measurement, in a separate process: it keeps a number of requests in flight on a keep-alive agent, and reads
 * each response to its end.
 *
 *   node bench/client.mjs --impl node|statewire|undici --scenario client-get --port 8080
 *
 * Started by the bench, it uses IPC: it replies to each message with the number of its responses and its usage.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { responseJson, scenarioNamed } from './scenarios.mjs';
import { usage } from './usage.mjs';

const require = createRequire(import.meta.url);
const host = '127.0.0.1';
const responseLength = Buffer.byteLength(responseJson);

/** Calls `done` when the stream has ended. */
function read(stream, done) {
  let length = 0;
  stream.on('data', (chunk) => {
    length += chunk.length;
  });
  stream.on('end', () => {
    if (length === responseLength) done();
    else fail(new Error(`a response had ${length} bytes, not ${responseLength}`));
  });
}

/** @returns {(done: () => void) => void} a function that makes a request, and calls `done` when its response is read */
function requestByHttp(http, { method, headers, body, inFlight }, port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  return (done) => {
    const request = http.request({ host, port, path: '/', method, headers, agent }, (response) => read(response, done));
    request.on('error', fail);
    request.end(body);
  };
}

function requestByUndici({ Agent, request }, { method, headers, body, inFlight }, port) {
  const dispatcher = new Agent({ connections: inFlight, pipelining: 1 });
  const url = `http://${host}:${port}/`;
  return (done) => {
    request(url, { method, headers, body, dispatcher }).then((response) => read(response.body, done), fail);
  };
}

const makers = {
  node: (scenario, port) => requestByHttp(require('node:http'), scenario, port),
  statewire: (scenario, port) => requestByHttp(require('../dist/index.cjs'), scenario, port),
  undici: (scenario, port) => requestByUndici(require('undici7'), scenario, port),
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
if (scenario?.kind !== 'client') throw new Error(`no such client scenario: ${values.scenario}`);
if (!(values.impl in makers)) throw new Error(`no such implementation: ${values.impl}`);

let responses = 0;
let failure;
const request = makers[values.impl](scenario, Number(values.port));

function requestAgain() {
  responses++;
  request(requestAgain);
}

for (let lane = 0; lane < scenario.inFlight; lane++) request(requestAgain);

if (values.seconds) {
  setTimeout(() => {
    console.log(`${responses} responses, ${(usage().cpu / responses).toFixed(1)} µs of CPU each`);
    process.exit();
  }, Number(values.seconds) * 1000);
}

process.on('message', () => process.send(failure === undefined ? { responses, ...usage() } : { failure }));
process.on('disconnect', () => process.exit());
