/** Conversations for what the walks of a client don't do. */
import type { ClientRequest } from 'node:http';
import type { ClientConversation } from '../../conversations/kit/client-conversation.js';

export const beyond: readonly ClientConversation[] = [
  {
    name: 'end() behind destroy(), with a head that the program has made',
    script: [
      ['request', {}, [['req._implicitHeader =', makeHead], ['req.destroy'], ['req.end']]],
      ['await event', 'socket1.close'],
      ['look', 'req1'],
    ],
  },
];

function makeHead(this: ClientRequest & { _header: string }): void {
  this._header = 'GET / HTTP/1.1\r\n\r\n';
}
