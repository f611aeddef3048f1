/**
 * Bodies that break: good bytes and a fault in one packet, a body that is cut or read behind its answer, a socket that the
 * handler has paused, a body that the peer's FIN delimits.
 */
import type { Conversation, Difference, DifferenceByHost, Hands, Steps } from '../kit/conversation.js';
import { answersClientErrors, forgottenRequest, get, head, hello, kept, post, postChunked } from '../kit/phrases.js';

const BEGUN = postChunked('/');
const PIECE = '5\r\nhello\r\n';
const FAULT = 'xyz\r\n';
const HALF = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

const reads: Steps = [['listen', 'req.data']];
const writes: Steps = [['res.write', 'begun']];
const both: Steps = [...reads, ...writes];
const echoes: Steps = [['run', ({ req, res }) => void req.on('data', (chunk) => res.write(chunk))]];

/** What the handler does, and what leaves of it. */
const begun: Readonly<Record<string, Steps>> = {
  nothing: [],
  reading: reads,
  writing: writes,
  both: both,
  echoing: echoes,
  flushHeaders: [['res.writeHead', 413], ['res.flushHeaders']],
  writeContinue: [...reads, ['res.writeContinue']],
  'writing in a later turn': [...reads, ['wait', 'turn'], ...writes],
};

const begunChunked =
  'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n';

const packets: Readonly<Record<string, Conversation['script']>> = {
  'head and fault': [['send', BEGUN + FAULT]],
  'head, body and fault': [['send', BEGUN + PIECE + FAULT]],
  'head, bodies and fault': [['send', BEGUN + PIECE + PIECE + FAULT]],
  'body and fault': [['send', BEGUN], ['await event', 'server.request'], ['settle'], ['send', PIECE + FAULT]],
};

const begunAnswer: Difference = {
  row: 'begun-answer',
  why: 'the host lets it go where a piece of the body came, too',
  peers: { a: { received: begunChunked } },
};

const isBegun = (what: string): boolean => what === 'writing' || what === 'both';

const tooLate: DifferenceByHost = {
  '>=26': {
    row: 'joined-chunks',
    why: 'the listener has ended the socket before the turn is over',
    peers: { a: { received: `${begunChunked}HTTP/1.1 400 Mine\r\n\r\n` } },
  },
};

const ownChunk: DifferenceByHost = {
  '>=26': {
    row: 'joined-chunks',
    why: 'a chunk that waits for the end of the turn does not meet the socket, which takes nothing more',
    events: (host) => host.map((event) => event.replace('res1.write -> true', 'res1.write -> false')),
  },
};

/** RFC 9112 §9.3.2 does not come in: no other answer is due. The fault is told when its turn has come, with what came before done. */
const faults: readonly Conversation[] = Object.entries(packets).flatMap(([packet, script]) =>
  Object.entries(begun).flatMap(([what, handler]) => [
    {
      name: `${packet} in one packet, ${what}`,
      handler,
      script: [...script, ['settle']] as const,
      ...(packet === 'head and fault' && isBegun(what) ? { differs: begunAnswer } : {}),
      ...(packet !== 'body and fault' && what === 'writing in a later turn' ? { differsOn: ownChunk } : {}),
    },
    {
      name: `${packet} in one packet, ${what}, clientError listening`,
      server: answersClientErrors,
      handler,
      script: [...script, ['settle']] as const,
      ...(packet === 'head and fault' && isBegun(what) ? { differsOn: tooLate } : {}),
    },
  ]),
);

/** Listens when its answer is out, and a turn has passed. */
const readsLate: Steps = [...hello, ['wait', 'res.close'], ['wait', 'turn'], ['listen', 'req.data']];

const readsInCallback = ({ req, res, note }: Hands): void => {
  res.end('hello', () => {
    req.on('data', (chunk) => note(`callback reads ${chunk}`));
  });
};

/** The host answers a cut body a second time: the row `one-answer`. */
const onceAnswered = { end: { peers: { a: { received: kept('hello') } } }, reset: {} };

const answered: readonly Conversation[] = [
  {
    name: 'a reader that comes behind the answer gets nothing of the body',
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
    name: 'a reader that comes behind the answer, before the body does',
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
    name: 'a reader that comes behind the answer to an empty body',
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
    name: 'a reader that comes with the answer, in one packet',
    handler: { '/': [...hello, ...reads], '/next': hello },
    script: [
      ['send', `${BEGUN}${PIECE}${PIECE}0\r\n\r\n${get('/next')}`],
      ['await event', 'res2.close'],
      ['settle'],
      ['req1.complete ?'],
    ],
  },
  {
    name: 'a reader that comes with the answer, before the body does',
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
    name: 'a reader that comes in the callback of end()',
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
        why: 'the host has dumped the request before',
        events: (host) => host.toSpliced(host.indexOf('res1.close') + 1, 0, 'callback reads hello'),
      },
    },
  },
  {
    name: 'a body that is read goes on behind the answer',
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
      name: `a body that nobody reads is cut behind the answer: ${act}`,
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
      differs: { ...forgottenRequest(), ...onceAnswered[act] },
    },
    {
      name: `a body that is read is cut behind the answer: ${act}`,
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
      differs: { ...forgottenRequest(true), ...onceAnswered[act] },
    },
  ]),
];

const pauses: Steps = [['run', ({ req }) => void req.socket.pause()]];

/** It is read on when a reader wants more, and behind each message. */
const paused: readonly Conversation[] = [
  {
    name: 'a handler that pauses the socket hears of the peer’s FIN',
    handler: pauses,
    script: [['send', get('/')], ['await event', 'server.request'], ['settle'], ['end'], ['await close'], ['settle']],
  },
  {
    name: 'a handler that pauses the socket hears of the peer’s RST',
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
    name: 'a handler that pauses the socket, and another request',
    handler: { '/': [...pauses, ...hello], '/next': hello },
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['send', get('/next')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a handler that pauses the socket and reads the body',
    handler: [...pauses, ...reads, ['wait', 'req.end'], ...hello],
    script: [
      ['send', HALF],
      ['await event', 'req1.data'],
      ['send', 'more'],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a handler that pauses the socket, the body in the same packet',
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

/** RFC 9112 §6.3 has it refused; who reads it all the same knows no other end. */
const delimitedByFin: readonly Conversation[] = ['gzip', 'chunked, gzip'].flatMap((coding) =>
  [reads, hello, [...reads, ['wait', 'req.end'], ...hello] satisfies Steps].map((handler, index) => ({
    name: `insecureHTTPParser, Transfer-Encoding: ${coding}: FIN is the end (${index})`,
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

export const brokenBodies = [...faults, ...answered, ...paused, ...delimitedByFin];
