/** Back-pressure both ways, and an answer that comes before the request was sent. */
import type { ClientConversation, ClientStep } from '../kit/client-conversation.js';
import { answer, ask, asked, chunked, HEAD_END, ok, read } from '../kit/client-phrases.js';
import { cb } from '../kit/steps.js';
import { endLost, LAST, withoutLatePrefinish } from './document.js';

const MEGABYTE = 'x'.repeat(1_000_000);
const POST = { method: 'POST' };

const upload: readonly ClientConversation[] = [
  {
    name: 'a write before the connection says whether there is room',
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          ['req.write', 'x'.repeat(70_000)],
          ['req.write', 'y'],
          ['req.writableNeedDrain ?'],
          ['wait', 'req.drain'],
          ['req.end'],
        ],
      ],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'drain, then the rest',
    handler: read,
    script: [
      ['request', POST, [['req.flushHeaders']]],
      ['await bytes', HEAD_END],
      ['pause'],
      ['req1.write', MEGABYTE.repeat(8), cb('write')],
      ['settle'],
      ['resume'],
      ['await event', 'req1.drain'],
      ['req1.end', 'end'],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'the peer reads nothing: finish waits',
    handler: read,
    script: [
      ['request', POST, [['req.flushHeaders']]],
      ['await bytes', HEAD_END],
      ['pause'],
      ['req1.end', MEGABYTE.repeat(8)],
      ['settle'],
      ['look', 'req1'],
      ['resume'],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'destroyed with most of the body still here',
    deaf: ['socket'],
    handler: read,
    script: [
      ['request', POST, [['req.flushHeaders']]],
      ['await bytes', HEAD_END],
      ['pause'],
      ['req1.end', MEGABYTE.repeat(8), cb('end')],
      ['settle'],
      ['req1.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
      ['run', ({ note }) => note('and no more is said')],
    ],
    differsOn: {
      '<24': {
        row: 'failed-end',
        why: "'finish' is told",
        events: (host) =>
          host
            .filter((event) => event !== 'req1.finish')
            .map((event) =>
              event
                .replace('callback.end null', 'callback.end Error ECANCELED "write ECANCELED"')
                .replace(' writableFinished,', ''),
            ),
      },
    },
  },
  {
    name: 'a file is piped in',
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          [
            'run',
            async ({ req }) => {
              const { Readable } = await import('node:stream');
              Readable.from(['one ', 'two ', Buffer.from('three')], { objectMode: false }).pipe(req);
            },
          ],
        ],
      ],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
];

const early: readonly ClientConversation[] = [
  {
    name: 'an answer before the upload ends, kept',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello')],
      ['await event', 'res1.end'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
      ['req1.end', ' and ended', cb('end')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an answer that says close before the upload ends',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello', 'Connection: close')],
      ['await event', 'res1.end'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an answer that says close, and FIN, before the upload ends',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello', 'Connection: close')],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'an answer before the upload ends, and not kept',
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.write', 'more', cb('write')],
      ['req1.end', cb('end')],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: { ...LAST, events: (host) => endLost(withoutLatePrefinish(host)) },
  },
  {
    name: 'an answer, the upload ended from its listener',
    agent: { keepAlive: true },
    handler: [
      ['listen', 'res.data'],
      ['req.end', ' and ended'],
    ],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an answer nobody listens to before the upload ends',
    agent: { keepAlive: true },
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', answer('hello')],
      ['settle'],
      ['req1.end'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];

/** Reads when told to. */
const PAUSED: readonly ClientStep[] = [['res.pause'], ['listen', 'res.data']];

const download: readonly ClientConversation[] = [
  {
    name: 'a large answer',
    handler: read,
    script: [...asked(answer(MEGABYTE)), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a large chunked answer',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...asked(`${chunked()}f4240\r\n${MEGABYTE}\r\n0\r\n\r\n`),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'paused: the peer is held back',
    agent: { keepAlive: true },
    handler: PAUSED,
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['send', answer(MEGABYTE.repeat(8))],
      ['settle'],
      ['run', ({ res, note }) => note(`held back: ${res === undefined}`)],
      ['res1.resume'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'paused with all of it here',
    handler: PAUSED,
    script: [...asked(answer('hello')), ['settle'], ['look', 'res1'], ['res1.resume'], ['await event', 'req1.close']],
  },
  {
    name: 'paused, and the peer goes',
    handler: PAUSED,
    script: [
      ...asked(answer('hello')),
      ['end'],
      ['settle'],
      ['look', 'res1'],
      ['res1.resume'],
      ['settle'],
      ['look', 'res1'],
    ],
  },
  {
    name: 'paused in the middle, and resumed',
    handler: [['listen', 'res.data'], ['wait', 'res.data'], ['res.pause']],
    script: [
      ...asked(`${ok('Content-Length: 9')}one`),
      ['await event', 'res1.data'],
      ['send', 'two'],
      ['settle'],
      ['send', 'six'],
      ['settle'],
      ['run', ({ note }) => note('nothing more was read')],
      ['res1.resume'],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'a response that is not read holds the peer back',
    handler: [],
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['send', answer(MEGABYTE.repeat(8))],
      ['settle'],
      ['look', 'res1'],
      ['run', ({ note }) => note('and then it is')],
      ['listen', 'res1.data'],
      ['await event', 'req1.close'],
    ],
  },
];

export const flow = [...upload, ...early, ...download];
