/** Requests as the handler sees them: headers and duplicates, bodies, trailers, unread bodies. */
import { Readable } from 'node:stream';
import type { Conversation, Steps } from '../kit/conversation.js';
import {
  CLOSE,
  echo,
  exchange,
  forgottenRequest,
  get,
  head,
  hello,
  kept,
  post,
  postChunked,
  readThenHello,
} from '../kit/phrases.js';
import { the } from '../kit/steps.js';

const logHeaders: Steps = [['req.headers ?'], ['req.rawHeaders ?'], ['req.headersDistinct ?'], ['res.end']];

const DUPLICATES = [
  'Accept: a',
  'accept: b',
  'Cookie: c=1',
  'Cookie: d=2',
  'Set-Cookie: e=3',
  'Set-Cookie: f=4',
  'User-Agent: first',
  'User-Agent: second',
  'Content-Type: text/plain',
  'Content-Type: text/html',
  'X-Own: 1',
  'X-Own: 2',
  'X-Own: ',
  'ETag: g',
  'ETag: h',
  'If-Modified-Since: i',
  'If-Modified-Since: j',
  'Authorization: k',
  'Authorization: l',
  'Referer: m',
  'Referer: n',
  '__proto__: o',
];

const headers: readonly Conversation[] = [
  {
    name: 'duplicate headers: joined, dropped or kept',
    handler: logHeaders,
    script: exchange(get('/', ...DUPLICATES, CLOSE)),
  },
  {
    name: 'joinDuplicateHeaders',
    server: { options: { joinDuplicateHeaders: true } },
    handler: logHeaders,
    script: exchange(get('/', ...DUPLICATES, CLOSE)),
  },
  {
    name: 'header values: trimmed, empty, latin1',
    handler: logHeaders,
    script: exchange(get('/', 'X-A:   spaced \t ', 'X-B:', 'X-C:x', 'X-D: d\xe9j\xe0', CLOSE)),
  },
  {
    name: 'the properties of a request',
    handler: [
      ['req.method ?'],
      ['req.url ?'],
      ['req.httpVersion ?'],
      ['req.httpVersionMajor ?'],
      ['req.httpVersionMinor ?'],
      ['req.statusCode ?'],
      ['req.statusMessage ?'],
      ['req.trailers ?'],
      ['req.rawTrailers ?'],
      ['req.complete ?'],
      ['req.aborted ?'],
      ['req.readableFlowing ?'],
      ['req.readableHighWaterMark ?'],
      ['res.end'],
    ],
    script: exchange(get('/a/b?c=d&e', CLOSE)),
  },
  {
    name: 'req.headers can be assigned',
    handler: [['req.headers =', { mine: '1' }], ['req.headers ?'], ['req.rawHeaders ?'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'maxHeadersCount, not exceeded',
    server: { props: { maxHeadersCount: 5 } },
    handler: logHeaders,
    script: exchange(get('/', 'X-1: 1', 'X-2: 2', 'X-3: 3', CLOSE)),
  },
  {
    name: 'maxHeadersCount: one header too many is rejected',
    server: { props: { maxHeadersCount: 4 } },
    handler: logHeaders,
    script: exchange(get('/', 'X-1: 1', 'X-2: 2', 'X-3: 3', CLOSE)),
    differsOn: {
      '<22': {
        row: 'headers-count',
        why: 'the host ignores the headers beyond the limit',
        events: [
          'server.connection socket1',
          'socket1.error Error HPE_HEADER_OVERFLOW "Parse Error: Header overflow" bytesParsed=60 rawPacket=70',
          'socket1.close true',
        ],
        peers: {
          a: { received: 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n' },
        },
      },
    },
  },
  {
    name: 'maxHeadersCount 0 means no limit',
    server: { props: { maxHeadersCount: 0 } },
    handler: logHeaders,
    script: exchange(get('/', 'X-1: 1', 'X-2: 2', 'X-3: 3', CLOSE)),
  },
  {
    name: '100 headers keep their order',
    handler: [['req.rawHeaders ?'], ['res.end']],
    script: exchange(get('/', ...Array.from({ length: 100 }, (_, i) => `X-${i}: ${i}`), CLOSE)),
  },
];

const bodies: readonly Conversation[] = [
  { name: 'a body with Content-Length', handler: readThenHello, script: exchange(post('/', 'body', CLOSE)) },
  {
    name: 'a body with Content-Length in three parts',
    handler: readThenHello,
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 9', CLOSE)],
      ['await event', 'server.request'],
      ['send', 'one'],
      ['await event', 'req1.data', 1],
      ['send', 'two'],
      ['await event', 'req1.data', 2],
      ['send', 'end'],
      ['await close'],
    ],
  },
  {
    name: 'Content-Length: 0',
    handler: readThenHello,
    script: exchange(post('/', '', CLOSE)),
  },
  {
    name: 'a chunked body, with extensions and upper-case sizes',
    handler: readThenHello,
    script: exchange(`${postChunked('/', CLOSE)}3;a=b\r\none\r\nA;c="d e"\r\n0123456789\r\n0\r\n\r\n`),
  },
  {
    name: 'a chunked body split within a size and within a chunk',
    handler: readThenHello,
    script: [
      ['send', `${postChunked('/', CLOSE)}1`],
      ['settle'],
      ['send', '0\r'],
      ['settle'],
      ['send', '\n01234567'],
      ['await event', 'req1.data', 1],
      ['send', '89abcdef\r\n0\r\n'],
      ['settle'],
      ['send', '\r\n'],
      ['await close'],
    ],
  },
  {
    name: 'an empty chunked body',
    handler: readThenHello,
    script: exchange(`${postChunked('/', CLOSE)}0\r\n\r\n`),
  },
  {
    name: 'trailers of a request',
    handler: [
      ['listen', 'req.data'],
      ['req.trailers ?'],
      ['wait', 'req.end'],
      ['req.trailers ?'],
      ['req.rawTrailers ?'],
      ['req.trailersDistinct ?'],
      ['res.end', 'hello'],
    ],
    script: exchange(`${postChunked('/', CLOSE)}3\r\none\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\nHost: b\r\n\r\n`),
  },
  {
    name: 'setEncoding(): a character split between two packets',
    handler: [['req.setEncoding', 'utf8'], ...readThenHello],
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', CLOSE)],
      ['await event', 'server.request'],
      ['send', 'x\xe2\x98'],
      ['await event', 'req1.data', 1],
      ['send', '\x83'],
      ['await close'],
    ],
  },
  {
    name: 'a data listener added a turn later loses nothing',
    handler: [['wait', 'turn'], ...readThenHello],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'pause and resume',
    handler: [
      ['listen', 'req.data'],
      ['req.pause'],
      ['req.isPaused'],
      ['wait', 'turn'],
      ['look', 'req'],
      ['req.resume'],
      ['wait', 'req.end'],
      ['look', 'req'],
      ['res.end', 'hello'],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: "'readable' and read()",
    handler: [
      ['listen', 'req.readable'],
      ['wait', 'req.readable'],
      ['req.read', 2],
      ['req.read'],
      ['req.read'],
      ['wait', 'req.readable', 2],
      ['req.read'],
      ['wait', 'req.end'],
      ['res.end', 'hello'],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'for await over the request',
    handler: [
      [
        'run',
        async ({ req, res, note }) => {
          for await (const chunk of req) note(`read ${chunk}`);
          res.end('hello');
        },
      ],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'for await over the request, with an early break, then another request',
    handler: {
      '/': [
        [
          'run',
          async ({ req, res }) => {
            req.on('close', () => res.end('hello'));
            for await (const _ of req) break;
          },
        ],
      ],
      '/next': hello,
    },
    script: [
      ['send', post('/', 'x'.repeat(300_000))],
      ['await event', 'res1.close'],
      ['send', get('/next')],
      ['settle'],
    ],
    differs: {
      row: 'abandoned-body',
      why: 'RFC 9112 §9.3: the host does not read on, and the connection hangs',
      events: [
        'server.connection socket1',
        'server.request req1 POST / 1.1',
        'req1.aborted',
        'req1.error AbortError ABORT_ERR "The operation was aborted"',
        'req1.close',
        'res1.prefinish',
        'res1.finish',
        'res1.close',
        'server.request req2 GET /next 1.1',
        'res2.prefinish',
        '> res2.end -> res2',
        'res2.finish',
        'res2.close',
        'req2.end',
        'req2.close',
      ],
      peers: { a: { received: kept('hello') + kept('hello') } },
    },
  },
  {
    name: 'pipe echo, with Content-Length',
    handler: echo,
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'pipe echo, chunked, as it arrives',
    handler: echo,
    script: [
      ['send', `${postChunked('/', CLOSE)}3\r\none\r\n`],
      ['await bytes', 'one'],
      ['send', '3\r\ntwo\r\n0\r\n\r\n'],
      ['await close'],
    ],
  },
  {
    name: 'pipe echo of 1 MiB',
    deaf: ['res.drain'],
    handler: [['res.setHeader', 'Content-Length', 1 << 20], ...echo],
    script: exchange(post('/', 'z'.repeat(1 << 20), CLOSE)),
  },
  {
    name: 'pipe, then unpipe',
    handler: [
      ['req.pipe', the('res')],
      ['wait', 'res.pipe'],
      ['req.unpipe', the('res')],
      ['res.end', 'enough'],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'highWaterMark applies to the request and the response',
    server: { options: { highWaterMark: 1000 } },
    handler: [
      ['req.readableHighWaterMark ?'],
      ['res.writableHighWaterMark ?'],
      ['res.write', 'x'.repeat(1001)],
      ['wait', 'res.drain'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'a data listener removed: read() returns the rest',
    handler: [
      ['run', ({ req, note }) => void req.once('data', (chunk: Buffer) => note(`once ${chunk}`))],
      ...readThenHello,
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
];

const unread: readonly Conversation[] = [
  {
    name: 'an unread body is dumped, the next request is served',
    handler: hello,
    script: [
      ['send', post('/a', 'body')],
      ['await bytes', 'hello'],
      ['send', get('/b')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a response before the body: the body is dumped',
    handler: hello,
    script: [
      ['send', head('POST /a HTTP/1.1', 'Host: a', 'Content-Length: 4')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', `body${get('/b', CLOSE)}`],
      ['await close'],
    ],
  },
  {
    name: 'a response before the chunked body, with a data listener',
    handler: [['listen', 'req.data'], ...hello],
    script: [
      ['send', postChunked('/a')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', `4\r\nbody\r\n0\r\n\r\n${get('/b', CLOSE)}`],
      ['await close'],
    ],
  },
  {
    name: 'a response with Connection: close before the body',
    handler: hello,
    script: [['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', CLOSE)], ['await close']],
    differs: forgottenRequest(),
  },
  {
    name: 'a large unread body without a response: the socket is paused, nothing is sent',
    handler: [['req.complete ?']],
    script: [['send', post('/', 'z'.repeat(200_000))], ['settle'], ['req1.complete ?']],
  },
  {
    name: 'a paused request is dumped after its response',
    handler: [['listen', 'req.data'], ['req.pause'], ...hello],
    script: [
      ['send', post('/a', 'body')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', get('/b', CLOSE)],
      ['settle'],
    ],
  },
  {
    name: 'resume() discards an unread body',
    handler: [['req.resume'], ['wait', 'req.end'], ['res.end', 'hello']],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'IncomingMessage is a Readable',
    handler: [['run', ({ req, note }) => note(String(req instanceof Readable))], ...hello],
    script: exchange(),
  },
];

export const reading = [...headers, ...bodies, ...unread];
