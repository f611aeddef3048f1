/** The acts on a client from outside, and the lines of each in the script of a conversation. */
import net from 'node:net';
import type { ClientLine } from '../../conversations/kit/client-conversation.js';
import { chunked, ok } from '../../conversations/kit/client-phrases.js';
import { MUCH } from './requesting.js';
import { type Call, type Interference, isRetrying, next, nextPlans, type Plan, type Setup, setups } from './setup.js';
import type { Parsing, Request, State } from './state.js';
import type { Found } from './wire.js';
import type { World } from './world.js';

/** The data that the script of one run shares between its lines. */
export interface Kit {
  /** The callbacks of `createConnection` that are not called yet. */
  readonly wanting: ((error: Error | null, socket?: unknown) => void)[];
}

export interface Act {
  readonly name: string;
  readonly may: (state: State) => boolean;
  readonly act: (world: World) => void;
  readonly script: (state: State, kit: Kit) => readonly ClientLine[];
}

const CALLS: Readonly<Record<Call, readonly [string, ...unknown[]]>> = {
  end: ['end'],
  'end text': ['end', 'text'],
  write: ['write', 'text'],
  'write much': ['write', MUCH],
  flushHeaders: ['flushHeaders'],
  destroy: ['destroy'],
  'destroy(error)': ['destroy', new Error('of the request')],
  abort: ['abort'],
  pipe: ['pipe'],
  'make head': ['_implicitHeader =', makeHead],
  'res.resume': ['resume'],
  'res.pause': ['pause'],
  'res.destroy': ['destroy'],
  'res.destroy(error)': ['destroy', new Error('of the response')],
  'socket.destroy': ['destroy'],
  'socket.emit': ['emit', 'agentRemove'],
  'agent.destroy': ['destroy'],
};

/** The object of the call in the script, where objects have numbers. */
function objectOf(call: Call, { request, reader, line }: State): string {
  const [kind = ''] = call.includes('.') ? call.split('.') : ['req'];
  const numbers: Readonly<Record<string, number | undefined>> = {
    req: request?.number,
    res: reader?.number,
    socket: line?.number,
  };
  return `${kind}${numbers[kind] ?? ''}`;
}

function makeHead(this: { _header: string }): void {
  this._header = 'GET / HTTP/1.1\r\n\r\n';
}

/** The call as a step; `subject` is its object, by default that of the listener. */
export function stepOf(call: Call, subject = call.includes('.') ? call.split('.')[0] : 'req'): ClientLine {
  const [method, ...args] = CALLS[call];
  return [`${subject}.${method}`, ...args] as ClientLine;
}

/** The first request: its setup is the first act of each walk. */
const requests: Act[] = setups.map((setup) => ({
  name: `request (${setup.name})`,
  may: ({ asked }) => asked === 0,
  act: ({ requesting }) => requesting.begin(setup),
  script: (_state, kit) => [requestLine(setup, '/', kit)],
}));

function requestLine(setup: Setup, path: string, { wanting }: Kit, more: readonly ClientLine[] = []): ClientLine {
  const { method, expects, giver, atOnce } = setup;
  const options = {
    method,
    path,
    ...(expects ? { headers: { Expect: '100-continue' } } : {}),
    ...(giver === 'late'
      ? { agent: undefined, createConnection: (_options: object, call: never) => void wanting.push(call) }
      : {}),
  };
  return ['request', options, [...atOnce.map((call) => stepOf(call)), ...more] as never];
}

/** A plan in an event of a socket, as a step. */
export function planOf({ event, calls }: Plan, subject: string): ClientLine {
  const [, name, place] = /^socket\.(\w+)( first)?$/.exec(event) ?? [];
  return [place === undefined ? 'in' : 'first in', `${subject}.${name}`, calls.map((call) => stepOf(call)) as never];
}

/** The same for a request that gets the socket later, after listeners that come `first`. */
function nextPlanOf({ event, calls }: Plan, subject: string): ClientLine {
  const planned = planOf({ event: event.replace(' first', ''), calls }, subject);
  return event.endsWith(' first') ? planned : ['in', 'req.socket', [planned as never]];
}

/**
 * Another request on the kept socket, unless the first setup has a plan for the socket; with a plan of its own only if it may be
 * sent a second time.
 */
const againWith = (plan: Plan | null): Act => ({
  name: plan === null ? 'request again' : `request again, in ${plan.event}: ${plan.calls.join('+')}`,
  may: ({ asked, line, request }) =>
    asked === 1 &&
    line?.holder === 'idle' &&
    !(request as Request).setup.plan?.event.startsWith('socket.') &&
    (plan === null || (!line.destroyed && isRetrying((request as Request).setup))),
  act: ({ requesting, state }) => requesting.begin(next((state.request as Request).setup, plan)),
  script: ({ request, line }, kit) => {
    const setup = next((request as Request).setup, plan);
    return [requestLine(setup, '/2', kit, plan === null ? [] : [nextPlanOf(plan, `socket${line?.number}`)])];
  },
});

