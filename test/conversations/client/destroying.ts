/** What ends a request from this side, in each state of it. */
import type { ClientConversation, ClientLine, ClientStep, ClientSteps } from '../kit/client-conversation.js';
import { answer, ask, asked, HALF, HEAD_END, ok, read } from '../kit/client-phrases.js';
import type { Difference, DifferenceByHost } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { the } from '../kit/steps.js';
import { abortBeforeClose, closeBehindError, errorOfResponse, unread } from './document.js';

interface Act {
  readonly name: string;
  readonly step: ClientStep;
  /** The error that it carries, if any: how a log shows it. */
  readonly error?: string;
}

const ABORTED = 'AbortError ABORT_ERR "The operation was aborted"';

const ON_REQUEST: readonly Act[] = [
  { name: 'destroy()', step: ['req1.destroy'] },
  { name: 'destroy(error)', step: ['req1.destroy', new Error('mine')], error: 'Error "mine"' },
  { name: 'abort()', step: ['req1.abort'] },
  { name: 'a signal', step: ['controller.abort'], error: `${ABORTED} cause=AbortError: This operation was aborted` },
  {
    name: 'a signal with a reason',
    step: ['controller.abort', new Error('why')],
    error: `${ABORTED} cause=Error: why`,
  },
];

const ON_SOCKET: readonly Act[] = [
  { name: 'socket.destroy()', step: ['socket1.destroy'] },
  { name: 'socket.destroy(error)', step: ['socket1.destroy', new Error('mine')] },
  { name: 'agent.destroy()', step: ['agent.destroy'] },
];

const ON_RESPONSE: readonly Act[] = [
  { name: 'res.destroy()', step: ['res1.destroy'] },
  { name: 'res.destroy(error)', step: ['res1.destroy', new Error('mine')] },
];

interface Moment {
  readonly name: string;
  readonly acts: readonly Act[];
  /** How the acts on the request or its socket differ then. */
  readonly differs?: (act: Act) => Difference | undefined;
  readonly differsOn?: (act: Act) => DifferenceByHost;
  readonly plan: (act: ClientStep) => {
    readonly script: readonly ClientLine[];
    readonly handler?: ClientSteps;
    readonly on?: ClientConversation['on'];
  };
}

/** The response has begun, and is cut. */
const cut = ({ error }: Act): Difference => (error ? errorOfResponse : closeBehindError);

const SIGNAL = { signal: the('signal') };

const POST: ClientLine = ['request', { method: 'POST', ...SIGNAL }, [['req.write', 'begun']]];

/** A GET, and what the peer sends once it has it. */
const asking = (...script: readonly ClientLine[]): readonly ClientLine[] => [
  ask('/', SIGNAL),
  ['await bytes', HEAD_END],
  ...script,
];

const MOMENTS: readonly Moment[] = [
  {
    name: 'at once',
    acts: ON_REQUEST,
    differs: ({ name }) => (name === 'abort()' ? abortBeforeClose : undefined),
    differsOn: () => ({
      '<24': {
        row: 'unused-socket',
        why: 'the host destroys the socket that was opened for the request',
        events: (host) =>
          host.map((event) => event.replace('agent is sockets 0, freeSockets 0', 'agent is sockets 0, freeSockets 1')),
        peers: { a: { ended: 'open' } },
      },
    }),
    plan: (act) => ({ script: [['request', SIGNAL, [act]]] }),
  },
  {
    name: 'in the socket listener',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: [ask('/', SIGNAL)], on: { socket: [act] } }),
  },
  {
    name: 'when connected, nothing sent',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: [['request', SIGNAL], ['settle'], act] }),
  },
  {
    name: 'with the body begun',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: [POST, ['await bytes', 'begun'], ['settle'], act] }),
  },
  {
    name: 'waiting for the answer',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: asking(['settle'], act) }),
  },
  {
    name: 'in the response listener',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_SOCKET, ...ON_RESPONSE],
    plan: (act) => ({ script: asking(['send', HALF]), handler: [...read, act] }),
  },
  {
    name: 'in the middle of the answer',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_SOCKET, ...ON_RESPONSE],
    plan: (act) => ({ script: asking(['send', HALF], ['await event', 'res1.data'], ['settle'], act) }),
  },
  {
    name: 'with half an answer, the body owed',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: [POST, ['await bytes', 'begun'], ['send', HALF], ['await event', 'res1.data'], act] }),
  },
  {
    name: 'with the whole answer unread',
    differsOn: ({ error }) => unread(error),
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: asking(['send', answer('hello')], ['settle'], act), handler: [] }),
  },
  {
    name: 'in the response listener, the answer whole',
    acts: ON_REQUEST.filter(({ error }) => error),
    plan: (act) => ({ script: asking(['send', answer('hello')]), handler: [...read, act] }),
  },
  {
    name: "in the answer's end",
    differs: ({ name }) => (name === 'abort()' ? abortBeforeClose : undefined),
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: asking(['send', answer('hello')]), handler: [...read, ['wait', 'res.end'], act] }),
  },
  {
    name: 'with the answer read, the body owed',
    acts: ON_REQUEST,
    plan: (act) => ({
      script: [POST, ['await bytes', 'begun'], ['send', answer('hello')], ['await event', 'res1.end'], ['settle'], act],
    }),
  },
  {
    name: 'with the whole answer unread and the body owed',
    acts: ON_REQUEST.filter(({ error }) => error),
    plan: (act) => ({
      script: [POST, ['await bytes', 'begun'], ['send', answer('hello')], ['settle'], act],
      handler: [],
    }),
  },
  {
    name: 'when all is over',
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: asking(['send', answer('hello')], ['await event', 'req1.close'], ['settle'], act) }),
  },
];

