/** Requests over a Duplex of the program, of which one side ends, is destroyed or fails. */
import type { AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientConversation, ClientLine, ClientStep, Wire } from '../kit/client-conversation.js';
import { connectingBy, HALF_RESPONSE, HEAD_END, KEEP_ALIVE, read, response, sendGet } from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import type { Difference, DifferenceByHost } from '../kit/conversation.js';
import { closeAfterError, errorOfResponse } from './document.js';

/** Ways in which the connection ends. */
const endings: Readonly<Record<string, ClientLine>> = {
  'the peer ends it': ['end'],
  'it is ended': ['socket1.end'],
  'it is destroyed': ['socket1.destroy'],
  'it is destroyed with an error': ['socket1.destroy', new Error('mine')],
  'destroy()': ['req1.destroy'],
  'destroy(error)': ['req1.destroy', new Error('mine')],
  'abort()': ['req1.abort'],
};

const OWN = connectingBy(
  deferred(
    ({ duplex }) =>
      () =>
        duplex(),
  ),
);

/** An agent whose connections are such streams, with the methods of a socket that an agent calls. */
const agentOf = (options: AgentOptions) => (wire: Wire) =>
  Object.assign(new wire.http.Agent(options), { createConnection: () => asSocket(wire.duplex()) });

function asSocket(stream: Duplex): Duplex {
  const itself = () => stream;
  return Object.assign(stream, { setKeepAlive: itself, setTimeout: itself, ref: itself, unref: itself });
}

const CUT: Readonly<Record<string, Difference | undefined>> = {
  ...Object.fromEntries(Object.keys(endings).map((how) => [how, closeAfterError])),
  'it is ended': undefined,
  'destroy(error)': errorOfResponse,
};

const NOT_KEPT: Difference = {
  row: 'kept-duplex',
  why: 'the host keeps a stream that its peer has ended',
  events: (host) => {
    const looked = host.findIndex((event) => event.startsWith('req1 is'));
    return host.map((event) => event.replace('freeSockets 1', 'freeSockets 0')).toSpliced(looked, 0, 'socket1.close');
  },
  peers: { a: { ended: 'fin' } },
};

/** The request is destroyed when its response is complete, and its Duplex is not. */
const done = (...events: readonly string[]): DifferenceByHost => ({
  '>=26': {
    row: 'unread-response',
    why: 'the host keeps the Duplex of a complete response',
    events: (host) => {
      const act = host.findLastIndex((event) => /^(> req1\.destroy|req1\.abort)/.test(event));
      return host.toSpliced(act + 1, 0, ...events, 'socket1.close', 'req1.close');
    },
  },
});

const DONE: Readonly<Record<string, DifferenceByHost>> = {
  'destroy()': done(),
  'destroy(error)': done('req1.error Error "mine"', 'socket1.error Error "mine"'),
  'abort()': done(),
};

interface Moment {
  readonly name: string;
  readonly own: boolean;
  readonly script: readonly ClientLine[];
  readonly differs?: Readonly<Record<string, Difference | undefined>>;
  readonly differsOn?: Readonly<Record<string, DifferenceByHost>>;
}

const responded: readonly ClientLine[] = [['send', response('hello')], ['await event', 'res1.close'], ['settle']];

const moments: readonly Moment[] = [
  { name: 'a Duplex before the response', own: true, script: [] },
  {
    name: 'a Duplex in the middle of the response',
    own: true,
    script: [
      ['send', HALF_RESPONSE],
      ['await event', 'res1.data'],
    ],
    differs: CUT,
  },
  { name: 'a Duplex after the response', own: true, script: responded, differsOn: DONE },
  { name: 'a Duplex of an agent, before the response', own: false, script: [] },
  {
    name: 'a Duplex of an agent, after the response',
    own: false,
    script: responded,
    differs: { 'the peer ends it': NOT_KEPT },
  },
];

const byMoment = moments.flatMap(({ name, own, script, differs, differsOn }) =>
  Object.entries(endings).map(
    ([how, line]): ClientConversation => ({
      name: `${name}, ${how}`,
      ...(own ? {} : { agent: agentOf(KEEP_ALIVE) }),
      handler: read,
      bothOrders: true,
      script: [
        sendGet('/', own ? OWN : {}),
        ['await bytes', HEAD_END],
        ...script,
        line,
        ['settle'],
        ['look', 'req1'],
        ...(own ? [] : [['look', 'agent'] as ClientStep]),
      ],
      ...(differs?.[how] === undefined ? {} : { differs: differs[how] }),
      ...(differsOn?.[how] === undefined ? {} : { differsOn: differsOn[how] }),
    }),
  ),
);

/** Notes the error of a Duplex that no request has got yet. */
const WATCHED = connectingBy(
  deferred(
    ({ duplex, note }) =>
      () =>
        duplex().on('error', ({ message }) => note(`the Duplex: ${message}`)),
  ),
);

const atOnce = (name: string, act: ClientStep, differs?: Difference): ClientConversation => ({
  name: `a Duplex, ${name} at once`,
  bothOrders: true,
  script: [['request', WATCHED, [['req.end'], act]], ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  ...(differs === undefined ? {} : { differs }),
});

/** The response has arrived whole, and its socket is not kept yet. */
const destroyedWithResponse: ClientConversation = {
  name: 'a Duplex of an agent, destroyed in the response listener',
  agent: agentOf(KEEP_ALIVE),
  handler: [...read, ['socket.destroy']],
  script: [
    sendGet(),
    ['await bytes', HEAD_END],
    ['send', response('hello')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'closed-once',
    why: "the host frees the destroyed stream, and emits 'close' again",
    events: (host) => {
      const events = host.filter((event) => event !== 'agent.free socket1');
      return events.toSpliced(events.lastIndexOf('req1.close'), 1);
    },
  },
};

const FAILURE = 'the Duplex: mine';

export const duplexes: readonly ClientConversation[] = [
  ...byMoment,
  destroyedWithResponse,
  atOnce('destroy()', ['req.destroy']),
  atOnce('destroy(error)', ['req.destroy', new Error('mine')], {
    row: 'prompt-end',
    why: 'on the host the request ends when it has got the Duplex and destroyed it',
    events: (host) => {
      const others = host.filter((event) => event !== FAILURE);
      return others.toSpliced(others.indexOf('req1.close') + 1, 0, FAILURE);
    },
  }),
  atOnce('abort()', ['req.abort']),
];
