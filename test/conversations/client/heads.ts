/** The head of a request: the request line, Host, Authorization, Connection, and what users add. */
import type { ClientConversation, ClientStep, ClientSteps } from '../kit/client-conversation.js';
import { answer, HEAD_END, read } from '../kit/client-phrases.js';
import { at } from '../kit/client-run.js';
import { cb, the } from '../kit/steps.js';
import { SAID_CLOSE } from './document.js';

const END: ClientSteps = [['req.end']];

const asking = (name: string, step: ClientStep): ClientConversation => ({
  name,
  handler: read,
  script: [step, ['settle'], ['send', answer('hello')], ['await event', 'req1.close']],
});

const withOptions = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  steps: ClientSteps = END,
): ClientConversation => asking(name, ['request', options, steps]);

/** The host sends no Host with headers that are lines (RFC 9112 §3.2). */
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
  withOptions('a Host of the user', { headers: { Host: 'mine.test' } }),
  withOptions('an empty Host', { headers: { host: '' } }),
  withOptions('defaultPort is left out of Host', { port: undefined, defaultPort: at(({ port }) => port) }),
  withOptions('hostname before host', { host: 'nowhere.invalid', hostname: '127.0.0.1' }),
  withOptions('port as text', { port: at(({ port }) => String(port)) }),
  withOptions('Host removed before the head is sent', {}, [['req.removeHeader', 'host'], ['req.end']]),
  withOptions('Host set anew', {}, [['req.setHeader', 'HOST', 'new.test'], ['req.end']]),
  withOptions('localAddress', { localAddress: '127.0.0.1' }),
  withOptions('family', { family: 4 }),
];

const ipv6: ClientConversation = {
  name: 'an IPv6 host is in brackets',
  handler: read,
  script: [
    [
      'request',
      {
        host: '::1',
        agent: undefined,
        createConnection: at(
          ({ duplex }) =>
            () =>
              duplex(),
        ),
      },
      END,
    ],
    ['settle'],
    ['send', answer('hello')],
    ['await close'],
    ['end'],
    ['await event', 'req1.close'],
  ],
};

const authorization: readonly ClientConversation[] = [
  withOptions('auth', { auth: 'user:pass:word' }),
  withOptions('auth outside ASCII', { auth: 'usér:pâss' }),
  withOptions('auth, and an Authorization', { auth: 'user:pass', headers: { authorization: 'Bearer x' } }),
  withLines(
    'auth with headers as an array',
    { auth: 'user:pass', headers: ['X-A', '1'] },
    'GET / HTTP/1.1\r\nX-A: 1\r\nConnection: close\r\n\r\n',
  ),
];

const urls: readonly ClientConversation[] = [
  asking('a URL as text', [
    'request',
    [at(({ port }) => `http://127.0.0.1:${port}/a?b`), { agent: the('agent') }],
    END,
  ]),
  asking('a URL with a user', [
    'request',
    [at(({ port }) => new URL(`http://us%20er:p%40ss@127.0.0.1:${port}/x`)), { agent: the('agent') }],
    END,
  ]),
  asking('options win over the URL', [
    'request',
    [
      at(({ port }) => `http://127.0.0.1:${port}/url`),
      { path: '/option', method: 'PUT', headers: { 'X-A': 'b' }, agent: the('agent') },
    ],
    END,
  ]),
  asking('a URL, then a callback', [
    'request',
    [at(({ port }) => `http://127.0.0.1:${port}/`), { agent: the('agent') }, cb('response')],
    END,
  ]),
  asking('a URL object with a fragment and an empty query', [
    'request',
    [at(({ port }) => new URL(`http://127.0.0.1:${port}/x?#frag`)), { agent: the('agent') }],
    END,
  ]),
  asking('a URL object outside ASCII', [
    'request',
    [at(({ port }) => new URL(`http://127.0.0.1:${port}/é?ü=ß`)), { agent: the('agent') }],
    END,
  ]),
  asking('the global agent by URL', ['get', [at(({ port }) => `http://127.0.0.1:${port}/`)]]),
  asking('get() with a URL object', [
    'get',
    [at(({ port }) => new URL(`http://127.0.0.1:${port}/get`)), { agent: the('agent') }],
  ]),
  asking('get() with options', ['get', { path: '/get', method: 'POST' }]),
  asking('get() with a callback', [
    'get',
    [at(({ port }) => ({ host: '127.0.0.1', port })), cb('response')],
    [['req.end', 'late']],
  ]),
  asking('the class itself', ['ClientRequest', { path: '/class' }, END]),
];