const again: Act[] = [null, ...nextPlans].map(againWith);

const isOpen = ({ request }: State): boolean => request !== undefined && !request.closed;

const INTERFERENCES: readonly Call[] = ['pipe', 'make head'] satisfies Interference[];

const calls: Act[] = (Object.keys(CALLS) as Call[])
  .filter((call) => !INTERFERENCES.includes(call))
  .map((call) => ({
    name: call,
    may: (state) => mayCall(call, state),
    act: (world) => world.call(call),
    script: (state) => [stepOf(call, objectOf(call, state))],
  }));

function mayCall(call: Call, state: State): boolean {
  if (call.startsWith('res.')) return isOpen(state) && mayCallResponse(state);
  if (call === 'socket.destroy') return hasSocket(state);
  if (call === 'agent.destroy' || call === 'socket.emit') return isPooled(state);
  return isOpen(state);
}

const hasSocket = ({ line }: State): boolean =>
  line !== undefined && line.number > 0 && !line.destroyed && line.holder !== 'program';

const isPooled = (state: State): boolean =>
  hasSocket(state) && state.line?.removed === false && state.request?.setup.giver !== 'late';

const mayCallResponse = ({ reader, request }: State): boolean =>
  reader !== undefined && !reader.destroyed && request?.setup.reads !== null;

/** Long enough for pending input, in milliseconds. */
const IDLENESS = 15;

/** Nothing is sent for a while. */
const TIMEOUT: Act = {
  name: 'timeout',
  may: (state) => isOpen(state) && hasSocket(state) && state.line?.holder === 'request' && mayTimeOut(state),
  act: ({ requesting }) => requesting.timeOut(),
  script: ({ request }) => {
    const name = `req${request?.number}`;
    return [
      [`${name}.setTimeout`, IDLENESS],
      ['await event', `${name}.timeout`],
      [`${name}.setTimeout`, 0],
    ];
  },
};

/** A request emits 'timeout' once, and ignores timeouts after its response. */
const mayTimeOut = ({ request, reader }: State): boolean => request?.timedOut === false && !reader?.endEmitted;

const givings: Act[] = [false, true].map((isRefused) => ({
  name: isRefused ? 'refuse' : 'give',
  may: ({ wanted }) => wanted,
  act: ({ requesting }) => requesting.give(isRefused),
  script: (_state, { wanting }) => [
    [
      'run',
      ({ port }) => {
        const call = wanting.shift();
        if (isRefused) call?.(new Error('refused'));
        else call?.(null, net.connect({ port, host: '127.0.0.1' }));
      },
    ],
  ],
}));

/** Whether the peer can send. */
const maySend = ({ line }: State): boolean =>
  line?.phase === 'open' && !line.destroyed && !line.peerEnded && !line.shut && line.holder !== 'program';

interface Message {
  readonly name: string;
  readonly may: (parsing: Parsing, state: State) => boolean;
  readonly sends: (parsing: Parsing, state: State) => Sent;
}

interface Sent {
  readonly text: string;
  readonly found: readonly Found[];
  readonly next: Parsing;
}

const atStart = ({ at }: Parsing): boolean => at === 'start';

const START: Parsing = { at: 'start' };
const final = (keeps = true): Found => ({ type: 'head', kind: 'final', status: 200, keeps });
const COMPLETE: Found = { type: 'complete' };
const body = (text: string): Found => ({ type: 'body', text });

const interim = (status: number): Sent => ({
  text: `HTTP/1.1 ${status} Interim\r\n\r\n`,
  found: [{ type: 'head', kind: 'interim', status, keeps: true }, COMPLETE],
  next: START,
});

const counted = (text: string, isFirst: boolean, ...lines: string[]): Sent => {
  const head = ok(...lines, `Content-Length: ${text.length}`);
  return { text: head + (isFirst ? '' : text), found: [], next: START };
};

/** A response to HEAD has no body. */
const whole =
  (keeps: boolean) =>
  (_parsing: Parsing, { request }: State): Sent => {
    const isHead = request?.setup.method === 'HEAD';
    const text = counted('whole', isHead, ...(keeps ? [] : ['Connection: close'])).text;
    return {
      text,
      found: [final(keeps), ...(isHead ? [] : [body('whole')]), COMPLETE],
      next: keeps ? START : { at: 'broken' },
    };
  };

const isHead = ({ request }: State): boolean => request?.setup.method === 'HEAD';
const mayHaveBody = (parsing: Parsing, state: State): boolean =>
  atStart(parsing) && !isHead(state) && state.request?.setup.method !== 'CONNECT';

/** Longer than a reader's high-water mark; so is half of it. */
const LONG = 40_000;

const begun = (text: string, length: number): Sent => ({
  text: ok(`Content-Length: ${length}`) + text,
  found: text === '' ? [final()] : [final(), body(text)],
  next: { at: 'body', framing: 'counted', left: length - text.length },
});

/** A part of a body, in its framing. */
const more = (text: string, left: number, framing: 'counted' | 'chunked' | 'endless'): Sent => ({
  text: framing === 'chunked' ? `${text.length.toString(16)}\r\n${text}\r\n` : text,
  found: [body(text)],
  next: { at: 'body', framing, left },
});

