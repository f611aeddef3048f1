/**
 * Broken bodies: good bytes and a fault in one packet, a body cut or read after its response, a socket paused by the handler,
 * a body delimited by the peer's FIN.
 */
import type { Conversation, Difference, DifferenceByHost, RunScope, Steps } from '../kit/conversation.js';
import { forgottenRequest, get, head, hello, kept, post, postChunked, respondsToClientErrors } from '../kit/phrases.js';

const BEGUN = postChunked('/');
const PIECE = '5\r\nhello\r\n';
const FAULT = 'xyz\r\n';
const HALF = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

const reads: Steps = [['listen', 'req.data']];
const writes: Steps = [['res.write', 'begun']];
const both: Steps = [...reads, ...writes];
const echoes: Steps = [['run', ({ req, res }) => void req.on('data', (chunk) => res.write(chunk))]];

/** What the handler does, by name. */
const begun: Readonly<Record<string, Steps>> = {
  nothing: [],
  reading: reads,
  writing: writes,
  both: both,
  echoing: echoes,
  flushHeaders: [['res.writeHead', 413], ['res.flushHeaders']],
  writeContinue: [...reads, ['res.writeContinue']],
  'writing a turn later': [...reads, ['wait', 'turn'], ...writes],
};

const begunChunked =
  'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n';

const packets: Readonly<Record<string, Conversation['script']>> = {
  'head and fault': [['send', BEGUN + FAULT]],
  'head, body and fault': [['send', BEGUN + PIECE + FAULT]],
  'head, bodies and fault': [['send', BEGUN + PIECE + PIECE + FAULT]],
  'body and fault': [['send', BEGUN], ['await event', 'server.request'], ['settle'], ['send', PIECE + FAULT]],
};

const begunResponse: Difference = {
  row: 'begun-response',
  why: 'the host sends the begun response only if a piece of the body came, too',
  peers: { a: { received: begunChunked } },
};

const isBegun = (what: string): boolean => what === 'writing' || what === 'both';

const afterSocketEnd: DifferenceByHost = {
  '>=26': {
    row: 'joined-chunks',
    why: 'the host has a chunk wait for the end of the turn, and by then the listener has ended the socket',
    peers: { a: { received: `${begunChunked}HTTP/1.1 400 Mine\r\n\r\n` } },
  },
};

const ownChunk: DifferenceByHost = {
  '>=26': {
    row: 'joined-chunks',
    why: 'the host has a chunk wait for the end of the turn, so write() does not notice that the socket accepts nothing more',
    events: (host) => host.map((event) => event.replace('res1.write -> true', 'res1.write -> false')),
  },
};

/** RFC 9112 §9.3.2 does not apply: no other response is due. The fault is emitted in order, after all that precedes it. */
const faults: readonly Conversation[] = Object.entries(packets).flatMap(([packet, script]) =>
  Object.entries(begun).flatMap(([what, handler]) => [
    {
      name: `${packet} in one packet, ${what}`,
      handler,
      script: [...script, ['settle']] as const,
      ...(packet === 'head and fault' && isBegun(what) ? { differs: begunResponse } : {}),
      ...(packet !== 'body and fault' && what === 'writing a turn later' ? { differsOn: ownChunk } : {}),
    },
    {
      name: `${packet} in one packet, ${what}, with a clientError listener`,
      server: respondsToClientErrors,
      handler,
      script: [...script, ['settle']] as const,
      ...(packet === 'head and fault' && isBegun(what) ? { differsOn: afterSocketEnd } : {}),
    },
  ]),
);

/** Adds its data listener a turn after the response has closed. */
const readsLate: Steps = [...hello, ['wait', 'res.close'], ['wait', 'turn'], ['listen', 'req.data']];

const readsInCallback = ({ req, res, note }: RunScope): void => {
  res.end('hello', () => {
    req.on('data', (chunk) => note(`callback reads ${chunk}`));
  });
};

/** The host responds to a cut body a second time: the row `one-response`. */
const oneResponse = { end: { peers: { a: { received: kept('hello') } } }, reset: {} };

