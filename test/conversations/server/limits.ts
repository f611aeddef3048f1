/** Limits: oversized heads, a missing Host, garbage after good requests, and what a clientError listener may do. */
import type { Conversation, Line } from '../kit/conversation.js';
import {
  CLOSE,
  exchange,
  get,
  head,
  hello,
  noResponse,
  postChunked,
  readThenHello,
  respondsToClientErrors,
} from '../kit/phrases.js';

const sizes: readonly Conversation[] = [
  {
    name: 'a header over 16 KiB: 431',
    handler: hello,
    script: exchange(get('/', `X-A: ${'a'.repeat(17_000)}`)),
  },
  {
    name: 'a target over 16 KiB: 431',
    handler: hello,
    script: exchange(get(`/${'a'.repeat(17_000)}`)),
  },
  {
    name: 'many headers over 16 KiB: 431',
    handler: hello,
    script: exchange(get('/', ...Array.from({ length: 400 }, (_, i) => `X-${i}: ${'a'.repeat(40)}`))),
  },
  {
    name: 'headers just under 16 KiB',
    handler: hello,
    script: exchange(get('/', CLOSE, `X-A: ${'a'.repeat(15_900)}`)),
  },
  {
    name: 'maxHeaderSize 1000',
    server: { options: { maxHeaderSize: 1000 } },
    handler: hello,
    script: [
      ['send', get('/', `X-A: ${'a'.repeat(800)}`)],
      ['await bytes', 'hello'],
      ['send', get('/', `X-A: ${'a'.repeat(1000)}`)],
      ['await close'],
    ],
  },
  {
    name: 'maxHeaderSize 1000, with a clientError listener',
    server: { ...respondsToClientErrors, options: { maxHeaderSize: 1000 } },
    handler: hello,
    script: exchange(get('/', `X-A: ${'a'.repeat(1000)}`)),
  },
  {
    name: 'trailers over 16 KiB',
    handler: readThenHello,
    script: [['send', `${postChunked('/')}0\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`], ['settle']],
  },
  {
    name: 'chunk extensions over 16 KiB',
    handler: readThenHello,
    script: [['send', `${postChunked('/')}4;${'a'.repeat(17_000)}\r\nbody\r\n0\r\n\r\n`], ['settle']],
    differs: {
      row: 'chunk-extensions',
      why: 'statewire detects the fault at a later byte',
      events: [
        'server.connection socket1',
        'server.request req1 POST / 1.1',
        'socket1.error Error HPE_CHUNK_EXTENSIONS_OVERFLOW "Parse Error: Chunk extensions overflow" bytesParsed=17064 rawPacket=17071',
        'req1.aborted',
        'socket1.close true',
        'res1.close',
        'req1.error Error ECONNRESET "aborted"',
        'req1.close',
      ],
    },
  },
];

const hosts: readonly Conversation[] = [
  { name: 'no Host: 400', handler: hello, script: exchange(head('GET / HTTP/1.1')) },
  {
    name: 'no Host: clientError is not emitted',
    server: respondsToClientErrors,
    handler: hello,
    script: exchange(head('GET / HTTP/1.1')),
  },
  {
    name: 'no Host, requireHostHeader off',
    server: { options: { requireHostHeader: false } },
    handler: hello,
    script: exchange(head('GET / HTTP/1.1', CLOSE)),
  },
  { name: 'no Host over HTTP/1.0', handler: hello, script: exchange(head('GET / HTTP/1.0')) },
  { name: 'an empty Host', handler: hello, script: exchange(head('GET / HTTP/1.1', 'Host:', CLOSE)) },
  {
    name: 'no Host, with a body and a further request',
    handler: hello,
    script: exchange(`${head('POST / HTTP/1.1', 'Content-Length: 4')}body${get('/2')}`),
    differs: {
      row: 'after-close',
      why: 'RFC 9112 §9.6: the 400 has Connection: close',
      events: ['server.connection socket1', 'socket1.close false'],
    },
  },
];

const aGoodOne: readonly Line[] = [
  ['send', get('/')],
  ['await bytes', 'hello'],
];

const afterGoodInput: readonly Conversation[] = [
  {
    name: 'garbage after a served request',
    handler: hello,
    script: [...aGoodOne, ['send', 'garbage\r\n\r\n'], ['await close']],
  },
  {
    name: 'garbage after a served request, with a clientError listener',
    server: respondsToClientErrors,
    handler: hello,
    script: [...aGoodOne, ['send', 'garbage\r\n\r\n'], ['await close']],
  },
  {
    name: 'a clientError listener that does nothing leaves the socket open',
    server: { on: { clientError: [['socket.writable ?']] } },
    handler: hello,
    script: [['send', 'garbage\r\n\r\n'], ['settle'], ['send', get('/')], ['settle']],
  },
  {
    name: 'a clientError listener that destroys the socket with the error',
    server: { on: { clientError: [['run', ({ err, socket }) => void socket.destroy(err)]] } },
    handler: hello,
    script: exchange('garbage\r\n\r\n'),
  },
  {
    name: 'nothing is read after a fault, neither the rest of the packet nor later bytes',
    handler: noResponse,
    script: [['send', 'garbage\r\n\r\n'], ['await close'], ['settle']],
  },
];

export const limits = [...sizes, ...hosts, ...afterGoodInput];
