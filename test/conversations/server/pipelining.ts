/** Pipelining: several requests in one packet; answers leave in the order of the requests. */
import type { Conversation, Steps } from '../kit/conversation.js';
import {
  CLOSE,
  get,
  gets,
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
    name: 'answers in several encodings, and as bytes, in one packet',
    handler: {
      '/1': [['res.end', 'd\xe9j\xe0', 'latin1']],
      '/2': [['res.end', 'd\xe9j\xe0']],
      '/3': [['res.end', Buffer.from('bytes')]],
      '/4': [['res.end', 'aGVsbG8=', 'base64']],
      '/5': [['res.end', 'd\xe9j\xe0', 'latin1']],
      '/6': hello,
    },
    script: [
      ['send', gets(6)],
      ['await bytes', 'hello'],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', get('/6')],
      ['await bytes', 'hello'],
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
    differsOn: {
      '<24': {
        row: 'end-callback',
        why: 'it is called with ‘finish’',
        events: (host) => {
          const others = host.filter((event) => event !== 'res3.prefinish');
          return others.toSpliced(others.indexOf('res2.finish'), 0, 'res3.prefinish');
        },
      },
    },
  },
  {
    name: 'bodies between',
    handler: readThenHello,
    script: [['send', post('/1', 'one') + post('/2', 'two') + get('/3', CLOSE)], ['await close']],
    differs: {
      row: 'one-write',
      why: 'the answers leave in one write',
      events: [
        'server.connection socket1',
        'server.request req1 POST /1 1.1',
        'req1.data bytes "one"',
        'server.request req2 POST /2 1.1',
        'server.request req3 GET /3 1.1',
        'req1.end',
        'res1.prefinish',
        '> res1.end -> res1',
        'req2.data bytes "two"',
        'req2.end',
        '> res2.end -> res2',
        'req3.end',
        '> res3.end -> res3',
        'res2.prefinish',
        'res1.finish',
        'req1.close',
        'res1.close',
        'res3.prefinish',
        'res2.finish',
        'req2.close',
        'req3.close',
        'res2.close',
        'res3.finish',
        'res3.close',
        'socket1.close false',
      ],
    },
  },
  {
    name: 'a chunked body, then a request, in one packet',
    handler: readThenHello,
    script: [['send', `${postChunked('/1')}3\r\none\r\n0\r\n\r\n${get('/2', CLOSE)}`], ['await close']],
    differs: {
      row: 'one-write',
      why: 'the answers leave in one write',
      events: [
        'server.connection socket1',
        'server.request req1 POST /1 1.1',
        'req1.data bytes "one"',
        'server.request req2 GET /2 1.1',
        'req1.end',
        'res1.prefinish',
        '> res1.end -> res1',
        'req2.end',
        '> res2.end -> res2',
        'res2.prefinish',
        'res1.finish',
        'req1.close',
        'res1.close',
        'res2.finish',
        'req2.close',
        'res2.close',
        'socket1.close false',
      ],
    },
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
      row: 'behind-close',
      why: 'RFC 9112 §9.6: the host runs the handler of what stands behind an answer that says close',
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
      row: 'behind-close',
      why: 'RFC 9112 §9.6: what stands behind the HTTP/1.0 request destroys an answer of the host',
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
    name: 'a large answer before a small one',
    handler: { '/1': [['res.end', 'x'.repeat(300_000)]], '/2': hello },
    script: [
      ['send', gets(2)],
      ['await bytes', 'hello'],
    ],
  },
];
