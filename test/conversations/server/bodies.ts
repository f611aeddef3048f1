/** Bodies: what write() and end() accept, return, call back and reject. */
import { PassThrough } from 'node:stream';
import type { Conversation } from '../kit/conversation.js';
import { addedCallbacks, CLOSE, exchange, failedCallback, get, head } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const ENCODED: readonly (readonly [string, BufferEncoding])[] = [
  ['68656c6c6f', 'hex'],
  ['aGVsbG8=', 'base64'],
  ['aGVsbG8', 'base64url'],
  ['d\xe9j\xe0', 'latin1'],
  ['d\xe9j\xe0 \u2603', 'utf8'],
  ['hello', 'utf16le'],
  ['d\xe9j\xe0', 'ascii'],
];

const encodings: readonly Conversation[] = [
  {
    name: 'encodings of write(): each chunk size counts bytes',
    handler: [...ENCODED.map(([text, encoding]) => ['res.write', text, encoding] as const), ['res.end']],
    script: exchange(),
  },
  ...ENCODED.filter(([, encoding]) => encoding !== 'hex').map(([text, encoding]) => ({
    name: `end(text, '${encoding}'): Content-Length counts the bytes`,
    handler: [['res.end', text, encoding]] as const,
    script: exchange(),
  })),
  {
    name: 'bytes: Buffer, Uint8Array, a view into the middle of a buffer',
    handler: [
      ['res.write', Buffer.from('one')],
      ['res.write', new Uint8Array([116, 119, 111])],
      ['res.write', new Uint8Array(Buffer.from('..three..')).subarray(2, 7)],
      ['res.end', Buffer.from('four')],
    ],
    script: exchange(),
  },
  {
    name: 'an unknown encoding',
    handler: [
      ['res.write', 'x', 'klingon'],
      ['res.end', 'y'],
    ],
    script: exchange(),
    differsOn: {
      '<26': {
        row: 'refused-chunk',
        why: 'RFC 9112 §7.1: the host has sent the size of the rejected chunk, which breaks the framing',
        peers: {
          a: {
            received: `${head('HTTP/1.1 200 OK', 'Date: <date>', CLOSE, 'Transfer-Encoding: chunked')}1\r\ny\r\n0\r\n\r\n`,
          },
        },
      },
    },
  },
];

const mismatch = (body: number, head: number): string =>
  `Error ERR_HTTP_CONTENT_LENGTH_MISMATCH "Response body's content-length of ${body} byte(s) does not match the content-length of ${head} byte(s) set in header"`;

const STRICT = head(
  'HTTP/1.1 200 OK',
  'Content-Length: 3',
  'Date: <date>',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
);

