/** Malformed input, and what clientError receives. */
import type { Conversation } from '../kit/conversation.js';
import { get, head, postChunked, readThenHello, respondsToClientErrors } from '../kit/phrases.js';

/** Each is sent alone, once without and once with a clientError listener. */
const BROKEN: readonly (readonly [string, string])[] = [
  ['no HTTP at all', 'hello, world\r\n\r\n'],
  ['a lower-case method', head('get / HTTP/1.1', 'Host: a')],
  ['an unknown method', head('FETCH / HTTP/1.1', 'Host: a')],
  ['no target', head('GET HTTP/1.1', 'Host: a')],
  ['no version', head('GET /', 'Host: a')],
  ['a space in the target', head('GET /a b HTTP/1.1', 'Host: a')],
  ['a control character in the target', head('GET /a\x01b HTTP/1.1', 'Host: a')],
  ['HTTP/2.0', head('GET / HTTP/2.0', 'Host: a')],
  ['HTTP/1.9', head('GET / HTTP/1.9', 'Host: a')],
  ['an invalid version', head('GET / HTTP/x.y', 'Host: a')],
  ['another protocol', head('GET / ICE/1.0', 'Host: a')],
  ['a header without a colon', head('GET / HTTP/1.1', 'Host: a', 'nothing')],
  ['a header without a name', head('GET / HTTP/1.1', 'Host: a', ': x')],
  ['a space before the colon', head('GET / HTTP/1.1', 'Host: a', 'X-A : x')],
  ['a space before the first header', head('GET / HTTP/1.1', ' Host: a')],
  ['a folded header', head('GET / HTTP/1.1', 'Host: a', 'X-A: one', ' two')],
  ['an invalid character in a name', head('GET / HTTP/1.1', 'Host: a', 'X@(: x')],
  ['NUL in a value', head('GET / HTTP/1.1', 'Host: a', 'X-A: a\0b')],
  ['CR in a value', head('GET / HTTP/1.1', 'Host: a', 'X-A: a\rb')],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
  ['a bare LF after a header', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'],
  ['only bare LFs', 'GET / HTTP/1.1\nHost: a\n\n'],
  [
    'Content-Length twice, equal',
    `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Content-Length: 4')}body`,
  ],
  [
    'Content-Length twice, different',
    `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Content-Length: 5')}body`,
  ],
  ['Content-Length: 4, 4', `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4, 4')}body`],
  ['Content-Length: -1', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: -1')],
  ['Content-Length: +4', `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: +4')}body`],
  ['Content-Length: 0x4', `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 0x4')}body`],
  ['Content-Length without digits', head('POST / HTTP/1.1', 'Host: a', 'Content-Length:')],
  ['Content-Length out of range', head('POST / HTTP/1.1', 'Host: a', `Content-Length: ${'9'.repeat(30)}`)],
  ['Content-Length and Transfer-Encoding', `${postChunked('/', 'Content-Length: 4')}0\r\n\r\n`],
  [
    'Transfer-Encoding before Content-Length',
    `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ],
  ['Transfer-Encoding: gzip', head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: gzip')],
  ['Transfer-Encoding: chunked, gzip', head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked, gzip')],
  ['Transfer-Encoding: xchunked', head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: xchunked')],
  ['a tab before the method', `\t${get('/')}`],
  ['the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
];

const broken: readonly Conversation[] = BROKEN.flatMap(([name, bytes]) => [
  { name, handler: readThenHello, script: [['send', bytes], ['settle']] as const },
  {
    name: `${name}, with a clientError listener`,
    server: respondsToClientErrors,
    handler: readThenHello,
    script: [['send', bytes], ['settle']] as const,
  },
]);

/** Invalid chunked bodies; the handler has already been called. */
const BAD_CHUNKS: readonly (readonly [string, string])[] = [
  ['an invalid chunk size', 'xyz\r\n'],
  ['a chunk size with a sign', '-1\r\n'],
  ['a chunk size too large', `${'f'.repeat(17)}\r\n`],
  ['a space before the chunk size', ' 4\r\nbody\r\n0\r\n\r\n'],
  ['a space after the chunk size', '4 \r\nbody\r\n0\r\n\r\n'],
  ['a bare LF after the chunk size', '4\nbody\r\n0\r\n\r\n'],
  ['a bare LF after the chunk', '4\r\nbody\n0\r\n\r\n'],
  ['no CRLF after the chunk', '4\r\nbodyxx0\r\n\r\n'],
  ['LF in a chunk extension', '4;a\nb\r\nbody\r\n0\r\n\r\n'],
  ['an invalid trailer', '4\r\nbody\r\n0\r\nbad trailer\r\n\r\n'],
  ['an empty chunk size', '\r\n4\r\nbody\r\n0\r\n\r\n'],
];

const badChunks: readonly Conversation[] = BAD_CHUNKS.flatMap(([name, bytes]) => [
  {
    name: `${name}: before the response`,
    handler: readThenHello,
    script: [['send', postChunked('/') + bytes], ['settle']] as const,
  },
  {
    name: `${name}: after the response has begun`,
    handler: [
      ['listen', 'req.data'],
      ['res.write', 'begun'],
    ] as const,
    script: [['send', postChunked('/')], ['await bytes', 'begun'], ['send', bytes], ['settle']] as const,
  },
]);

/** What insecureHTTPParser accepts. */
const LENIENT = [
  'a folded header',
  'NUL in a value',
  'CR in a value',
  'a bare LF after a header',
  'Content-Length and Transfer-Encoding',
  'Content-Length twice, different',
  'Transfer-Encoding: chunked, gzip',
  'HTTP/1.9',
  'a space before the colon',
];

const lenient: readonly Conversation[] = BROKEN.filter(([name]) => LENIENT.includes(name)).map(([name, bytes]) => ({
  name: `insecureHTTPParser: ${name}`,
  server: { options: { insecureHTTPParser: true } },
  handler: [['req.rawHeaders ?'], ...readThenHello],
  script: [['send', bytes], ['settle']],
}));

export const malformed = [...broken, ...badChunks, ...lenient];
