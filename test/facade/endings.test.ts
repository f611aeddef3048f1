/** What the properties of a request and its response are after each kind of end: those that node:http has, and their values. */

import type { ClientRequest, IncomingMessage, RequestOptions, Server, ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { type Http, twice } from './kit/twice.js';

/** Not compared, and why. */
const APART = new Set([
  // Accessors of other properties, deprecated; see `left-out`.
  ...['_headers', '_headerNames', 'connection'],
  // Of the emitter and the stream below.
  ...['_events', '_eventsCount', '_maxListeners', '_readableState'],
  // In Node also true of a GET, which says no length: see `framed-body`.
  ...['_last', '_hasBody'],
  // Null, undefined or false: the option was not given.
  'joinDuplicateHeaders',
  // In Node set once the stream has asked for more; ours does not ask if all has come.
  ...['_consuming', 'readableFlowing'],
  // Of a connection that is open: an internal object.
  'parser',
]);

/** Since Node 24 other internals have other values. */
const isCompared = (name: string): boolean => !APART.has(name) && (HOST < 24 || !name.startsWith('_'));

const textOf = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return String(value).replace(/Date: [^\r]*|:\d{4,5}/g, '');
  return Array.isArray(value) ? `list of ${value.length}` : value.constructor?.name.replace(/^_|Methods$/g, '');
};

function propertiesOf(message: object | null | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (let from = message; from && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from).filter(isCompared)) {
      const value: unknown = Reflect.get(message as object, name);
      if (typeof value !== 'function') found[name] ??= textOf(value);
    }
  }
  return found;
}

/** What the host has, and nothing that only we have. */
const names = new Map<string, ReadonlySet<string>>();
function shared(key: string, found: Record<string, string>): Record<string, string> {
  const known = names.get(key) ?? new Set(Object.keys(found));
  names.set(key, known);
  return Object.fromEntries(Object.entries(found).filter(([name]) => known.has(name)));
}

