/** Listeners, replaced methods, and nested requests. */
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import { HEAD_END, KEEP_ALIVE, ONE_SOCKET, read, response, sendGet } from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import { cb } from '../kit/steps.js';
import { WAITED } from './document.js';

export const oddities: readonly ClientConversation[] = [
  {
    name: 'emit() is called on the request and can be replaced',
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
      ['send', response('hello')],
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
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'a response listener added before the response',
    script: [
      ['request', {}, [['req.end']]],
      ['await bytes', HEAD_END],
      ['listen', 'req1.response'],
      ['send', response('hello')],
      ['await event', 'req1.response'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'the callback of get() is a response listener',
    agent: KEEP_ALIVE,
    script: [
      ['get', [deferred(({ port }) => `http://127.0.0.1:${port}/`), cb('response')]],
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'request() in a socket listener',
    differsOn: { '<26': WAITED },
    agent: ONE_SOCKET,
    handler: read,
    on: { socket: { '/1': [['request', { path: '/2' }, [['req.end']]]] } },
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      ['send', response('one')],
      ['await bytes', HEAD_END],
      ['send', response('two')],
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'five requests at once, responses in reverse order',
    agent: KEEP_ALIVE,
    handler: read,
    script: [
      ...Array.from({ length: 5 }, (_, i): ClientLine => sendGet(`/${i}`)),
      ...['e', 'd', 'c', 'b', 'a'].flatMap((peer): readonly ClientLine[] => [
        ['as', peer],
        ['await bytes', HEAD_END],
        ['send', response(peer)],
        ['settle'],
      ]),
      ['look', 'agent'],
    ],
  },
  {
    name: 'path and method can be changed before the head is sent',
    handler: read,
    script: [
      ['request', {}, [['req.path =', '/changed'], ['req.method =', 'PUT'], ['req.end']]],
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'shouldKeepAlive = false',
    agent: KEEP_ALIVE,
    handler: read,
    script: [
      ['request', {}, [['req.shouldKeepAlive =', false], ['req.end']]],
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
];
