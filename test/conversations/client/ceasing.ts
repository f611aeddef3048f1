/** An answer that says close, whole before the upload is: nothing more is sent behind it (RFC 9112 §9.5). */
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import { answer, HEAD_END, ONE, read } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { cb } from '../kit/steps.js';

const POST = { method: 'POST' };

/** More than the kernel takes of a peer that doesn't read. */
const MUCH = 'x'.repeat(20_000_000);

const LAST_WORDS = answer('no', 'Connection: close');

/** The request is over behind that event, and its socket is gone; the host goes on sending while the peer takes it. */
const ceasedBehind = (last: string): Difference => ({
  row: 'cease',
  why: 'RFC 9112 §9.5: the host goes on behind an answer that says close',
  events: (host) =>
    host
      .filter((event) => !/^req1\.(close|error)/.test(event))
      .flatMap((event) => {
        if (event.startsWith(last)) return [event, 'req1.close'];
        if (event.startsWith('agent is')) return 'agent is sockets 0, freeSockets 0, requests 0';
        const isLook = event.startsWith('req1 is');
        return isLook ? 'req1 is headersSent, writableEnded, finished, destroyed, writable, socket' : event;
      }),
});

/** Much is sent to a peer that doesn't read, which then answers. */
const waiting = (...behind: readonly ClientLine[]): readonly ClientLine[] => [
  ['request', POST, [['req.flushHeaders']]],
  ['await bytes', HEAD_END],
  ['pause'],
  ['req1.end', MUCH],
  ['settle'],
  ['send', LAST_WORDS],
  ['await event', 'res1.end'],
  ['settle'],
  ...behind,
  ['look', 'req1'],
  ['look', 'agent'],
];

const ONE_DEAF = { agent: ONE, deaf: ['socket'] } as const;

export const ceasing: readonly ClientConversation[] = [
  {
    ...ONE_DEAF,
    name: 'a whole answer that says close, much of the upload waiting for the peer',
    handler: read,
    script: waiting(),
    differs: ceasedBehind('res1.close'),
  },
  {
    ...ONE_DEAF,
    name: 'a whole answer that says close, and a reset, much of the upload waiting',
    handler: read,
    script: waiting(['reset'], ['settle']),
    differs: ceasedBehind('res1.close'),
  },
  {
    name: 'a whole answer that says close, the upload going on',
    agent: ONE,
    deaf: ['socket'],
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_WORDS],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.write', 'more', cb('write')],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an unread answer that says close, the upload going on',
    agent: ONE,
    deaf: ['socket'],
    handler: [],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_WORDS],
      ['settle'],
      ['look', 'agent'],
      ['res1.resume'],
      ['settle'],
    ],
    differs: ceasedBehind('req1.response'),
  },
  {
    name: 'an answer that says close, the upload ended in its listener',
    agent: ONE,
    deaf: ['socket'],
    handler: [
      ['listen', 'res.data'],
      ['req.end', ' and ended'],
    ],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_WORDS],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
];
