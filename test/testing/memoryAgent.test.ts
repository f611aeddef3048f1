/** Requests to a server in the same process. */
import nodeHttp from 'node:http';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';

type Http = Pick<typeof nodeHttp, 'request' | 'createServer'>;
const ours = statewire as unknown as Http;

function send(http: Http, options: object, body?: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(options, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const echo: nodeHttp.RequestListener = async (req, res) => {
  const body = Buffer.concat(await req.toArray());
  res.statusCode = 201;
  res.end(`${req.method} ${req.url} of ${req.headers.host}: ${body}`);
};

describe.each([
  ['statewire', ours],
  ['node:http', nodeHttp],
] as const)('a server of %s', (_name, http) => {
  it('responds without a port', async () => {
    const server = http.createServer(echo);
    const agent = memoryAgent(server);
    const options = { agent, method: 'POST', host: 'anywhere.example', path: '/page' };
    expect(await send(ours, options, 'body')).toEqual({ status: 201, body: 'POST /page of anywhere.example: body' });
    expect(server.listening).toBe(false);
  });

  it('reuses a kept connection', async () => {
    let connections = 0;
    const server = http.createServer(echo).on('connection', () => connections++);
    const agent = memoryAgent(server, { keepAlive: true });
    for (let i = 0; i < 3; i++) await send(ours, { agent });
    expect(connections).toBe(1);
    agent.destroy();
  });

  it('transfers a megabyte through sockets with small buffers', async () => {
    const server = http.createServer((req, res) => void req.pipe(res));
    const agent = memoryAgent(server, { highWaterMark: 1024 });
    const body = 'x'.repeat(1_000_000);
    const response = await send(ours, { agent, method: 'PUT' }, body);
    expect(response.body.length).toBe(body.length);
  });
});

it('serves requests of node:http', async () => {
  const agent = memoryAgent(ours.createServer(echo)) as unknown as nodeHttp.Agent;
  expect(await send(nodeHttp, { agent, path: '/page' })).toEqual({ status: 201, body: 'GET /page of localhost: ' });
});

it('shows the server nothing of a request destroyed before it is connected', async () => {
  const server = statewire.createServer();
  const log: string[] = [];
  server.on('connection', () => log.push('connection'));
  const request = statewire.get({ agent: memoryAgent(server) });
  request.on('error', (error) => log.push(error.message));
  request.on('socket', () => request.destroy());
  await settled();
  expect(log).toEqual(['socket hang up']);
});

it('has addresses', async () => {
  let seen: unknown;
  const server = statewire.createServer((req, res) => {
    const { remoteAddress, localPort } = req.socket;
    seen = { remoteAddress, localPort };
    res.end();
  });
  await send(ours, { agent: memoryAgent(server), port: 8080 });
  expect(seen).toEqual({ remoteAddress: '127.0.0.1', localPort: 8080 });
});
