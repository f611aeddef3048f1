/** What can be seen of the face without using it: names, prototypes, lengths. */
import hostExports from 'node:http';
import { describe, expect, it } from 'vitest';
import ownExports from '../../src/index.js';
import { HOST } from '../conversations/kit/host.js';
import { http } from './kit/twice.js';

const { host, statewire } = http;
const CLASSES = ['IncomingMessage', 'OutgoingMessage', 'ServerResponse', 'Server', 'ClientRequest', 'Agent'] as const;

/** They are exports of the default alone: a name that is imported is looked up when the program starts. */
const UNNAMED = ['CloseEvent', 'MessageEvent', 'WebSocket'];

/** Methods that have no name in the host, and whose length says nothing there. */
const ANONYMOUS = ['cork', 'uncork', 'close', 'closeAllConnections', 'closeIdleConnections'];

/** Own properties that newer hosts have too, or that the host has on its prototype. */
const ADDED = [
  ...['agentKeepAliveTimeoutBuffer', 'httpValidation', 'keepAliveTimeoutBuffer', 'shouldUpgradeCallback'],
  ...['socket', 'statusCode', 'statusMessage'],
];

interface Gaps {
  readonly missing: readonly string[];
  readonly shaped: readonly string[];
  readonly hidden: readonly string[];
}

/** They are methods of a class above `OutgoingMessage`, and not enumerable there. */
const HEADERS = [
  'addTrailers',
  'appendHeader',
  'getHeader',
  'getHeaderNames',
  'getHeaders',
  'getRawHeaderNames',
  'hasHeader',
  'headersSent',
  'removeHeader',
  'setHeader',
  'setHeaders',
];

/** What newer hosts, or older ones, have inside. */
const INSIDE = {
  message: HOST < 24 ? [] : ['Symbol(kAttachAbortSignal)', 'Symbol(kDetachAbortSignal)', '_dumpAndCloseReadable'],
  // Deprecated since Node 12 (DEP0066).
  outgoing: HOST < 24 ? ['_headerNames', '_headers'] : ['_isLenientHeaderValidation'],
};

/** An accessor of newer hosts; here it is a property of an instance. */
const SOCKET = HOST < 22 ? [] : ['socket'];

/** A property of an instance in older hosts; here it is an accessor. */
const PATH = HOST < 24 ? ['path'] : [];

/** What is not the host's, class by class. */
const LEFT_OUT: Readonly<Record<(typeof CLASSES)[number], Gaps>> = {
  IncomingMessage: { missing: INSIDE.message, shaped: HOST < 24 ? ['_read'] : [], hidden: [] },
  OutgoingMessage: {
    missing: ['_finish', ...INSIDE.outgoing, ...SOCKET],
    shaped: ['_writeRaw'],
    hidden: HEADERS,
  },
  ServerResponse: {
    missing: ['_finish', 'statusCode', 'statusMessage'],
    shaped: [],
    hidden: HEADERS,
  },
  Server: { missing: [], shaped: [], hidden: [] },
  ClientRequest: {
    missing: ['_deferToConnect', '_finish'],
    shaped: [],
    hidden: [...HEADERS, ...(HOST < 24 ? [] : ['path'])].sort(),
  },
  // Before Node 22 the host's is `net.connect` itself.
  Agent: { missing: [], shaped: HOST < 22 ? ['createConnection'] : [], hidden: [] },
};

describe('the exports', () => {
  it('are the host’s', () => {
    const missing = Object.keys(host).filter((name) => !(name in statewire));
    expect(missing.filter((name) => name !== 'module.exports').sort()).toEqual(UNNAMED.filter((name) => name in host));
  });

  it('are as writable and as visible as the host’s', () => {
    const differing = Object.keys(hostExports).filter(
      (name) => describeProperty(ownExports, name) !== describeProperty(hostExports, name),
    );
    expect(differing).toEqual([]);
  });

  it.each(UNNAMED)('give %s as the host does, when they are asked', (name) => {
    expect(Reflect.get(ownExports, name)).toBe(Reflect.get(globalThis, name));
    expect(describeProperty(ownExports, name)).toBe('get enumerable configurable');
  });

  it('hold the host’s constants', () => {
    expect(statewire.METHODS).toEqual(expect.arrayContaining(host.METHODS));
    expect(statewire.STATUS_CODES).toEqual(expect.objectContaining(host.STATUS_CODES));
    expect(statewire.maxHeaderSize).toBe(host.maxHeaderSize);
  });

  it.each(['createServer', 'get', 'request', 'setMaxIdleHTTPParsers'] as const)('%s is called as the host’s', (name) =>
    expect(signatureOf(statewire[name])).toEqual(signatureOf(host[name])),
  );
});

