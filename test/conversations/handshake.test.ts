/** https.request() to a peer that speaks no TLS, compared with node:https: the request fails before anything of it is sent. */
import { describe, it } from 'vitest';
import type { ClientConversation, ClientHttp, ClientLine, ClientSteps } from './kit/client-conversation.js';
import { KEEP_ALIVE, ONE_SOCKET } from './kit/client-phrases.js';
import { runClientConversation } from './kit/client-run.js';
import { comparing } from './kit/compare.js';
import type { DifferenceByHost } from './kit/conversation.js';
import { HOST } from './kit/host.js';
import { ours, theirs } from './kit/secured.js';
import { cb } from './kit/steps.js';

/** What the peer gets begins with a random ClientHello. */
const compare = comparing<ClientHttp, ClientConversation>(
  ours,
  async (http, conversation) => ({ ...(await runClientConversation(http, conversation)), peers: {} }),
  theirs,
);

/** The beginning of a TLS record that contains a handshake. */
const HELLO = '\x16\x03';

const peers: Readonly<Record<string, readonly ClientLine[]>> = {
  'a plain HTTP server': [
    ['await bytes', HELLO],
    ['send', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
  ],
  'a peer that ends the connection': [['await bytes', HELLO], ['end']],
  'a peer that greets at once': [['send', '220 ready\r\n']],
};

const programs: Readonly<Record<string, ClientSteps>> = {
  'a GET': [['request', {}, [['req.end']]]],
  'a POST': [['request', { method: 'POST' }, [['req.end', 'body', cb('end')]]]],
  'an upload': [['request', { method: 'POST' }, [['req.write', 'begun', cb('write')]]]],
};

/** Nothing was sent. */
const UNFINISHED: DifferenceByHost = {
  '<24': {
    row: 'failed-end',
    why: "the host emits 'finish', and calls back without an error",
    events: (host) => {
      const error = host.find((event) => event.startsWith('req1.error '))!.replace('req1.error ', '');
      return host
        .filter((event) => !event.endsWith('.finish'))
        .map((event) => event.replace('callback.end null', `callback.end ${error}`).replace(' writableFinished,', ''));
    },
  },
};

const CANCELED = `Error ECANCELED "write ECANCELED${HOST < 22 ? '' : ' Canceled because of SSL destruction'}"`;

/** The connection is ended before anything of a body was sent. */
const CUT: Readonly<Record<string, DifferenceByHost>> = {
  'a POST': {
    '<24': {
      row: 'lost-callbacks',
      why: 'the host drops the callback of end()',
      events: (host) =>
        host.flatMap((event) => (event.startsWith('req1.close') ? [`callback.end ${CANCELED}`, event] : [event])),
    },
  },
  'an upload': {
    '<22': {
      row: 'failed-end',
      why: 'the host calls back without an error',
      events: (host) => host.map((event) => event.replace('callback.write null', `callback.write ${CANCELED}`)),
    },
  },
};

const differsOn = (program: string, peer: string): DifferenceByHost => {
  if (peer === 'a peer that ends the connection') return CUT[program] ?? {};
  return program === 'an upload' ? {} : UNFINISHED;
};

/** The peer of one request, then that of another. */
const twice = (lines: ClientConversation['script']): ClientConversation['script'] => [
  ...lines,
  ['await event', 'req1.close'],
  ['as', 'b'],
  ...lines,
  ['await event', 'req2.close'],
  ['settle'],
  ['look', 'agent'],
];

const conversations: readonly ClientConversation[] = Object.entries(peers).flatMap(([peer, lines]) => [
  ...Object.entries(programs).flatMap(([program, steps]) =>
    [undefined, KEEP_ALIVE].map(
      (agent): ClientConversation => ({
        name: `${program} to ${peer}${agent === undefined ? '' : ', with keep-alive'}`,
        ...(agent === undefined ? {} : { agent }),
        script: [...steps, ...lines, ['await event', 'req1.close'], ['settle'], ['look', 'req1'], ['look', 'agent']],
        differsOn: differsOn(program, peer),
      }),
    ),
  ),
  {
    name: `a GET to ${peer}, and another in its error listener`,
    agent: KEEP_ALIVE,
    on: { error: { '/': [['request', { path: '/again' }, [['req.end']]]] } },
    script: [['request', {}, [['req.end']]], ...twice(lines)],
    differsOn: differsOn('a GET', peer),
  },
  {
    name: `a GET to ${peer}, for which another waits`,
    agent: ONE_SOCKET,
    deaf: ['socket.error'],
    script: [['request', {}, [['req.end']]], ['request', { path: '/2' }, [['req.end']]], ...twice(lines)],
    differsOn: differsOn('a GET', peer),
  },
]);

describe('a request whose peer speaks no TLS', () => {
  for (const conversation of conversations) it(conversation.name, () => compare(conversation));
});
