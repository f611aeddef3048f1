/** Conversations for what the walks of a server don't do: two requests at once, objects that nobody listens to. */
import type { Conversation } from '../../conversations/kit/conversation.js';
import { get, gets } from '../../conversations/kit/phrases.js';

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
];
