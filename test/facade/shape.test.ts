/** What is visible of the API without using it: names, prototypes, lengths. */
import hostExports from 'node:http';
import { describe, expect, it } from 'vitest';
import ownExports from '../../src/index.js';
import { HOST } from '../conversations/kit/host.js';
import { http } from './kit/twice.js';

const { host, statewire } = http;
const CLASSES = ['IncomingMessage', 'OutgoingMessage', 'ServerResponse', 'Server', 'ClientRequest', 'Agent'] as const;

/** Made at first access: named exports are stand-ins. */
const GLOBALS = ['CloseEvent', 'MessageEvent', 'WebSocket'];

/** Methods that have no name in the host, and no meaningful length. */
const ANONYMOUS = ['cork', 'uncork', 'close', 'closeAllConnections', 'closeIdleConnections'];

/** Own properties that newer hosts also have, or that the host has on the prototype. */
const ADDED = [
  ...['agentKeepAliveTimeoutBuffer', 'httpValidation', 'keepAliveTimeoutBuffer', 'shouldUpgradeCallback'],
  ...['socket', 'statusCode', 'statusMessage'],
];

interface Gaps {
  readonly missing: readonly string[];
  readonly shaped: readonly string[];
  readonly hidden: readonly string[];
}

/** Internal members of newer or older hosts. */
const INSIDE = {
  message: HOST < 24 ? [] : ['Symbol(kAttachAbortSignal)', 'Symbol(kDetachAbortSignal)', '_dumpAndCloseReadable'],
  // Deprecated since Node 12 (DEP0066).
  outgoing: HOST < 24 ? ['_headerNames', '_headers'] : ['_isLenientHeaderValidation'],
};

/** An accessor in newer hosts; an instance property here. */
const SOCKET = HOST < 22 ? [] : ['socket'];

/** An instance property in older hosts; an accessor here. */
const PATH = HOST < 24 ? ['path'] : [];

/** The deviations from the host, by class. */
const LEFT_OUT: Readonly<Record<(typeof CLASSES)[number], Gaps>> = {
  IncomingMessage: { missing: INSIDE.message, shaped: HOST < 24 ? ['_read'] : [], hidden: [] },
  OutgoingMessage: {
    missing: [...INSIDE.outgoing, ...SOCKET],
    shaped: ['_writeRaw'],
    hidden: [],
  },
  ServerResponse: {
    missing: [],
    shaped: [],
    hidden: [],
  },
  Server: { missing: [], shaped: [], hidden: [] },
  ClientRequest: {
    missing: ['_deferToConnect'],
    shaped: [],
    hidden: [],
  },
  // Before Node 22 the host's method is `net.connect` itself.
  Agent: { missing: [], shaped: HOST < 22 ? ['createConnection'] : [], hidden: [] },
};

describe('the exports', () => {
  it('have the host’s names', () => {
    const missing = Object.keys(host).filter((name) => !(name in statewire));
    expect(missing.filter((name) => name !== 'module.exports').sort()).toEqual([]);
  });

  it('have the host’s property attributes', () => {
    const differing = Object.keys(hostExports).filter(
      (name) => describeProperty(ownExports, name) !== describeProperty(hostExports, name),
    );
    expect(differing).toEqual([]);
  });

  it.each(GLOBALS)('return the global %s on access, like the host', (name) => {
    expect(Reflect.get(ownExports, name)).toBe(Reflect.get(globalThis, name));
    expect(describeProperty(ownExports, name)).toBe('get enumerable configurable');
  });

  it('contain the host’s constants', () => {
    expect(statewire.METHODS).toEqual(expect.arrayContaining(host.METHODS));
    expect(statewire.STATUS_CODES).toEqual(expect.objectContaining(host.STATUS_CODES));
    expect(statewire.maxHeaderSize).toBe(host.maxHeaderSize);
  });

  it.each(['createServer', 'get', 'request', 'setMaxIdleHTTPParsers'] as const)('%s has the host’s signature', (name) =>
    expect(signatureOf(statewire[name])).toEqual(signatureOf(host[name])),
  );
});

describe.each(CLASSES)('%s', (name) => {
  const theirs = host[name];
  const ours = statewire[name];

  it('has the host’s signature', () => expect(signatureOf(ours)).toEqual(signatureOf(theirs)));

  it('has all members of the host’s prototype itself, not of a base', () => {
    const missing = Reflect.ownKeys(theirs.prototype).filter((key) => !Object.hasOwn(ours.prototype, key));
    expect(missing.map(String).sort()).toEqual(LEFT_OUT[name].missing);
  });

  it('has the host’s methods, with the same names and lengths', () => {
    const methods = methodsOf(theirs.prototype).filter((key) => key in ours.prototype);
    const differing = methods.filter((key) => shapeOf(ours.prototype, key) !== shapeOf(theirs.prototype, key));
    expect(differing.sort()).toEqual(LEFT_OUT[name].shaped);
  });

  it('enumerates in `for in` what the host’s prototype does', () => {
    const shown = namesIn(ours.prototype);
    const hidden = namesIn(theirs.prototype).filter((key) => key in ours.prototype && !shown.includes(key));
    expect(hidden.sort()).toEqual(LEFT_OUT[name].hidden);
  });

  it('has the host’s base classes', () => {
    const names = chainOf(ours);
    expect(chainOf(theirs).filter((each) => !names.includes(each))).toEqual([]);
  });
});

describe('an instance', () => {
  /** An agent that assigns no sockets. */
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
    '%s is printed and copied with its public names',
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

/** The attributes of a property, and whether it is an accessor. */
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

/** Name and length, if the host's method has its own name. */
function shapeOf(prototype: object, key: string): string {
  const value: unknown = Reflect.get(prototype, key);
  if (typeof value !== 'function') return typeof value;
  return value.name === '' || ANONYMOUS.includes(key) ? 'any' : `${value.name}/${value.length}`;
}

function namesIn(prototype: object): string[] {
  const names: string[] = [];
  // biome-ignore lint/suspicious/noForIn: the test checks what a program's own loop sees.
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

describe('an object that is made of a prototype alone, as fakes in tests are', () => {
  it.each([
    ['IncomingMessage', ['headers', 'headersDistinct', 'trailers', 'trailersDistinct', 'connection']],
    [
      'ServerResponse',
      ['headersSent', 'statusCode', 'statusMessage', 'writableFinished', 'writableNeedDrain', 'connection'],
    ],
  ] as const)('has the host’s values: %s', (name, members) => {
    const valuesOf = ({ prototype }: { prototype: object }) => {
      const fake = Object.create(prototype) as Record<string, unknown>;
      return members.map((member) => [member, fake[member]]);
    };
    expect(valuesOf(statewire[name])).toEqual(valuesOf(host[name]));
  });

  it.each(['headers', 'trailers'] as const)('keeps what it is given: %s', (member) => {
    const fake = Object.create(statewire.IncomingMessage.prototype);
    fake[member] = { a: '1' };
    expect(fake[member]).toEqual({ a: '1' });
    expect(Object.create(statewire.IncomingMessage.prototype)[member]).toEqual({});
  });
});
