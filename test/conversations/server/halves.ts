/** What a peer still receives after its FIN, by default and with `httpAllowHalfOpen`. */
import type { Conversation, Line } from '../kit/conversation.js';
import {
  forgottenRequest,
  get,
  gets,
  head,
  hello,
  noResponse,
  post,
  postChunked,
  respondsToClientErrors,
} from '../kit/phrases.js';
import { the } from '../kit/steps.js';

const BAD_CHUNK = 'zz\r\n';

const byDefault: readonly Conversation[] = [
  {
    name: 'FIN right after the request: a response, then close',
    handler: hello,
    script: [['send', get('/')], ['end'], ['await close']],
  },
  {
    name: 'FIN, then a late response',
    handler: noResponse,
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
    name: 'FIN before the first byte',
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
    name: 'FIN in the middle of a body with Content-Length',
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
    name: 'FIN in the middle of a chunked body, after the response has begun',
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
    name: 'FIN in the middle of a response: the rest is not sent',
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
    name: 'FIN after an upload that is echoed',
    handler: [['req.pipe', the('res')]],
    script: [['send', post('/', 'body')], ['end'], ['await close']],
  },
];

const HALF_OPEN: Conversation['server'] = { props: { httpAllowHalfOpen: true } };

const halfOpen: readonly Conversation[] = [
  {
    name: 'httpAllowHalfOpen: FIN right after the request',
    server: HALF_OPEN,
    handler: hello,
    script: [['send', get('/')], ['end'], ['await close']],
  },
  {
    name: 'httpAllowHalfOpen: FIN, then a late response: it is sent, then close',
    server: HALF_OPEN,
    handler: noResponse,
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
    name: 'httpAllowHalfOpen: FIN after two requests, then late responses',
    server: HALF_OPEN,
    handler: noResponse,
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
    name: 'httpAllowHalfOpen: FIN in the middle of a response: the rest is sent',
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
    name: 'httpAllowHalfOpen: FIN before the first byte',
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

/** A response before the request's body. After our FIN a socket closes at once, a Duplex only after the peer's FIN. */
const EARLY_RESPONSE: Pick<Conversation, 'transport' | 'handler'> = {
  transport: 'duplex',
  handler: [
    ['res.setHeader', 'Connection', 'close'],
    ['res.end', 'hello'],
  ],
};

const strict = { connectionsCheckingInterval: 15, requestTimeout: 80, headersTimeout: 80 };

const afterOurFin: readonly Conversation[] = [
  {
    ...EARLY_RESPONSE,
    name: 'duplex: a bad chunk after our FIN',
    script: [['send', postChunked('/')], ['await close'], ['send', BAD_CHUNK], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...EARLY_RESPONSE,
    name: 'duplex: a bad chunk after our FIN, with a clientError listener',
    server: respondsToClientErrors,
    script: [['send', postChunked('/')], ['await close'], ['send', BAD_CHUNK], ['settle']],
    differs: forgottenRequest(),
  },
  {
    ...EARLY_RESPONSE,
    name: 'duplex: a body that stops after our FIN',
    server: { options: strict },
    script: [['send', postChunked('/')], ['await close'], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...EARLY_RESPONSE,
    name: 'duplex: a body that stops after our FIN, with a clientError listener',
    server: { ...respondsToClientErrors, options: strict },
    script: [['send', postChunked('/')], ['await close'], ['await event', 'socket1.close']],
    differs: forgottenRequest(),
  },
  {
    ...EARLY_RESPONSE,
    name: 'duplex: the rest of the body after our FIN, then the peer’s',
    script: [['send', postChunked('/')], ['await close'], ['send', '0\r\n\r\n'], ['settle'], ['end'], ['settle']],
  },
];

/** A peer that reads nothing and sends FIN: our FIN has to wait. */
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
    why: 'the host emits drain while the socket is full',
    events: (host) => host.filter((event) => event !== 'res1.drain'),
  },
};

const whileStuck: readonly Conversation[] = [
  {
    name: 'duplex: destroy() after FIN, with a peer that reads nothing',
    transport: 'duplex',
    handler: noResponse,
    script: [...STUCK, ['res1.destroy'], ['await event', 'res1.close'], ['settle'], ['res1.end'], ['look', 'res1']],
  },
  {
    name: 'duplex: write() and destroy() after FIN, with a peer that reads nothing',
    transport: 'duplex',
    handler: noResponse,
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
        why: 'the host counts the chunk and the bytes in the socket as one queue, which is full',
        events: (host) => host.toSpliced(host.lastIndexOf('> res1.write -> false'), 1, '> res1.write -> true'),
      },
    },
  },
  {
    name: 'duplex: end() after FIN, with a peer that reads nothing',
    transport: 'duplex',
    handler: noResponse,
    script: [...STUCK, ['res1.end'], ['settle'], ['resume'], ['await close'], ['settle']],
    differsOn: strayDrain,
  },
  {
    name: 'duplex: write() to the next response, with a peer that reads nothing',
    transport: 'duplex',
    handler: noResponse,
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

/** Our side of the socket has ended, and the socket closes before the response ends. */
const afterTheClose: readonly Conversation[] = [
  {
    name: 'end() after the close, with nothing left unsent',
    handler: noResponse,
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
    name: 'end() after the close, with a part left unsent',
    handler: noResponse,
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
    name: 'interim responses after socket.end()',
    handler: noResponse,
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
    name: 'flushHeaders() after socket.end()',
    handler: noResponse,
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

/** What a response has sent before the program ends its socket, and then the response. */
const sentBefore: Readonly<Record<string, { readonly request: string; readonly lines: readonly Line[] }>> = {
  'all of its Content-Length': {
    request: get('/'),
    lines: [
      ['res1.writeHead', 200, { 'Content-Length': '3' }],
      ['res1.write', 'one'],
    ],
  },
  'all of its Content-Length, and Connection: close': {
    request: get('/'),
    lines: [
      ['res1.writeHead', 200, { 'Content-Length': '3', Connection: 'close' }],
      ['res1.write', 'one'],
    ],
  },
  'all, the request with Connection: close': {
    request: get('/', 'Connection: close'),
    lines: [
      ['res1.setHeader', 'Content-Length', '3'],
      ['res1.write', 'one'],
    ],
  },
  'the head, which is all': {
    request: head('HEAD / HTTP/1.1', 'Host: a', 'Connection: close'),
    lines: [['res1.flushHeaders']],
  },
  'a body delimited by close': {
    request: head('GET / HTTP/1.0'),
    lines: [['res1.write', 'one']],
  },
  'a chunk, and Connection: close': {
    request: get('/', 'Connection: close'),
    lines: [['res1.write', 'one']],
  },
};

const endedByProgram = (['tcp', 'duplex'] as const).flatMap((transport) =>
  Object.entries(sentBefore).flatMap(([what, { request, lines }]) =>
    [['settle'] as Line, undefined].map(
      (pause): Conversation => ({
        name: `${transport}: socket.end() after ${what}, then end()${pause ? '' : ' at once'}`,
        ...(transport === 'duplex' ? { transport } : {}),
        handler: noResponse,
        script: [
          ['send', request],
          ['await event', 'server.request'],
          ...lines,
          ['settle'],
          ['socket1.end'],
          ...(pause ? [pause] : []),
          ['res1.end'],
          ['settle'],
          ['look', 'res1'],
        ],
      }),
    ),
  ),
);

/** The first response has been handed over, the second may not be written any more. */
const endedBetween = (['tcp', 'duplex'] as const).map(
  (transport): Conversation => ({
    name: `${transport}: socket.end() between two pipelined responses`,
    ...(transport === 'duplex' ? { transport } : {}),
    handler: {
      '/1': [['res.end', 'one']],
      '/2': [['socket1.end'], ['res.end', 'two']],
    },
    script: [['send', gets(2)], ['settle'], ['socket1.destroy'], ['settle'], ['look', 'res1'], ['look', 'res2']],
    differs: {
      row: 'doomed-response',
      why: 'its turn has come, though nothing of it is sent',
      events: (host) => host.toSpliced(host.indexOf('res1.finish'), 0, 'res2.prefinish'),
    },
  }),
);

export const halves = [
  ...byDefault,
  ...halfOpen,
  ...afterOurFin,
  ...whileStuck,
  ...afterTheClose,
  ...endedByProgram,
  ...endedBetween,
];
