/** Pipelining: several requests in one packet; responses are sent in request order. */
import type { Conversation, Steps } from '../kit/conversation.js';
import {
  CLOSE,
  get,
  gets,
  head,
  hello,
  kept,
  lastUncounted,
  noResponse,
  post,
  postChunked,
  readThenHello,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

/** Responds with the request's URL. */
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
    name: '16 requests in one packet, immediate responses',
    handler: nameItself,
    script: [
      ['send', gets(16)],
      ['await bytes', '/16'],
    ],
  },
  {
    name: '16 requests in one packet, responses a turn later',
    handler: nameItselfLater,
    script: [
      ['send', gets(16)],
      ['await bytes', '/16'],
    ],
  },
  {
    name: '16 requests in one packet, responses in several encodings and as bytes',
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
    name: 'responses ended in reverse order are sent in request order',
    handler: noResponse,
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
        why: 'the host calls the callback of end() with ‘finish’',
        events: (host) => {
          const others = host.filter((event) => event !== 'res3.prefinish');
          return others.toSpliced(others.indexOf('res2.finish'), 0, 'res3.prefinish');
        },
      },
    },
  },
  {
    name: 'bodies between pipelined requests',
    handler: readThenHello,
    script: [['send', post('/1', 'one') + post('/2', 'two') + get('/3', CLOSE)], ['await close']],
    differs: {
      row: 'one-write',
      why: 'statewire sends the last responses in one write',
      events: [
        'server.connection socket1',
        'server.request req1 POST /1 1.1',
        'req1.data bytes "one"',
        'server.request req2 POST /2 1.1',
        'req1.end',
        'res1.prefinish',
        '> res1.end -> res1',
        'req2.data bytes "two"',
        'res1.finish',
        'req1.close',
        'res1.close',
        'server.request req3 GET /3 1.1',
        'req2.end',
        'res2.prefinish',
        '> res2.end -> res2',
        'req3.end',
        '> res3.end -> res3',
        'res3.prefinish',
        'res2.finish',
        'req2.close',
        'res2.close',
        'res3.finish',
        'req3.close',
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
      why: 'statewire sends the responses in one write',
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
    name: 'the second request arrives in two packets',
    handler: nameItself,
    script: [
      ['send', get('/1') + get('/2').slice(0, 10)],
      ['await bytes', '/1'],
      ['send', get('/2').slice(10)],
      ['await bytes', '/2'],
    ],
  },
  {
    name: 'the middle response has Connection: close: the later requests get no response',
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
      row: 'after-close',
      why: 'RFC 9112 §9.6: the host calls the handler for requests after a response with Connection: close',
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
    name: 'an HTTP/1.0 request in the middle closes',
    handler: hello,
    script: [['send', get('/1') + head('GET /2 HTTP/1.0') + get('/3')], ['await close']],
    differs: {
      row: 'after-close',
      why: 'RFC 9112 §9.6: on the host, the bytes after the HTTP/1.0 request destroy a response',
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
    name: 'HEAD, 304 and 204 among others: no body is sent for them',
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
    name: 'FIN after pipelined requests: all responses are sent, then close',
    handler: nameItselfLater,
    script: [['send', gets(3)], ['end'], ['await close']],
  },
  {
    name: 'FIN after pipelined requests, immediate responses',
    handler: nameItself,
    script: [['send', gets(3)], ['end'], ['await close']],
  },
  {
    name: 'the first response is sent with its body unread: the second request is served',
    handler: hello,
    script: [['send', post('/1', 'x'.repeat(1000)) + get('/2', CLOSE)], ['await close']],
  },
  {
    name: 'a large response before a small one',
    handler: { '/1': [['res.end', 'x'.repeat(300_000)]], '/2': hello },
    script: [
      ['send', gets(2)],
      ['await bytes', 'hello'],
    ],
  },
];
