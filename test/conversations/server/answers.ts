/** Answers: how a response is framed and whether the connection stays, by method, status, version and headers given. */
import type { Conversation, Steps } from '../kit/conversation.js';
import { CLOSE, exchange, get, head, hello, post, readThenHello } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const METHODS_WITH_BODY = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH'];

const methods: readonly Conversation[] = METHODS_WITH_BODY.map((method) => ({
  name: `${method}: answered with a counted body`,
  handler: hello,
  script: exchange(head(`${method} / HTTP/1.1`, 'Host: a', CLOSE)),
}));

/** A status that allows no content, with a body given all the same. */
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

/** What a status without content must not say. */
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
    why: 'the host sends it (RFC 9110 §8.6, RFC 9112 §6.1)',
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
    name: 'write then end: chunked',
    handler: [
      ['res.write', 'one'],
      ['res.write', 'two', cb('two')],
      ['res.end', 'three', cb('end')],
    ],
    script: exchange(),
  },
  {
    name: 'an empty write starts a chunked answer and adds no chunk',
    handler: [['res.write', '', cb('empty')], ['look', 'res'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'Content-Length given, written in pieces',
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
    name: 'Content-Length and Transfer-Encoding removed: delimited by the close',
    handler: [
      ['res.removeHeader', 'Content-Length'],
      ['res.removeHeader', 'Transfer-Encoding'],
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: [['send', get('/')], ['await close']],
    differs: {
      row: 'removed-framing',
      why: 'the host says keep-alive, and closes',
      peers: { a: { received: 'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: close\r\n\r\nonetwo' } },
    },
  },
  {
    name: 'HEAD, end(body): the head of the answer, no body',
    handler: [['res.end', 'hello', cb('end')]],
    script: exchange(head('HEAD / HTTP/1.1', 'Host: a', CLOSE)),
  },
  {
    name: 'HEAD, write and end: no body, the connection stays',
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
    name: 'keep-alive: two requests, one after the other',
    handler: hello,
    script: [
      ['send', get('/a')],
      ['await bytes', 'hello'],
      ['send', get('/b')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'keepAliveTimeout is what the Keep-Alive header says',
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
    name: 'Connection: close by the handler',
    handler: [
      ['res.setHeader', 'Connection', 'close'],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'Connection: keep-alive by the handler, with a Keep-Alive header of its own',
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
    name: 'Connection: Keep-Alive, Close is close, whatever its case',
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
    name: 'HTTP/1.0: closed after the answer',
    handler: hello,
    script: exchange(head('GET / HTTP/1.0')),
  },
  {
    name: 'HTTP/1.0, write and end: delimited by the close',
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
    name: 'HTTP/1.0 with Connection: keep-alive and Transfer-Encoding: closed behind its answer',
    handler: readThenHello,
    script: [
      ['send', `${head('POST / HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
      ['await bytes', 'hello'],
      ['await close'],
    ],
  },
  {
    name: 'HTTP/1.0 with Connection: keep-alive, length unknown: the close delimits',
    handler: [
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: exchange(head('GET / HTTP/1.0', 'Connection: keep-alive')),
  },
  {
    name: 'POST read to its end, then another request',
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
    name: 'a request line in absolute form, and an asterisk',
    handler: hello,
    script: [
      ['send', head('GET http://a/x?y#z HTTP/1.1', 'Host: a')],
      ['await bytes', 'hello'],
      ['send', head('OPTIONS * HTTP/1.1', 'Host: a', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'a request that comes byte by byte',
    handler: readThenHello,
    script: [...[...post('/', 'ab', CLOSE)].flatMap((byte) => [['send', byte], ['settle']] as const), ['await close']],
  },
];

export const answers = [...methods, ...contentless, ...unframed, ...framing, ...persistence];
