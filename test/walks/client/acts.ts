/** What can be done to a client from outside, and what each act is in the script of a conversation. */
import net from 'node:net';
import type { ClientLine } from '../../conversations/kit/client-conversation.js';
import { chunked, ok } from '../../conversations/kit/client-phrases.js';
import { MUCH } from './asking.js';
import { type Call, type Setup, setups } from './setup.js';
import type { Parsing, Request, State } from './state.js';
import type { Found } from './wire.js';
import type { World } from './world.js';

/** What the script of one run needs beside the conversation's own words. */
export interface Kit {
  /** The callbacks of `createConnection` that weren't called yet. */
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
  'res.resume': ['resume'],
  'res.pause': ['pause'],
  'res.destroy': ['destroy'],
  'res.destroy(error)': ['destroy', new Error('of the answer')],
};

/** The call as a step: `of('req')` inside its own listeners, `of('req1')` in the script. */
export function stepOf(call: Call, req: string, res: string): ClientLine {
  const [method, ...args] = CALLS[call];
  return [`${call.startsWith('res.') ? res : req}.${method}`, ...args] as ClientLine;
}

/** The first request: its setup is the first act of each walk. */
const asks: Act[] = setups.map((setup) => ({
  name: `ask (${setup.name})`,
  may: ({ asked }) => asked === 0,
  act: ({ asking }) => asking.begin(setup),
  script: (_state, kit) => [askLine(setup, '/', kit)],
}));

function askLine(setup: Setup, path: string, { wanting }: Kit): ClientLine {
  const { method, expects, giver, then } = setup;
  const options = {
    method,
    path,
    ...(expects ? { headers: { Expect: '100-continue' } } : {}),
    ...(giver === 'late'
      ? { agent: undefined, createConnection: (_options: object, call: never) => void wanting.push(call) }
      : {}),
  };
  return ['request', options, then.map((call) => stepOf(call, 'req', 'res')) as never];
}

/** Another request on the socket that was kept. */
const AGAIN: Act = {
  name: 'ask again',
  may: ({ asked, line }) => asked === 1 && line?.holder === 'idle',
  act: (world) => world.asking.begin(again(world.state.request as Request)),
  script: ({ request }, kit) => [askLine(again(request as Request), '/2', kit)],
};

const again = ({ setup }: Request): Setup => ({
  ...setup,
  name: `${setup.giver}, again`,
  method: 'GET',
  expects: false,
  reads: setup.reads === null ? null : 'reads',
  then: ['end'],
  plan: null,
});

const isOpen = ({ request }: State): boolean => request !== undefined && !request.closed;

const calls: Act[] = (Object.keys(CALLS) as Call[]).map((call) => ({
  name: call,
  may: (state) => isOpen(state) && (!call.startsWith('res.') || mayCallAnswer(state)),
  act: (world) => world.call(call),
  script: ({ request, reader }) => [stepOf(call, `req${request?.number}`, `res${reader?.number}`)],
}));

const mayCallAnswer = ({ reader, request }: State): boolean =>
  reader !== undefined && !reader.destroyed && request?.setup.reads !== null;

