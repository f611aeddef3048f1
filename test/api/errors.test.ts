import { once } from 'node:events';
import { Agent, ClientRequest, createServer, get, IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as errors from '../../src/api/compat/errors.js';
import { describeError, faultOf } from './faults.js';

function response(method = 'GET', options = {}): ServerResponse {
  const request = Object.assign(new IncomingMessage(new PassThrough() as unknown as Socket), { method });
  return new (ServerResponse as new (request: IncomingMessage, options: object) => ServerResponse)(request, options);
}

function sent(): ServerResponse {
  return response().writeHead(200);
}

function announced(bytes: number): ServerResponse {
  const outgoing = response().setHeader('content-length', bytes);
  outgoing.strictContentLength = true;
  return outgoing;
}

/** Each error, with a call that makes node:http throw it. */
const thrown: Record<string, [ours: () => Error, theirs: () => unknown]> = {
  'headersSent set': [() => errors.headersSent('set'), () => sent().setHeader('a', 'b')],
  'headersSent remove': [() => errors.headersSent('remove'), () => sent().removeHeader('a')],
  'headersSent write': [() => errors.headersSent('write'), () => sent().writeHead(200)],
  invalidHeaderValue: [
    () => errors.invalidHeaderValue(undefined, 'a'),
    () => response().setHeader('a', undefined as unknown as string),
  ],
  invalidStatusCode: [() => errors.invalidStatusCode(99), () => response().writeHead(99)],
  'invalidStatusCode text': [() => errors.invalidStatusCode('x'), () => response().writeHead('x' as unknown as number)],
  'invalidStatusCode object': [
    () => errors.invalidStatusCode({ a: { b: [1] } }),
    () => response().writeHead({ a: { b: [1] } } as unknown as number),
  ],
  trailerInvalid: [
    () => errors.trailerInvalid(),
    () => response().setHeader('trailer', 'a').setHeader('content-length', 1).end(),
  ],
  bodyNotAllowed: [
    () => errors.bodyNotAllowed(),
    () => response('HEAD', { rejectNonStandardBodyWrites: true }).write('a'),
  ],
  contentLengthMismatch: [() => errors.contentLengthMismatch(6, 3), () => announced(3).end('abcdef')],
  invalidHttpToken: [() => errors.invalidHttpToken('Header name', 'a b'), () => response().setHeader('a b', '')],
  'invalidHttpToken method': [
    () => errors.invalidHttpToken('Method', 'a b'),
    () => new ClientRequest('http://a', { method: 'a b' } as never),
  ],
  'invalidChar header': [() => errors.invalidChar('header content', 'a'), () => response().setHeader('a', '\n')],
  'invalidChar trailer': [() => errors.invalidChar('trailer content', 'a'), () => response().addTrailers({ a: '\n' })],
  'invalidChar status': [() => errors.invalidChar('statusMessage'), () => response().writeHead(200, '\n')],
  socketAssigned: [
    () => errors.socketAssigned(),
    () => {
      const socket = new PassThrough() as unknown as Socket;
      response().assignSocket(socket);
      response().assignSocket(socket);
    },
  ],
  unescapedCharacters: [
    () => errors.unescapedCharacters('Request path'),
    () => new ClientRequest('http://a', { path: '/ ' } as never),
  ],
  invalidProtocol: [() => errors.invalidProtocol('ftp:', 'http:'), () => new ClientRequest('ftp://a')],
  'invalidProtocol of a symbol': [
    () => errors.invalidProtocol(Symbol('a'), 'http:'),
    () => new ClientRequest({ protocol: Symbol('a') } as never),
  ],
  'invalidProtocol of an object': [
    () => errors.invalidProtocol(nullish, 'http:'),
    () => new ClientRequest({ protocol: nullish }),
  ],
  methodNotImplemented: [
    () => errors.methodNotImplemented('_implicitHeader()'),
    () => new OutgoingMessage().write('a'),
  ],
  nullValues: [() => errors.nullValues(), () => response().write(null)],
  'invalidArgType of a type and classes': [
    () => errors.invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], 1),
    () => response().write(1),
  ],
  'invalidArgType of classes': [
    () => errors.invalidArgType('headers', ['Headers', 'Map'], []),
    () => response().setHeaders([] as unknown as Headers),
  ],
  'invalidArgType of a property': [
    () => errors.invalidArgType('options.method', 'string', 1),
    () => new ClientRequest('http://a', { method: 1 } as never),
  ],
  'invalidArgType of a type and words': [
    () => errors.invalidArgType('options.host', ['string', 'undefined', 'null'], 1),
    () => get({ host: 1 } as never),
  ],
  'invalidArgType of words': [
    () => errors.invalidArgType('options.agent', ['Agent-like Object', 'undefined', 'false'], 1),
    () => get({ agent: 1 } as never),
  ],
  'invalidArgValue without a reason': [
    () => errors.invalidArgValue('headers', ['a', 'b', 'c']),
    () => response().writeHead(200, ['a', 'b', 'c']),
  ],
  'invalidArgValue of a property': [
    () => errors.invalidArgValue('options.family', 1, 'must be one of: 0, 4, 6'),
    () => connect({ port: 1, family: 1 }),
  ],
  'outOfRange of words': [
    () => errors.outOfRange('headersTimeout', '<= requestTimeout', 9),
    () => createServer({ headersTimeout: 9, requestTimeout: 1 }),
  ],
};

