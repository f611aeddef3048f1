/** What is published on the diagnostics channels of HTTP clients, and when: the same as on the host. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { head } from '../conversations/kit/phrases.js';
import { settle } from '../conversations/kit/wires.js';
import { type Http, twice } from '../facade/kit/twice.js';

const CHANNELS = [
  'http.client.request.start',
  'http.client.request.error',
  'http.client.response.finish',
  // Before Node 22 the host does not have these channels.
  ...(HOST < 22 ? [] : ['http.client.request.created']),
];

const RESPONSES: Readonly<Record<string, string>> = {
  '/': `${head('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`,
  '/half': `${head('HTTP/1.1 200 OK', 'Content-Length: 9')}hello`,
  '/garbage': 'garbage',
  '/interim': `${head('HTTP/1.1 103 Early Hints')}${head('HTTP/1.1 204 None')}`,
  '/continue': `${head('HTTP/1.1 100 Continue')}${head('HTTP/1.1 200 OK', 'Content-Length: 0')}`,
  '/upgrade': head('HTTP/1.1 101 Switching', 'Connection: Upgrade', 'Upgrade: thing'),
  'a.test:80': head('HTTP/1.1 200 OK'),
};

let peer: Server;

beforeAll(async () => {
  peer = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const [, path = ''] = /^\w+ (\S+)/.exec(String(chunk)) ?? [];
      if (path === '/close') socket.end();
      else if (RESPONSES[path] !== undefined) socket.write(RESPONSES[path]);
      if (path === '/half') socket.end();
    });
  }).listen(0, '127.0.0.1');
  await once(peer, 'listening');
});

afterAll(() => void peer.close());

type Steps = (request: ClientRequest) => void;

const end: Steps = (request) => void request.end();

/** The channels' messages, in order with the events of the request. */
async function published({ request, Agent }: Http, options: RequestOptions, steps: Steps): Promise<string[]> {
  const log: string[] = [];
  const listener = (message: unknown, name: string | symbol) => {
    const { request, response, error } = message as { request: ClientRequest; response?: unknown; error?: Error };
    const isResponse = response !== undefined && response === (request as unknown as { res: unknown }).res;
    log.push(
      [name, Object.keys(message as object), request.path, isResponse, request.headersSent, error?.message].join(' '),
    );
  };
  for (const channel of CHANNELS) subscribe(channel, listener);
  const { port } = peer.address() as AddressInfo;
  const agent: Agent = new Agent();
  const made = request({ host: '127.0.0.1', port, agent, ...options });
  for (const event of ['socket', 'finish', 'continue', 'information', 'error', 'close'])
    made.on(event, () => void log.push(event));
  if (options.path !== '/unclaimed') {
    made.on('response', (response) => {
      log.push('response');
      response.on('error', () => {}).resume();
    });
    for (const event of ['upgrade', 'connect']) {
      made.on(event, (_response, socket) => {
        log.push(event);
        socket.destroy();
      });
    }
  }
  log.push('created');
  steps(made);
  log.push('called');
  await settle();
  made.destroy();
  await settle();
  for (const channel of CHANNELS) unsubscribe(channel, listener);
  return log;
}

/** Calls of methods of the request, each with one argument. */
const calls =
  (...made: (readonly [method: 'write' | 'end' | 'flushHeaders', argument?: string])[]): Steps =>
  (request) => {
    for (const [method, argument] of made) (request[method] as (argument?: string) => unknown)(argument);
  };

const later =
  (call: Steps): Steps =>
  (request) => {
    request.end();
    setImmediate(() => setImmediate(call, request));
  };

const cases: readonly (readonly [name: string, options: RequestOptions, steps?: Steps])[] = [
  ['a GET', {}],
  ['a POST in pieces', { method: 'POST' }, calls(['write', 'a'], ['write', 'b'], ['end', 'c'])],
  ['a request that is not ended', { method: 'POST' }, calls(['write', 'a'])],
  ['headers sent first', { method: 'POST' }, calls(['flushHeaders'], ['end'])],
  ['an interim response', { path: '/interim' }],
  ['100-continue', { path: '/continue', method: 'POST', headers: { Expect: '100-continue' } }],
  ['an upgrade', { path: '/upgrade', headers: { Connection: 'Upgrade', Upgrade: 'thing' } }],
  ['a CONNECT', { path: 'a.test:80', method: 'CONNECT' }],
  ['a peer that closes', { path: '/close' }],
  ['garbage', { path: '/garbage' }],
  ['a refused connection', { port: 1 }],
  ['destroy() while it waits for the response', { path: '/none' }, later((request) => request.destroy())],
  [
    'destroy(error) while it waits for the response',
    { path: '/none' },
    later((request) => request.destroy(new Error('mine'))),
  ],
];

describe('diagnostics_channel of a client', () => {
  for (const [name, options, steps = end] of cases) twice(name, (http) => published(http, options, steps));
});