const givings: Act[] = [false, true].map((isRefused) => ({
  name: isRefused ? 'refuse' : 'give',
  may: ({ wanted }) => wanted,
  act: ({ asking }) => asking.give(isRefused),
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

/** Whether the peer can speak. */
const maySpeak = ({ line }: State): boolean =>
  line?.phase === 'open' && !line.destroyed && !line.peerEnded && !line.shut && line.holder !== 'somebody else';

interface Speech {
  readonly name: string;
  readonly may: (parsing: Parsing, state: State) => boolean;
  readonly says: (parsing: Parsing, state: State) => Said;
}

interface Said {
  readonly text: string;
  readonly found: readonly Found[];
  readonly then: Parsing;
}

const atStart = ({ at }: Parsing): boolean => at === 'start';

const START: Parsing = { at: 'start' };
const final = (keeps = true): Found => ({ type: 'head', kind: 'final', status: 200, keeps });
const COMPLETE: Found = { type: 'complete' };
const body = (text: string): Found => ({ type: 'body', text });

const interim = (status: number): Said => ({
  text: `HTTP/1.1 ${status} Interim\r\n\r\n`,
  found: [{ type: 'head', kind: 'interim', status, keeps: true }, COMPLETE],
  then: START,
});

const counted = (text: string, isFirst: boolean, ...lines: string[]): Said => {
  const head = ok(...lines, `Content-Length: ${text.length}`);
  return { text: head + (isFirst ? '' : text), found: [], then: START };
};

/** Of a HEAD request there is no body. */
const whole =
  (keeps: boolean) =>
  (_parsing: Parsing, { request }: State): Said => {
    const isHead = request?.setup.method === 'HEAD';
    const text = counted('whole', isHead, ...(keeps ? [] : ['Connection: close'])).text;
    return { text, found: [final(keeps), ...(isHead ? [] : [body('whole')]), COMPLETE], then: START };
  };

const isHead = ({ request }: State): boolean => request?.setup.method === 'HEAD';
const mayHaveBody = (parsing: Parsing, state: State): boolean =>
  atStart(parsing) && !isHead(state) && state.request?.setup.method !== 'CONNECT';

/** Longer than what a reader holds before it says that it is full; half of it is, too. */
const LONG = 40_000;

const begun = (text: string, length: number): Said => ({
  text: ok(`Content-Length: ${length}`) + text,
  found: text === '' ? [final()] : [final(), body(text)],
  then: { at: 'body', framing: 'counted', left: length - text.length },
});

/** What goes on within a body: as its framing has it. */
const more = (text: string, left: number, framing: 'counted' | 'chunked' | 'endless'): Said => ({
  text: framing === 'chunked' ? `${text.length.toString(16)}\r\n${text}\r\n` : text,
  found: [body(text)],
  then: { at: 'body', framing, left },
});

const inBody = (parsing: Parsing): parsing is Parsing & { at: 'body' } => parsing.at === 'body';

const upgrade: Said = {
  text: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: thing\r\n\r\n',
  found: [{ type: 'head', kind: 'upgrade', status: 101, keeps: true }],
  then: START,
};

const speeches: readonly Speech[] = [
  { name: '100', may: atStart, says: () => interim(100) },
  { name: '103', may: atStart, says: () => interim(103) },
  { name: 'answer', may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT', says: whole(true) },
  { name: 'last answer', may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT', says: whole(false) },
  {
    name: '204',
    may: (p, s) => atStart(p) && s.request?.setup.method !== 'CONNECT',
    says: () => ({ text: 'HTTP/1.1 204 None\r\n\r\n', found: [final(), COMPLETE], then: START }),
  },
  { name: 'head', may: mayHaveBody, says: () => begun('', 10) },
  { name: 'head and half', may: mayHaveBody, says: () => begun('begun', 10) },
  { name: 'head and much', may: mayHaveBody, says: () => begun('y'.repeat(LONG / 2), LONG) },
  { name: 'head and all of much', may: mayHaveBody, says: () => ({ ...begun('y'.repeat(LONG / 2), LONG / 2), found: [final(), body('y'.repeat(LONG / 2)), COMPLETE], then: START }) },
  {
    name: 'chunked head',
    may: mayHaveBody,
    says: () => ({ text: chunked(), found: [final()], then: { at: 'body', framing: 'chunked', left: 0 } }),
  },
  {
    name: 'endless head',
    may: mayHaveBody,
    says: () => ({ text: ok(), found: [final(false)], then: { at: 'body', framing: 'endless', left: 0 } }),
  },
  {
    name: 'rest',
    may: (p) => inBody(p) && p.framing !== 'endless',
    says: (p) => {
      const { framing, left } = p as Parsing & { at: 'body' };
      if (framing === 'chunked') return { text: '0\r\n\r\n', found: [COMPLETE], then: START };
      const text = 'z'.repeat(left);
      return { text, found: [body(text), COMPLETE], then: START };
    },
  },
  {
    name: 'part',
    may: (p) => inBody(p) && p.framing !== 'counted',
    says: (p) => more('part', 0, (p as Parsing & { at: 'body' }).framing),
  },
  {
    name: 'bad chunk',
    may: (p) => inBody(p) && p.framing === 'chunked',
    says: () => ({
      text: 'none\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CHUNK_SIZE' }],
      then: { at: 'broken' },
    }),
  },
  {
    name: 'garbage',
    may: atStart,
    says: () => ({
      text: 'garbage\r\n\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CONSTANT' }],
      then: { at: 'broken' },
    }),
  },
  {
    name: 'half a head',
    may: atStart,
    says: () => ({ text: 'HTTP/1.1 200 OK\r\nCon', found: [{ type: 'partial' }], then: { at: 'half a head' } }),
  },
  { name: '101', may: atStart, says: () => upgrade },
  {
    name: '200 to CONNECT',
    may: (p, s) => atStart(p) && s.request?.setup.method === 'CONNECT',
    says: () => ({
      text: 'HTTP/1.1 200 OK\r\n\r\n',
      found: [{ type: 'head', kind: 'connect', status: 200, keeps: true }],
      then: START,
    }),
  },
];

const sayings: Act[] = speeches.map(({ name, may, says }) => ({
  name,
  may: (state) => maySpeak(state) && state.line !== undefined && may(state.line.parsing, state),
  act: ({ state, wire }) => {
    const said = says(state.line!.parsing, state);
    state.line!.parsing = said.then;
    wire.receive(said.found);
  },
  script: (state) => [['send', says(state.line!.parsing, state).text]],
}));

const endings: Act[] = [
  { name: 'FIN', may: maySpeak, act: ({ wire }) => wire.peerEnds(), script: () => [['end']] },
  { name: 'reset', may: maySpeak, act: ({ wire }) => wire.peerResets(), script: () => [['reset']] },
];

export const acts: readonly Act[] = [...asks, ...calls, ...givings, ...sayings, ...endings, AGAIN];
