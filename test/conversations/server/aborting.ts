/** Aborting: RST from the peer and destroy() from the handler, at every stage of an exchange. */
import type { Conversation, Difference, DifferenceByHost, Line, Step, Steps } from '../kit/conversation.js';
import {
  addedCallbacks,
  CLOSE,
  exchange,
  failedCallback,
  forgottenRequest,
  get,
  head,
  hello,
  noResponse,
  post,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const HALF_POST = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

const lookBack: readonly Line[] = [
  ['look', 'req1'],
  ['look', 'res1'],
];

/** RST, and the state of the messages afterwards. */
const resets: readonly Conversation[] = [
  { name: 'RST before the first byte', handler: hello, script: [['reset'], ['await event', 'socket1.close']] },
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
    name: 'RST with the response due',
    handler: noResponse,
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
    name: 'RST after the response has begun',
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
    name: 'RST in the middle of an unread body',
    handler: noResponse,
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
    name: 'RST in the middle of a body whose response has been sent',
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
    name: 'RST, without an error listener on the request',
    deaf: ['req.error'],
    handler: noResponse,
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
    name: 'RST, with a clientError listener',
    server: { on: { clientError: [] } },
    handler: noResponse,
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
    name: 'write(), end() and their callbacks after a reset by the peer',
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
    differs: addedCallbacks('req1.error', failedCallback('end', 'end')),
  },
];

/** What a handler may destroy, with and without an error. */
const ACTS: readonly (readonly [string, Step])[] = [
  ['req.destroy()', ['req.destroy']],
  ['req.destroy(error)', ['req.destroy', new Error('boom')]],
  ['res.destroy()', ['res.destroy']],
  ['res.destroy(error)', ['res.destroy', new Error('boom')]],
  ['socket.destroy()', ['socket.destroy']],
  ['socket.destroy(error)', ['socket.destroy', new Error('boom')]],
];

/** When the handler does so. */
const MOMENTS: readonly (readonly [string, string, (act: Step) => Steps])[] = [
  ['at once', get('/'), (act) => [act, ['look', 'req'], ['look', 'res']]],
  ['a turn later', get('/'), (act) => [['wait', 'turn'], act, ['look', 'req'], ['look', 'res']]],
  ['after the response has begun', get('/'), (act) => [['res.write', 'begun', cb('write')], ['wait', 'turn'], act]],
  ['in the middle of the body', HALF_POST, (act) => [['listen', 'req.data'], ['wait', 'req.data'], act]],
  ["in the request's end", post('/', 'body'), (act) => [['listen', 'req.data'], ['wait', 'req.end'], act]],
  ['right after end()', get('/'), (act) => [['res.end', 'hello', cb('end')], act]],
];

const unfinished = (...events: readonly string[]): DifferenceByHost => ({
  '<24': {
    row: 'failed-end',
    why: "the host emits 'finish'",
    events: ['server.connection socket1', 'server.request req1 GET / 1.1', 'res1.prefinish', ...events],
  },
});

const ABORTED = ['req1.aborted', 'socket1.close true', 'res1.close', 'req1.error Error ECONNRESET "aborted"'];

/** Where older hosts differ from the current LTS line. */
const ON_OLDER_HOSTS: Readonly<Record<string, DifferenceByHost>> = {
  'req.destroy(error) right after end()': unfinished(
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
  'res.destroy(error) right after end()': unfinished(
    '> res1.end -> res1',
    '> res1.destroy -> res1',
    'callback.end Error "boom"',
    'socket1.error Error "boom"',
    ...ABORTED,
    'req1.close',
    'req1 is complete, aborted, destroyed, errored',
    'res1 is headersSent, writableEnded, finished, destroyed, writable, errored, socket',
  ),
  'socket.destroy(error) right after end()': unfinished(
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
    differsOn: ON_OLDER_HOSTS[`${name} ${moment}`] ?? {},
  })),
);

const latePipe: Difference = {
  row: 'late-pipe',
  why: 'the host also emits the error of the misuse',
  events: (host) => host.filter((event) => !event.includes('ERR_STREAM_CANNOT_PIPE')),
};

const others: readonly Conversation[] = [
  {
    name: 'res.destroy() after the response has been sent: the connection stays open',
    handler: [['res.end', 'hello'], ['wait', 'res.close'], ['res.destroy'], ['look', 'res']],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['send', get('/')], ['await bytes', 'hello']],
  },
  {
    name: 'req.destroy() after the response has been sent',
    handler: [['res.end', 'hello'], ['wait', 'req.close'], ['req.destroy'], ['look', 'req']],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['send', get('/', CLOSE)], ['settle']],
  },
  {
    name: 'req.destroy(error) without an error listener',
    deaf: ['req.error'],
    handler: [['req.destroy', new Error('boom')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'res.destroy(error) without an error listener',
    deaf: ['res.error'],
    handler: [['res.destroy', new Error('boom')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'write() after end() and destroy()',
    handler: [['res.end', 'hello'], ['res.destroy'], ['res.write', 'late', cb('late')]],
    script: [['send', get('/')], ['await event', 'socket1.close'], ['settle']],
  },
  {
    name: 'res.pipe() after destroy()',
    handler: [['res.destroy'], ['res.pipe']],
    script: [['send', get('/')], ['await event', 'req1.close'], ['settle']],
    differs: latePipe,
  },
  {
    name: 'res.pipe() after its close',
    handler: hello,
    script: [['send', get('/')], ['await event', 'req1.close'], ['settle'], ['res1.pipe'], ['settle']],
    differs: latePipe,
  },
  {
    name: 'res.pipe() after the socket was destroyed',
    handler: noResponse,
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
    name: 'request and response, each destroyed twice',
    handler: [['res.destroy'], ['res.destroy', new Error('late')], ['req.destroy'], ['req.destroy', new Error('late')]],
    script: [...exchange(get('/')), ['settle'], ...lookBack],
  },
  {
    name: 'socket.end() by the handler, with the response due',
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
    differs: addedCallbacks('res1.close', failedCallback('end', 'end')),
  },
  {
    name: 'socket.destroy() in the connection listener',
    server: { on: { connection: [['socket.destroy']] } },
    handler: hello,
    script: [['await close']],
  },
  {
    name: 'socket.write() in the connection listener precedes the response',
    server: { on: { connection: [['socket.write', 'hi ']] } },
    handler: hello,
    script: exchange(),
  },
  {
    name: 'a request destroyed by its data listener',
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