describe('an error thrown by node:http', () => {
  it.each(Object.keys(thrown))('%s', (name) => {
    const [ours, theirs] = thrown[name]!;
    const fault = faultOf(theirs);
    expect(fault).toBeDefined();
    expect(describeError(ours())).toEqual(fault);
  });
});

class Named {}

const nullish = Object.create(null);
const oddities: unknown[] = [
  ...[null, undefined, true, false, 3n, Symbol('s'), Symbol(), 'x', '', "it's", 'a"\'b', '`\'"\n', 'a\nb\\'],
  ...['a'.repeat(28), 'a'.repeat(29), 'a'.repeat(200), '\u{1f600}'.repeat(20)],
  ...[() => {}, function named() {}, Named, class {}, async () => {}, function* generator() {}],
  ...[{}, [], [[]], new Named(), new Date(0), /x/, new Map(), Buffer.from('a'), new Proxy({}, {})],
  ...[nullish, Object.assign(Object.create(null), { a: { b: 1 } }), Object.create(nullish), Object.create({})],
  ...[{ constructor: { name: 'Other' } }, { constructor: undefined }],
  ...[-1, -0.5, 1.5, 12345678.5, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2 ** 53, 2 ** 53 + 2, -(2 ** 32), -(2 ** 32) - 1, 4294967297.5, -(2 ** 60), 1e21, -1e300],
];

describe('the received value in an error message', () => {
  it('in ERR_INVALID_ARG_TYPE', () => {
    for (const value of oddities) {
      if (typeof value === 'number' || value === undefined) continue;
      const theirs = faultOf(() => createServer({ requestTimeout: value as number }));
      expect(describeError(errors.invalidArgType('requestTimeout', 'number', value))).toEqual(theirs);
    }
  });

  it('in ERR_INVALID_ARG_TYPE of a number', () => {
    for (const value of oddities.filter((value) => typeof value === 'number')) {
      const theirs = faultOf(() => response().hasHeader(value as unknown as string));
      expect(describeError(errors.invalidArgType('name', 'string', value))).toEqual(theirs);
    }
  });

  it('in ERR_INVALID_ARG_VALUE', () => {
    for (const value of oddities) {
      if (!value) continue;
      const theirs = faultOf(() => new Agent({ scheduling: value as 'lifo' }));
      const reason = "must be one of: 'fifo', 'lifo'";
      expect(describeError(errors.invalidArgValue('scheduling', value, reason))).toEqual(theirs);
    }
  });

  it('in ERR_OUT_OF_RANGE', () => {
    for (const value of oddities) {
      if (typeof value !== 'number') continue;
      const range = Number.isInteger(value) ? `>= 0 && <= ${Number.MAX_SAFE_INTEGER}` : 'an integer';
      const theirs = faultOf(() => createServer({ requestTimeout: value }));
      expect(describeError(errors.outOfRange('requestTimeout', range, value))).toEqual(theirs);
    }
  });
});