const inBody = (parsing: Parsing): parsing is Parsing & { at: 'body' } => parsing.at === 'body';

const upgrade: Sent = {
  text: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: thing\r\n\r\n',
  found: [{ type: 'head', kind: 'upgrade', status: 101, keeps: true }],
  next: START,
};

const messages: readonly Message[] = [
  { name: '100', may: atStart, sends: () => interim(100) },
  { name: '103', may: atStart, sends: () => interim(103) },
  { name: 'response', may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT', sends: whole(true) },
  { name: 'last response', may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT', sends: whole(false) },
  {
    name: 'response and garbage',
    may: (p, s) => mayHaveBody(p, s) && s.reader === undefined,
    sends: (p, s) => {
      const { text, found } = whole(true)(p, s);
      const malformed: Found = { type: 'malformed', code: 'HPE_INVALID_CONSTANT' };
      return { text: `${text}garbage`, found: [...found, malformed], next: { at: 'broken' } };
    },
  },
  {
    name: 'two responses',
    may: (p, s) => mayHaveBody(p, s) && s.reader === undefined,
    sends: (p, s) => {
      const { text, found, next } = whole(true)(p, s);
      return { text: text + text, found: [...found, ...found], next };
    },
  },
  {
    name: '204',
    may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT',
    sends: () => ({ text: 'HTTP/1.1 204 None\r\n\r\n', found: [final(), COMPLETE], next: START }),
  },
  { name: 'head', may: mayHaveBody, sends: () => begun('', 10) },
  { name: 'head and half', may: mayHaveBody, sends: () => begun('begun', 10) },
  { name: 'head and much', may: mayHaveBody, sends: () => begun('y'.repeat(LONG / 2), LONG) },
  {
    name: 'head and all of much',
    may: mayHaveBody,
    sends: () => ({
      ...begun('y'.repeat(LONG / 2), LONG / 2),
      found: [final(), body('y'.repeat(LONG / 2)), COMPLETE],
      next: START,
    }),
  },
  {
    name: 'chunked head',
    may: mayHaveBody,
    sends: () => ({ text: chunked(), found: [final()], next: { at: 'body', framing: 'chunked', left: 0 } }),
  },
  {
    name: 'endless head',
    may: mayHaveBody,
    sends: () => ({ text: ok(), found: [final(false)], next: { at: 'body', framing: 'endless', left: 0 } }),
  },
  {
    name: 'rest',
    may: (p) => inBody(p) && p.framing !== 'endless',
    sends: (p) => {
      const { framing, left } = p as Parsing & { at: 'body' };
      if (framing === 'chunked') {
        return { text: '0\r\na: b\r\n\r\n', found: [{ type: 'complete', trailers: true }], next: START };
      }
      const text = 'z'.repeat(left);
      return { text, found: [body(text), COMPLETE], next: START };
    },
  },
  {
    name: 'part',
    may: (p) => inBody(p) && p.framing !== 'counted',
    sends: (p) => more('part', 0, (p as Parsing & { at: 'body' }).framing),
  },
  {
    name: 'bad chunk',
    may: (p) => inBody(p) && p.framing === 'chunked',
    sends: () => ({
      text: 'none\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CHUNK_SIZE' }],
      next: { at: 'broken' },
    }),
  },
  {
    name: 'garbage',
    may: atStart,
    sends: () => ({
      text: 'garbage\r\n\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CONSTANT' }],
      next: { at: 'broken' },
    }),
  },
  {
    name: 'half a head',
    may: atStart,
    sends: () => ({ text: 'HTTP/1.1 200 OK\r\nCon', found: [{ type: 'partial' }], next: { at: 'half a head' } }),
  },
  { name: '101', may: atStart, sends: () => upgrade },
  {
    name: '200 to CONNECT',
    may: (p, s) => atStart(p) && s.request?.setup.method === 'CONNECT',
    sends: () => ({
      text: 'HTTP/1.1 200 OK\r\n\r\n',
      found: [{ type: 'head', kind: 'connect', status: 200, keeps: true }],
      next: START,
    }),
  },
];

const sendings: Act[] = messages.map(({ name, may, sends }) => ({
  name,
  may: (state) => maySend(state) && state.line !== undefined && may(state.line.parsing, state),
  act: ({ state, wire }) => {
    const sent = sends(state.line!.parsing, state);
    state.line!.parsing = sent.next;
    wire.receive(sent.found);
  },
  script: (state) => [['send', sends(state.line!.parsing, state).text]],
}));

const endings: Act[] = [
  { name: 'FIN', may: maySend, act: ({ wire }) => wire.peerEnds(), script: () => [['end']] },
  { name: 'reset', may: maySend, act: ({ wire }) => wire.peerResets(), script: () => [['reset']] },
];

export const acts: readonly Act[] = [...requests, ...calls, ...givings, ...sendings, ...endings, TIMEOUT, ...again];
