/** A peer that goes, by FIN or by RST, in each state of the request: each request ends. */
import type { ClientConversation, ClientLine, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, chunked, HALF, HEAD_END, ok, read } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { closeBehindError } from './document.js';

interface Moment {
  readonly name: string;
  /** The response has begun, and is cut. */
  readonly cuts?: true;
  readonly script: readonly ClientLine[];
  readonly handler?: ClientSteps;
}

const POST: ClientLine = ['request', { method: 'POST' }, [['req.write', 'begun']]];

const MOMENTS: readonly Moment[] = [
  { name: 'connected, nothing asked', script: [['request', {}], ['settle']] },
  { name: 'with the body begun', script: [POST, ['await bytes', 'begun'], ['settle']] },
  { name: 'waiting for the answer', script: [ask(), ['await bytes', HEAD_END], ['settle']] },
  { name: 'in the status line', script: [ask(), ['await bytes', HEAD_END], ['send', 'HTTP/1.1 20'], ['settle']] },
  {
    name: "in the answer's head",
    script: [ask(), ['await bytes', HEAD_END], ['send', 'HTTP/1.1 200 OK\r\nContent-Le'], ['settle']],
  },
  {
    name: 'after an interim answer',
    script: [ask(), ['await bytes', HEAD_END], ['send', head('HTTP/1.1 102 Processing')], ['settle']],
  },
  { name: 'in a counted body', cuts: true, script: [ask(), ['await bytes', HEAD_END], ['send', HALF], ['settle']] },
  {
    name: 'behind the head',
    cuts: true,
    script: [ask(), ['await bytes', HEAD_END], ['send', ok('Content-Length: 5')], ['settle']],
  },
  {
    name: 'between chunks',
    cuts: true,
    script: [ask(), ['await bytes', HEAD_END], ['send', `${chunked()}5\r\nhello\r\n`], ['settle']],
  },
  {
    name: 'behind the last chunk, in the trailers',
    cuts: true,
    script: [ask(), ['await bytes', HEAD_END], ['send', `${chunked()}5\r\nhello\r\n0\r\nX:`], ['settle']],
  },
  {
    name: 'in a body delimited by the close',
    script: [ask(), ['await bytes', HEAD_END], ['send', `${ok()}hello`], ['settle']],
  },
  {
    name: 'in a body that is not read',
    cuts: true,
    handler: [],
    script: [ask(), ['await bytes', HEAD_END], ['send', HALF], ['settle']],
  },
  {
    name: 'behind a complete answer that is not read',
    handler: [],
    script: [ask(), ['await bytes', HEAD_END], ['send', answer('hello')], ['settle']],
  },
  {
    name: 'with the answer read, the body owed',
    script: [POST, ['await bytes', 'begun'], ['send', answer('hello')], ['await event', 'res1.end'], ['settle']],
  },
  {
    name: 'with half an answer, the body owed',
    cuts: true,
    script: [POST, ['await bytes', 'begun'], ['send', HALF], ['await event', 'res1.data'], ['settle']],
  },
  { name: 'idle in the pool', script: [ask(), ['send', answer('hello')], ['await event', 'req1.close'], ['settle']] },
];

const WAYS = [
  ['FIN', 'end'],
  ['RST', 'reset'],
] as const;

/** A body that the close delimits, cut by a reset. */
const RESET: Difference = {
  row: 'reset-is-no-end',
  why: 'RFC 9112 §8: the host takes the reset for the end of the body',
  events: (host) =>
    host.flatMap((event) => {
      if (event === 'res1.end') return ['res1.aborted', 'res1.error Error ECONNRESET "aborted"', 'req1.close'];
      return event === 'req1.close' ? [] : event;
    }),
};

function differs(moment: Moment, verb: 'end' | 'reset'): Difference | undefined {
  if (moment.cuts) return closeBehindError;
  return moment.name === 'in a body delimited by the close' && verb === 'reset' ? RESET : undefined;
}

export const vanishing: readonly ClientConversation[] = MOMENTS.flatMap((moment) =>
  WAYS.map(([way, verb]) => ({
    name: `${way} ${moment.name}`,
    agent: { keepAlive: true },
    deaf: ['socket'],
    handler: moment.handler ?? read,
    script: [...moment.script, [verb], ['await event', 'req1.close'], ['settle'], ['look', 'req1'], ['look', 'agent']],
    differs: differs(moment, verb),
  })),
);
