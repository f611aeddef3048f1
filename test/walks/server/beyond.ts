/**
 * Conversations for what the walks of a server don't do: two requests at once, objects that nobody listens to, what a
 * program does to a socket or to a server by itself.
 */
import { Server as NetServer } from 'node:net';
import type { Conversation } from '../../conversations/kit/conversation.js';
import { exchange, get, gets } from '../../conversations/kit/phrases.js';

export const beyond: readonly Conversation[] = [
  {
    name: 'a request that nobody listens to, read later',
    deaf: ['socket', 'req'],
    handler: [
      ['wait', 'turn'],
      ['listen', 'req.data'],
      ['listen', 'req.end'],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'a request that nobody listens to, answered',
    deaf: ['socket', 'req'],
    handler: [
      ['wait', 'turn'],
      ['res.end', 'hello'],
    ],
    script: [['send', get('/')], ['settle'], ['look', 'req1']],
  },
  {
    name: 'an answer that nobody listens to, destroyed behind its end',
    deaf: ['socket', 'req', 'res'],
    handler: [['res.end', 'hello'], ['res.destroy']],
    script: [['send', get('/')], ['await close'], ['settle']],
  },
  {
    name: 'a head that is flushed, and destroyed in the same turn',
    deaf: ['socket'],
    handler: [['res.flushHeaders'], ['res.destroy']],
    script: [['send', get('/')], ['await close'], ['settle']],
  },
  {
    name: '100 Continue, and destroyed in the same turn',
    deaf: ['socket'],
    handler: [['res.writeContinue'], ['res.destroy']],
    script: [['send', get('/')], ['await close'], ['settle']],
  },
  {
    name: 'write() behind end(), and pipe(), while the answer waits',
    deaf: ['socket'],
    handler: { '/1': [], '/2': [['res.end', 'second'], ['res.write', 'late'], ['res.pipe']] },
    script: [['send', gets(2)], ['settle'], ['res1.end', 'first'], ['settle']],
  },
  {
    name: 'listen() again while the last connection is open',
    deaf: ['socket'],
    handler: [],
    script: [
      ['send', get('/')],
      ['settle'],
      ['server.close'],
      ['server.listen', 0, '127.0.0.1'],
      ['settle'],
      ['server.listening ?'],
    ],
  },
  {
    name: 'garbage on a socket that the program has ended',
    server: { on: { connection: [['socket.end']] } },
    handler: [],
    script: [
      ['send', '\0garbage\r\n\r\n'],
      ['await event', 'socket1.close'],
    ],
  },
  {
    name: 'headersTimeout on a socket that the program has ended',
    server: {
      options: { connectionsCheckingInterval: 15, headersTimeout: 40, requestTimeout: 80 },
      on: { connection: [['socket.end']] },
    },
    handler: [],
    script: [['await event', 'socket1.close']],
  },
  {
    name: 'the program tells an error of a socket that is whole',
    server: { on: { connection: [['socket.emit', 'error', new Error('boom')]] } },
    handler: [],
    script: [['await event', 'socket1.close']],
  },
  {
    name: 'close() of net.Server, behind the back of ours',
    handler: [['res.end', 'hello']],
    script: [
      ...exchange(),
      ['run', ({ server }) => NetServer.prototype.close.call(server)],
      ['await event', 'server.close'],
      ['server.listening ?'],
    ],
  },
  {
    name: 'the peer says FIN, and resets, while it takes nothing of an answer that goes on',
    handler: [['res.write', Buffer.alloc(1 << 24)]],
    script: [
      ['pause'],
      ['send', get('/')],
      ['end'],
      ['await event', 'socket1.end'],
      ['reset'],
      ['await event', 'res1.close'],
      ['settle'],
    ],
  },
];
