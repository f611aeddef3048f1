/** Every way to end a request from our side, in each of its states. */
import type { ClientConversation, ClientLine, ClientStep, ClientSteps } from '../kit/client-conversation.js';
import { HALF_RESPONSE, HEAD_END, ok, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';
import type { Difference, DifferenceByHost } from '../kit/conversation.js';
import { head } from '../kit/phrases.js';
import { the } from '../kit/steps.js';
import { abortBeforeClose, closeAfterError, errorOfResponse, unread } from './document.js';

interface Act {
  readonly name: string;
  readonly step: ClientStep;
  /** Its error, if any, as the log shows it. */
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
  /** How acts on the request or its socket differ at this moment. */
  readonly differs?: (act: Act) => Difference | undefined;
  readonly differsOn?: (act: Act) => DifferenceByHost;
  readonly plan: (act: ClientStep) => {
    readonly script: readonly ClientLine[];
    readonly handler?: ClientSteps;
    readonly on?: ClientConversation['on'];
  };
}

/** The response has begun, and the act cuts it. */
const cut = ({ error }: Act): Difference => (error ? errorOfResponse : closeAfterError);

const SIGNAL = { signal: the('signal') };

const POST: ClientLine = ['request', { method: 'POST', ...SIGNAL }, [['req.write', 'begun']]];

/** A GET, then these lines. */
const requesting = (...script: readonly ClientLine[]): readonly ClientLine[] => [
  sendGet('/', SIGNAL),
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
        why: 'the host destroys the socket that it opened for the request',
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
    plan: (act) => ({ script: [sendGet('/', SIGNAL)], on: { socket: [act] } }),
  },
  {
    name: 'when connected, before anything was sent',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: [['request', SIGNAL], ['settle'], act] }),
  },
  {
    name: 'after the upload has begun',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: [POST, ['await bytes', 'begun'], ['settle'], act] }),
  },
  {
    name: 'waiting for the response',
    acts: [...ON_REQUEST, ...ON_SOCKET],
    plan: (act) => ({ script: requesting(['settle'], act) }),
  },
  {
    name: 'in the response listener',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_SOCKET, ...ON_RESPONSE],
    plan: (act) => ({ script: requesting(['send', HALF_RESPONSE]), handler: [...read, act] }),
  },
  {
    name: 'in the middle of the response',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_SOCKET, ...ON_RESPONSE],
    plan: (act) => ({ script: requesting(['send', HALF_RESPONSE], ['await event', 'res1.data'], ['settle'], act) }),
  },
  {
    name: 'with half a response, during the upload',
    differs: cut,
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({
      script: [POST, ['await bytes', 'begun'], ['send', HALF_RESPONSE], ['await event', 'res1.data'], act],
    }),
  },
  {
    name: 'with a complete unread response',
    differsOn: ({ error }) => unread(error),
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: requesting(['send', response('hello')], ['settle'], act), handler: [] }),
  },
  {
    name: 'in the response listener, with the response complete',
    acts: ON_REQUEST.filter(({ error }) => error),
    plan: (act) => ({ script: requesting(['send', response('hello')]), handler: [...read, act] }),
  },
  {
    name: 'in end of the response',
    differs: ({ name }) => (name === 'abort()' ? abortBeforeClose : undefined),
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({ script: requesting(['send', response('hello')]), handler: [...read, ['wait', 'res.end'], act] }),
  },
  {
    name: 'after the response was read, during the upload',
    acts: ON_REQUEST,
    plan: (act) => ({
      script: [
        POST,
        ['await bytes', 'begun'],
        ['send', response('hello')],
        ['await event', 'res1.end'],
        ['settle'],
        act,
      ],
    }),
  },
  {
    name: 'with a complete unread response, during the upload',
    acts: ON_REQUEST.filter(({ error }) => error),
    plan: (act) => ({
      script: [POST, ['await bytes', 'begun'], ['send', response('hello')], ['settle'], act],
      handler: [],
    }),
  },
  {
    name: 'after close',
    acts: [...ON_REQUEST, ...ON_RESPONSE],
    plan: (act) => ({
      script: requesting(['send', response('hello')], ['await event', 'req1.close'], ['settle'], act),
    }),
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
    script: [sendGet(), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
    differs: {
      row: 'one-error',
      why: 'the host emits the second error too',
      events: (host) => [...host.slice(0, 10), ...host.slice(13)],
    },
  },
  {
    name: 'pipe() after destroy()',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.destroy'],
      ['req1.pipe'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: {
      row: 'one-error',
      why: 'the host also emits the error of the misuse',
      events: (host) => host.filter((event) => !event.includes('ERR_STREAM_CANNOT_PIPE')),
    },
  },
  {
    name: 'pipe() after close',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.pipe'],
      ['settle'],
    ],
    differs: {
      row: 'one-error',
      why: 'the host also emits the error of the misuse',
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
    script: [...roundTrip(response('hello')), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'destroy() in the finish listener',
    handler: read,
    on: { finish: [['req.destroy']] },
    script: [sendGet(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'destroy() in the prefinish listener',
    handler: read,
    on: { prefinish: [['req.destroy']] },
    script: [sendGet(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'destroy() in the abort listener',
    handler: read,
    on: { abort: [['req.destroy', new Error('mine')]] },
    script: [sendGet(), ['await bytes', HEAD_END], ['req1.abort'], ['await event', 'req1.close'], ['settle']],
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
    name: 'destroy() in the aborted listener of the response',
    deaf: ['socket'],
    handler: [...read, ['wait', 'res.aborted'], ['req.destroy', new Error('mine')], ['res.destroy']],
    script: [
      ...roundTrip(ok('Content-Length: 9')),
      ['await event', 'req1.response'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: closeAfterError,
  },
  {
    name: 'res.destroy() in a body delimited by close',
    handler: [...read, ['wait', 'res.data'], ['res.destroy']],
    script: [...roundTrip(`${ok()}begun`), ['await event', 'req1.close'], ['settle'], ['look', 'res1']],
    differs: {
      row: 'reset-is-no-end',
      why: 'RFC 9112 §8: the host calls it complete',
      events: (host) => host.map((event) => event.replace('res1 is complete, ', 'res1 is ')),
    },
  },
];

export const destroying = [...byMoment, ...inListeners];
