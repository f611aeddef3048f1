/** Requests whose body differs from its Content-Length (RFC 9110 §8.6): the socket is not reused. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, KEEP_ALIVE, read, response, sendGet } from '../kit/client-phrases.js';

const wrong: readonly (readonly [string, number, string, ClientSteps])[] = [
  ['too short', 9, 'body', [['req.end', 'body']]],
  [
    'too short, in pieces',
    9,
    'body',
    [
      ['req.write', 'bo'],
      ['req.end', 'dy'],
    ],
  ],
  ['without any body', 9, HEAD_END, [['req.end']]],
  ['too long', 2, 'body', [['req.end', 'body']]],
  ['too long, in pieces', 2, 'body', [['req.write', 'bo'], ['req.write', 'dy'], ['req.end']]],
];

const HOST_FIELD = 'Host: 127.0.0.1:<port>\r\nConnection: keep-alive\r\n\r\n';

export const lengths: readonly ClientConversation[] = wrong.map(([name, length, bytes, steps]) => ({
  name: `Content-Length ${name}: the next request gets another socket`,
  agent: KEEP_ALIVE,
  handler: read,
  script: [
    ['request', { method: 'PUT', path: '/1', headers: { 'Content-Length': length } }, steps],
    ['await bytes', bytes],
    ['send', response('one')],
    ['await event', 'req1.close'],
    ['settle'],
    sendGet('/2'),
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'body-length',
    why: 'RFC 9110 §8.6: the peer reads the second request as part of the first, or the reverse',
    events: (host) =>
      host.flatMap((line) => {
        if (line === 'req1.close') return [];
        if (line === 'agent.free socket1') return [];
        if (line === 'res1.close') return ['res1.close', 'req1.close', 'socket1.close false'];
        if (line === 'req2.socket socket1') return ['req2.socket socket2'];
        return line === 'req2.prefinish' ? [line, 'socket2.connect'] : [line];
      }),
    peers: {
      a: {
        received: `PUT /1 HTTP/1.1\r\nContent-Length: ${length}\r\n${HOST_FIELD}${bytes === HEAD_END ? '' : bytes}`,
        ended: 'fin',
      },
      b: { received: `GET /2 HTTP/1.1\r\n${HOST_FIELD}`, ended: 'open' },
    },
  },
}));