describe.each(CLASSES)('%s', (name) => {
  const theirs = host[name];
  const ours = statewire[name];

  it('is called as the host’s', () => expect(signatureOf(ours)).toEqual(signatureOf(theirs)));

  it('has all that the host’s prototype has', () => {
    const missing = Reflect.ownKeys(theirs.prototype).filter((key) => !(key in ours.prototype));
    expect(missing.map(String).sort()).toEqual(LEFT_OUT[name].missing);
  });

  it('has methods where the host has methods, with the same names and lengths', () => {
    const methods = methodsOf(theirs.prototype).filter((key) => key in ours.prototype);
    const differing = methods.filter((key) => shapeOf(ours.prototype, key) !== shapeOf(theirs.prototype, key));
    expect(differing.sort()).toEqual(LEFT_OUT[name].shaped);
  });

  it('shows in `for in` what the host’s prototype shows', () => {
    const shown = namesIn(ours.prototype);
    const hidden = namesIn(theirs.prototype).filter((key) => key in ours.prototype && !shown.includes(key));
    expect(hidden.sort()).toEqual(LEFT_OUT[name].hidden);
  });

  it('has the host’s classes above it', () => {
    const names = chainOf(ours);
    expect(chainOf(theirs).filter((each) => !names.includes(each))).toEqual([]);
  });
});

describe('an instance', () => {
  /** An agent that gives no sockets. */
  const unwilling = Object.assign(new host.Agent(), { addRequest: () => {} });

  const made = (face: typeof host) => {
    const req = new face.IncomingMessage(undefined as never);
    const request = face.request({ agent: unwilling });
    const pair = { req, res: new face.ServerResponse(req) };
    return {
      ...pair,
      request,
      agent: new face.Agent(),
      server: new face.Server(),
      message: new face.OutgoingMessage(),
    };
  };

  it.each(['req', 'res', 'server', 'message', 'request', 'agent'] as const)(
    '%s is printed and copied by its public names',
    (name) => {
      const isPublic = (key: string) => !key.startsWith('_');
      const ours = Object.keys(made(statewire)[name]).filter(isPublic);
      const theirs = Object.keys(made(host)[name]).filter(isPublic);
      expect(
        theirs.filter((key) => !ours.includes(key) && !PATH.includes(key)),
        'missing',
      ).toEqual([]);
      expect(
        ours.filter((key) => !theirs.includes(key) && !ADDED.includes(key)),
        'added',
      ).toEqual([]);
    },
  );
});

function signatureOf(callable: unknown): object {
  const { name, length } = callable as { name: string; length: number };
  return { name, length };
}

/** What may be done with a property, and whether it is one of code. */
function describeProperty(object: object, name: string): string {
  const descriptor = Object.getOwnPropertyDescriptor(object, name) ?? {};
  const flags = ['writable', 'enumerable', 'configurable'] as const;
  const code = (['get', 'set'] as const).filter((each) => descriptor[each] !== undefined);
  return [...code, ...flags.filter((flag) => descriptor[flag])].join(' ');
}

function methodsOf(prototype: object): string[] {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return descriptors.filter(([, { value }]) => typeof value === 'function').map(([key]) => key);
}

/** Name and length, as far as the host's method has a name of its own. */
function shapeOf(prototype: object, key: string): string {
  const value: unknown = Reflect.get(prototype, key);
  if (typeof value !== 'function') return typeof value;
  return value.name === '' || ANONYMOUS.includes(key) ? 'any' : `${value.name}/${value.length}`;
}

function namesIn(prototype: object): string[] {
  const names: string[] = [];
  // biome-ignore lint/suspicious/noForIn: what a program's own loop sees is examined.
  for (const name in prototype) names.push(name);
  return names;
}

function chainOf(made: object): string[] {
  const names: string[] = [];
  for (let up = made; up !== Function.prototype; up = Object.getPrototypeOf(up)) {
    names.push((up as { name: string }).name);
  }
  return names;
}
