/** How the body of a request is framed: by method, by headers, and by the way it is written. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, ok, read, response, sendGet } from '../kit/client-phrases.js';
import { cb } from '../kit/steps.js';

const NO_BODY: Way = ['end()', [['req.end']]];

/** A way to send a body: its name, its steps, and its default framing. */
type Way = readonly [string, ClientSteps, string?];

const IN_PIECES: Way = [
  'write(), end()',
  [['req.write', 'bo'], ['req.write', 'dy'], ['req.end']],
  'Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n',
];

const BODIES: readonly Way[] = [
  ['end(body)', [['req.end', 'body']], 'Content-Length: 4\r\n\r\nbody'],
  IN_PIECES,
  [
    'flushHeaders(), end(body)',
    [['req.flushHeaders'], ['req.end', 'body']],
    'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
  ],
];

/** A request sent with these steps; the response follows when all of it has been sent. */
const sent = (name: string, options: Readonly<Record<string, unknown>>, steps: ClientSteps): ClientConversation => ({
  name,
  handler: read,
  script: [
    ['request', options, steps],
    ['settle'],
    ['send', ok('Content-Length: 0')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'req1'],
  ],
});

const withoutContent = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].flatMap((method) => [
  sent(`${method}: ${NO_BODY[0]}`, { method }, NO_BODY[1]),
  ...BODIES.map(([way, steps, framed]) => ({
    ...sent(`${method}: ${way}`, { method }, steps),
    differs: {
      row: 'framed-body',
      why: 'RFC 9112 §6.3: the host sends the body without a length',
      peers: {
        a: { received: `${method} / HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\n${framed}` },
      },
    },
  })),
]);

const withBody = [
  ...[NO_BODY, ...BODIES].map(([way, steps]) => sent(`POST: ${way}`, { method: 'POST' }, steps)),
  ...['PUT', 'PATCH', 'PURGE', 'SOMETHING', 'post'].flatMap((method) =>
    [NO_BODY, IN_PIECES].map(([way, steps]) => sent(`${method}: ${way}`, { method }, steps)),
  ),
];

const headers: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['Content-Length', { 'Content-Length': 4 }],
  ['Content-Length as text', { 'content-length': '4' }],
  ['Transfer-Encoding: chunked', { 'Transfer-Encoding': 'chunked' }],
  ['Transfer-Encoding: gzip, chunked', { 'Transfer-Encoding': 'gzip, chunked' }],
  ['Transfer-Encoding: identity', { 'Transfer-Encoding': 'identity' }],
  ['both lengths', { 'Content-Length': 4, 'Transfer-Encoding': 'chunked' }],
];

const byHeader = ['POST', 'GET'].flatMap((method) =>
  headers.flatMap(([name, fields]) =>
    BODIES.slice(0, 2).map(([way, steps]) =>
      sent(`${method} with ${name}: ${way}`, { method, headers: fields }, steps),
    ),
  ),
);

const mismatch = (body: number): string =>
  `Error ERR_HTTP_CONTENT_LENGTH_MISMATCH "Response body's content-length of ${body} byte(s) does not match the content-length of 9 byte(s) set in header"`;

const others: readonly ClientConversation[] = [
  sent('a body in several encodings', { method: 'POST' }, [
    ['req.write', 'é', 'latin1', cb('latin1')],
    ['req.write', 'é', 'utf8', cb('utf8')],
    ['req.write', 'w6k=', 'base64', cb('base64')],
    ['req.write', Buffer.from([1, 2, 255]), cb('bytes')],
    ['req.end', '6869', 'hex', cb('end')],
  ]),
  sent('empty writes', { method: 'POST' }, [
    ['req.write', '', cb('write')],
    ['req.write', Buffer.alloc(0)],
    ['req.write', 'x'],
    ['req.end', ''],
  ]),
  sent("end('') sends no body", { method: 'POST' }, [['req.end', '']]),
  sent(
    'a body longer than its Content-Length is sent unchanged',
    { method: 'POST', headers: { 'Content-Length': 2 } },
    [['req.write', 'body'], ['req.end']],
  ),
  {
    ...sent('strictContentLength with another length', { method: 'POST', headers: { 'Content-Length': 9 } }, [
      ['req.strictContentLength =', true],
      ['req.end', 'body'],
      ['req.end', 'body and m'],
      ['req.end', 'all of it'],
    ]),
    differs: {
      row: 'strict-length',
      why: 'the host sends and counts the body that it rejects together with its head',
      events: [
        '> request -> req1',
        `> req1.end throws ${mismatch(4)}`,
        `> req1.end throws ${mismatch(10)}`,
        '> req1.end -> req1',
        'req1.socket socket1',
        'req1.prefinish',
        'socket1.connect',
        'req1.finish',
        'req1.response res1 1.1 200 OK {"content-length":"0"}',
        'res1.end',
        'res1.close',
        'req1.close',
        'socket1.close false',
        'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
      ],
      peers: {
        a: {
          received:
            'POST / HTTP/1.1\r\nContent-Length: 9\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\n\r\nall of it',
        },
      },
    },
  },
  sent('Transfer-Encoding removed: close would delimit the body', { method: 'POST' }, [
    ['req.removeHeader', 'transfer-encoding'],
    ['req.write', 'body'],
    ['req.end'],
  ]),
  sent('Content-Length removed', { method: 'POST' }, [
    ['req.removeHeader', 'content-length'],
    ['req.end', 'body'],
  ]),
  sent('trailers after a body', { method: 'POST', headers: { Trailer: 'X-Sum' } }, [
    ['req.write', 'body'],
    ['req.addTrailers', { 'X-Sum': '1' }],
    ['req.end'],
  ]),
  sent('trailers without a body', { method: 'POST', headers: { Trailer: 'X-Sum' } }, [
    ['req.addTrailers', [['X-Sum', '1']]],
    ['req.end'],
  ]),
  sent('Trailer with a Content-Length', { method: 'POST', headers: { Trailer: 'X-Sum', 'Content-Length': 4 } }, [
    ['req.end', 'body'],
  ]),
  sent('corked writes', { method: 'POST' }, [
    ['req.cork'],
    ['req.write', 'bo'],
    ['req.write', 'dy'],
    ['req.uncork'],
    ['req.end'],
  ]),
  sent('a large body in one piece', { method: 'POST' }, [['req.end', 'x'.repeat(200_000)]]),
  sent('useChunkedEncodingByDefault = true', { method: 'GET' }, [
    ['req.useChunkedEncodingByDefault =', true],
    ['req.write', 'body'],
    ['req.end'],
  ]),
  {
    ...sent('chunkedEncoding = true, a GET with end(body)', { method: 'GET' }, [
      ['req.chunkedEncoding =', true],
      ['req.end', 'body'],
    ]),
    differs: {
      row: 'framed-body',
      why: 'RFC 9112 §6.1: the host sends chunks without Transfer-Encoding',
      peers: {
        a: {
          received:
            'GET / HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\n' +
            'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
        },
      },
    },
  },
  {
    ...sent('useChunkedEncodingByDefault = false, a request with end(body)', { method: 'POST' }, [
      ['req.useChunkedEncodingByDefault =', false],
      ['req.end', 'body'],
    ]),
    differs: {
      row: 'framed-body',
      why: 'RFC 9112 §6.3: the host sends the body without a length',
      peers: {
        a: {
          received: 'POST / HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody',
        },
      },
    },
  },
  sent('useChunkedEncodingByDefault = false', { method: 'POST' }, [
    ['req.useChunkedEncodingByDefault =', false],
    ['req.write', 'body'],
    ['req.end'],
  ]),
];

