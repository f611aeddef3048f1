/** Interim responses, and bodies that wait for one. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, read, response, roundTrip } from '../kit/client-phrases.js';
import { head } from '../kit/phrases.js';

const CONTINUE = head('HTTP/1.1 100 Continue');

const EXPECTS = { method: 'POST', headers: { Expect: '100-continue' } };

/** Sends the body when the peer has sent 100. */
const ON_CONTINUE: ClientConversation['on'] = { continue: [['req.end', 'body']] };

/** A request with Expect: 100-continue, and what it does at once. */
const expecting = (name: string, conversation: Partial<ClientConversation>, steps: ClientSteps = []) => ({
  name,
  agent: { keepAlive: true },
  handler: read,
  ...conversation,
  script: [['request', EXPECTS, steps], ['await bytes', HEAD_END], ...(conversation.script ?? [])] as const,
});

const expectations: readonly ClientConversation[] = [
  expecting('100-continue, then the body', {
    on: ON_CONTINUE,
    script: [
      ['settle'],
      ['send', CONTINUE],
      ['await bytes', '0\r\n\r\n'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  }),
  expecting('100-continue without a listener', {
    deaf: ['req.continue'],
    script: [
      ['send', CONTINUE],
      ['settle'],
      ['req1.end', 'body'],
      ['await bytes', '0\r\n\r\n'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  }),
  expecting(
    'a body sent without waiting for 100',
    {
      script: [
        ['await bytes', '0\r\n\r\n'],
        ['send', CONTINUE + response('hello')],
        ['await event', 'req1.close'],
      ],
    },
    [['req.end', 'body']],
  ),
  expecting('100 twice', {
    on: { continue: [] },
    script: [
      ['send', CONTINUE + CONTINUE],
      ['settle'],
      ['req1.end', 'body'],
      ['settle'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  }),
  expecting('a final response instead of 100, the body never sent', {
    on: ON_CONTINUE,
    script: [
      ['send', head('HTTP/1.1 417 No', 'Content-Length: 0')],
      ['settle'],
      ['look', 'req1'],
      ['look', 'agent'],
      ['end'],
      ['settle'],
    ],
  }),
  expecting('a final response instead of 100, then end()', {
    handler: [['listen', 'res.data'], ['req.end']],
    script: [
      ['send', head('HTTP/1.1 401 No', 'Content-Length: 0')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  }),
  expecting('100 and the final response together, during the upload', {
    on: { continue: [] },
    script: [
      ['send', CONTINUE + response('hello')],
      ['settle'],
      ['look', 'req1'],
      ['req1.end', 'body'],
      ['settle'],
      ['look', 'agent'],
    ],
  }),
  expecting('the peer closes instead of sending 100', {
    on: ON_CONTINUE,
    script: [['end'], ['await event', 'req1.close'], ['settle']],
  }),
  {
    name: '100 without Expect',
    agent: { keepAlive: true },
    handler: read,
    script: [...roundTrip(CONTINUE), ['settle'], ['send', response('hello')], ['await event', 'req1.close']],
  },
];

const informations: readonly ClientConversation[] = [
  ['102', head('HTTP/1.1 102 Processing')],
  ['103 with links', head('HTTP/1.1 103 Early Hints', 'Link: </a>; rel=preload', 'Link: </b>', 'X: 1')],
  ['several', head('HTTP/1.1 102 Processing') + head('HTTP/1.1 103 Early Hints') + head('HTTP/1.1 199 Odd', 'X: 1')],
  ['100 with fields', head('HTTP/1.1 100 Continue', 'X: 1')],
  ['102 over HTTP/1.0', head('HTTP/1.0 102 Processing')],
  ['103 with a length', head('HTTP/1.1 103 Early Hints', 'Content-Length: 0')],
].map(([name, interim]) => ({
  name: `${name} before the response`,
  agent: { keepAlive: true },
  handler: read,
  script: [
    ...roundTrip(interim!),
    ['settle'],
    ['send', response('hello')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
}));

const endings: readonly ClientConversation[] = [
  {
    name: 'an interim response, then the end',
    handler: read,
    script: [
      ...roundTrip(head('HTTP/1.1 102 Processing')),
      ['settle'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'destroy() in the listener of 103',
    handler: read,
    on: { information: [['req.destroy']] },
    script: [
      ...roundTrip(head('HTTP/1.1 103 Early Hints') + response('hello')),
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'an interim response without a listener',
    deaf: ['req.information', 'req.continue'],
    handler: read,
    script: [
      ...roundTrip(CONTINUE + head('HTTP/1.1 103 Early Hints') + response('hello')),
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'an interim response after the final one',
    agent: { keepAlive: true },
    handler: read,
    script: [...roundTrip(response('hello') + CONTINUE), ['await event', 'req1.close'], ['settle'], ['look', 'agent']],
  },
];

export const interim = [...expectations, ...informations, ...endings];