const refusals: readonly Conversation[] = [
  {
    name: 'chunks of a wrong type throw',
    handler: [
      ['res.write', 1],
      ['res.write', null],
      ['res.write', undefined],
      ['res.write', { a: 1 }],
      ['res.write', true],
      ['res.write', new Uint16Array(2)],
      ['res.write'],
      ['res.end', 1],
      ['res.end', { a: 1 }],
      ['look', 'res'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'end(null) and end(undefined) equal end()',
    handler: { '/null': [['res.end', null]], '/undefined': [['res.end', undefined, cb('end')]] },
    script: [['send', get('/null')], ['await bytes', '\r\n\r\n'], ...exchange(get('/undefined', 'Connection: close'))],
  },
  {
    name: 'write() after end(): the error is emitted and passed to the callback',
    handler: [
      ['res.end', 'hello'],
      ['res.write', 'more', cb('write')],
      ['look', 'res'],
    ],
    script: exchange(),
  },
  {
    name: 'write() after end(), without an error listener',
    deaf: ['res.error'],
    handler: [
      ['res.end', 'hello'],
      ['res.write', 'more', cb('write')],
    ],
    script: exchange(),
  },
  {
    name: 'write() after end(), without any listener',
    deaf: ['res'],
    handler: [
      ['res.end', 'hello'],
      ['res.write', 'more'],
    ],
    script: exchange(),
  },
  {
    name: 'end(text) after end(), without any listener',
    deaf: ['res'],
    handler: [
      ['res.end', 'hello'],
      ['res.end', 'more'],
    ],
    script: exchange(),
  },
  {
    name: 'write() after finish',
    handler: [
      ['res.end', 'hello'],
      ['wait', 'res.close'],
      ['res.write', 'more', cb('write')],
      ['res.end', cb('end')],
    ],
    script: exchange(),
  },
  {
    name: 'end() after end()',
    handler: [
      ['res.end', 'hello', cb('first')],
      ['res.end', cb('second')],
      ['res.end', 'more', cb('third')],
    ],
    script: exchange(),
    differsOn: {
      '<24': {
        row: 'end-callback',
        why: 'the host calls back a second end() at once, with an error',
        events: (host) => {
          const others = host.filter((event) => !event.startsWith('callback.second'));
          return others.toSpliced(others.indexOf('res1.finish'), 0, 'callback.second null');
        },
      },
    },
  },
  {
    name: 'end() after end(), without an error listener',
    deaf: ['res.error'],
    handler: [['res.end', 'hello'], ['res.end'], ['res.end', 'more'], ['wait', 'res.close'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'end() after finish',
    handler: [
      ['res.end', 'hello'],
      ['wait', 'res.finish'],
      ['res.end', cb('end')],
      ['res.end', 'more', cb('more')],
    ],
    script: exchange(),
    differs: {
      row: 'lost-callbacks',
      why: 'the host calls back after close',
      events: (host) => {
        const late = host.filter((line) => line.startsWith('callback.more'));
        return host
          .filter((line) => !late.includes(line))
          .flatMap((line) => (line === 'res1.close' ? [...late, line] : line));
      },
    },
  },
  {
    name: 'write() and end() after destroy()',
    handler: [
      ['res.destroy'],
      ['res.write', 'x', cb('write')],
      ['res.end', 'y', cb('end')],
      ['look', 'res'],
      ['wait', 'turn'],
      ['res.write', 'x', cb('late write')],
    ],
    script: exchange(),
    differs: addedCallbacks('> res1.write -> false', failedCallback('end', 'end')),
  },
  {
    name: 'res.pipe throws',
    handler: [
      ['res.pipe', new PassThrough()],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'strictContentLength: too much in the first write() throws at once',
    handler: [
      ['res.strictContentLength =', true],
      ['res.setHeader', 'Content-Length', 3],
      ['res.write', 'four'],
      ['res.end', 'abc'],
    ],
    script: [['send', get('/')], ['settle']],
    differs: {
      row: 'strict-length',
      why: 'the host keeps the first part corked forever',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        '> res1.setHeader -> res1',
        `> res1.write throws ${mismatch(4, 3)}`,
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: `${STRICT}abc` } },
    },
  },
  {
    name: 'strictContentLength: end() throws, then a different response is sent',
    handler: [
      ['res.strictContentLength =', true],
      ['res.setHeader', 'Content-Length', 10],
      ['res.end', 'abc'],
      ['res.statusCode =', 500],
      ['res.setHeader', 'Content-Length', 3],
      ['res.end', 'abc'],
    ],
    script: [['send', get('/')], ['settle']],
    differs: {
      row: 'strict-length',
      why: 'on the host the head can no longer change',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        '> res1.setHeader -> res1',
        `> res1.end throws ${mismatch(3, 10)}`,
        '> res1.setHeader -> res1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: `${STRICT.replace('200 OK', '500 Internal Server Error')}abc` } },
    },
  },
  {
    name: 'strictContentLength: too much in a later write() throws',
    handler: [
      ['res.strictContentLength =', true],
      ['res.setHeader', 'Content-Length', 3],
      ['res.write', 'abc'],
      ['res.write', 'd'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'strictContentLength: too little at end() throws',
    handler: [
      ['res.strictContentLength =', true],
      ['res.setHeader', 'Content-Length', 5],
      ['res.write', 'abc'],
      ['res.end'],
      ['look', 'res'],
      ['res.write', 'de'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'strictContentLength: too much in one end() throws',
    handler: [
      ['res.strictContentLength =', true],
      ['res.writeHead', 200, { 'Content-Length': 3 }],
      ['res.end', 'four'],
      ['res.end', 'abc'],
    ],
    script: exchange(),
  },
  {
    name: 'strictContentLength off: a body of another length is sent',
    handler: [
      ['res.setHeader', 'Content-Length', 3],
      ['res.end', 'hello'],
    ],
    script: exchange(),
  },
  {
    name: 'strictContentLength where no body is allowed',
    handler: [['res.strictContentLength =', true], ['res.writeHead', 304, { 'Content-Length': 3 }], ['res.end']],
    script: exchange(),
  },
  {
    name: 'rejectNonStandardBodyWrites: a body on 204 throws',
    server: { options: { rejectNonStandardBodyWrites: true } },
    handler: [['res.writeHead', 204], ['res.write', 'x'], ['res.end', 'y'], ['look', 'res'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'rejectNonStandardBodyWrites: a body on HEAD throws',
    server: { options: { rejectNonStandardBodyWrites: true } },
    handler: [['res.write', 'x'], ['res.end', 'y'], ['res.end']],
    script: exchange(head('HEAD / HTTP/1.1', 'Host: a', 'Connection: close')),
  },
];

export const bodies = [...encodings, ...refusals];
