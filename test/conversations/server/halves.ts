/** A peer that says FIN has more to hear: what it is still told, by default and with `httpAllowHalfOpen`. */
import type { Conversation, Line } from '../kit/conversation.js';
import { answersClientErrors, forgottenRequest, get, head, hello, never, post, postChunked } from '../kit/phrases.js';
import { the } from '../kit/steps.js';

const BAD_CHUNK = 'zz\r\n';

const byDefault: readonly Conversation[] = [
  {
    name: 'FIN right behind the request: it is answered, then closed',
    handler: hello,
    script: [['send', get('/')], ['end'], ['await close']],
  },
  {
    name: 'FIN, the answer coming later',
    handler: never,
    script: [
      ['send', get('/')],
      ['end'],
      ['await event', 'socket1.end'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'res1'],
      ['res1.end', 'late'],
      ['await close'],
    ],
  },
  {
    name: 'FIN without a word',
    handler: hello,
    script: [['end'], ['await close']],
  },
  {
    name: 'FIN between two requests',
    handler: hello,
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['end'], ['await close']],
  },
  {
    name: 'FIN in the middle of a head',
    handler: hello,
    script: [['send', 'GET / HTTP/1.1\r\nHost'], ['settle'], ['end'], ['await close']],
  },
  {
    name: 'FIN in the middle of a counted body',
    handler: [['listen', 'req.data']],
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10')],
      ['await event', 'server.request'],
      ['send', 'half'],
      ['await event', 'req1.data'],
      ['end'],
      ['await close'],
      ['look', 'req1'],
      ['look', 'res1'],
    ],
  },
  {
    name: 'FIN in the middle of a chunked body, the answer begun',
    handler: [
      ['listen', 'req.data'],
      ['res.write', 'begun'],
    ],
    script: [
      ['send', `${head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}4\r\nhalf\r\n`],
      ['await bytes', 'begun'],
      ['settle'],
      ['end'],
      ['await close'],
    ],
  },
  {
    name: 'FIN with the answer streaming: the rest is not sent',
    handler: [
      ['res.write', 'one'],
      ['wait', 'socket.end'],
      ['res.write', 'two'],
      ['wait', 'turn'],
      ['res.end', 'three'],
    ],
    script: [['send', get('/')], ['await bytes', 'one'], ['end'], ['await close']],
  },
  {
    name: 'FIN behind an upload echoed back',
    handler: [['req.pipe', the('res')]],
    script: [['send', post('/', 'body')], ['end'], ['await close']],
  },
];

const HALF_OPEN: Conversation['server'] = { props: { httpAllowHalfOpen: true } };

const halfOpen: readonly Conversation[] = [
  {
    name: 'httpAllowHalfOpen: FIN right behind the request',
    server: HALF_OPEN,
    handler: hello,
    script: [['send', get('/')], ['end'], ['await close']],
  },
  {
    name: 'httpAllowHalfOpen: FIN, the answer coming later: it is sent, then the close',
    server: HALF_OPEN,
    handler: never,
    script: [
      ['send', get('/')],
      ['end'],
      ['await event', 'socket1.end'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'res1'],
      ['res1.end', 'late'],
      ['await close'],
    ],
  },
  {
    name: 'httpAllowHalfOpen: FIN behind two requests, answered later',
    server: HALF_OPEN,
    handler: never,
    script: [
      ['send', get('/1') + get('/2')],
      ['end'],
      ['await event', 'socket1.end'],
      ['settle'],
      ['res2.end', 'two'],
      ['settle'],
      ['res1.end', 'one'],
      ['await close'],
    ],
  },
  {
    name: 'httpAllowHalfOpen: FIN with the answer streaming: the rest is sent',
    server: HALF_OPEN,
    handler: [
      ['res.write', 'one'],
      ['wait', 'socket.end'],
      ['res.write', 'two'],
      ['wait', 'turn'],
      ['res.end', 'three'],
    ],
    script: [['send', get('/')], ['await bytes', 'one'], ['end'], ['await close']],
  },
  {
    name: 'httpAllowHalfOpen: FIN without a word',
    server: HALF_OPEN,
    handler: hello,
    script: [['end'], ['await close']],
  },
  {
    name: 'httpAllowHalfOpen: FIN between two requests',
    server: HALF_OPEN,
    handler: hello,
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle'], ['end'], ['await close']],
  },
  {
    name: 'httpAllowHalfOpen: FIN in the middle of a body',
    server: HALF_OPEN,
    handler: [['res.write', 'begun']],
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10')],
      ['await bytes', 'begun'],
      ['end'],
      ['await close'],
    ],
  },
];

/** Answered before its body has come. A socket closes behind our FIN at once, a Duplex when its peer has said FIN, too. */
const ANSWERED: Pick<Conversation, 'transport' | 'handler'> = {
  transport: 'duplex',
  handler: [
    ['res.setHeader', 'Connection', 'close'],
    ['res.end', 'hello'],
  ],
};

