/** Listeners that throw: the error is the process's, and other connections are served on. */
import type { Conversation, Line, Step } from '../kit/conversation.js';
import { get, head, hello, post } from '../kit/phrases.js';

const BOOM: Step = ['throw', 'boom'];

/** Another connection is served as if nothing had happened, then the first one is asked once more. */
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
  },
  {
    name: 'request throws behind its answer',
    handler: { '/': [...hello, BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['as', 'a'], ['send', get('/fine')], ['settle']],
  },
  {
    name: 'data throws',
    handler: { '/': [['listen', 'req.data'], ['wait', 'req.data'], BOOM], '/fine': hello },
    script: [['send', HALF_POST], ['await event', 'server.request'], ['send', 'body'], ...unharmed],
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
    name: 'close of the answer throws',
    handler: { '/': [['res.end', 'x'], ['wait', 'res.close'], BOOM], '/fine': hello },
    script: [['send', get('/')], ...unharmed, ['as', 'a'], ['send', get('/fine')], ['await bytes', 'hello']],
  },
  {
    name: 'close throws after the peer has gone',
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
