/** The head of a request: the request line, Host, Authorization, Connection, and the program's headers. */
import type { ClientConversation, ClientStep, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, read, response } from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import { cb, the } from '../kit/steps.js';
import { LAST_REQUEST } from './document.js';

const END: ClientSteps = [['req.end']];

const withStep = (name: string, step: ClientStep): ClientConversation => ({
  name,
  handler: read,
  script: [step, ['settle'], ['send', response('hello')], ['await event', 'req1.close']],
});

const withOptions = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  steps: ClientSteps = END,
): ClientConversation => withStep(name, ['request', options, steps]);

/** With headers as an array, the host sends no Host (RFC 9112 §3.2). */
const withLines = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  sent: string,
  steps: ClientSteps = END,
): ClientConversation => ({
  ...withOptions(name, options, steps),
  differs: {
    row: 'array-host',
    why: 'the host sends no Host',
    peers: { a: { received: sent.replace('\r\n', '\r\nHost: 127.0.0.1:<port>\r\n') } },
  },
});

const paths = [
  ['a query', '/a?b=c&d=%20#frag'],
  ['no slash', 'a/b'],
  ['an absolute URL', 'http://other.test/x'],
  ['an asterisk', '*'],
  ['odd characters', '/\u007f\'"<>|^`{}[]\\~'],
  ['latin1 letters', '/caf\u00e9'],
  ['nothing', ''],
  ['two slashes', '//a'],
].map(([name, path]) => withOptions(`path: ${name}`, { path }));

const hosts: readonly ClientConversation[] = [
  withOptions('setHost: false', { setHost: false }),
  withOptions('setHost: null', { setHost: null }),
  withOptions('setDefaultHeaders: null', { setDefaultHeaders: null }),
  withOptions('a Host header of the program', { headers: { Host: 'mine.test' } }),
  withOptions('an empty Host', { headers: { host: '' } }),
  withOptions('defaultPort is omitted in Host', { port: undefined, defaultPort: deferred(({ port }) => port) }),
  withOptions('hostname takes precedence over host', { host: 'nowhere.invalid', hostname: '127.0.0.1' }),
  withOptions('port as a string', { port: deferred(({ port }) => String(port)) }),
  withOptions('Host removed before the head is sent', {}, [['req.removeHeader', 'host'], ['req.end']]),
  withOptions('Host replaced', {}, [['req.setHeader', 'HOST', 'new.test'], ['req.end']]),
  withOptions('localAddress', { localAddress: '127.0.0.1' }),
  withOptions('family', { family: 4 }),
];

const ipv6: ClientConversation = {
  name: 'an IPv6 host is put in brackets',
  handler: read,
  script: [
    [
      'request',
      {
        host: '::1',
        agent: undefined,
        createConnection: deferred(
          ({ duplex }) =>
            () =>
              duplex(),
        ),
      },
      END,
    ],
    ['settle'],
    ['send', response('hello')],
    ['await close'],
    ['end'],
    ['await event', 'req1.close'],
  ],
};

const authorization: readonly ClientConversation[] = [
  withOptions('auth', { auth: 'user:pass:word' }),
  withOptions('auth outside ASCII', { auth: 'usér:pâss' }),
  withOptions('auth and an Authorization header', { auth: 'user:pass', headers: { authorization: 'Bearer x' } }),
  withLines(
    'auth with headers as an array',
    { auth: 'user:pass', headers: ['X-A', '1'] },
    'GET / HTTP/1.1\r\nX-A: 1\r\nConnection: close\r\n\r\n',
  ),
];

