/** Responses that are malformed or too large, and their errors. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { chunked, ok, read, response, roundTrip } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { AMBIGUOUS_LENGTH, closeAfterError, movedAfterError } from './document.js';

const refused = (
  name: string,
  response: string,
  options: Readonly<Record<string, unknown>> = {},
): ClientConversation => ({
  name,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  script: [
    ...roundTrip(response, options),
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'req1'],
    ['look', 'agent'],
  ],
});

const heads: readonly ClientConversation[] = [
  refused('garbage', 'garbage\r\n\r\n'),
  refused('bare HTML, as in HTTP/0.9', '<html>hello</html>'),
  refused('a request instead of a response', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('TLS', '\u0015\u0003\u0001\u0000\u0002\u0002\u0046'),
  refused('an unknown version', head('HTTP/9.9 200 OK')),
  refused('HTTP/2.0', head('HTTP/2.0 200 OK', 'Content-Length: 0')),
  refused('a status of two digits', head('HTTP/1.1 20 OK')),
  refused('a status of four digits', head('HTTP/1.1 2000 OK')),
  refused('a status that is no number', head('HTTP/1.1 abc OK')),
  refused('a status below 100', head('HTTP/1.1 042 OK', 'Content-Length: 0')),
  refused('no space after the version', head('HTTP/1.1200 OK')),
  refused('a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
  refused('a CR in a value', ok('X: a\rb')),
  refused('a NUL in a value', ok('X: a\u0000b')),
  refused('a space in a name', ok('X A: b')),
  refused('a space before the colon', ok('X-A : b')),
  refused('a line without a colon', ok('nonsense')),
  refused('an empty name', ok(': b')),
  refused('a Content-Length that is no number', ok('Content-Length: many')),
  refused('a negative Content-Length', ok('Content-Length: -1')),
  refused('a Content-Length that is too large', ok('Content-Length: 99999999999999999999')),
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
      'insecureHTTPParser: both lengths',
      `${ok('Content-Length: 3', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
      { insecureHTTPParser: true },
    ),
    differs: AMBIGUOUS_LENGTH,
  },
  refused('insecureHTTPParser: a control character in a value', response('hello', 'X: a\u0001b'), {
    insecureHTTPParser: true,
  }),
  refused('insecureHTTPParser: a space before the colon', response('hello', 'X-A : b'), { insecureHTTPParser: true }),
  refused('insecureHTTPParser: false', response('hello', 'X: a\u0001b'), { insecureHTTPParser: false }),
];

const bodies: readonly ClientConversation[] = [
  refused('an invalid chunk size', `${chunked()}xyz\r\nhello\r\n`),
  refused('a chunk size too large', `${chunked()}fffffffffffffffff\r\nhello\r\n`),
  refused('an empty chunk size', `${chunked()}\r\nhello\r\n`),
  refused('a chunk longer than its size', `${chunked()}2\r\nhello\r\n0\r\n\r\n`),
  refused('a valid chunk, then an invalid one', `${chunked()}5\r\nhello\r\nzz\r\n`),
  refused('a chunk with a bare LF', `${chunked()}5\nhello\n0\n\n`),
  refused('an invalid trailer', `${chunked()}5\r\nhello\r\n0\r\nX A: 1\r\n\r\n`),
].map((conversation) => ({ ...conversation, differs: closeAfterError }));

/** statewire detects the overflow of chunk extensions a few bytes later. */
const LATER: Difference = {
  row: 'chunk-extensions',
  why: 'llhttp as WebAssembly does not report chunk extensions',
  events: (host) => movedAfterError(later(host)),
  eventsInHostOrder: later,
};

function later(host: readonly string[]): readonly string[] {
  return host.map((event) => event.replace('bytesParsed=17050', 'bytesParsed=17056'));
}

const sizes: readonly ClientConversation[] = [
  refused('a head of 16 KiB', response('hello', `X: ${'x'.repeat(16_000)}`)),
  refused('a head over 16 KiB', response('hello', `X: ${'x'.repeat(17_000)}`)),
  refused('a reason over 16 KiB', `HTTP/1.1 200 ${'x'.repeat(17_000)}\r\n\r\n`),
  refused('a head within maxHeaderSize', response('hello', `X: ${'x'.repeat(30_000)}`), { maxHeaderSize: 40_000 }),
  refused('maxHeaderSize, exceeded', response('hello', `X: ${'x'.repeat(200)}`), { maxHeaderSize: 100 }),
  refused('fewer than 2000 header lines', response('hello', ...Array.from({ length: 900 }, (_, i) => `X${i}: y`))),
  {
    ...refused(
      'more header lines than maxHeadersCount',
      response('hello', ...Array.from({ length: 2100 }, (_, i) => `X${i}: y`)),
      {
        maxHeaderSize: 100_000,
      },
    ),
    differs: {
      row: 'response-lines',
      why: 'the host drops the header lines after the first thousand',
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
    differs: closeAfterError,
  },
  {
    ...refused('chunk extensions over 16 KiB', `${chunked()}5;${'x'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`),
    differs: LATER,
  },
  refused(
    'each interim response has its own 16 KiB',
    head('HTTP/1.1 102 Hm', `X: ${'x'.repeat(9000)}`).repeat(3) + response('hello'),
  ),
];

const events: readonly ClientConversation[] = [
  {
    name: 'an invalid chunk after the response event',
    handler: read,
    deaf: ['socket'],
    script: [
      ...roundTrip(`${chunked()}5\r\nhello\r\n`),
      ['await event', 'res1.data'],
      ['send', 'zz\r\n'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeAfterError,
  },
  {
    name: 'an invalid chunk in an unread response',
    handler: [],
    deaf: ['socket'],
    script: [
      ...roundTrip(`${chunked()}5\r\nhello\r\nzz\r\n`),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeAfterError,
  },
  {
    name: 'garbage without an error listener',
    deaf: ['socket', 'req.error'],
    handler: read,
    script: [...roundTrip('garbage\r\n\r\n'), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a response before the request was sent',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', { method: 'POST' }, [['req.flushHeaders']]],
      ['send', response('hello')],
      ['await event', 'res1.end'],
      ['settle'],
      ['req1.end', 'body'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a response before any request was sent',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', { method: 'POST' }],
      ['send', response('hello')],
      ['await event', 'res1.end'],
      ['settle'],
      ['look', 'req1'],
      ['req1.end', 'body'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];

export const malformed = [...heads, ...lenient, ...bodies, ...sizes, ...events];
