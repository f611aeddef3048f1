/** The report of a process that an exception of the program ends (row `crash-report`): it quotes no line of ours. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Project, registered } from './kit/project.js';

const project = new Project();
beforeAll(() => project.build(), 120_000);
afterAll(() => project.remove());

/** Where the program throws, as statements of a handler with `req` and `res`, or of a client with `request`. */
const ofHandler = {
  'the handler': 'fail();',
  "'data' of the request": "req.on('data', () => fail());",
  "'end' of the request": "req.resume().on('end', () => fail());",
  "'close' of the request": "req.resume().on('close', () => fail()); res.end();",
  "'finish' of the response": "res.on('finish', () => fail()); res.end();",
  "'close' of the response": "res.on('close', () => fail()); res.end();",
  'the callback of write()': "res.write('a', () => fail());",
  'the callback of end()': "res.end('a', () => fail());",
};

const ofClient = {
  "'socket'": "request.on('socket', () => fail());",
  "'response'": "request.on('response', () => fail());",
  "'data' of the response": "request.on('response', (response) => response.on('data', () => fail()));",
  "'end' of the response": "request.on('response', (response) => response.resume().on('end', () => fail()));",
  "'error'": "request.on('error', () => fail()).destroy(new Error('given'));",
  "'close'": "request.on('error', () => {}).on('close', () => fail()).destroy();",
};

const program = (handler: string, client: string) => `
  const http = require('http');
  function fail() {
    throw new Error('of the program');
  }
  const server = http.createServer((req, res) => {
    ${handler}
  }).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const request = http.request({ port, host: '127.0.0.1', method: 'POST' });
    ${client}
    request.end('body');
  });`;

const places = [
  ...Object.entries(ofHandler).map(([place, handler]) => [place, program(handler, '')] as const),
  ...Object.entries(ofClient).map(([place, client]) => [place, program("res.end('a');", client)] as const),
  ['shouldUpgradeCallback', upgrade()] as const,
  ['createConnection, after it has called back', connection()] as const,
];

function upgrade(): string {
  return program('', "request.setHeader('Connection', 'upgrade').setHeader('Upgrade', 'a');").replace(
    'createServer(',
    'createServer({ shouldUpgradeCallback: () => fail() }, ',
  );
}

function connection(): string {
  const agent = `Object.assign(new http.Agent(), {
    createConnection(options, callback) { callback(null, require('net').connect(options)); fail(); }
  })`;
  return program('', '').replace("method: 'POST'", `method: 'POST', agent: ${agent}`);
}

/** What precedes the stack: a quotation, or nothing. */
const quotedIn = (stderr: string): string => stderr.slice(0, stderr.indexOf('Error: of the program')).trim();

it.each(places)('%s throws', async (_place, text) => {
  project.write({ 'crash.cjs': text });
  const { code, stderr } = await project.run('crash.cjs', { flags: registered });
  const [first] = stderr.slice(stderr.indexOf('Error: of the program')).split('\n').slice(1);
  expect({ code, first }).toEqual({ code: 1, first: expect.stringMatching(/^ {4}at fail .*crash\.cjs:4:11\)$/) });
  // Of a socket or stream of Node's, which throws as on node:http.
  if (quotedIn(stderr) !== '')
    expect(quotedIn(stderr)).toMatch(/crash\.cjs:4\n +throw new Error\('of the program'\);\n +\^$/);
});