const strict = { connectionsCheckingInterval: 15, requestTimeout: 80, headersTimeout: 80 };

const behindOurs: readonly Conversation[] = [
  {
    ...ANSWERED,
    name: 'duplex: a bad chunk behind our FIN',
    script: [['send', postChunked('/')], ['await close'], ['send', BAD_CHUNK], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...ANSWERED,
    name: 'duplex: a bad chunk behind our FIN, clientError listening',
    server: answersClientErrors,
    script: [['send', postChunked('/')], ['await close'], ['send', BAD_CHUNK], ['settle']],
    differs: forgottenRequest(),
  },
  {
    ...ANSWERED,
    name: 'duplex: a body that stops behind our FIN',
    server: { options: strict },
    script: [['send', postChunked('/')], ['await close'], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...ANSWERED,
    name: 'duplex: a body that stops behind our FIN, clientError listening',
    server: { ...answersClientErrors, options: strict },
    script: [['send', postChunked('/')], ['await close'], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...ANSWERED,
    name: 'duplex: the rest of the body behind our FIN, then the peer’s',
    script: [['send', postChunked('/')], ['await close'], ['send', '0\r\n\r\n'], ['settle'], ['end'], ['settle']],
  },
];

/** A peer that takes nothing, and says FIN: ours has to wait. */
const STUCK: readonly Line[] = [
  ['pause'],
  ['send', get('/')],
  ['await event', 'server.request'],
  ['res1.write', 'x'.repeat(100_000)],
  ['end'],
  ['await event', 'socket1.end'],
];

const strayDrain: Conversation['differsOn'] = {
  '<24': {
    row: 'stray-drain',
    why: 'the host says that more may be written, and the socket takes nothing',
    events: (host) => host.filter((event) => event !== 'res1.drain'),
  },
};

const whileStuck: readonly Conversation[] = [
  {
    name: 'duplex: destroy() behind FIN, the peer taking nothing',
    transport: 'duplex',
    handler: never,
    script: [...STUCK, ['res1.destroy'], ['await event', 'res1.close'], ['settle'], ['res1.end'], ['look', 'res1']],
  },
  {
    name: 'duplex: write() and destroy() behind FIN, the peer taking nothing',
    transport: 'duplex',
    handler: never,
    script: [
      ...STUCK,
      ['res1.write', 'y'],
      ['settle'],
      ['res1.destroy'],
      ['await event', 'res1.close'],
      ['settle'],
      ['res1.end'],
    ],
    differsOn: {
      ...strayDrain,
      '>=26': {
        row: 'joined-chunks',
        why: 'the host has what waits in the socket and the chunk in one queue, which is full',
        events: (host) => host.toSpliced(host.lastIndexOf('> res1.write -> false'), 1, '> res1.write -> true'),
      },
    },
  },
  {
    name: 'duplex: end() behind FIN, the peer taking nothing',
    transport: 'duplex',
    handler: never,
    script: [...STUCK, ['res1.end'], ['settle'], ['resume'], ['await close'], ['settle']],
    differsOn: strayDrain,
  },
  {
    name: 'duplex: write() to the next answer, the peer taking nothing',
    transport: 'duplex',
    handler: never,
    script: [
      ['pause'],
      ['send', get('/1') + get('/2')],
      ['await event', 'server.request', 2],
      ['res1.write', 'x'.repeat(100_000)],
      ['res2.write', 'two'],
      ['settle'],
    ],
    differsOn: strayDrain,
  },
];

/** Our side of the socket has ended, and the socket is gone before the answer has. */
const behindTheClose: readonly Conversation[] = [
  {
    name: 'end() behind the close, with nothing that could not leave',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['res1.write', 'one'],
      ['await bytes', 'one'],
      ['end'],
      ['await event', 'res1.close'],
      ['res1.end'],
      ['settle'],
    ],
  },
  {
    name: 'end() behind the close, with a part that could not leave',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['res1.write', 'one'],
      ['await bytes', 'one'],
      ['socket1.end'],
      ['res1.write', 'two'],
      ['settle'],
      ['socket1.destroy'],
      ['await event', 'res1.close'],
      ['res1.end'],
      ['settle'],
    ],
  },
  {
    name: 'interim responses behind socket.end()',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['socket1.end'],
      ['res1.writeContinue'],
      ['res1.writeProcessing'],
      ['settle'],
      ['socket1.destroy'],
      ['await event', 'res1.close'],
      ['res1.end'],
      ['settle'],
    ],
  },
  {
    name: 'flushHeaders() behind socket.end()',
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['socket1.end'],
      ['res1.flushHeaders'],
      ['socket1.destroy'],
      ['await event', 'res1.close'],
      ['res1.end'],
      ['settle'],
    ],
  },
];

export const halves = [...byDefault, ...halfOpen, ...behindOurs, ...whileStuck, ...behindTheClose];
