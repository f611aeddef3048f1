/**
 * Timeouts: which events are emitted and what is closed. Each conversation awaits the event itself. Where nothing may happen,
 * a second connection is the clock: by the time it has timed out, the first one must not have.
 */
import type { Socket } from 'node:net';
import type { Conversation, Steps } from '../kit/conversation.js';
import {
  forgottenRequest,
  get,
  head,
  hello,
  kept,
  noResponse,
  post,
  postChunked,
  readThenHello,
  respondsToClientErrors,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

/** Short deadlines for heads and bodies, checked often; in milliseconds. */
const strict = { connectionsCheckingInterval: 15, headersTimeout: 40, requestTimeout: 80 };

const HALF_HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';
const HALF_POST = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

const slowPeers: readonly Conversation[] = [
  {
    name: 'headersTimeout: half a head, then silence',
    server: { options: strict },
    handler: hello,
    script: [['send', HALF_HEAD], ['await close']],
  },
  {
    name: 'headersTimeout, with a clientError listener',
    server: { ...respondsToClientErrors, options: strict },
    handler: hello,
    script: [['send', HALF_HEAD], ['await close']],
  },
  {
    name: 'headersTimeout: no byte at all',
    server: { options: strict },
    handler: hello,
    script: [['await close']],
  },
  {
    name: 'headersTimeout: half a head after a served request',
    server: { options: strict },
    handler: hello,
    script: [['send', get('/')], ['await bytes', 'hello'], ['send', HALF_HEAD], ['await close']],
  },
  {
    name: 'headersTimeout affects neither an idle connection nor a slow handler',
    server: { options: { ...strict, requestTimeout: 0 }, props: { keepAliveTimeout: 5000 } },
    handler: { '/': hello, '/slow': noResponse },
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['as', 'b'],
      ['send', get('/slow')],
      ['await event', 'server.request', 2],
      ['as', 'clock'],
      ['await close'],
      ['as', 'a'],
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['res2.end', 'late'],
      ['as', 'b'],
      ['await bytes', 'late'],
    ],
  },
  {
    name: 'headersTimeout 0: only requestTimeout counts',
    server: { options: { ...strict, headersTimeout: 0 } },
    handler: hello,
    script: [['send', HALF_HEAD], ['await close']],
  },
  {
    name: 'requestTimeout: a body that stops, with the response due',
    server: { options: strict },
    handler: readThenHello,
    script: [['send', HALF_POST], ['await close']],
  },
  {
    name: 'requestTimeout: an unread body that stops',
    server: { options: strict },
    handler: noResponse,
    script: [['send', HALF_POST], ['await close']],
  },
  {
    name: 'requestTimeout: a body that stops, with a clientError listener',
    server: { ...respondsToClientErrors, options: strict },
    handler: noResponse,
    script: [['send', HALF_POST], ['await close']],
  },
  {
    name: 'requestTimeout: a chunked body that stops, after the response has begun',
    server: { options: strict },
    handler: [
      ['listen', 'req.data'],
      ['res.write', 'begun'],
    ],
    script: [['send', `${postChunked('/')}4\r\nhalf\r\n`], ['await close']],
  },
  {
    name: 'requestTimeout does not affect a slow handler',
    server: { options: strict },
    handler: { '/': noResponse, '/body': readThenHello },
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['as', 'clock'],
      ['send', head('POST /body HTTP/1.1', 'Host: a', 'Content-Length: 8')],
      ['await close'],
      ['res1.end', 'late'],
      ['as', 'a'],
      ['await bytes', 'late'],
    ],
  },
];

const idle: readonly Conversation[] = [
  {
    name: 'keepAliveTimeout ends an idle connection',
    server: { props: { keepAliveTimeout: 30 } },
    handler: hello,
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'keepAliveTimeout restarts after each response',
    server: { props: { keepAliveTimeout: 30 } },
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['await close'],
    ],
  },
  {
    name: 'keepAliveTimeout with a timeout listener',
    server: { props: { keepAliveTimeout: 30 }, on: { timeout: [] } },
    handler: hello,
    script: [['send', get('/')], ['await event', 'server.timeout'], ['settle']],
  },
  {
    name: 'keepAliveTimeout does not affect a slow handler',
    server: { props: { keepAliveTimeout: 30 } },
    handler: { '/': hello, '/slow': noResponse },
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['send', get('/slow')],
      ['await event', 'server.request', 2],
      ['as', 'clock'],
      ['send', get('/')],
      ['await close'],
      ['res2.end', 'late'],
      ['as', 'a'],
      ['await bytes', 'late'],
      ['await close'],
    ],
  },
  {
    name: 'keepAliveTimeout in the middle of a body whose response has been sent',
    server: { props: { keepAliveTimeout: 30 } },
    handler: hello,
    script: [['send', HALF_POST], ['await bytes', 'hello'], ['await close']],
    differs: forgottenRequest(),
  },
];

/** A request, read or unread: by the documentation its callback is called like that of socket.setTimeout(). */
const messageTimeout = {
  row: 'message-timeout',
  why: 'message.setTimeout() is documented to call socket.setTimeout() with the callback',
  peers: { a: { received: kept('late'), ended: 'open' } },
} as const;

