/** Answers that are not HTTP, or too large, and what is told of them. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { answer, asked, chunked, ok, read } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { closeBehindError, DOUBTFUL, movedBehindError } from './document.js';

const refused = (
  name: string,
  response: string,
  options: Readonly<Record<string, unknown>> = {},
): ClientConversation => ({
  name,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  script: [...asked(response, options), ['await event', 'req1.close'], ['settle'], ['look', 'req1'], ['look', 'agent']],
});

const heads: readonly ClientConversation[] = [
  refused('garbage', 'garbage\r\n\r\n'),
  refused('nothing but HTML, as of HTTP/0.9', '<html>hello</html>'),
  refused('a request in place of an answer', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('TLS', '\u0015\u0003\u0001\u0000\u0002\u0002\u0046'),
  refused('an unknown version', head('HTTP/9.9 200 OK')),
  refused('HTTP/2.0', head('HTTP/2.0 200 OK', 'Content-Length: 0')),
  refused('a status of two digits', head('HTTP/1.1 20 OK')),
  refused('a status of four digits', head('HTTP/1.1 2000 OK')),
  refused('a status that is a word', head('HTTP/1.1 abc OK')),
  refused('a status below 100', head('HTTP/1.1 042 OK', 'Content-Length: 0')),
  refused('no space behind the version', head('HTTP/1.1200 OK')),
  refused('a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
  refused('a CR in a value', ok('X: a\rb')),
  refused('a NUL in a value', ok('X: a\u0000b')),
  refused('a space in a name', ok('X A: b')),
  refused('a space before the colon', ok('X-A : b')),
  refused('a line without a colon', ok('nonsense')),
  refused('an empty name', ok(': b')),
  refused('a Content-Length that is a word', ok('Content-Length: many')),
  refused('a negative Content-Length', ok('Content-Length: -1')),
  refused('a Content-Length too large', ok('Content-Length: 99999999999999999999')),
  refused('two Content-Lengths', `${ok('Content-Length: 5', 'Content-Length: 5')}hello`),
  refused('two Content-Lengths that differ', ok('Content-Length: 5', 'Content-Length: 6')),
  refused('a list of Content-Lengths', `${ok('Content-Length: 5, 5')}hello`),
  refused('Content-Length with a plus', ok('Content-Length: +5')),
  refused('two Transfer-Encodings', `${ok('Transfer-Encoding: gzip', 'Transfer-Encoding: chunked')}0\r\n\r\n`),
  refused('chunked twice', `${ok('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`),
];

const lenient: readonly ClientConversation[] = [
  {
    ...refused(
      'lenient: both lengths',
      `${ok('Content-Length: 3', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
      { insecureHTTPParser: true },
    ),
    differs: DOUBTFUL,
  },
  refused('lenient: a control character in a value', answer('hello', 'X: a\u0001b'), { insecureHTTPParser: true }),
  refused('lenient: a space before the colon', answer('hello', 'X-A : b'), { insecureHTTPParser: true }),
  refused('lenient is off', answer('hello', 'X: a\u0001b'), { insecureHTTPParser: false }),
];

const bodies: readonly ClientConversation[] = [
  refused('a chunk size that is none', `${chunked()}xyz\r\nhello\r\n`),
  refused('a chunk size too large', `${chunked()}fffffffffffffffff\r\nhello\r\n`),
  refused('an empty chunk size', `${chunked()}\r\nhello\r\n`),
  refused('a chunk longer than it says', `${chunked()}2\r\nhello\r\n0\r\n\r\n`),
  refused('a good chunk, then a bad one', `${chunked()}5\r\nhello\r\nzz\r\n`),
  refused('a chunk with a bare LF', `${chunked()}5\nhello\n0\n\n`),
  refused('a bad trailer', `${chunked()}5\r\nhello\r\n0\r\nX A: 1\r\n\r\n`),
].map((conversation) => ({ ...conversation, differs: closeBehindError }));

/** The parser tells the overflow of extensions a few bytes later. */
const LATER: Difference = {
  row: 'chunk-extensions',
  why: 'llhttp as WebAssembly does not tell extensions',
  events: (host) => movedBehindError(host).map((event) => event.replace('bytesParsed=17050', 'bytesParsed=17056')),
};

const sizes: readonly ClientConversation[] = [
  refused('a head of 16 KiB', answer('hello', `X: ${'x'.repeat(16_000)}`)),
  refused('a head over 16 KiB', answer('hello', `X: ${'x'.repeat(17_000)}`)),
  refused('a reason over 16 KiB', `HTTP/1.1 200 ${'x'.repeat(17_000)}\r\n\r\n`),
  refused('maxHeaderSize, not reached', answer('hello', `X: ${'x'.repeat(30_000)}`), { maxHeaderSize: 40_000 }),
  refused('maxHeaderSize, exceeded', answer('hello', `X: ${'x'.repeat(200)}`), { maxHeaderSize: 100 }),
  refused('fewer fields than 2000', answer('hello', ...Array.from({ length: 900 }, (_, i) => `X${i}: y`))),
  {
    ...refused(
      'more fields than maxHeadersCount',
      answer('hello', ...Array.from({ length: 2100 }, (_, i) => `X${i}: y`)),
      {
        maxHeaderSize: 100_000,
      },
    ),
    differs: {
      row: 'answer-lines',
      why: 'the host drops those behind the first thousand',
      events: (host) => [
        ...host.slice(0, host.indexOf('req1.finish') + 1),
        'req1.error Error HPE_HEADER_OVERFLOW "Parse Error: Header overflow" bytesParsed=18913 rawPacket=19933',
        'req1.close',
        host.at(-2) as string,
        'agent is sockets 0, freeSockets 0, requests 0',
      ],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    ...refused('trailers over 16 KiB', `${chunked()}0\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`),
    differs: closeBehindError,
  },
  {
    ...refused('chunk extensions over 16 KiB', `${chunked()}5;${'x'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`),
    differs: LATER,
  },
  refused(
    'interim answers have each their 16 KiB',
    head('HTTP/1.1 102 Hm', `X: ${'x'.repeat(9000)}`).repeat(3) + answer('hello'),
  ),
];

const behind: readonly ClientConversation[] = [
  {
    name: 'a bad chunk after the head was told',
    handler: read,
    deaf: ['socket'],
    script: [
      ...asked(`${chunked()}5\r\nhello\r\n`),
      ['await event', 'res1.data'],
      ['send', 'zz\r\n'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeBehindError,
  },
  {
    name: 'a bad chunk with a listener that does not read',
    handler: [],
    deaf: ['socket'],
    script: [...asked(`${chunked()}5\r\nhello\r\nzz\r\n`), ['await event', 'req1.close'], ['settle'], ['look', 'res1']],
    differs: closeBehindError,
  },
  {
    name: 'garbage with nobody listening to errors',
    deaf: ['socket', 'req.error'],
    handler: read,
    script: [...asked('garbage\r\n\r\n'), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'an answer before the request was sent',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', { method: 'POST' }, [['req.flushHeaders']]],
      ['send', answer('hello')],
      ['await event', 'res1.end'],
      ['settle'],
      ['req1.end', 'body'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an answer before anything was asked',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', { method: 'POST' }],
      ['send', answer('hello')],
      ['await event', 'res1.end'],
      ['settle'],
      ['look', 'req1'],
      ['req1.end', 'body'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];

export const malformed = [...heads, ...lenient, ...bodies, ...sizes, ...behind];
