/** A response with "Connection: close", complete before the upload is: nothing more is sent after it (RFC 9112 §9.5). */
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import { HEAD_END, ONE_SOCKET, read, response } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { cb } from '../kit/steps.js';

const POST = { method: 'POST' };

/** More than the socket buffers take for a peer that does not read. */
const MUCH = 'x'.repeat(20_000_000);

const LAST_RESPONSE = response('no', 'Connection: close');

/** On statewire the request closes after the event `last`, and so does its socket; the host continues to send. */
const ceasedAfter = (last: string): Difference => ({
  row: 'cease',
  why: 'RFC 9112 §9.5: the host continues to send after a response with Connection: close',
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

/** A large upload to a peer that does not read, and then responds. */
const waiting = (...after: readonly ClientLine[]): readonly ClientLine[] => [
  ['request', POST, [['req.flushHeaders']]],
  ['await bytes', HEAD_END],
  ['pause'],
  ['req1.end', MUCH],
  ['settle'],
  ['send', LAST_RESPONSE],
  ['await event', 'res1.end'],
  ['settle'],
  ...after,
  ['look', 'req1'],
  ['look', 'agent'],
];

const WITH_ONE_SOCKET = { agent: ONE_SOCKET, deaf: ['socket'] } as const;

export const ceasing: readonly ClientConversation[] = [
  {
    ...WITH_ONE_SOCKET,
    name: 'a complete response with Connection: close, most of the upload waiting for the peer',
    handler: read,
    script: waiting(),
    differs: ceasedAfter('res1.close'),
  },
  {
    ...WITH_ONE_SOCKET,
    name: 'a complete response with Connection: close, then RST, most of the upload waiting',
    handler: read,
    script: waiting(['reset'], ['settle']),
    differs: ceasedAfter('res1.close'),
  },
  {
    name: 'a complete response with Connection: close during the upload',
    agent: ONE_SOCKET,
    deaf: ['socket'],
    handler: read,
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_RESPONSE],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.write', 'more', cb('write')],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an unread response with Connection: close during the upload',
    agent: ONE_SOCKET,
    deaf: ['socket'],
    handler: [],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_RESPONSE],
      ['settle'],
      ['look', 'agent'],
      ['res1.resume'],
      ['settle'],
    ],
    differs: ceasedAfter('req1.response'),
  },
  {
    name: 'a response with Connection: close, the upload ended in its listener',
    agent: ONE_SOCKET,
    deaf: ['socket'],
    handler: [
      ['listen', 'res.data'],
      ['req.end', ' and ended'],
    ],
    script: [
      ['request', POST, [['req.write', 'begun']]],
      ['await bytes', 'begun'],
      ['send', LAST_RESPONSE],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
];