describe('an error emitted by node:http on a connection', () => {
  const server = createServer();
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  afterAll(() => server.close().closeAllConnections());

  async function atRequest(act: (response: ServerResponse, request: IncomingMessage) => void, client = get(url())) {
    server.once('request', (request, outgoing) => act(outgoing, request));
    const [fault] = await once(client, 'error');
    return describeError(fault);
  }

  it('connReset socket hang up', async () => {
    const theirs = await atRequest((outgoing) => outgoing.destroy());
    expect(describeError(errors.connReset('socket hang up'))).toEqual(theirs);
  });

  it('connReset aborted', async () => {
    const client = get(url());
    server.once('request', (_, outgoing) => outgoing.write('a'));
    const [incoming] = await once(client, 'response');
    const fault = once(incoming, 'error');
    server.closeAllConnections();
    expect(describeError(errors.connReset('aborted'))).toEqual(describeError((await fault)[0]));
  });

  it('socketEncoding', async () => {
    server.once('request', (request, outgoing) =>
      outgoing.end(JSON.stringify(faultOf(() => request.socket.setEncoding('utf8')))),
    );
    const [incoming] = await once(get(url()), 'response');
    const [body] = await once(incoming.setEncoding('utf8'), 'data');
    expect(JSON.stringify(describeError(errors.socketEncoding()))).toBe(body);
  });

  it('requestTimeout', async () => {
    const impatient = createServer({ headersTimeout: 1, requestTimeout: 1, connectionsCheckingInterval: 1 });
    await once(impatient.listen(0, '127.0.0.1'), 'listening');
    const peer = connect((impatient.address() as AddressInfo).port, '127.0.0.1', () =>
      peer.write('GET / HTTP/1.1\r\n'),
    );
    // It is reset if the server hasn't read its bytes by then.
    peer.on('error', () => {});
    const [fault, socket] = await once(impatient, 'clientError');
    socket.destroy();
    impatient.close();
    expect(describeError(errors.requestTimeout())).toEqual(describeError(fault));
  });
});

describe('an error passed by node:http to a callback or listener', () => {
  const reported = (act: (report: (fault: Error) => void) => void) => new Promise<Error>(act).then(describeError);
  const fromCallback = (act: (callback: (fault?: Error | null) => void) => void) =>
    reported((report) => act((fault) => report(fault!)));

  it('serverNotRunning', async () => {
    const theirs = await fromCallback((callback) => createServer().close(callback));
    expect(describeError(errors.serverNotRunning())).toEqual(theirs);
  });

  it('writeAfterEnd', async () => {
    const theirs = await reported((report) => response().on('error', report).end().write('a'));
    expect(describeError(errors.writeAfterEnd())).toEqual(theirs);
  });

  it('streamDestroyed', async () => {
    const theirs = await fromCallback((callback) => response().destroy().write('a', callback));
    expect(describeError(errors.streamDestroyed('write'))).toEqual(theirs);
  });

  it('streamAlreadyFinished', async () => {
    const theirs = await fromCallback((callback) => {
      const outgoing = response();
      outgoing.assignSocket(new PassThrough() as unknown as Socket);
      outgoing.end(() => outgoing.end(callback));
    });
    expect(describeError(errors.streamAlreadyFinished('end'))).toEqual(theirs);
  });

  it('cannotPipe', async () => {
    const theirs = await reported((report) => response().on('error', report).pipe(new PassThrough()));
    expect(describeError(errors.cannotPipe())).toEqual(theirs);
  });
});

describe('a stack', () => {
  it('begins at the caller', () => {
    function requester() {
      return errors.headersSent('set');
    }
    expect(requester().stack).toMatch(/^.*\n\s+at requester /);
  });
});
