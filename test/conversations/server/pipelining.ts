/** Pipelining: several requests in one packet; answers leave in the order of the requests. */
import type { Conversation, Steps } from '../kit/conversation.js';
import {
  CLOSE,
  get,
  head,
  hello,
  kept,
  lastUncounted,
  never,
  post,
  postChunked,
  readThenHello,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const gets = (count: number): string => Array.from({ length: count }, (_, i) => get(`/${i + 1}`)).join('');

/** Answers with its own url. */
const nameItself: Steps = [['run', ({ req, res }) => void res.end(req.url)]];

const nameItselfLater: Steps = [['wait', 'turn'], ...nameItself];

export const pipelining: readonly Conversation[] = [
  {
    name: '2 requests in one packet',
    handler: hello,
    script: [
      ['send', gets(2)],
      ['await bytes', 'hello'],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: '16 requests in one packet, answered at once',
    handler: nameItself,
    script: [
      ['send', gets(16)],
      ['await bytes', '/16'],
    ],
  },
  {
    name: '16 requests in one packet, answered in a later turn',
    handler: nameItselfLater,
    script: [
      ['send', gets(16)],
      ['await bytes', '/16'],
    ],
  },
  {
    name: 'answered in the reverse order: sent in order',
    handler: never,
    script: [
      ['send', gets(3)],
      ['await event', 'server.request', 3],
      ['res3.end', 'three', cb('three')],
      ['look', 'res3'],
      ['settle'],
      ['res2.write', 'two', cb('two')],
      ['look', 'res2'],
      ['settle'],
      ['res1.end', 'one', cb('one')],
      ['await bytes', 'one'],
      ['res2.end', cb('two')],
      ['await bytes', 'three'],
    ],
  },
  {
    name: 'an answer waiting behind another holds what it was given',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.socket ?'],
      ['res2.writeHead', 202, { 'X-A': '1' }],
      ['res2.write', 'x'.repeat(100)],
      ['res2.writableLength ?'],
      ['res2.write', 'x'.repeat(20_000)],
      ['res2.writableNeedDrain ?'],
      ['res2.flushHeaders'],
      ['settle'],
      ['res1.end', 'one'],
      ['await event', 'res2.drain'],
      ['res2.end', 'end'],
      ['await bytes', 'end'],
    ],
  },
  {
    name: 'the first is never answered: nothing is said',
    handler: { '/1': never, '/2': hello, '/3': hello },
    script: [['send', gets(3)], ['settle']],
  },
  {
    name: 'bodies between',
    handler: readThenHello,
    script: [['send', post('/1', 'one') + post('/2', 'two') + get('/3', CLOSE)], ['await close']],
  },
  {
    name: 'a chunked body, then a request, in one packet',
    handler: readThenHello,
    script: [['send', `${postChunked('/1')}3\r\none\r\n0\r\n\r\n${get('/2', CLOSE)}`], ['await close']],
  },
  {
    name: 'the second comes in two packets',
    handler: nameItself,
    script: [
      ['send', get('/1') + get('/2').slice(0, 10)],
      ['await bytes', '/1'],
      ['send', get('/2').slice(10)],
      ['await bytes', '/2'],
    ],
  },
  {
    name: 'the answer in the middle says close: the rest is not answered',
    handler: {
      '/1': hello,
      '/2': [
        ['res.setHeader', 'Connection', 'close'],
        ['res.end', 'bye'],
      ],
      '/3': hello,
    },
    script: [['send', gets(3)], ['await close']],
    differs: {
      why: 'SPEC §9d: what stands behind an answer that says close is not processed (the host runs its handler)',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.request req2 GET /2 1.1',
        '> res2.setHeader -> res2',
        '> res2.end -> res2',
        'res2.prefinish',
        'res1.finish',
        'res1.close',
        'res2.finish',
        'req1.end',
        'res2.close',
        'req2.end',
        'req1.close',
        'req2.close',
        'socket1.close false',
      ],
    },
  },
  {
    name: 'HTTP/1.0 in the middle closes',
    handler: hello,
    script: [['send', get('/1') + head('GET /2 HTTP/1.0') + get('/3')], ['await close']],
    differs: {
      why: 'SPEC §9d and §9a: what stands behind the HTTP/1.0 request is not processed, and destroys no answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.request req2 GET /2 1.0',
        '> res2.end -> res2',
        'res2.prefinish',
        'res1.finish',
        'res1.close',
        'res2.finish',
        'req1.end',
        'res2.close',
        'req2.end',
        'req1.close',
        'req2.close',
        'socket1.close false',
      ],
      peers: { a: { received: `${kept('hello')}${lastUncounted('hello')}` } },
    },
  },
  {
    name: 'HEAD, 304 and 204 among others: no body slips in between',
    handler: {
      '/1': hello,
      '/2': [
        ['res.writeHead', 304],
        ['res.end', 'hello'],
      ],
      '/3': [
        ['res.writeHead', 204],
        ['res.end', 'hello'],
      ],
      '/4': hello,
    },
    script: [['send', head('HEAD /1 HTTP/1.1', 'Host: a') + get('/2') + get('/3') + get('/4', CLOSE)], ['await close']],
  },
  {
    name: 'the peer ends after its requests: all are answered, then the close',
    handler: nameItselfLater,
    script: [['send', gets(3)], ['end'], ['await close']],
  },
  {
    name: 'the peer ends after its requests, answered at once',
    handler: nameItself,
    script: [['send', gets(3)], ['end'], ['await close']],
  },
  {
    name: 'the first body is unread and its answer given: the second goes on',
    handler: hello,
    script: [['send', post('/1', 'x'.repeat(1000)) + get('/2', CLOSE)], ['await close']],
  },
  {
    name: 'the peer resets with two answers owed',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.write', 'x'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ['look', 'res1'],
      ['look', 'res2'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'the first answer is destroyed with the second waiting',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.end', 'two', cb('two')],
      ['res1.destroy'],
      ['await close'],
    ],
  },
  {
    name: 'the second answer is destroyed while it waits',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.destroy'],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
  },
  {
    name: 'the second request is destroyed while its answer waits',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['req2.destroy'],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
  },
  {
    name: 'a large answer before a small one',
    handler: { '/1': [['res.end', 'x'.repeat(300_000)]], '/2': hello },
    script: [
      ['send', gets(2)],
      ['await bytes', 'hello'],
    ],
  },
];
