/** Aborting: RST from the peer and destroy() from the handler, at every stage of an exchange. */
import type { Conversation, Difference, DifferenceByHost, Line, Step, Steps } from '../kit/conversation.js';
import { CLOSE, exchange, forgottenRequest, get, head, hello, lost, never, owed, post } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const HALF_POST = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

const lookBack: readonly Line[] = [
  ['look', 'req1'],
  ['look', 'res1'],
];

/** RST, and what is left. */
const resets: readonly Conversation[] = [
  { name: 'RST before a word', handler: hello, script: [['reset'], ['await event', 'socket1.close']] },
  {
    name: 'RST in the middle of a head',
    handler: hello,
    script: [['send', 'GET / HT'], ['settle'], ['reset'], ['await event', 'socket1.close']],
  },
  {
    name: 'RST on an idle connection',
    handler: hello,
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['reset'], ['await event', 'socket1.close']],
  },
  {
    name: 'RST with the answer owed',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'RST with the answer begun',
    handler: [['res.write', 'begun']],
    script: [
      ['send', get('/')],
      ['await bytes', 'begun'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'RST in the middle of a body that is read',
    handler: [['listen', 'req.data']],
    script: [
      ['send', HALF_POST],
      ['await event', 'req1.data'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'RST in the middle of a body that nobody reads',
    handler: never,
    script: [
      ['send', HALF_POST],
      ['await event', 'server.request'],
      ['settle'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'RST in the middle of a body already answered',
    handler: hello,
    script: [
      ['send', HALF_POST],
      ['await bytes', 'hello'],
      ['settle'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
    differs: forgottenRequest(),
  },
  {
    name: 'RST, nobody listening to errors of the request',
    deaf: ['req.error'],
    handler: never,
    script: [
      ['send', HALF_POST],
      ['await event', 'server.request'],
      ['settle'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'RST with clientError listened to',
    server: { on: { clientError: [] } },
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['reset'],
      ['await event', 'server.clientError'],
      ['settle'],
      ...lookBack,
    ],
  },
  {
    name: 'write, end and their callbacks after the peer has gone',
    handler: [
      ['wait', 'res.close'],
      ['res.write', 'x', cb('write')],
      ['res.end', 'y', cb('end')],
    ],
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ...lookBack,
    ],
    differs: owed('req1.error', lost('end', 'end')),
  },
];

/** What a handler may destroy, and with what. */
const ACTS: readonly (readonly [string, Step])[] = [
  ['req.destroy()', ['req.destroy']],
  ['req.destroy(error)', ['req.destroy', new Error('boom')]],
  ['res.destroy()', ['res.destroy']],
  ['res.destroy(error)', ['res.destroy', new Error('boom')]],
  ['socket.destroy()', ['socket.destroy']],
  ['socket.destroy(error)', ['socket.destroy', new Error('boom')]],
];

/** The moments at which they do. */
const MOMENTS: readonly (readonly [string, string, (act: Step) => Steps])[] = [
  ['at once', get('/'), (act) => [act, ['look', 'req'], ['look', 'res']]],
  ['a turn later', get('/'), (act) => [['wait', 'turn'], act, ['look', 'req'], ['look', 'res']]],
  ['with the answer begun', get('/'), (act) => [['res.write', 'begun', cb('write')], ['wait', 'turn'], act]],
  ['in the middle of the body', HALF_POST, (act) => [['listen', 'req.data'], ['wait', 'req.data'], act]],
  ["in the request's end", post('/', 'body'), (act) => [['listen', 'req.data'], ['wait', 'req.end'], act]],
  ['right behind end()', get('/'), (act) => [['res.end', 'hello', cb('end')], act]],
];

const unfinished = (...events: readonly string[]): DifferenceByHost => ({
  '<24': {
    row: 'failed-end',
    why: "'finish' is told",
    events: ['server.connection socket1', 'server.request req1 GET / 1.1', 'res1.prefinish', ...events],
  },
});

const ABORTED = ['req1.aborted', 'socket1.close true', 'res1.close', 'req1.error Error ECONNRESET "aborted"'];

/** What hosts make of them that don't do as the current one. */
const ELSEWHERE: Readonly<Record<string, DifferenceByHost>> = {
  'req.destroy(error) right behind end()': unfinished(
    '> res1.end -> res1',
    'req1.aborted',
    '> req1.destroy -> req1',
    'callback.end Error "boom"',
    'socket1.error Error "boom"',
    'req1.error Error "boom"',
    'req1.close',
    'socket1.close true',
    'res1.close',
    'req1 is complete, aborted, destroyed, errored',
    'res1 is headersSent, writableEnded, finished, destroyed, writable, socket',
  ),
  'res.destroy(error) right behind end()': unfinished(
    '> res1.end -> res1',
    '> res1.destroy -> res1',
    'callback.end Error "boom"',
    'socket1.error Error "boom"',
    ...ABORTED,
    'req1.close',
    'req1 is complete, aborted, destroyed, errored',
    'res1 is headersSent, writableEnded, finished, destroyed, writable, errored, socket',
  ),
  'socket.destroy(error) right behind end()': unfinished(
    '> res1.end -> res1',
    '> socket1.destroy -> socket1',
    'callback.end Error "boom"',
    'socket1.error Error "boom"',
    ...ABORTED,
    'req1.close',
    'req1 is complete, aborted, destroyed, errored',
    'res1 is headersSent, writableEnded, finished, destroyed, writable, socket',
  ),
};

const destroyed: readonly Conversation[] = MOMENTS.flatMap(([moment, request, plan]) =>
  ACTS.map(([name, act]) => ({
    name: `${name} ${moment}`,
    handler: plan(act),
    script: [['send', request], ['settle'], ...lookBack] as const,
    differsOn: ELSEWHERE[`${name} ${moment}`] ?? {},
  })),
);

const latePipe: Difference = {
  row: 'late-pipe',
  why: 'the host tells of the misuse, too',
  events: (host) => host.filter((event) => !event.includes('ERR_STREAM_CANNOT_PIPE')),
};

const others: readonly Conversation[] = [
  {
    name: 'res.destroy() after the answer was sent: the connection stays',
    handler: [['res.end', 'hello'], ['wait', 'res.close'], ['res.destroy'], ['look', 'res']],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['send', get('/')], ['await bytes', 'hello']],
  },
  {
    name: 'req.destroy() after the answer was sent',
    handler: [['res.end', 'hello'], ['wait', 'req.close'], ['req.destroy'], ['look', 'req']],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['send', get('/', CLOSE)], ['settle']],
  },
  {
    name: 'req.destroy(error) with nobody listening to errors',
    deaf: ['req.error'],
    handler: [['req.destroy', new Error('boom')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'res.destroy(error) with nobody listening to errors',
    deaf: ['res.error'],
    handler: [['res.destroy', new Error('boom')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'write() behind end() and destroy()',
    handler: [['res.end', 'hello'], ['res.destroy'], ['res.write', 'late', cb('late')]],
    script: [['send', get('/')], ['await event', 'socket1.close'], ['settle']],
  },
  {
    name: 'pipe() of an answer behind destroy()',
    handler: [['res.destroy'], ['res.pipe']],
    script: [['send', get('/')], ['await event', 'req1.close'], ['settle']],
    differs: latePipe,
  },
  {
    name: 'pipe() of an answer behind its close',
    handler: hello,
    script: [['send', get('/')], ['await event', 'req1.close'], ['settle'], ['res1.pipe'], ['settle']],
    differs: latePipe,
  },
  {
    name: 'pipe() of an answer whose connection has gone',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['socket1.destroy'],
      ['await event', 'req1.close'],
      ['res1.pipe'],
      ['settle'],
    ],
    differs: latePipe,
  },
  {
    name: 'destroyed twice',
    handler: [['res.destroy'], ['res.destroy', new Error('late')], ['req.destroy'], ['req.destroy', new Error('late')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'socket.end() by the handler, the answer owed',
    handler: [['socket.end']],
    script: [
      ...exchange(get('/')),
      ['settle'],
      ['res1.end', 'late', cb('end')],
      ['settle'],
      ['end'],
      ['settle'],
      ...lookBack,
    ],
    differs: owed('res1.close', lost('end', 'end')),
  },
  {
    name: 'socket.destroy() in the connection listener',
    server: { on: { connection: [['socket.destroy']] } },
    handler: hello,
    script: [['await close']],
  },
  {
    name: 'socket.write() in the connection listener comes before any answer',
    server: { on: { connection: [['socket.write', 'hi ']] } },
    handler: hello,
    script: exchange(),
  },
  {
    name: 'a body destroyed by the pipe that reads it',
    handler: [
      [
        'run',
        ({ req, res }) => void req.on('data', () => req.destroy(new Error('enough'))).on('close', () => res.end()),
      ],
    ],
    script: [...exchange(HALF_POST), ['settle'], ...lookBack],
  },
];

export const aborting = [...resets, ...destroyed, ...others];
