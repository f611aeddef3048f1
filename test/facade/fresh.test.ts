/** The values of the properties of objects that were just made: all that the host's have, found by looking. */
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { httpOf, https as modules } from '../https/kit.js';

type Face = (typeof modules)['host'];
type Values = Record<string, unknown>;

/** Properties that differ, by the row of docs/differences-from-node.md or what they are. */
const DIFFERING: Readonly<Record<string, readonly string[]>> = {
  // Listeners of the engine.
  engine: ['_events', '_eventsCount', '_onPendingData'],
  'join-duplicates': ['joinDuplicateHeaders'],
  'https-agent-options': HOST < 24 ? ['options'] : [],
  'left-out': HOST < 24 ? ['_headers', '_headerNames'] : [],
};
const differing = Object.values(DIFFERING).flat();

/** An agent that gives no request a socket. */
const unwilling = (face: { Agent: typeof import('node:http').Agent }) =>
  Object.assign(new face.Agent(), { addRequest: () => {} });
const heads = {
  'GET over HTTP/1.1': { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} },
  'GET over HTTP/1.0': { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 0, headers: {} },
  'HEAD over HTTP/1.1': { method: 'HEAD', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} },
};

const makers: Readonly<Record<string, (http: ReturnType<typeof httpOf>, https: Face) => object>> = {
  'http.Server': (http) => new http.Server(),
  'http.Server with options': (http) =>
    http.createServer({ keepAlive: true, noDelay: false, maxHeaderSize: 9 }, () => {}),
  'https.Server': (_, https) => new https.Server(),
  'https.Server with options': (_, https) => https.createServer({ keepAlive: true, requestTimeout: 9 }, () => {}),
  'http.Agent': (http) => new http.Agent(),
  'http.Agent with options': (http) =>
    new http.Agent({ keepAlive: true, maxSockets: 2, timeout: 9, scheduling: 'fifo' }),
  'http.globalAgent': (http) => http.globalAgent,
  'https.Agent': (_, https) => new https.Agent(),
  'https.Agent with options': (_, https) =>
    new https.Agent({ keepAlive: true, maxCachedSessions: 9, maxTotalSockets: 2 }),
  'https.globalAgent': (_, https) => https.globalAgent,
  'http.ClientRequest': (http) => http.request({ agent: unwilling(http) }),
  'http.ClientRequest with options': (http) =>
    http.request({ agent: unwilling(http), method: 'POST', path: '/x', timeout: 9, headers: { a: '1' }, port: 9 }),
  'https.ClientRequest': (_, https) => https.request({ agent: unwilling(https) }),
  IncomingMessage: (http) => new http.IncomingMessage(null as never),
  'IncomingMessage with a socket': (http) => new http.IncomingMessage(new Socket()),
  OutgoingMessage: (http) => new http.OutgoingMessage(),
  ...Object.fromEntries(
    Object.entries(heads).map(([name, head]) => [
      `ServerResponse to ${name}`,
      (http: ReturnType<typeof httpOf>) => new http.ServerResponse(head as never),
    ]),
  ),
};

/** The value in a form that can be compared: an object that is no plain data, by its class. */
function plain(value: unknown): unknown {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return value;
  const Class: { name: string } = value.constructor ?? Object;
  if (Class !== Object && Class !== Array) return `an object of ${Class.name}`;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** All named properties, own and inherited, but for methods that are inherited. */
function valuesOf(made: object): Values {
  const values: Values = {};
  for (let from = made; from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name in values || differing.includes(name)) continue;
      const value: unknown = Reflect.get(made, name);
      if (from === made || typeof value !== 'function') values[name] = plain(value);
    }
  }
  return values;
}

describe('a new object has the host’s values', () => {
  it.each(Object.keys(makers))('%s', (name) => {
    const [theirs, ours] = [modules.host, modules.statewire].map((face) => valuesOf(makers[name]!(httpOf(face), face)));
    const values = Object.fromEntries(Object.keys(theirs!).map((key) => [key, ours![key]]));
    expect(Object.keys(theirs!).length).toBeGreaterThan(10);
    expect(values).toEqual(theirs);
  });
});