const urls: readonly ClientConversation[] = [
  withStep('a URL as a string', [
    'request',
    [deferred(({ port }) => `http://127.0.0.1:${port}/a?b`), { agent: the('agent') }],
    END,
  ]),
  withStep('a URL with a user', [
    'request',
    [deferred(({ port }) => new URL(`http://us%20er:p%40ss@127.0.0.1:${port}/x`)), { agent: the('agent') }],
    END,
  ]),
  withStep('options override the URL', [
    'request',
    [
      deferred(({ port }) => `http://127.0.0.1:${port}/url`),
      { path: '/option', method: 'PUT', headers: { 'X-A': 'b' }, agent: the('agent') },
    ],
    END,
  ]),
  withStep('a URL, then a callback', [
    'request',
    [deferred(({ port }) => `http://127.0.0.1:${port}/`), { agent: the('agent') }, cb('response')],
    END,
  ]),
  withStep('a URL object with a fragment and an empty query', [
    'request',
    [deferred(({ port }) => new URL(`http://127.0.0.1:${port}/x?#frag`)), { agent: the('agent') }],
    END,
  ]),
  withStep('a URL object outside ASCII', [
    'request',
    [deferred(({ port }) => new URL(`http://127.0.0.1:${port}/é?ü=ß`)), { agent: the('agent') }],
    END,
  ]),
  withStep('the global agent with a URL', ['get', [deferred(({ port }) => `http://127.0.0.1:${port}/`)]]),
  withStep('get() with a URL object', [
    'get',
    [deferred(({ port }) => new URL(`http://127.0.0.1:${port}/get`)), { agent: the('agent') }],
  ]),
  withStep('get() with options', ['get', { path: '/get', method: 'POST' }]),
  withStep('get() with a callback', [
    'get',
    [deferred(({ port }) => ({ host: '127.0.0.1', port })), cb('response')],
    [['req.end', 'late']],
  ]),
  withStep('new ClientRequest()', ['ClientRequest', { path: '/class' }, END]),
];

const connections: readonly ClientConversation[] = (
  [
    ['an agent with keepAlive', { keepAlive: true }, {}],
    ['an agent without keepAlive', {}, {}],
    ['no agent', false, {}],
    ['the global agent', 'global', {}],
    ['keep-alive with an agent without keepAlive', {}, { Connection: 'keep-alive' }],
    ['an unknown option in Connection', { keepAlive: true }, { connection: 'X-Hop' }],
    ['an agent with keepAlive and one socket', { keepAlive: true, maxSockets: 1 }, {}],
    ['a Keep-Alive header of the program', { keepAlive: true }, { 'Keep-Alive': 'timeout=9' }],
  ] as const
).map(([name, agent, headers]) => ({ ...withOptions(`Connection: ${name}`, { headers }), agent }));

