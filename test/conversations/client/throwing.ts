/** Listeners that throw: the exception is the process's, and other sockets are unharmed. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, HEAD_END, read } from '../kit/client-phrases.js';
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

const ANSWERED = 'req1.response res1 1.1 200 OK {"content-length":"3"}';

const READ = ['res1.data bytes "one"', 'res1.end', 'req1.close', 'agent.free socket1', 'res1.close'];

/** The second exchange, and what is left of both. */
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

/** What is told on statewire from the first listener that is called: it goes on behind the exception. */
const goesOn = (res: 'res1' | 'res2', freeSockets: 1 | 2, ...told: readonly string[]): Difference => ({
  row: 'throwing-listener',
  why: 'the host tells the first request nothing more, ever',
  events: [...BEGUN, ...told, ...rest(res, freeSockets)],
});

/** Two requests at once; the first one's listener throws. */
const thrown = (
  event: string,
  { response = answer('one'), ...parts }: Partial<ClientConversation> & { readonly response?: string },
): ClientConversation => ({
  name: `${event} throws`,
  agent: { keepAlive: true },
  deaf: ['socket'],
  handler: read,
  ...parts,
  script: [
    ask('/1'),
    ['await bytes', HEAD_END],
    ask('/2'),
    ['as', 'b'],
    ['await bytes', HEAD_END],
    ['as', 'a'],
    ...(parts.script ?? [['send', response] as const]),
    ['settle'],
    ['as', 'b'],
    ['send', answer('two')],
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
    ask('/1'),
    ['as', 'a'],
    ['settle'],
    ask('/2'),
    ['as', 'b'],
    ['await bytes', HEAD_END],
    ['send', answer('two')],
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
    differs: goesOn('res2', 2, ANSWERED, THROWN, ...READ),
  }),
  thrown('req.finish', {
    on: { finish: { '/1': BOOM } },
    differs: {
      ...goesOn('res2', 2),
      events: [...BEGUN.slice(0, 5), THROWN, ...BEGUN.slice(5), ANSWERED, ...READ, ...rest('res2', 2)],
    },
  }),
  thrown('req.continue', {
    on: { continue: { '/1': BOOM } },
    response: head('HTTP/1.1 100 Continue') + answer('one'),
    differs: goesOn(
      'res2',
      2,
      'req1.continue',
      'req1.information {"statusCode":100,"statusMessage":"Continue","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{},"rawHeaders":[]}',
      THROWN,
      ANSWERED,
      ...READ,
    ),
  }),
  thrown('req.information', {
    on: { information: { '/1': BOOM } },
    response: head('HTTP/1.1 103 Hints') + answer('one'),
    differs: goesOn(
      'res2',
      2,
      'req1.information {"statusCode":103,"statusMessage":"Hints","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{},"rawHeaders":[]}',
      THROWN,
      ANSWERED,
      ...READ,
    ),
  }),
  thrown('req.error', {
    on: { error: { '/1': BOOM } },
    script: [['end']],
    differs: {
      ...goesOn('res1', 1, 'req1.error Error ECONNRESET "socket hang up"', THROWN, 'req1.close'),
      peers: { a: { ended: 'fin' } },
    },
  }),
  thrown('req.close', {
    on: { close: { '/1': BOOM } },
    differs: goesOn(
      'res2',
      2,
      ANSWERED,
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
