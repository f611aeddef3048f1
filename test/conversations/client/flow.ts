/** Back-pressure in both directions, and responses that arrive before the request was sent. */
import type { ClientConversation, ClientStep } from '../kit/client-conversation.js';
import { chunked, HEAD_END, ok, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';
import { cb } from '../kit/steps.js';
import { LAST, lateEndCallback, withoutLatePrefinish } from './document.js';

const MEGABYTE = 'x'.repeat(1_000_000);
const POST = { method: 'POST' };

const upload: readonly ClientConversation[] = [
  {
    name: 'write() before the connection returns whether there is room',
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
      ['send', response('hello')],
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
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'finish waits for a peer that reads nothing',
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
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'a request destroyed with most of its body unsent',
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
      ['run', ({ note }) => note('nothing more is logged')],
    ],
    differsOn: {
      '<24': {
        row: 'failed-end',
        why: "the host emits 'finish'",
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
    name: 'a stream piped into the request',
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
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
];

const early: readonly ClientConversation[] = [
  {
    name: 'a response before the upload ends, with keep-alive',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello')],
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
    name: 'a response with Connection: close before the upload ends',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello', 'Connection: close')],
      ['await event', 'res1.end'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a response with Connection: close, then FIN, before the upload ends',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello', 'Connection: close')],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'a response before the upload ends, without keep-alive',
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.write', 'more', cb('write')],
      ['req1.end', cb('end')],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: { ...LAST, events: (host) => lateEndCallback(withoutLatePrefinish(host)) },
  },
  {
    name: 'a response whose listener ends the upload',
    agent: { keepAlive: true },
    handler: [
      ['listen', 'res.data'],
      ['req.end', ' and ended'],
    ],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a response without a listener before the upload ends',
    agent: { keepAlive: true },
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', response('hello')],
      ['settle'],
      ['req1.end'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];

/** Reads after resume(). */
const PAUSED: readonly ClientStep[] = [['res.pause'], ['listen', 'res.data']];

const download: readonly ClientConversation[] = [
  {
    name: 'a large response',
    handler: read,
    script: [...roundTrip(response(MEGABYTE)), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a large chunked response',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...roundTrip(`${chunked()}f4240\r\n${MEGABYTE}\r\n0\r\n\r\n`),
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
      sendGet(),
      ['await bytes', HEAD_END],
      ['send', response(MEGABYTE.repeat(8))],
      ['settle'],
      ['run', ({ res, note }) => note(`held back: ${res === undefined}`)],
      ['res1.resume'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'paused, with all of it received',
    handler: PAUSED,
    script: [
      ...roundTrip(response('hello')),
      ['settle'],
      ['look', 'res1'],
      ['res1.resume'],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'paused, then the peer closes',
    handler: PAUSED,
    script: [
      ...roundTrip(response('hello')),
      ['end'],
      ['settle'],
      ['look', 'res1'],
      ['res1.resume'],
      ['settle'],
      ['look', 'res1'],
    ],
  },
  {
    name: 'paused in the middle, then resumed',
    handler: [['listen', 'res.data'], ['wait', 'res.data'], ['res.pause']],
    script: [
      ...roundTrip(`${ok('Content-Length: 9')}one`),
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
    name: 'an unread response holds the peer back',
    handler: [],
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['send', response(MEGABYTE.repeat(8))],
      ['settle'],
      ['look', 'res1'],
      ['run', ({ note }) => note('now it is read')],
      ['listen', 'res1.data'],
      ['await event', 'req1.close'],
    ],
  },
];

export const flow = [...upload, ...early, ...download];
