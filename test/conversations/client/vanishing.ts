/** A peer that closes, by FIN or RST, in each state of the request: every request ends. */
import type { ClientConversation, ClientLine, ClientSteps } from '../kit/client-conversation.js';
import { chunked, HALF_RESPONSE, HEAD_END, ok, read, response, sendGet } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { closeAfterError } from './document.js';

interface Moment {
  readonly name: string;
  /** The response has begun, and the peer cuts it. */
  readonly cuts?: true;
  readonly script: readonly ClientLine[];
  readonly handler?: ClientSteps;
}

const POST: ClientLine = ['request', { method: 'POST' }, [['req.write', 'begun']]];

const MOMENTS: readonly Moment[] = [
  { name: 'when connected, before anything was sent', script: [['request', {}], ['settle']] },
  { name: 'after the upload has begun', script: [POST, ['await bytes', 'begun'], ['settle']] },
  { name: 'waiting for the response', script: [sendGet(), ['await bytes', HEAD_END], ['settle']] },
  { name: 'in the status line', script: [sendGet(), ['await bytes', HEAD_END], ['send', 'HTTP/1.1 20'], ['settle']] },
  {
    name: 'in the head of the response',
    script: [sendGet(), ['await bytes', HEAD_END], ['send', 'HTTP/1.1 200 OK\r\nContent-Le'], ['settle']],
  },
  {
    name: 'after an interim response',
    script: [sendGet(), ['await bytes', HEAD_END], ['send', head('HTTP/1.1 102 Processing')], ['settle']],
  },
  {
    name: 'in a body with Content-Length',
    cuts: true,
    script: [sendGet(), ['await bytes', HEAD_END], ['send', HALF_RESPONSE], ['settle']],
  },
  {
    name: 'after the head',
    cuts: true,
    script: [sendGet(), ['await bytes', HEAD_END], ['send', ok('Content-Length: 5')], ['settle']],
  },
  {
    name: 'between chunks',
    cuts: true,
    script: [sendGet(), ['await bytes', HEAD_END], ['send', `${chunked()}5\r\nhello\r\n`], ['settle']],
  },
  {
    name: 'after the last chunk, in the trailers',
    cuts: true,
    script: [sendGet(), ['await bytes', HEAD_END], ['send', `${chunked()}5\r\nhello\r\n0\r\nX:`], ['settle']],
  },
  {
    name: 'in a body delimited by close',
    script: [sendGet(), ['await bytes', HEAD_END], ['send', `${ok()}hello`], ['settle']],
  },
  {
    name: 'in an unread body',
    cuts: true,
    handler: [],
    script: [sendGet(), ['await bytes', HEAD_END], ['send', HALF_RESPONSE], ['settle']],
  },
  {
    name: 'after a complete unread response',
    handler: [],
    script: [sendGet(), ['await bytes', HEAD_END], ['send', response('hello')], ['settle']],
  },
  {
    name: 'after the response was read, during the upload',
    script: [POST, ['await bytes', 'begun'], ['send', response('hello')], ['await event', 'res1.end'], ['settle']],
  },
  {
    name: 'with half a response, during the upload',
    cuts: true,
    script: [POST, ['await bytes', 'begun'], ['send', HALF_RESPONSE], ['await event', 'res1.data'], ['settle']],
  },
  {
    name: 'on an idle socket',
    script: [sendGet(), ['send', response('hello')], ['await event', 'req1.close'], ['settle']],
  },
];

const WAYS = [
  ['FIN', 'end'],
  ['RST', 'reset'],
] as const;

/** A body delimited by close, cut by a reset. */
const RESET: Difference = {
  row: 'reset-is-no-end',
  why: 'RFC 9112 §8: the host takes the reset as the end of the body',
  events: cut(['res1.aborted', 'res1.error Error ECONNRESET "aborted"', 'req1.close']),
  eventsInHostOrder: cut(['res1.aborted', 'req1.close', 'res1.error Error ECONNRESET "aborted"']),
};

/** These in place of 'end' of the response and 'close' of the request. */
function cut(events: readonly string[]): (host: readonly string[]) => readonly string[] {
  return (host) =>
    host.flatMap((event) => {
      if (event === 'res1.end') return events;
      return event === 'req1.close' ? [] : event;
    });
}

function differs(moment: Moment, verb: 'end' | 'reset'): Difference | undefined {
  if (moment.cuts) return closeAfterError;
  return moment.name === 'in a body delimited by close' && verb === 'reset' ? RESET : undefined;
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
