/** Listeners, replaced methods, and requests among requests. */
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import { answer, ask, HEAD_END, KEEPS, ONE, read } from '../kit/client-phrases.js';
import { at } from '../kit/client-run.js';
import { cb } from '../kit/steps.js';
import { WAITED } from './document.js';

export const oddities: readonly ClientConversation[] = [
  {
    name: 'emit() is called on the request, and may be replaced',
    handler: read,
    script: [
      [
        'request',
        {},
        [
          [
            'run',
            ({ req, note }) => {
              const { emit } = req;
              req.emit = (event: string, ...args: unknown[]) => {
                note(`emit ${event}`);
                return Reflect.apply(emit, req, [event, ...args]);
              };
            },
          ],
          ['req.end'],
        ],
      ],
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'once() and removed listeners',
    handler: read,
    script: [
      [
        'request',
        {},
        [
          [
            'run',
            ({ req, note }) => {
              const never = () => note('never');
              req
                .once('response', () => note('once'))
                .on('response', never)
                .off('response', never);
            },
          ],
          ['req.end'],
        ],
      ],
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'a listener of response that is added in time',
    script: [
      ['request', {}, [['req.end']]],
      ['await bytes', HEAD_END],
      ['listen', 'req1.response'],
      ['send', answer('hello')],
      ['await event', 'req1.response'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'a callback alone is a listener of response',
    agent: KEEPS,
    script: [
      ['get', [at(({ port }) => `http://127.0.0.1:${port}/`), cb('response')]],
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'request() in a listener of socket',
    differsOn: { '<26': WAITED },
    agent: ONE,
    handler: read,
    on: { socket: { '/1': [['request', { path: '/2' }, [['req.end']]]] } },
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ['send', answer('one')],
      ['await bytes', HEAD_END],
      ['send', answer('two')],
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'five requests at once, answered backwards',
    agent: KEEPS,
    handler: read,
    script: [
      ...Array.from({ length: 5 }, (_, i): ClientLine => ask(`/${i}`)),
      ...['e', 'd', 'c', 'b', 'a'].flatMap((peer): readonly ClientLine[] => [
        ['as', peer],
        ['await bytes', HEAD_END],
        ['send', answer(peer)],
        ['settle'],
      ]),
      ['look', 'agent'],
    ],
  },
  {
    name: 'path may be changed before the head is sent, the method too',
    handler: read,
    script: [
      ['request', {}, [['req.path =', '/changed'], ['req.method =', 'PUT'], ['req.end']]],
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'shouldKeepAlive taken away by hand',
    agent: KEEPS,
    handler: read,
    script: [
      ['request', {}, [['req.shouldKeepAlive =', false], ['req.end']]],
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];
