/**
 * Timeouts: of the option, of setTimeout(), of the agent, and of a socket in the pool. They tell, and end nothing.
 *
 * Whether the log hears 'timeout' of the socket before the request does depends on who began to listen first: where
 * setTimeout() is called, the log doesn't listen.
 */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, asked, HALF, HEAD_END, read } from '../kit/client-phrases.js';
import { cb } from '../kit/steps.js';
import { WAITED } from './document.js';

/** Milliseconds that no conversation needs but by waiting. */
const SOON = 120;

const never = () => {};

/** A name whose lookup never ends: the socket stays connecting. */
const UNCONNECTED = { host: 'some.test', lookup: never };

const DESTROY: ClientConversation['on'] = { timeout: [['req.destroy']] };

const options: readonly ClientConversation[] = [
  {
    name: 'timeout tells, and ends nothing',
    handler: read,
    script: [
      ask('/', { timeout: SOON }),
      ['await event', 'req1.timeout'],
      ['look', 'req1'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout while connecting',
    handler: read,
    on: DESTROY,
    script: [ask('/', { ...UNCONNECTED, timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'timeout waiting for the answer, destroy()',
    handler: read,
    on: DESTROY,
    script: [ask('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'timeout waiting for the answer, destroy(error)',
    handler: read,
    on: { timeout: [['req.destroy', new Error('too slow')]] },
    script: [ask('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'timeout in the middle of the answer',
    deaf: ['socket'],
    handler: read,
    script: [
      ...asked(HALF, { timeout: SOON }),
      ['await event', 'req1.timeout'],
      ['look', 'res1'],
      ['send', 'ended'],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout with the body owed',
    handler: read,
    script: [
      ['request', { method: 'POST', timeout: SOON }, [['req.write', 'begun']]],
      ['await event', 'req1.timeout'],
      ['req1.end'],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout: 0 is none',
    handler: read,
    script: [
      ['request', { timeout: 0 }, [['req.timeout ?'], ['req.end']]],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'timeout without an agent',
    agent: false,
    handler: read,
    on: DESTROY,
    script: [ask('/', { timeout: SOON }), ['await event', 'req1.close'], ['settle']],
  },
];

/** setTimeout() at the moment given, then a peer that is silent. */
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
  set('in place of the option', [['req.timeout ?'], ['req.setTimeout', SOON], ['req.timeout ?']]),
  {
    name: 'setTimeout(0) takes it away',
    handler: read,
    script: [
      ['request', { timeout: SOON }, [['req.setTimeout', 0], ['req.end']]],
      ['await bytes', HEAD_END],
      ['settle'],
      ['run', ({ note }) => note('silence')],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'setTimeout() on a response',
    deaf: ['socket'],
    handler: [...read, ['listen', 'res.timeout'], ['res.setTimeout', SOON, cb('res')]],
    script: [
      ...asked(HALF),
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
      ...asked(answer('hello')),
      ['await event', 'req1.close'],
      ['req1.setTimeout', SOON, cb('late')],
      ['settle'],
    ],
  },
  {
    name: 'setTimeout() of the socket is not told to the request',
    handler: read,
    on: { socket: [['socket.setTimeout', SOON]], ...DESTROY },
    script: [
      ask(),
      ['await event', 'socket1.timeout'],
      ['settle'],
      ['send', answer('x')],
      ['await event', 'req1.close'],
    ],
  },
];

const agents: readonly ClientConversation[] = [
  {
    name: "the agent's timeout tells the request",
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
    name: "the request's timeout wins over the agent's",
    agent: { timeout: SOON },
    handler: read,
    script: [
      ['request', { timeout: 5000 }, [['req.timeout ?'], ['req.end']]],
      ['await bytes', HEAD_END],
      ['socket1.timeout ?'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: "the agent's timeout ends an idle socket",
    agent: { keepAlive: true, timeout: SOON },
    handler: read,
    script: [
      ...asked(answer('hello')),
      ['await event', 'req1.close'],
      ['look', 'agent'],
      ['await event', 'socket1.close'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an idle socket without a timeout stays',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...asked(answer('hello'), { timeout: 5000 }),
      ['socket1.timeout ?'],
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a hint of one second leaves no time',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...asked(answer('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=1')),
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
      ...asked(answer('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=20')),
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
      ...asked(answer('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=5, max=100')),
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
    ],
    differs: {
      row: 'idle-hint',
      why: 'the host sets the timeout of the socket; here it is timed by the agent',
      events: (host) => host.map((event) => event.replace('timeout is 4000', 'timeout is 9000')),
    },
  },
  {
    name: "the peer's hint ends an idle socket before the peer does",
    agent: { keepAlive: true, timeout: 9000 },
    handler: read,
    script: [
      ...asked(answer('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=2')),
      ['await event', 'req1.close'],
      ['look', 'agent'],
      ['await event', 'socket1.close'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a hint that is none',
    agent: { keepAlive: true, timeout: 9000 },
    handler: read,
    script: [
      ...asked(answer('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=long')),
      ['await event', 'req1.close'],
      ['settle'],
      ['socket1.timeout ?'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a timeout of the first request is not of the second',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...asked(answer('one'), { timeout: 5000 }),
      ['await event', 'req1.close'],
      ['settle'],
      ask('/2'),
      ['await bytes', HEAD_END],
      ['socket1.timeout ?'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
    ],
  },
  {
    name: 'a timeout in the queue begins with the socket',
    differsOn: { '<26': WAITED },
    deaf: ['socket.timeout'],
    agent: { keepAlive: true, maxSockets: 1 },
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ask('/2', { timeout: SOON }),
      ['settle'],
      ['send', answer('one')],
      ['await event', 'req2.timeout'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
    ],
  },
];

export const timeouts = [...options, ...calls, ...agents];
