/** Listeners that throw: the exception reaches the process, and other sockets are not affected. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, read, response, sendGet } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';

const BOOM: ClientSteps = [['throw', 'boom']];

const BEGUN = [
  '> request -> req1',
  '> req1.end -> req1',
  'req1.socket socket1',
  'req1.prefinish',
  'req1.finish',
  '> request -> req2',
  '> req2.end -> req2',
  'req2.socket socket2',
  'req2.prefinish',
  'req2.finish',
];

const THROWN = 'process.uncaughtException Error "boom"';

const RESPONSE = 'req1.response res1 1.1 200 OK {"content-length":"3"}';

const READ = ['res1.data bytes "one"', 'res1.end', 'req1.close', 'agent.free socket1', 'res1.close'];

/** The second exchange, and the final state of both. */
const rest = (res: 'res1' | 'res2', freeSockets: 1 | 2): readonly string[] => [
  `req2.response ${res} 1.1 200 OK {"content-length":"3"}`,
  `${res}.data bytes "two"`,
  `${res}.end`,
  'req2.close',
  'agent.free socket2',
  `${res}.close`,
  'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
  `agent is sockets 0, freeSockets ${freeSockets}, requests 0`,
];

/** What statewire emits from the first called listener on: it continues after the exception. */
const continues = (res: 'res1' | 'res2', freeSockets: 1 | 2, ...events: readonly string[]): Difference => ({
  row: 'throwing-listener',
  why: 'the host emits nothing more for the first request',
  events: [...BEGUN, ...events, ...rest(res, freeSockets)],
});

/** Two requests at once; a listener of the first throws. */
const thrown = (
  event: string,
  { first = response('one'), ...parts }: Partial<ClientConversation> & { readonly first?: string },
): ClientConversation => ({
  name: `${event} throws`,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  ...parts,
  script: [
    sendGet('/1'),
    ['await bytes', HEAD_END],
    sendGet('/2'),
    ['as', 'b'],
    ['await bytes', HEAD_END],
    ['as', 'a'],
    ...(parts.script ?? [['send', first] as const]),
    ['settle'],
    ['as', 'b'],
    ['send', response('two')],
    ['await event', 'req2.close'],
    ['settle'],
    ['look', 'req1'],
    ['look', 'agent'],
  ],
});

const ofSocket: ClientConversation = {
  name: 'req.socket throws',
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  on: { socket: { '/1': BOOM } },
  script: [
    sendGet('/1'),
    ['as', 'a'],
    ['settle'],
    sendGet('/2'),
    ['as', 'b'],
    ['await bytes', HEAD_END],
    ['send', response('two')],
    ['await event', 'req2.close'],
    ['settle'],
    ['look', 'req1'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'throwing-listener',
    why: 'the host never sends the request',
    events: [
      '> request -> req1',
      '> req1.end -> req1',
      'req1.socket socket1',
      THROWN,
      'req1.prefinish',
      'req1.finish',
      ...BEGUN.slice(5),
      'req2.response res1 1.1 200 OK {"content-length":"3"}',
      'res1.data bytes "two"',
      'res1.end',
      'req2.close',
      'agent.free socket2',
      'res1.close',
      'req1 is headersSent, writableEnded, writableFinished, finished, writable, socket',
      'agent is sockets 1, freeSockets 1, requests 0',
    ],
    peers: { a: { received: head('GET /1 HTTP/1.1', 'Host: 127.0.0.1:<port>', 'Connection: keep-alive') } },
  },
};

export const throwing: readonly ClientConversation[] = [
  ofSocket,
  thrown('req.response', { handler: { '/1': BOOM, '/2': read } }),
  thrown('req.response, reading', {
    handler: { '/1': [...read, ...BOOM], '/2': read },
    differs: continues('res2', 2, RESPONSE, THROWN, ...READ),
  }),
  thrown('req.finish', {
    on: { finish: { '/1': BOOM } },
    differs: {
      ...continues('res2', 2),
      events: [...BEGUN.slice(0, 5), THROWN, ...BEGUN.slice(5), RESPONSE, ...READ, ...rest('res2', 2)],
    },
  }),
  thrown('req.continue', {
    on: { continue: { '/1': BOOM } },
    first: head('HTTP/1.1 100 Continue') + response('one'),
    differs: continues(
      'res2',
      2,
      'req1.continue',
      'req1.information {"statusCode":100,"statusMessage":"Continue","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{},"rawHeaders":[]}',
      THROWN,
      RESPONSE,
      ...READ,
    ),
  }),
  thrown('req.information', {
    on: { information: { '/1': BOOM } },
    first: head('HTTP/1.1 103 Hints') + response('one'),
    differs: continues(
      'res2',
      2,
      'req1.information {"statusCode":103,"statusMessage":"Hints","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{},"rawHeaders":[]}',
      THROWN,
      RESPONSE,
      ...READ,
    ),
  }),
  thrown('req.error', {
    on: { error: { '/1': BOOM } },
    script: [['end']],
    differs: {
      ...continues('res1', 1, 'req1.error Error ECONNRESET "socket hang up"', THROWN, 'req1.close'),
      peers: { a: { ended: 'fin' } },
    },
  }),
  thrown('req.close', {
    on: { close: { '/1': BOOM } },
    differs: continues(
      'res2',
      2,
      RESPONSE,
      'res1.data bytes "one"',
      'res1.end',
      'req1.close',
      THROWN,
      'res1.close',
      'agent.free socket1',
    ),
  }),
  thrown('res.data', {
    handler: {
      '/1': [
        [
          'run',
          ({ res }) =>
            void res.on('data', () => {
              throw new Error('boom');
            }),
        ],
      ],
      '/2': read,
    },
  }),
  thrown('res.end', {
    handler: {
      '/1': [
        [
          'run',
          ({ res }) =>
            void res.resume().on('end', () => {
              throw new Error('boom');
            }),
        ],
      ],
      '/2': read,
    },
  }),
  thrown('req.abort', { on: { abort: { '/1': BOOM } }, script: [['req1.abort']] }),
];