const afterResponse: readonly Conversation[] = [
  {
    name: 'a data listener added after the response gets nothing of the body',
    handler: { '/': readsLate, '/next': hello },
    script: [
      ['send', HALF],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `more${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a data listener added after the response, before the body arrives',
    handler: { '/': readsLate, '/next': hello },
    script: [
      ['send', BEGUN],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `${PIECE}0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a data listener added after the response, with an empty body',
    handler: { '/': readsLate, '/next': hello },
    script: [
      ['send', BEGUN],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a data listener added with the response, the whole body in the packet',
    handler: { '/': [...hello, ...reads], '/next': hello },
    script: [
      ['send', `${BEGUN}${PIECE}${PIECE}0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['settle'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a data listener added with the response, before the body arrives',
    handler: { '/': [...hello, ...reads], '/next': hello },
    script: [
      ['send', BEGUN],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `${PIECE}0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a data listener added in the callback of end()',
    handler: { '/': [['run', readsInCallback]], '/next': hello },
    script: [
      ['send', `${BEGUN}${PIECE}`],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `${PIECE}0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
    differsOn: {
      '<24': {
        row: 'end-callback',
        why: 'the host has already dumped the request',
        events: (host) => host.toSpliced(host.indexOf('res1.close') + 1, 0, 'callback reads hello'),
      },
    },
  },
  {
    name: 'reading a body continues after the response',
    handler: { '/': [...reads, ...hello], '/next': hello },
    script: [
      ['send', HALF],
      ['await event', 'res1.close'],
      ['settle'],
      ['send', `more${get('/next')}`],
      ['await event', 'res2.close'],
      ['req1.complete ?'],
    ],
  },
  ...(['end', 'reset'] as const).flatMap((act): readonly Conversation[] => [
    {
      name: `an unread body is cut after the response: ${act}`,
      handler: hello,
      script: [
        ['send', HALF],
        ['await event', 'res1.close'],
        ['settle'],
        [act],
        ['await event', 'socket1.close'],
        ['settle'],
        ['look', 'req1'],
      ],
      differs: { ...forgottenRequest(), ...oneResponse[act] },
    },
    {
      name: `a body being read is cut after the response: ${act}`,
      handler: [...reads, ...hello],
      script: [
        ['send', HALF],
        ['await event', 'res1.close'],
        ['settle'],
        [act],
        ['await event', 'socket1.close'],
        ['settle'],
        ['look', 'req1'],
      ],
      differs: { ...forgottenRequest(true), ...oneResponse[act] },
    },
  ]),
];

const pauses: Steps = [['run', ({ req }) => void req.socket.pause()]];

/** The socket is resumed when a reader wants more, and after each message. */
const paused: readonly Conversation[] = [
  {
    name: 'a handler pauses the socket, then FIN',
    handler: pauses,
    script: [['send', get('/')], ['await event', 'server.request'], ['settle'], ['end'], ['await close'], ['settle']],
  },
  {
    name: 'a handler pauses the socket, then RST',
    handler: pauses,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['settle'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
    ],
  },
  {
    name: 'a handler pauses the socket, then another request',
    handler: { '/': [...pauses, ...hello], '/next': hello },
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['send', get('/next')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a handler pauses the socket and reads the body',
    handler: [...pauses, ...reads, ['wait', 'req.end'], ...hello],
    script: [
      ['send', HALF],
      ['await event', 'req1.data'],
      ['send', 'more'],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a handler pauses the socket, with the body in the same packet',
    handler: [...pauses],
    script: [
      ['send', post('/', 'whole')],
      ['await event', 'server.request'],
      ['settle'],
      ['end'],
      ['await close'],
      ['settle'],
    ],
  },
];

/** RFC 9112 §6.3 requires a 400; a parser that accepts it nevertheless has no end but FIN. */
const delimitedByFin: readonly Conversation[] = ['gzip', 'chunked, gzip'].flatMap((coding) =>
  [reads, hello, [...reads, ['wait', 'req.end'], ...hello] satisfies Steps].map((handler, index) => ({
    name: `insecureHTTPParser, Transfer-Encoding: ${coding}: delimited by FIN (${index})`,
    server: { options: { insecureHTTPParser: true } },
    handler,
    script: [
      ['send', `${head('POST / HTTP/1.1', 'Host: a', `Transfer-Encoding: ${coding}`)}Wor`],
      ['await event', 'server.request'],
      ['settle'],
      ['send', 'ld'],
      ['end'],
      ['await close'],
      ['settle'],
      ['look', 'req1'],
    ] as const,
  })),
);

export const brokenBodies = [...faults, ...afterResponse, ...paused, ...delimitedByFin];