const withClose = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  steps: ClientSteps = END,
): ClientConversation => ({
  name: `Connection: close, ${name}`,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  script: [
    ['request', options, steps],
    ['await bytes', HEAD_END],
    ['send', response('hello')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: LAST_REQUEST,
});

/** In whatever form a request has "Connection: close", its socket is not reused. */
const closing: readonly ClientConversation[] = [
  withClose('in lower case', { headers: { connection: 'close' } }),
  withClose('in upper case', { headers: { CONNECTION: 'CLOSE' } }),
  withClose('in a list', { headers: { Connection: 'x-hop, close' } }),
  withClose('in one of two lines', { headers: { Connection: ['x-hop', 'close'] } }),
  withClose('in a flat array', { headers: ['Host', 'a', 'Connection', 'close'] }),
  withClose('in pairs', {
    headers: [
      ['Host', 'a'],
      ['connection', ['x-hop', 'close']],
    ],
  }),
  withClose('by setHeader', {}, [['req.setHeader', 'Connection', 'Close'], ['req.end']]),
  withClose('by appendHeader', { headers: { Connection: 'x-hop' } }, [
    ['req.appendHeader', 'connection', 'close'],
    ['req.end'],
  ]),
  withClose('by setHeaders', {}, [['req.setHeaders', new Map([['connection', 'close']])], ['req.end']]),
  withClose('by flushHeaders', { headers: { Connection: 'close' } }, [['req.flushHeaders'], ['req.end']]),
];

const fields: readonly ClientConversation[] = [
  withOptions('headers as an object', { headers: { 'X-One': 1, 'x-list': ['a', 'b'], 'X-true': true } }),
  withLines(
    'headers as a flat array',
    { headers: ['X-A', '1', 'x-a', '2', 'X-B', 'c'] },
    'GET / HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\nX-B: c\r\nConnection: close\r\n\r\n',
  ),
  withLines(
    'headers as pairs',
    {
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
      ],
    },
    'GET / HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n',
  ),
  withOptions('headers as an empty array', { headers: [] }),
  withOptions('headers as an array with Host', { headers: ['X-A', '1', 'host', 'mine.test'] }),
  withOptions('headers as an array, setHost: false', { headers: ['X-A', '1'], setHost: false }),
  withLines(
    'a body with headers as an array',
    { method: 'POST', headers: ['X-A', '1'] },
    'POST / HTTP/1.1\r\nX-A: 1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    [['req.end', 'body']],
  ),
  withLines(
    'a body with Content-Length, with headers as an array',
    { method: 'POST', headers: ['Content-Length', '4'] },
    'POST / HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody',
    [['req.end', 'body']],
  ),
  withOptions('an array of cookies', { headers: { Cookie: ['a=1', 'b=2'] } }),
  withOptions('uniqueHeaders', { headers: { 'X-List': ['a', 'b'], 'x-other': ['c', 'd'] }, uniqueHeaders: ['x-list'] }),
  withOptions('setHeader, appendHeader, removeHeader', { headers: { 'X-Gone': 'x' } }, [
    ['req.setHeader', 'X-A', '1'],
    ['req.appendHeader', 'X-A', '2'],
    ['req.appendHeader', 'x-new', ['3', '4']],
    ['req.removeHeader', 'x-gone'],
    ['req.getHeader', 'x-a'],
    ['req.getHeaderNames'],
    ['req.getRawHeaderNames'],
    ['req.getHeaders'],
    ['req.hasHeader', 'X-NEW'],
    ['req.end'],
  ]),
  withOptions('setHeaders with a Map', {}, [['req.setHeaders', new Map([['X-A', '1']])], ['req.end']]),
  withOptions('names keep their case', {}, [
    ['req.setHeader', 'x-lower', 'a'],
    ['req.setHeader', 'X-LOWER', 'b'],
    ['req.end'],
  ]),
  withOptions('latin1 in a value', { headers: { 'X-A': 'caf\u00e9' } }),
  withOptions('headers cannot change after they were sent', {}, [
    ['req.flushHeaders'],
    ['req.setHeader', 'X-Late', '1'],
    ['req.appendHeader', 'X-Late', '1'],
    ['req.removeHeader', 'X-Late'],
    ['req.getHeader', 'host'],
    ['req.flushHeaders'],
    ['req.end'],
  ]),
  withOptions('headers cannot change after write()', { method: 'POST' }, [
    ['req.write', 'x'],
    ['req.setHeader', 'X-Late', '1'],
    ['req.headersSent ?'],
    ['req.end'],
  ]),
  withOptions('Expect sends the head at once', { method: 'POST', headers: { Expect: 'x-thing' } }, [
    ['req.setHeader', 'X-Late', '1'],
    ['req.end', 'body'],
  ]),
  withOptions('Date, TE, Upgrade and others are sent unchanged', {
    headers: { Date: 'today', TE: 'trailers', 'Proxy-Connection': 'close', 'Content-Type': 'text/plain' },
  }),
  withOptions('an empty value', { headers: { 'X-Empty': '' } }),
  withOptions('the properties of a request', { path: '/p', method: 'pUt', headers: { a: 'b' } }, [
    ['req.path ?'],
    ['req.method ?'],
    ['req.host ?'],
    ['req.protocol ?'],
    ['req.maxHeadersCount ?'],
    ['req.reusedSocket ?'],
    ['req.aborted ?'],
    ['req.destroyed ?'],
    ['req.timeout ?'],
    ['req.shouldKeepAlive ?'],
    ['req.end'],
  ]),
  withOptions('method: null and undefined', { method: undefined, path: null, port: deferred(({ port }) => port) }),
];

export const heads = [...paths, ...hosts, ipv6, ...authorization, ...urls, ...connections, ...closing, ...fields];
