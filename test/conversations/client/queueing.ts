/** Requests that wait in the agent for a socket. */
import type { ClientConversation, ClientStep } from '../kit/client-conversation.js';
import { HEAD_END, ONE_SOCKET, read, response, sendGet, serve } from '../kit/client-phrases.js';
import { the } from '../kit/steps.js';
import { REUSED_LATER, WAITED } from './document.js';

const waiting: readonly ClientConversation[] = [
  {
    name: 'maxSockets: the second request waits for the first',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      sendGet('/3'),
      ['look', 'agent'],
      ...serve('one'),
      ...serve('two'),
      ['look', 'agent'],
      ...serve('three'),
      ['await event', 'req3.close'],
      ['settle'],
      ['look', 'req2'],
      ['look', 'agent'],
    ],
    differs: REUSED_LATER,
  },
  {
    name: 'maxSockets without keepAlive: queued requests share the socket, which is then closed',
    agent: { maxSockets: 1 },
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      ...serve('one'),
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'req2'],
      ['look', 'agent'],
    ],
    differs: REUSED_LATER,
  },
  {
    name: 'maxSockets: a response with Connection: close, the next request gets a new socket',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      ...serve('one', 'Connection: close'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'maxSockets: the first request fails, the next gets a new socket',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      ['await bytes', HEAD_END],
      ['reset'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'maxSockets: the first request is destroyed, the next gets a new socket',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      ['await bytes', HEAD_END],
      ['req1.destroy'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'maxTotalSockets applies across hosts',
    agent: { keepAlive: true, maxTotalSockets: 1 },
    deaf: ['socket'],
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2', { host: '127.0.0.2' }),
      ['look', 'agent'],
      ...serve('one'),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
    differs: {
      row: 'total-sockets',
      why: 'the host opens a second socket beside the idle one',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        '> request -> req2',
        '> req2.end -> req2',
        'agent is sockets 1, freeSockets 0, requests 1',
        'req1.socket socket1',
        'req1.prefinish',
        'req1.finish',
        'req1.response res1 1.1 200 OK {"content-length":"3"}',
        'res1.data bytes "one"',
        'res1.end',
        'req1.close',
        'agent.free socket1',
        'res1.close',
        'agent.free socket2',
        'req2.socket socket2',
        'req2.prefinish',
        'req2.error Error ECONNREFUSED "connect ECONNREFUSED 127.0.0.2:<port>"',
        'req2.close',
        'agent is sockets 0, freeSockets 0, requests 0',
      ],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'a refused connection does not block the queue',
    deaf: ['socket'],
    agent: ONE_SOCKET,
    peers: 'nobody',
    handler: read,
    script: [sendGet('/1'), sendGet('/2'), ['await event', 'req2.close'], ['settle'], ['look', 'agent']],
  },
  {
    name: 'a queued request emits nothing after its end() until it has a socket',
    differsOn: { '<26': WAITED },
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      [
        'request',
        { path: '/2', method: 'POST' },
        [
          ['req.write', 'a'],
          ['req.end', 'b'],
          ['look', 'req'],
        ],
      ],
      ['await bytes', HEAD_END],
      ['settle'],
      ['send', response('one')],
      ['await bytes', '0\r\n\r\n'],
      ['send', response('two')],
      ['await event', 'req2.close'],
    ],
  },
];

const queued = [
  '> request -> req1',
  '> req1.end -> req1',
  '> request -> req2',
  '> req2.end -> req2',
  'req1.socket socket1',
  'req1.prefinish',
  'req1.finish',
];

/** A queued request is ended from our side while the first continues. */
const withdrawn = (name: string, act: ClientStep, ...events: readonly string[]): ClientConversation => ({
  name: `${name} of a queued request`,
  agent: ONE_SOCKET,
  deaf: ['socket'],
  handler: read,
  script: [
    sendGet('/1'),
    sendGet('/2', { signal: the('signal') }),
    ['await bytes', HEAD_END],
    ['settle'],
    act,
    ['settle'],
    ['look', 'agent'],
    ['send', response('one')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'prompt-end',
    why: 'the host emits it only when the socket is free',
    events: [
      ...queued,
      ...events,
      'req2.close',
      'agent is sockets 1, freeSockets 0, requests 0',
      'req1.response res1 1.1 200 OK {"content-length":"3"}',
      'res1.data bytes "one"',
      'res1.end',
      'req1.close',
      'agent.free socket1',
      'res1.close',
      'agent is sockets 0, freeSockets 1, requests 0',
    ],
  },
});

const HUNG_UP = 'req2.error Error ECONNRESET "socket hang up"';
const ABORTED =
  'req2.error AbortError ABORT_ERR "The operation was aborted" cause=AbortError: This operation was aborted';

const withdrawals: readonly ClientConversation[] = [
  withdrawn('destroy()', ['req2.destroy'], '> req2.destroy -> req2', HUNG_UP),
  withdrawn('destroy(error)', ['req2.destroy', new Error('mine')], '> req2.destroy -> req2', 'req2.error Error "mine"'),
  withdrawn('abort()', ['req2.abort'], '> req2.abort', 'req2.abort'),
  withdrawn('a signal', ['controller.abort'], '> controller.abort', ABORTED),
];

export const queueing = [...waiting, ...withdrawals];
