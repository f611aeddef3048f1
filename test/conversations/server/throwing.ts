/** Listeners that throw: the exception reaches the process, and other connections are still served. */
import type { Conversation, Line, Step } from '../kit/conversation.js';
import { get, head, hello, kept, post } from '../kit/phrases.js';

const BOOM: Step = ['throw', 'boom'];

/** Another connection is served as if nothing had happened, then the first connection sends another request. */
const unharmed: readonly Line[] = [
  ['await event', 'process.uncaughtException'],
  ['settle'],
  ['as', 'b'],
  ['send', get('/fine')],
  ['await bytes', 'hello'],
];

const HALF_POST = head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4');

export const throwing: readonly Conversation[] = [
  {
    name: 'request throws',
    handler: { '/': [BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['res1.end', 'late'], ['settle']],
    differs: {
      row: 'throwing-listener',
      why: 'later requests are served; the host emits nothing more for that request',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'process.uncaughtException Error "boom"',
        'server.connection socket2',
        'server.request req2 GET /fine 1.1',
        'res2.prefinish',
        '> res2.end -> res2',
        'res2.finish',
        'res2.close',
        'req2.end',
        'req2.close',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
    },
  },
  {
    name: 'request throws after ending its response',
    handler: { '/': [...hello, BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['as', 'a'], ['send', get('/fine')], ['settle']],
    differs: {
      row: 'throwing-listener',
      why: 'later requests are served; the host responds with 400',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'process.uncaughtException Error "boom"',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'server.connection socket2',
        'server.request req2 GET /fine 1.1',
        'res2.prefinish',
        '> res2.end -> res2',
        'res2.finish',
        'res2.close',
        'req2.end',
        'req2.close',
        'server.request req3 GET /fine 1.1',
        'res3.prefinish',
        '> res3.end -> res3',
        'res3.finish',
        'res3.close',
        'req3.end',
        'req3.close',
      ],
      peers: { a: { received: kept('hello') + kept('hello'), ended: 'open' } },
    },
  },
  {
    name: 'data throws',
    handler: { '/': [['listen', 'req.data'], ['wait', 'req.data'], BOOM], '/fine': hello },
    script: [['send', HALF_POST], ['await event', 'server.request'], ['send', 'body'], ...unharmed],
    differs: {
      row: 'throwing-listener',
      why: 'the body ends; the host loses the rest of it',
      events: [
        'server.connection socket1',
        'server.request req1 POST / 1.1',
        'req1.data bytes "body"',
        'process.uncaughtException Error "boom"',
        'req1.end',
        'req1.close',
        'server.connection socket2',
        'server.request req2 GET /fine 1.1',
        'res2.prefinish',
        '> res2.end -> res2',
        'res2.finish',
        'res2.close',
        'req2.end',
        'req2.close',
      ],
    },
  },
  {
    name: 'end throws',
    handler: { '/': [['listen', 'req.data'], ['wait', 'req.end'], BOOM], '/fine': hello },
    script: [['send', post('/', 'body')], ...unharmed, ['res1.end', 'late'], ['settle']],
  },
  {
    name: 'finish throws',
    handler: { '/': [['res.end', 'x'], ['wait', 'res.finish'], BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['as', 'a'], ['send', get('/fine')], ['settle']],
  },
  {
    name: 'close of the response throws',
    handler: { '/': [['res.end', 'x'], ['wait', 'res.close'], BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['as', 'a'], ['send', get('/fine')], ['await bytes', 'hello']],
  },
  {
    name: 'close throws after a reset by the peer',
    handler: { '/': [['wait', 'res.close'], BOOM], '/fine': hello },
    script: [['send', get('/')], ['await event', 'server.request'], ['reset'], ...unharmed],
  },
  {
    name: 'clientError throws',
    server: { on: { clientError: [BOOM] } },
    handler: { '/fine': hello },
    script: [['send', 'garbage\r\n\r\n'], ...unharmed],
  },
  {
    name: 'upgrade throws',
    server: { on: { upgrade: [BOOM] } },
    handler: { '/fine': hello },
    script: [['send', get('/', 'Connection: Upgrade', 'Upgrade: chat')], ...unharmed],
  },
  {
    name: 'connect throws',
    server: { on: { connect: [BOOM] } },
    handler: { '/fine': hello },
    script: [['send', head('CONNECT a:1 HTTP/1.1', 'Host: a:1')], ...unharmed],
  },
  {
    name: 'checkContinue throws',
    server: { on: { checkContinue: [BOOM] } },
    handler: { '/fine': hello },
    script: [['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Expect: 100-continue')], ...unharmed],
  },
  {
    name: 'timeout throws',
    server: { props: { timeout: 20 }, on: { timeout: [BOOM] } },
    handler: { '/fine': hello },
    script: [['await event', 'process.uncaughtException']],
  },
];
