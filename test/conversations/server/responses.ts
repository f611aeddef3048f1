/** How a response is framed, and whether the connection stays open: by method, status, version and given headers. */
import type { Conversation, Steps } from '../kit/conversation.js';
import { CLOSE, exchange, get, head, hello, post, readThenHello } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const METHODS_WITH_BODY = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH'];

const methods: readonly Conversation[] = METHODS_WITH_BODY.map((method) => ({
  name: `${method}: a response with Content-Length`,
  handler: hello,
  script: exchange(head(`${method} / HTTP/1.1`, 'Host: a', CLOSE)),
}));

/** A body for a status that allows no content. */
const contentless: readonly Conversation[] = [204, 304, 205].flatMap((status) => [
  {
    name: `${status}, end(body)`,
    handler: [
      ['res.writeHead', status],
      ['res.end', 'hello', cb('end')],
    ],
    script: [['send', get('/')], ['await bytes', '\r\n\r\n'], ['send', get('/', CLOSE)], ['await close']],
  },
  {
    name: `${status}, write and end`,
    handler: [
      ['res.statusCode =', status],
      ['res.write', 'one', cb('write')],
      ['res.end', 'two'],
    ],
    script: exchange(),
  },
]);

/** Framing headers that a status without content must not carry. */
const unframed: readonly Conversation[] = Object.entries<Steps>({
  'Content-Length, by writeHead': [['res.writeHead', 204, { 'Content-Length': 5 }]],
  'Content-Length, by setHeader': [
    ['res.setHeader', 'Content-Length', '0'],
    ['res.statusCode =', 204],
  ],
  'Transfer-Encoding, by writeHead': [['res.writeHead', 204, ['transfer-encoding', 'chunked']]],
  'Transfer-Encoding, by setHeader': [
    ['res.setHeader', 'Transfer-Encoding', 'chunked'],
    ['res.statusCode =', 204],
  ],
}).map(([what, steps]) => ({
  name: `204 with ${what}`,
  handler: [...steps, ['res.end']],
  script: exchange(),
  differs: {
    row: 'unframed-status',
    why: 'the host sends the header (RFC 9110 §8.6, RFC 9112 §6.1)',
    peers: { a: { received: 'HTTP/1.1 204 No Content\r\nDate: <date>\r\nConnection: close\r\n\r\n' } },
  },
}));