const connections: readonly ClientConversation[] = (
  [
    ['an agent that keeps', { keepAlive: true }, {}],
    ['an agent that does not', {}, {}],
    ['no agent', false, {}],
    ['the global agent', 'global', {}],
    ['keep-alive without a keeping agent', {}, { Connection: 'keep-alive' }],
    ['an odd Connection', { keepAlive: true }, { connection: 'X-Hop' }],
    ['a keeping agent with one socket', { keepAlive: true, maxSockets: 1 }, {}],
    ['a Keep-Alive of the user', { keepAlive: true }, { 'Keep-Alive': 'timeout=9' }],
  ] as const
).map(([name, agent, headers]) => ({ ...withOptions(`Connection: ${name}`, { headers }), agent }));

const saying = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  steps: ClientSteps = END,
): ClientConversation => ({
  name: `says close: ${name}`,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  script: [
    ['request', options, steps],
    ['await bytes', HEAD_END],
    ['send', answer('hello')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: SAID_CLOSE,
});

/** However a request says close, its socket is not given on. */
const closing: readonly ClientConversation[] = [
  saying('in lower case', { headers: { connection: 'close' } }),
  saying('in upper case', { headers: { CONNECTION: 'CLOSE' } }),
  saying('in a list', { headers: { Connection: 'x-hop, close' } }),
  saying('in one of two lines', { headers: { Connection: ['x-hop', 'close'] } }),
  saying('in a flat array', { headers: ['Host', 'a', 'Connection', 'close'] }),
  saying('in pairs', {
    headers: [
      ['Host', 'a'],
      ['connection', ['x-hop', 'close']],
    ],
  }),
  saying('by setHeader', {}, [['req.setHeader', 'Connection', 'Close'], ['req.end']]),
  saying('by appendHeader', { headers: { Connection: 'x-hop' } }, [
    ['req.appendHeader', 'connection', 'close'],
    ['req.end'],
  ]),
  saying('by setHeaders', {}, [['req.setHeaders', new Map([['connection', 'close']])], ['req.end']]),
  saying('by flushHeaders', { headers: { Connection: 'close' } }, [['req.flushHeaders'], ['req.end']]),
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
    'a counted body with headers as an array',
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
  withOptions('headers are fixed once sent', {}, [
    ['req.flushHeaders'],
    ['req.setHeader', 'X-Late', '1'],
    ['req.appendHeader', 'X-Late', '1'],
    ['req.removeHeader', 'X-Late'],
    ['req.getHeader', 'host'],
    ['req.flushHeaders'],
    ['req.end'],
  ]),
  withOptions('headers are fixed after a write', { method: 'POST' }, [
    ['req.write', 'x'],
    ['req.setHeader', 'X-Late', '1'],
    ['req.headersSent ?'],
    ['req.end'],
  ]),
  withOptions('Expect sends the head at once', { method: 'POST', headers: { Expect: 'x-thing' } }, [
    ['req.setHeader', 'X-Late', '1'],
    ['req.end', 'body'],
  ]),
  withOptions('Date, TE, Upgrade and others go out as given', {
    headers: { Date: 'today', TE: 'trailers', 'Proxy-Connection': 'close', 'Content-Type': 'text/plain' },
  }),
  withOptions('an empty value', { headers: { 'X-Empty': '' } }),
  withOptions('properties of the request', { path: '/p', method: 'pUt', headers: { a: 'b' } }, [
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
  withOptions('method: null and undefined', { method: undefined, path: null, port: at(({ port }) => port) }),
];

export const heads = [...paths, ...hosts, ipv6, ...authorization, ...urls, ...connections, ...closing, ...fields];