/** What follows 'close' in the same turn has happened. */
async function settled(closed: Promise<unknown>): Promise<void> {
  await closed;
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

async function asked(
  http: Http,
  key: string,
  respond: (socket: Socket) => void,
  use: (request: ClientRequest) => void,
  options: RequestOptions,
) {
  const peer = net.createServer((socket) => socket.on('error', () => {}).once('data', () => respond(socket)));
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  const agent = new http.Agent({ keepAlive: true });
  const { port } = peer.address() as AddressInfo;
  const request = http.request({ port, host: '127.0.0.1', agent, ...options });
  request.on('error', () => {});
  use(request);
  request.end();
  await settled(new Promise<void>((resolve) => request.on('close', resolve)));
  const { res } = request as ClientRequest & { res: IncomingMessage | null };
  const found = [shared(`${key} req`, propertiesOf(request)), shared(`${key} res`, propertiesOf(res))];
  request.destroy();
  agent.destroy();
  peer.close();
  return found;
}

async function served(
  http: Http,
  key: string,
  send: string,
  handler: (req: IncomingMessage, res: ServerResponse, client: Socket) => void,
  use: (server: Server, see: (req: IncomingMessage) => void) => void = () => {},
  goesOn = false,
) {
  let seen: [req?: IncomingMessage, res?: ServerResponse] = [];
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const client = new net.Socket();
  const server = http.createServer((req, res) => {
    seen = [req.on('error', () => {}), res.on('error', () => {})];
    if (goesOn) client.once('data', close);
    else res.on('close', close);
    handler(req, res, client);
  });
  use(server, (req) => {
    seen = [req];
    close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client.on('error', () => {}).connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.resume().write(send);
  await settled(closed);
  const found = [shared(`${key} req`, propertiesOf(seen[0])), shared(`${key} res`, propertiesOf(seen[1]))];
  client.destroy();
  server.close();
  server.closeAllConnections();
  return found;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CUT = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok';
const SWITCHED = 'HTTP/1.1 101 Switched\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n';
const upgrade: RequestOptions = { headers: { Connection: 'upgrade', Upgrade: 'a' } };
const connect: RequestOptions = { method: 'CONNECT', path: 'a:1' };
const cut = (res: IncomingMessage) => res.on('data', () => res.socket.destroy());
const reads = (request: ClientRequest) => request.on('response', (res) => res.on('error', () => {}).resume());
const nothing = () => {};

function endWithTrailers(_req: IncomingMessage, res: ServerResponse): void {
  res.write('a');
  res.addTrailers({ a: 'b' });
  res.end();
}

describe('at a client', () => {
  const cases: Record<string, [(socket: Socket) => void, (request: ClientRequest) => void, RequestOptions?]> = {
    'read to the end': [(socket) => socket.write(OK), reads],
    'no listener': [(socket) => socket.write(OK), nothing],
    'read, then closed': [(socket) => socket.end(OK.replace('\r\n', '\r\nConnection: close\r\n')), reads],
    'a POST': [(socket) => socket.write(OK), reads, { method: 'POST' }],
    HEAD: [(socket) => socket.write(CUT.slice(0, -2)), reads, { method: 'HEAD' }],
    '101, with a listener': [(socket) => socket.write(SWITCHED), (request) => request.on('upgrade', nothing), upgrade],
    'CONNECT, with a listener': [(socket) => socket.write(OK), (request) => request.on('connect', nothing), connect],
    'a cut response': [(socket) => socket.write(CUT), (request) => reads(request).on('response', cut)],
    'no response': [(socket) => socket.destroy(), nothing],
    garbage: [(socket) => socket.write('garbage\r\n\r\n'), nothing],
    'destroy()': [nothing, (request) => request.on('finish', () => request.destroy())],
    'destroy(error)': [nothing, (request) => request.on('finish', () => request.destroy(new Error('a')))],
    'abort()': [nothing, (request) => request.on('finish', () => request.abort())],
    'destroy() of the response': [
      (socket) => socket.write(CUT),
      (request) => request.on('response', (res) => res.destroy()),
    ],
    'destroy() after the response': [
      (socket) => socket.write(CUT),
      (request) => reads(request).on('response', () => request.destroy()),
    ],
  };
  for (const [name, [respond, use, options = {}]] of Object.entries(cases)) {
    twice(name, (http) => asked(http, name, respond, use, options));
  }
});

describe('at a server', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody';
  const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n';
  type Case = [send: string, (req: IncomingMessage, res: ServerResponse, client: Socket) => void];
  const cases: Record<string, Case> = {
    'a GET, ended': [GET, (_req, res) => res.end('a')],
    'a POST, read': [POST, (req, res) => req.resume().on('end', () => res.end('a'))],
    'a POST, ignored': [POST, (_req, res) => res.end('a')],
    'half a POST, then gone': [POST.slice(0, -2), (req, _res, client) => req.on('data', () => client.destroy())],
    'gone before the response': [GET, (_req, _res, client) => client.destroy()],
    'gone during the response': [GET, (_req, res, client) => res.write('a', () => client.destroy())],
    'gone after the response': [GET, (_req, res, client) => res.end('a', () => client.destroy())],
    'destroy() of the response': [GET, (_req, res) => res.destroy()],
    'destroy(error) of the response': [GET, (_req, res) => res.destroy(new Error('a'))],
    'destroy() of the request': [GET, (req) => req.destroy()],
    '204': [GET, (_req, res) => res.writeHead(204).end()],
    trailers: [GET, endWithTrailers],
  };
  for (const [name, [send, handler]] of Object.entries(cases)) {
    twice(name, (http) => served(http, name, send, handler));
  }
  twice('a response that goes on', (http) =>
    served(http, 'goes on', GET, (_req, res) => res.write('a'), nothing, true),
  );
  twice('an upgrade', (http) =>
    served(http, 'upgrade', UPGRADE, nothing, (server, see) => server.on('upgrade', (req) => see(req))),
  );
});