const kept: readonly ClientConversation[] = [
  sent('GET with Expect: 100-continue, without a body', { headers: { Expect: '100-continue' } }, NO_BODY[1]),
  sent('DELETE with Expect, with headers as an array', { method: 'DELETE', headers: ['Host', 'a', 'Expect', 'x'] }, [
    ['req.end'],
  ]),
  sent('GET with Expect by setHeader(), without a body', {}, [
    ['req.setHeader', 'Expect', '100-continue'],
    ['req.end'],
  ]),
  sent(
    'POST with Expect: 100-continue, without a body',
    { method: 'POST', headers: { Expect: '100-continue' } },
    NO_BODY[1],
  ),
  {
    name: 'Content-Length and Transfer-Encoding removed: the request has Connection: close',
    agent: { keepAlive: true },
    handler: read,
    script: [
      [
        'request',
        { method: 'POST' },
        [
          ['req.removeHeader', 'content-length'],
          ['req.removeHeader', 'transfer-encoding'],
          ['req.end', 'body'],
        ],
      ],
      ['await bytes', 'body'],
      ['send', response('one')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: {
      row: 'removed-framing',
      why: 'the host keeps the connection, and the peer reads the body as the next request',
      events: (host) => [...host.slice(0, -3), 'res1.close', 'req1.close', 'socket1.close false'],
      peers: {
        a: {
          received: 'POST / HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\n\r\nbody',
          ended: 'fin',
        },
      },
    },
  },
  {
    ...sent('GET with Expect: 100-continue and a body', { headers: { Expect: '100-continue' } }, [['req.end', 'body']]),
    differs: {
      row: 'framed-body',
      why: 'RFC 9110 §10.1.1: Expect: 100-continue announces content; the host sends it without a length',
      peers: {
        a: {
          received:
            'GET / HTTP/1.1\r\nExpect: 100-continue\r\nHost: 127.0.0.1:<port>\r\nConnection: close\r\n' +
            'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
        },
      },
    },
  },
  {
    ...sent('GET with Upgrade and a body', { headers: { Connection: 'Upgrade', Upgrade: 'x' } }, [['req.end', 'body']]),
    differs: {
      row: 'framed-body',
      why: 'RFC 9110 §7.8: the peer may decline the upgrade, and then reads the body as the next request',
      peers: {
        a: {
          received:
            'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\nHost: 127.0.0.1:<port>\r\n' +
            'Content-Length: 4\r\n\r\nbody',
        },
      },
    },
  },
  {
    name: 'GET with a body, then another request',
    agent: { keepAlive: true, maxSockets: 1 },
    handler: read,
    script: [
      ['request', { path: '/1' }, [['req.end', 'body']]],
      ['await bytes', HEAD_END],
      ['send', response('one')],
      ['await event', 'req1.close'],
      ['settle'],
      sendGet('/2'),
      ['await bytes', HEAD_END],
      ['send', response('two')],
      ['await event', 'req2.close'],
    ],
    differs: {
      row: 'framed-body',
      why: 'RFC 9112 §6.3: the peer reads the body as the next request',
      peers: {
        a: {
          received:
            'GET /1 HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody' +
            'GET /2 HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: keep-alive\r\n\r\n',
        },
      },
    },
  },
];

export const framing = [...withoutContent, ...withBody, ...byHeader, ...others, ...kept];
