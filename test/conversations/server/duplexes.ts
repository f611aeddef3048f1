/** Connections over a Duplex, of which one side ends, is destroyed or fails. */
import type { Conversation, Line } from '../kit/conversation.js';
import { get, head, hello, readThenHello } from '../kit/phrases.js';

/** Ways in which the connection ends. */
const endings: Readonly<Record<string, Line>> = {
  'the peer ends it': ['end'],
  'the peer destroys it': ['reset'],
  'it is ended': ['socket1.end'],
  'it is destroyed': ['socket1.destroy'],
  'it is destroyed with an error': ['socket1.destroy', new Error('mine')],
  'it emits an error': ['socket1.emit', 'error', new Error('mine')],
};

/** The same by the messages. */
const byMessages: Readonly<Record<string, Line>> = {
  'req.destroy()': ['req1.destroy'],
  'req.destroy(error)': ['req1.destroy', new Error('mine')],
  'res.destroy()': ['res1.destroy'],
  'res.destroy(error)': ['res1.destroy', new Error('mine')],
};

interface Moment {
  readonly name: string;
  readonly handler: Conversation['handler'];
  readonly script: readonly Line[];
}

const HALF_POST = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10')}begun`;

const moments: readonly Moment[] = [
  {
    name: 'a kept Duplex',
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'a Duplex with a response due',
    handler: [],
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
    ],
  },
  {
    name: 'a Duplex with a response begun',
    handler: [['res.write', 'begun']],
    script: [
      ['send', get('/')],
      ['await bytes', 'begun'],
    ],
  },
  {
    name: 'a Duplex in the middle of a body',
    handler: readThenHello,
    script: [
      ['send', HALF_POST],
      ['await event', 'server.request'],
    ],
  },
  { name: 'a Duplex before any request', handler: hello, script: [] },
  { name: 'a Duplex in the middle of a head', handler: hello, script: [['send', 'GET / HTTP/1.1\r\nHo']] },
];

const LOOK: readonly Line[] = [
  ['look', 'req1'],
  ['look', 'res1'],
];

export const duplexes: readonly Conversation[] = moments.flatMap(({ name, handler, script }) =>
  Object.entries({ ...endings, ...(script.length === 2 ? byMessages : {}) }).map(
    ([how, line]): Conversation => ({
      name: `${name}, ${how}`,
      transport: 'duplex',
      ...(handler === undefined ? {} : { handler }),
      script: [...script, ['settle'], line, ['settle'], ...(script.length === 2 ? LOOK : [])],
    }),
  ),
);
