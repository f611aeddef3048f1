/** Listeners that throw: the exception is the process's, and other sockets are unharmed. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, HEAD_END, read } from '../kit/client-phrases.js';
import { head } from '../kit/phrases.js';

const BOOM: ClientSteps = [['throw', 'boom']];

/** Two requests at once; the first one's listener throws. */
const thrown = (
  event: string,
  conversation: Partial<ClientConversation> & { readonly response?: string },
): ClientConversation => {
  const { response = answer('one'), ...parts } = conversation;
  return {
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
  };
};

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
};

export const throwing: readonly ClientConversation[] = [
  ofSocket,
  thrown('req.response', { handler: { '/1': BOOM, '/2': read } }),
  thrown('req.response, reading', { handler: { '/1': [...read, ...BOOM], '/2': read } }),
  thrown('req.finish', { on: { finish: { '/1': BOOM } } }),
  thrown('req.continue', { on: { continue: { '/1': BOOM } }, response: head('HTTP/1.1 100 Continue') + answer('one') }),
  thrown('req.information', {
    on: { information: { '/1': BOOM } },
    response: head('HTTP/1.1 103 Hints') + answer('one'),
  }),
  thrown('req.error', { on: { error: { '/1': BOOM } }, script: [['end']] }),
  thrown('req.close', { on: { close: { '/1': BOOM } } }),
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
