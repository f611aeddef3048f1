/** Bodies whose length differs from their Content-Length (RFC 9110 §8.6), and cases where that is allowed. */
import type { Conversation, Difference, Steps } from '../kit/conversation.js';
import { get, gets, head, hello } from '../kit/phrases.js';

const ROW = 'body-length';

/** The host keeps the connection. */
const closes = (why: string): Difference => ({
  row: ROW,
  why,
  events: (host) => [...host, 'socket1.close false'],
  peers: { a: { ended: 'fin' } },
});

const wrong: readonly (readonly [string, string, Steps])[] = [
  [
    'too short, with its head',
    'abc',
    [
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'abc'],
    ],
  ],
  [
    'too short, in pieces',
    'abc',
    [
      ['res.writeHead', 200, { 'content-length': '5' }],
      ['res.write', 'ab'],
      ['res.end', 'c'],
    ],
  ],
  ['without any body', 'Content-Length', [['res.writeHead', 200, ['Content-Length', '5']], ['res.end']]],
  [
    'too long, in pieces',
    'hello',
    [['res.setHeader', 'Content-Length', 3], ['res.write', 'hel'], ['res.write', 'lo'], ['res.end']],
  ],
];

const right: readonly (readonly [string, string, Steps])[] = [
  [
    'exact',
    'GET',
    [
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'hello'],
    ],
  ],
  [
    'of a chunked response',
    'GET',
    [
      ['res.setHeader', 'Transfer-Encoding', 'chunked'],
      ['res.end', 'hello'],
    ],
  ],
  ['of HEAD', 'HEAD', [['res.setHeader', 'Content-Length', 5], ['res.end']]],
  [
    'of HEAD, whose body is not sent',
    'HEAD',
    [
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'abc'],
    ],
  ],
  ['of 304', 'GET', [['res.writeHead', 304, { 'Content-Length': 5 }], ['res.end']]],
];

export const lengths: readonly Conversation[] = [
  ...wrong.map(
    ([name, bytes, steps]): Conversation => ({
      name: `Content-Length ${name}: the connection closes after it`,
      handler: steps,
      script: [['send', get('/')], ['await bytes', bytes], ['settle']],
      differs: closes('the peer waits for the rest, or takes the surplus for the next response'),
    }),
  ),
  ...right.map(
    ([name, method, steps]): Conversation => ({
      name: `Content-Length ${name}: the connection stays open`,
      handler: { '/1': steps, '/2': hello },
      script: [
        ['send', head(`${method} /1 HTTP/1.1`, 'Host: a')],
        ['await event', 'res1.close'],
        ['send', get('/2')],
        ['await bytes', '5\r\n\r\nhello'],
      ],
    }),
  ),
  {
    name: 'a body shorter than its Content-Length, then another response',
    handler: {
      '/1': [
        ['res.setHeader', 'Content-Length', 5],
        ['res.end', 'abc'],
      ],
      '/2': hello,
    },
    script: [['send', gets(2)], ['await bytes', 'abc'], ['settle']],
    differs: {
      row: ROW,
      why: 'RFC 9110 §8.6: the peer reads the second response as part of the first',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        '> res1.setHeader -> res1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close false',
      ],
      peers: {
        a: {
          received: `${head('HTTP/1.1 200 OK', 'Content-Length: 5', 'Date: <date>', 'Connection: keep-alive', 'Keep-Alive: timeout=5')}abc`,
          ended: 'fin',
        },
      },
    },
  },
];