const byMoment: readonly ClientConversation[] = MOMENTS.flatMap(({ name, acts, differs, differsOn, plan }) =>
  acts.map((act) => {
    const { script, ...listeners } = plan(act.step);
    return {
      name: `${act.name} ${name}`,
      agent: { keepAlive: true },
      deaf: ['socket'],
      handler: read,
      ...listeners,
      script: [...script, ['await event', 'req1.close'], ['settle'], ['look', 'req1'], ['look', 'agent']],
      differs: ON_RESPONSE.includes(act) ? undefined : differs?.(act),
      differsOn: (!ON_RESPONSE.includes(act) && differsOn?.(act)) || {},
    };
  }),
);

const inListeners: readonly ClientConversation[] = [
  {
    name: 'destroy() in the error listener',
    handler: read,
    on: {
      error: [
        ['req.destroy', new Error('again')],
        ['look', 'req'],
      ],
    },
    script: [ask(), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
    differs: {
      row: 'one-error',
      why: 'the host tells the second error too',
      events: (host) => [...host.slice(0, 10), ...host.slice(13)],
    },
  },
  {
    name: 'pipe() behind destroy()',
    handler: read,
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['req1.destroy'],
      ['req1.pipe'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: {
      row: 'one-error',
      why: 'the host tells of the misuse, too',
      events: (host) => host.filter((event) => !event.includes('ERR_STREAM_CANNOT_PIPE')),
    },
  },
  {
    name: 'pipe() behind close',
    handler: read,
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.pipe'],
      ['settle'],
    ],
    differs: {
      row: 'one-error',
      why: 'the host tells of the misuse, too',
      events: (host) => host.filter((event) => !event.includes('ERR_STREAM_CANNOT_PIPE')),
    },
  },
  {
    name: 'destroy() in the close listener',
    handler: read,
    on: {
      close: [
        ['req.destroy', new Error('again')],
        ['look', 'req'],
      ],
    },
    script: [...asked(answer('hello')), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'destroy() in the finish listener',
    handler: read,
    on: { finish: [['req.destroy']] },
    script: [ask(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'destroy() in the prefinish listener',
    handler: read,
    on: { prefinish: [['req.destroy']] },
    script: [ask(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'destroy() in the abort listener',
    handler: read,
    on: { abort: [['req.destroy', new Error('mine')]] },
    script: [ask(), ['await bytes', HEAD_END], ['req1.abort'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'destroy() in the continue listener',
    handler: read,
    on: { continue: [['req.destroy']] },
    script: [
      ['request', { method: 'POST', headers: { Expect: '100-continue' } }],
      ['await bytes', HEAD_END],
      ['send', head('HTTP/1.1 100 Continue')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'destroy() in the drain listener',
    handler: read,
    on: { drain: [['req.destroy']] },
    script: [
      ['request', { method: 'POST' }, [['req.write', 'x'.repeat(70_000)]]],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: "destroy() in the response's aborted listener",
    deaf: ['socket'],
    handler: [...read, ['wait', 'res.aborted'], ['req.destroy', new Error('mine')], ['res.destroy']],
    script: [
      ...asked(ok('Content-Length: 9')),
      ['await event', 'req1.response'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: closeBehindError,
  },
];

export const destroying = [...byMoment, ...inListeners];