const framing: readonly Conversation[] = [
  { name: 'end() without a body', handler: [['res.end']], script: exchange() },
  {
    name: 'end(body, encoding, callback)',
    handler: [['res.end', 'hello', 'latin1', cb('end')]],
    script: exchange(),
  },
  { name: 'end(callback)', handler: [['res.end', cb('end')]], script: exchange() },
  {
    name: 'write(), then end(): chunked',
    handler: [
      ['res.write', 'one'],
      ['res.write', 'two', cb('two')],
      ['res.end', 'three', cb('end')],
    ],
    script: exchange(),
  },
  {
    name: 'an empty write() starts a chunked response without a chunk',
    handler: [['res.write', '', cb('empty')], ['look', 'res'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'Content-Length given, body written in pieces',
    handler: [
      ['res.setHeader', 'Content-Length', 6],
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: exchange(),
  },
  {
    name: 'Transfer-Encoding: chunked given',
    handler: [
      ['res.setHeader', 'Transfer-Encoding', 'chunked'],
      ['res.end', 'hello'],
    ],
    script: exchange(),
  },
  {
    name: 'both Content-Length and Transfer-Encoding given',
    handler: [
      ['res.setHeader', 'Content-Length', '5'],
      ['res.setHeader', 'Transfer-Encoding', 'chunked'],
      ['res.end', 'hello'],
    ],
    script: exchange(),
  },
  {
    name: 'Content-Length and Transfer-Encoding removed: delimited by close',
    handler: [
      ['res.removeHeader', 'Content-Length'],
      ['res.removeHeader', 'Transfer-Encoding'],
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: [['send', get('/')], ['await close']],
    differs: {
      row: 'removed-framing',
      why: 'the host sends Connection: keep-alive, and closes',
      peers: { a: { received: 'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: close\r\n\r\nonetwo' } },
    },
  },
  {
    name: 'HEAD, end(body): only the head is sent',
    handler: [['res.end', 'hello', cb('end')]],
    script: exchange(head('HEAD / HTTP/1.1', 'Host: a', CLOSE)),
  },
  {
    name: 'HEAD, write() and end(): no body, the connection stays open',
    handler: [
      ['res.write', 'one', cb('write')],
      ['res.end', 'two', cb('end')],
    ],
    script: [
      ['send', head('HEAD / HTTP/1.1', 'Host: a')],
      ['await bytes', '\r\n\r\n'],
      ['send', head('HEAD / HTTP/1.1', 'Host: a', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'HEAD with Content-Length given',
    handler: [['res.writeHead', 200, { 'Content-Length': 1000 }], ['res.end']],
    script: exchange(head('HEAD / HTTP/1.1', 'Host: a', CLOSE)),
  },
  {
    name: 'HEAD over HTTP/1.0',
    handler: hello,
    script: exchange(head('HEAD / HTTP/1.0')),
  },
  {
    name: '1xx as the final status',
    handler: [
      ['res.writeHead', 102],
      ['res.end', 'hello'],
    ],
    script: exchange(),
  },
  {
    name: 'a 64 KiB body in one end()',
    handler: [['res.end', 'x'.repeat(65536), cb('end')]],
    script: exchange(),
  },
  {
    name: 'a 64 KiB body in one write(): false, then drain',
    handler: [
      ['res.write', Buffer.alloc(65536, 'y'), cb('write')],
      ['wait', 'res.drain'],
      ['res.end', cb('end')],
    ],
    script: exchange(),
  },
];

const persistence: readonly Conversation[] = [
  {
    name: 'keep-alive: two sequential requests',
    handler: hello,
    script: [
      ['send', get('/a')],
      ['await bytes', 'hello'],
      ['send', get('/b')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'keepAliveTimeout sets the Keep-Alive header',
    server: { props: { keepAliveTimeout: 61_000 } },
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'keepAliveTimeout 0: no Keep-Alive header',
    server: { props: { keepAliveTimeout: 0 } },
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'Connection: close set by the handler',
    handler: [
      ['res.setHeader', 'Connection', 'close'],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'Connection: keep-alive and Keep-Alive set by the handler',
    handler: [
      ['res.writeHead', 200, { Connection: 'keep-alive', 'Keep-Alive': 'timeout=99' }],
      ['res.end', 'hello'],
    ],
    script: [
      ['send', get('/')],
      ['await bytes', '\r\n0\r\n\r\n'],
      ['send', get('/')],
      ['await bytes', '\r\n0\r\n\r\n'],
    ],
  },
  {
    name: 'Connection header removed by the handler',
    handler: [
      ['res.removeHeader', 'Connection'],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['await bytes', 'hello'], ['send', get('/', CLOSE)], ['await close']],
  },
  {
    name: 'Connection: Keep-Alive, CLOSE closes, in any case of letters',
    handler: hello,
    script: exchange(get('/', 'Connection: Keep-Alive, CLOSE')),
  },
  {
    name: 'res.shouldKeepAlive = false closes',
    handler: [
      ['res.shouldKeepAlive =', false],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'HTTP/1.0: close after the response',
    handler: hello,
    script: exchange(head('GET / HTTP/1.0')),
  },
  {
    name: 'HTTP/1.0, write() and end(): delimited by close',
    handler: [
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: exchange(head('GET / HTTP/1.0')),
  },
  {
    name: 'HTTP/1.0 with Connection: keep-alive, Content-Length given',
    handler: [
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'hello'],
    ],
    script: [
      ['send', head('GET / HTTP/1.0', 'Connection: keep-alive')],
      ['await bytes', 'hello'],
      ['send', head('GET / HTTP/1.0')],
      ['await close'],
    ],
  },
  {
    name: 'HTTP/1.0 with Connection: keep-alive and Transfer-Encoding: close after the response',
    handler: readThenHello,
    script: [
      ['send', `${head('POST / HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
      ['await bytes', 'hello'],
      ['await close'],
    ],
  },
  {
    name: 'HTTP/1.0 with Connection: keep-alive, unknown length: delimited by close',
    handler: [
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: exchange(head('GET / HTTP/1.0', 'Connection: keep-alive')),
  },
  {
    name: 'a POST read to its end, then another request',
    handler: readThenHello,
    script: [
      ['send', post('/a', 'body')],
      ['await bytes', 'hello'],
      ['send', post('/b', 'more', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'CRLF before the request line is skipped',
    handler: hello,
    script: [
      ['send', `\r\n\r\n${get('/')}`],
      ['await bytes', 'hello'],
      ['send', `\r\n${get('/', CLOSE)}`],
      ['await close'],
    ],
  },
  {
    name: 'request targets in absolute form and in asterisk form',
    handler: hello,
    script: [
      ['send', head('GET http://a/x?y#z HTTP/1.1', 'Host: a')],
      ['await bytes', 'hello'],
      ['send', head('OPTIONS * HTTP/1.1', 'Host: a', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'a request that arrives byte by byte',
    handler: readThenHello,
    script: [...[...post('/', 'ab', CLOSE)].flatMap((byte) => [['send', byte], ['settle']] as const), ['await close']],
  },
];

export const responses = [...methods, ...contentless, ...unframed, ...framing, ...persistence];