const late: Steps = [
  ['wait', 'callback.timeout'],
  ['res.end', 'late'],
];

const messageTimeouts: readonly Conversation[] = [
  ...(['GET', 'POST'] as const).flatMap((method): readonly Conversation[] => {
    const script: Conversation['script'] = [
      ['send', method === 'GET' ? get('/') : post('/', 'whole')],
      ['await event', 'res1.close'],
      ['settle'],
    ];
    const opening = ['server.connection socket1', `server.request req1 ${method} / 1.1`];
    const timedOut = ['callback.timeout socket1', 'res1.prefinish', '> res1.end -> res1', 'socket1.timeout'];
    return [
      {
        name: `req.setTimeout() on an unread ${method}`,
        handler: [['req.setTimeout', 20, cb('timeout')], ...late],
        script,
        differs: {
          ...messageTimeout,
          events: [
            ...opening,
            '> req1.setTimeout -> req1',
            ...timedOut,
            'res1.finish',
            'res1.close',
            'req1.end',
            'req1.close',
          ],
        },
      },
      {
        name: `req.setTimeout() on a ${method} that is read`,
        handler: [['req.setTimeout', 20, cb('timeout')], ['req.resume'], ...late],
        script,
        differs: {
          ...messageTimeout,
          events: [
            ...opening,
            '> req1.setTimeout -> req1',
            '> req1.resume -> req1',
            'req1.end',
            'req1.close',
            ...timedOut,
            'res1.finish',
            'res1.close',
          ],
        },
      },
    ];
  }),
];

/** Somebody else is told: as in Node, only they are. */
const othersTold: readonly Conversation[] = [
  {
    name: 'req.setTimeout() on a GET, with a timeout listener of the response',
    handler: [['req.setTimeout', 20, cb('timeout')], ['listen', 'res.timeout'], ['wait', 'res1.timeout'], ['res.end']],
    script: [['send', get('/')], ['await event', 'res1.close'], ['settle']],
  },
  {
    name: 'req.setTimeout() on a GET, with a timeout listener of the server',
    server: { on: { timeout: [] } },
    handler: [['req.setTimeout', 20, cb('timeout')], ['wait', 'server.timeout'], ['res.end']],
    script: [['send', get('/')], ['await event', 'res1.close'], ['settle']],
  },
];

const quietSockets: readonly Conversation[] = [
  {
    name: 'server.timeout without a listener destroys the socket',
    server: { props: { timeout: 120 } },
    handler: noResponse,
    script: [['send', get('/')], ['await close'], ['settle'], ['look', 'req1'], ['look', 'res1']],
  },
  {
    name: 'server.timeout with a listener destroys nothing',
    server: { props: { timeout: 120 }, on: { timeout: [] } },
    handler: noResponse,
    script: [
      ['send', get('/')],
      ['await event', 'server.timeout'],
      ['res1.end', 'late'],
      ['await bytes', 'late'],
    ],
  },
  {
    name: 'server.timeout: the listener destroys the socket',
    server: { props: { timeout: 120 }, on: { timeout: [['socket.destroy']] } },
    handler: noResponse,
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'server.timeout before the first byte',
    server: { props: { timeout: 120 } },
    handler: noResponse,
    script: [['await close']],
  },
  {
    name: 'server.timeout in the middle of a response',
    server: { props: { timeout: 120 } },
    handler: [['res.write', 'begun']],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'server.timeout in the middle of a body, with all listeners',
    server: { props: { timeout: 120 }, on: { timeout: [] } },
    handler: [
      ['listen', 'req.timeout'],
      ['listen', 'res.timeout'],
    ],
    script: [['send', HALF_POST], ['await event', 'server.timeout'], ['settle']],
  },
  {
    name: 'server.setTimeout with a callback',
    handler: hello,
    script: [
      ['server.setTimeout', 30, cb('timeout')],
      ['server.timeout ?'],
      ['as', 'b'],
      ['await event', 'callback.timeout'],
      ['settle'],
    ],
  },
  {
    name: 'res.setTimeout() with a callback destroys nothing',
    handler: [
      ['res.setTimeout', 20, cb('timeout')],
      ['wait', 'callback.timeout'],
      ['res.end', 'late'],
    ],
    script: [
      ['send', get('/')],
      ['await bytes', 'late'],
    ],
  },
  {
    name: 'res.setTimeout() without a callback or listener destroys the socket',
    handler: [['res.setTimeout', 20]],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'req.setTimeout() in the middle of the body: called back, nothing is destroyed',
    handler: [['req.setTimeout', 20, cb('timeout')]],
    script: [['send', HALF_POST], ['await event', 'callback.timeout'], ['settle']],
  },
  {
    name: 'a timeout set on the socket by the handler',
    handler: [['run', ({ req }) => void (req.socket as Socket).setTimeout(20)]],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'the timeout of res.setTimeout() outlives its response if no keepAliveTimeout replaces it; the callback does not',
    server: { props: { keepAliveTimeout: 0 } },
    handler: [['res.setTimeout', 20, cb('timeout')], ...hello],
    script: [['send', get('/')], ['await bytes', 'hello'], ['await close']],
  },
];

export const timeouts = [...slowPeers, ...idle, ...messageTimeouts, ...othersTold, ...quietSockets];
