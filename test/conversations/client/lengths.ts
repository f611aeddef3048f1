/** Requests whose body is not as long as its Content-Length says (RFC 9110 §8.6): the socket is not used again. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, HEAD_END, KEEPS, read } from '../kit/client-phrases.js';

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
  ['nothing of it', 9, HEAD_END, [['req.end']]],
  ['too long', 2, 'body', [['req.end', 'body']]],
  ['too long, in pieces', 2, 'body', [['req.write', 'bo'], ['req.write', 'dy'], ['req.end']]],
];

const HOST_FIELD = 'Host: 127.0.0.1:<port>\r\nConnection: keep-alive\r\n\r\n';

export const lengths: readonly ClientConversation[] = wrong.map(([name, length, bytes, steps]) => ({
  name: `Content-Length ${name}: the next request has another socket`,
  agent: KEEPS,
  handler: read,
  script: [
    ['request', { method: 'PUT', path: '/1', headers: { 'Content-Length': length } }, steps],
    ['await bytes', bytes],
    ['send', answer('one')],
    ['await event', 'req1.close'],
    ['settle'],
    ask('/2'),
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'body-length',
    why: 'RFC 9110 §8.6: the second request is read as a part of the first, or that as a part of the second',
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
