/** How a body is sent in pieces: corked, piped, under back-pressure, with trailers; and the properties of its response. */
import { Readable } from 'node:stream';
import type { Conversation } from '../kit/conversation.js';
import { exchange, get, head } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const CANCELED = 'Error ECANCELED "write ECANCELED"';

/** More than the socket buffers of both kernels take. */
const MUCH = Buffer.alloc(8 << 20);

export const flow: readonly Conversation[] = [
  {
    name: 'a response destroyed with most of its body unsent',
    handler: [['res.end', MUCH, cb('end')], ['wait', 'turn'], ['res.destroy'], ['wait', 'res.close'], ['look', 'res']],
    script: [['pause'], ['send', get('/')], ['await event', 'res1.close'], ['settle']],
    differsOn: {
      '<24': {
        row: 'failed-end',
        why: "the host emits 'finish'",
        events: [
          'server.connection socket1',
          'server.request req1 GET / 1.1',
          'res1.prefinish',
          '> res1.end -> res1',
          '> res1.destroy -> res1',
          `callback.end ${CANCELED}`,
          'req1.aborted',
          'socket1.close false',
          'res1.close',
          'res1 is headersSent, writableEnded, finished, destroyed, writable, socket',
          'req1.error Error ECONNRESET "aborted"',
          'req1.close',
        ],
      },
    },
  },
  {
    name: 'a response destroyed with most of its writes unsent',
    handler: [
      ['res.write', MUCH, cb('one')],
      ['wait', 'turn'],
      ['res.write', MUCH, cb('two')],
      ['wait', 'turn'],
      ['res.destroy'],
      ['wait', 'res.close'],
      ['look', 'res'],
    ],
    script: [['pause'], ['send', get('/')], ['await event', 'res1.close'], ['settle']],
    differsOn: {
      '<22': {
        row: 'failed-end',
        why: 'the host calls the callback of write() without an error',
        events: (host) => host.map((event) => event.replace('callback.one null', `callback.one ${CANCELED}`)),
      },
    },
  },
  {
    name: 'cork(): three writes, one chunk each, sent by uncork()',
    handler: [
      ['res.cork'],
      ['res.write', 'one', cb('one')],
      ['res.writableCorked ?'],
      ['res.cork'],
      ['res.write', 'two', cb('two')],
      ['res.writableCorked ?'],
      ['res.uncork'],
      ['res.writableCorked ?'],
      ['res.uncork'],
      ['wait', 'turn'],
      ['res.write', 'three'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'cork(), then FIN of the peer: what is written leaves before ours',
    handler: [['res.cork'], ['res.write', 'one'], ['res.write', 'two'], ['res.write', 'three']],
    script: [['send', get('/')], ['await event', 'server.request'], ['end'], ['await close'], ['settle']],
    differs: {
      row: 'corks',
      why: 'the host sends each as a chunk or, since Node 22, loses those that it has joined',
      peers: {
        a: {
          received: `${head(
            'HTTP/1.1 200 OK',
            'Date: <date>',
            'Connection: keep-alive',
            'Keep-Alive: timeout=5',
            'Transfer-Encoding: chunked',
          )}3\r\none\r\n8\r\ntwothree\r\n`,
        },
      },
    },
  },
  {
    name: 'cork(), then end(), which uncorks',
    handler: [['res.cork'], ['res.write', 'one', cb('one')], ['res.end', 'two', cb('end')], ['res.writableCorked ?']],
    script: exchange(),
    differsOn: {
      '>=22': {
        row: 'corked-end',
        why: 'RFC 9112 §7.1: the host sends the last chunk before the corked one',
        peers: {
          a: {
            received: `${head(
              'HTTP/1.1 200 OK',
              'Date: <date>',
              'Connection: close',
              'Transfer-Encoding: chunked',
            )}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`,
          },
        },
      },
    },
  },
  {
    name: 'writableLength, writableHighWaterMark, writableObjectMode, writableNeedDrain',
    handler: [
      ['res.writableHighWaterMark ?'],
      ['res.writableLength ?'],
      ['res.writableObjectMode ?'],
      ['res.cork'],
      ['res.write', 'x'.repeat(100)],
      ['res.writableLength ?'],
      ['res.uncork'],
      ['res.writableNeedDrain ?'],
      ['res.write', 'x'.repeat(70_000)],
      ['res.writableNeedDrain ?'],
      ['wait', 'res.drain'],
      ['res.writableLength ?'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'writes in several turns',
    handler: [
      ['res.write', 'a'],
      ['wait', 'turn'],
      ['res.write', 'b'],
      ['wait', 'turn'],
      ['res.end', 'c', cb('end')],
    ],
    script: exchange(),
  },
  {
    name: 'end() in the next tick',
    handler: [
      ['wait', 'tick'],
      ['res.end', 'hello'],
    ],
    script: exchange(),
  },
  {
    name: 'end() a turn later: the request has already ended',
    handler: [
      ['wait', 'turn'],
      ['look', 'req'],
      ['res.end', 'hello'],
      ['wait', 'res.close'],
      ['look', 'req'],
    ],
    script: exchange(),
    differsOn: {
      '>=26': {
        row: 'ends',
        why: 'on the host, a GET has ended before its response closes',
        events: (host) =>
          host.map((event) =>
            event.replace('req1 is complete, destroyed, readableEnded', 'req1 is complete, readable'),
          ),
      },
    },
  },
  {
    name: 'a stream piped into the response',
    handler: [
      ['run', ({ res }) => void Readable.from(['one', 'two', Buffer.from('three')], { objectMode: false }).pipe(res)],
    ],
    script: exchange(),
  },
  {
    name: 'back-pressure: 1 MiB to a peer that reads it',
    handler: [
      ['res.setHeader', 'Content-Length', 1 << 20],
      ['res.write', Buffer.alloc(1 << 19, 'a')],
      ['wait', 'res.drain'],
      ['res.write', Buffer.alloc(1 << 19, 'b')],
      ['res.end', cb('end')],
    ],
    script: exchange(),
  },
  {
    name: 'trailers: addTrailers() before end(), object and array',
    handler: [
      ['res.setHeader', 'Trailer', 'X-Sum'],
      ['res.write', 'x'],
      ['res.addTrailers', { 'X-Sum': '1' }],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'trailers as pairs: the last call wins',
    handler: [
      ['res.write', 'x'],
      ['res.addTrailers', { 'X-Sum': '1' }],
      [
        'res.addTrailers',
        [
          ['X-A', '2'],
          ['X-B', '3'],
        ],
      ],
      ['res.end', 'y'],
    ],
    script: exchange(),
  },
  {
    name: 'trailers of a response that is not chunked are omitted',
    handler: [
      ['res.addTrailers', { 'X-Sum': '1' }],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'invalid trailers throw',
    handler: [
      ['res.write', 'x'],
      ['res.addTrailers', { 'a b': '1' }],
      ['res.addTrailers', { 'X-A': 'a\nb' }],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'Trailer on a response with a known length throws',
    handler: [
      ['res.setHeader', 'Trailer', 'X-Sum'],
      ['res.setHeader', 'Content-Length', 1],
      ['res.end', 'x'],
      ['res.destroy'],
    ],
    script: exchange(),
  },
  {
    name: 'the properties of a response before, during and after sending',
    handler: [
      ['look', 'res'],
      ['res.write', 'x'],
      ['look', 'res'],
      ['res.end'],
      ['look', 'res'],
      ['wait', 'res.finish'],
      ['look', 'res'],
      ['wait', 'res.close'],
      ['look', 'res'],
      ['look', 'req'],
    ],
    script: exchange(),
    differsOn: {
      '>=26': {
        row: 'ends',
        why: 'on the host, a GET has ended before its response closes',
        events: (host) =>
          host.map((event) =>
            event.replace('req1 is complete, destroyed, readableEnded', 'req1 is complete, readable'),
          ),
      },
    },
  },
  {
    name: 'res.req, res.socket and req.socket',
    handler: [
      ['res.req ?'],
      ['res.socket ?'],
      ['res.connection ?'],
      ['req.socket ?'],
      ['req.connection ?'],
      ['res.end', 'x'],
      ['res.socket ?'],
      ['wait', 'res.close'],
      ['res.socket ?'],
      ['res.connection ?'],
      ['req.socket ?'],
    ],
    script: exchange(),
  },
];
