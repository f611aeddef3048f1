/**
 * Timeouts: by the option, by setTimeout(), of the agent, and of an idle socket. A timeout emits an event and ends nothing.
 *
 * Whether the log gets 'timeout' of the socket before the request does depends on which listener was added first: where
 * setTimeout() is called, the log does not listen.
 */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HALF_RESPONSE, HEAD_END, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';
import { cb } from '../kit/steps.js';
import { WAITED } from './document.js';

/** Longer than any exchange takes, in milliseconds. */
const SOON = 120;

const never = () => {};

/** A lookup that never calls back: the socket remains connecting. */
const UNCONNECTED = { host: 'some.test', lookup: never };

const DESTROY: ClientConversation['on'] = { timeout: [['req.destroy']] };

const options: readonly ClientConversation[] = [
  {
    name: 'timeout emits an event and ends nothing',
    handler: read,
    script: [
      sendGet('/', { timeout: SOON }),
      ['await event', 'req1.timeout'],
      ['look', 'req1'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout while connecting',
    handler: read,
    on: DESTROY,
    script: [sendGet('/', { ...UNCONNECTED, timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'timeout waiting for the response, destroy()',
    handler: read,
    on: DESTROY,
    script: [sendGet('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'timeout waiting for the response, destroy(error)',
    handler: read,
    on: { timeout: [['req.destroy', new Error('too slow')]] },
    script: [sendGet('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'timeout in the middle of the response',
    deaf: ['socket'],
    handler: read,
    script: [
      ...roundTrip(HALF_RESPONSE, { timeout: SOON }),
      ['await event', 'req1.timeout'],
      ['look', 'res1'],
      ['send', 'ended'],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout during the upload',
    handler: read,
    script: [
      ['request', { method: 'POST', timeout: SOON }, [['req.write', 'begun']]],
      ['await event', 'req1.timeout'],
      ['req1.end'],
      ['await bytes', '0\r\n\r\n'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout: 0 means no timeout',
    handler: read,
    script: [
      ['request', { timeout: 0 }, [['req.timeout ?'], ['req.end']]],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout without an agent',
    agent: false,
    handler: read,
    on: DESTROY,
    script: [sendGet('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
];

/** setTimeout() at this moment, then a silent peer. */
const set = (moment: string, steps: ClientSteps, on: ClientConversation['on'] = {}): ClientConversation => ({
  name: `setTimeout() ${moment}`,
  deaf: ['socket.timeout'],
  handler: read,
  on: { ...DESTROY, ...on },
  script: [['request', {}, [...steps, ['req.end']]], ['await event', 'req1.close'], ['settle']],
});

const calls: readonly ClientConversation[] = [
  set('before there is a socket', [['req.setTimeout', SOON, cb('timeout')]]),
  set('in the socket listener', [], { socket: [['req.setTimeout', SOON, cb('timeout')]] }),
  set('when connected', [
    ['wait', 'req.socket'],
    ['wait', 'socket1.connect'],
    ['req.setTimeout', SOON, cb('timeout')],
  ]),
  set('twice', [
    ['req.setTimeout', 5000],
    ['req.setTimeout', SOON],
  ]),
  set('instead of the option', [['req.timeout ?'], ['req.setTimeout', SOON], ['req.timeout ?']]),
  {
    name: 'setTimeout(0) removes the timeout',
    handler: read,
    script: [
      ['request', { timeout: SOON }, [['req.setTimeout', 0], ['req.end']]],
      ['await bytes', HEAD_END],
      ['settle'],
      ['run', ({ note }) => note('silence')],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'setTimeout() on a response',
    deaf: ['socket'],
    handler: [...read, ['listen', 'res.timeout'], ['res.setTimeout', SOON, cb('res')]],
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['await event', 'res1.timeout'],
      ['settle'],
      ['send', 'ended'],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'setTimeout() after the end',
    handler: read,
    script: [
      ...roundTrip(response('hello')),
      ['await event', 'req1.close'],
      ['req1.setTimeout', SOON, cb('late')],
      ['settle'],
    ],
  },
  {
    name: 'setTimeout() of the socket emits nothing on the request',
    handler: read,
    on: { socket: [['socket.setTimeout', SOON]], ...DESTROY },
    script: [
      sendGet(),
      ['await event', 'socket1.timeout'],
      ['settle'],
      ['send', response('x')],
      ['await event', 'req1.close'],
    ],
  },
];

const agents: readonly ClientConversation[] = [
  {
    name: "the agent's timeout emits timeout on the request",
    agent: { timeout: SOON },
    handler: read,
    on: DESTROY,
    script: [
      ['request', {}, [['req.timeout ?'], ['req.end']]],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: "the request's timeout overrides the agent's",
    agent: { timeout: SOON },
    handler: read,
    script: [
      ['request', { timeout: 5000 }, [['req.timeout ?'], ['req.end']]],
      ['await bytes', HEAD_END],
      ['socket1.timeout ?'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: "the agent's timeout ends an idle socket",
    agent: { keepAlive: true, timeout: SOON },
    handler: read,
    script: [
      ...roundTrip(response('hello')),
      ['await event', 'req1.close'],
      ['look', 'agent'],
      ['await event', 'socket1.close'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an idle socket without a timeout stays open',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...roundTrip(response('hello'), { timeout: 5000 }),
      ['socket1.timeout ?'],
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a Keep-Alive hint of one second: the socket is not kept',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...roundTrip(response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=1')),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: "the peer's hint, longer than the agent's timeout",
    agent: { keepAlive: true, timeout: 4000 },
    handler: read,
    script: [
      ...roundTrip(response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=20')),
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
    ],
  },
  {
    name: "the peer's hint, shorter than the agent's timeout",
    agent: { keepAlive: true, timeout: 9000 },
    handler: read,
    script: [
      ...roundTrip(response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=5, max=100')),
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
    ],
    differs: {
      row: 'idle-hint',
      why: 'the host sets the timeout of the socket; on statewire the agent times it',
      events: (host) => host.map((event) => event.replace('timeout is 4000', 'timeout is 9000')),
    },
  },
  {
    name: "the peer's hint closes an idle socket before the peer does",
    agent: { keepAlive: true, timeout: 9000 },
    handler: read,
    script: [
      ...roundTrip(response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=2')),
      ['await event', 'req1.close'],
      ['look', 'agent'],
      ['await event', 'socket1.close'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an invalid hint',
    agent: { keepAlive: true, timeout: 9000 },
    handler: read,
    script: [
      ...roundTrip(response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=long')),
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'the timeout of the first request does not apply to the second',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...roundTrip(response('one'), { timeout: 5000 }),
      ['await event', 'req1.close'],
      ['settle'],
      sendGet('/2'),
      ['await bytes', HEAD_END],
      ['socket1.timeout ?'],
      ['send', response('two')],
      ['await event', 'req2.close'],
    ],
  },
  {
    name: 'the timeout of a queued request begins with its socket',
    differsOn: { '<26': WAITED },
    deaf: ['socket.timeout'],
    agent: { keepAlive: true, maxSockets: 1 },
    handler: read,
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      sendGet('/2', { timeout: SOON }),
      ['settle'],
      ['send', response('one')],
      ['await event', 'req2.timeout'],
      ['send', response('two')],
      ['await event', 'req2.close'],
    ],
  },
];

export const timeouts = [...options, ...calls, ...agents];
