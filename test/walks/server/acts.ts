/** What can be done to a server from outside, and what each act is in the script of a conversation. */
import type { Line } from '../../conversations/kit/conversation.js';
import { get, head, postChunked } from '../../conversations/kit/phrases.js';
import { MUCH } from './answering.js';
import { type Call, setups } from './setup.js';
import type { Kind, Parsing, State } from './state.js';
import type { Found } from './wire.js';
import type { World } from './world.js';

export interface Act {
  readonly name: string;
  readonly may: (state: State) => boolean;
  readonly act: (world: World) => void;
  readonly script: (state: State) => readonly Line[];
}

const CALLS: Readonly<Record<Call, readonly [string, ...unknown[]]>> = {
  'res.end': ['end'],
  'res.end text': ['end', 'text'],
  'res.write': ['write', 'text'],
  'res.write much': ['write', MUCH],
  'res.flushHeaders': ['flushHeaders'],
  'res.destroy': ['destroy'],
  'res.destroy(error)': ['destroy', new Error('of the answer')],
  'req.resume': ['resume'],
  'req.pause': ['pause'],
  'req.destroy': ['destroy'],
  'req.destroy(error)': ['destroy', new Error('of the request')],
  'server.close': ['close'],
  'server.closeIdleConnections': ['closeIdleConnections'],
};

/** The call as a step; in the script its object has a number, if it has one. */
export function stepOf(call: Call, number: number | '' = ''): Line {
  const [method, ...args] = CALLS[call];
  const [object] = call.split('.');
  return [`${object}${object === 'server' ? '' : number}.${method}`, ...args] as Line;
}

const serving: Act[] = setups.map((setup) => ({
  name: `serve (${setup.name})`,
  may: ({ setup }) => setup === undefined,
  act: (world) => {
    world.state.setup = setup;
    world.tell('server.connection');
  },
  script: () => [],
}));

const calls: Act[] = (Object.keys(CALLS) as Call[]).map((call) => ({
  name: call,
  may: (state) => mayCall(call, state),
  act: (world) => world.call(call),
  script: ({ exchange }) => [stepOf(call, exchange?.number ?? '')],
}));

function mayCall(call: Call, { setup, exchange, reader, closing, parting }: State): boolean {
  if (setup === undefined || parting) return false;
  if (call === 'server.close') return !closing;
  if (call.startsWith('server.')) return true;
  if (exchange === undefined || exchange.hidden) return false;
  return call.startsWith('res.') || (reader?.destroyed === false && reader.number > 0);
}

const maySpeak = ({ setup, destroyed, peerEnded, shut, parting }: State): boolean =>
  setup !== undefined && !destroyed && !peerEnded && !shut && !parting;

/** One exchange at a time. */
const mayAsk = ({ parsing, exchange }: State): boolean =>
  parsing.at === 'start' && (exchange === undefined || exchange.released);

const START: Parsing = { at: 'start' };
const COMPLETE: Found = { type: 'complete' };

interface Said {
  readonly text: string;
  readonly found: readonly Found[];
  readonly next: Parsing;
}

interface Speech {
  readonly name: string;
  readonly may: (state: State) => boolean;
  readonly says: (state: State) => Said;
}

const of = (method: string, kind: Kind = 'ordinary', parts: object = {}): Found => ({
  type: 'head',
  kind,
  method,
  chunks: true,
  persists: true,
  leavesBy: 'none',
  ...parts,
});

const whole = (text: string, found: Found): Said => ({ text, found: [found, COMPLETE], next: START });
const LONG = 40_000;

const begun = (text: string, length: number): Said => ({
  text: head('POST / HTTP/1.1', 'Host: a', `Content-Length: ${length}`) + text,
  found: text === '' ? [of('POST')] : [of('POST'), { type: 'body', text }],
  next: { at: 'body', framing: 'counted', left: length - text.length },
});

const requests: Readonly<Record<string, (state: State) => Said>> = {
  GET: () => whole(get('/'), of('GET')),
  'GET close': () => ({
    ...whole(get('/', 'Connection: close'), of('GET', 'ordinary', { persists: false })),
    next: { at: 'broken' },
  }),
  'GET 1.0': () => ({
    ...whole(head('GET / HTTP/1.0'), of('GET', 'ordinary', { persists: false, chunks: false })),
    next: { at: 'broken' },
  }),
  HEAD: () => whole(head('HEAD / HTTP/1.1', 'Host: a'), of('HEAD')),
  'GET without Host': () => whole(head('GET / HTTP/1.1'), of('GET', 'unhosted')),
  'GET expects 100': () => whole(get('/', 'Expect: 100-continue'), of('GET', 'continue')),
  'GET expects more': () => whole(get('/', 'Expect: more'), of('GET', 'expectation')),
  upgrade: ({ setup }) => {
    const lines = ['Connection: Upgrade', 'Upgrade: thing'];
    if (!setup?.takesOver) return whole(get('/', ...lines), of('GET'));
    return { text: get('/', ...lines), found: [of('GET', 'leaving', { leavesBy: 'upgrade' })], next: { at: 'broken' } };
  },
  CONNECT: ({ setup }) => ({
    text: head('CONNECT a:1 HTTP/1.1', 'Host: a:1'),
    found: [of('CONNECT', 'leaving', { leavesBy: setup?.takesOver ? 'connect' : 'nobody' })],
    next: { at: 'broken' },
  }),
  'POST head': () => begun('', 10),
  'POST and half': () => begun('begun', 10),
  'POST and much': () => begun('y'.repeat(LONG / 2), LONG),
  'POST and all': () => ({
    ...begun('begunended', 10),
    found: [of('POST'), { type: 'body', text: 'begunended' }, COMPLETE],
    next: START,
  }),
  'POST and all of much': () => {
    const text = 'y'.repeat(LONG / 2);
    return { ...begun(text, text.length), found: [of('POST'), { type: 'body', text }, COMPLETE], next: START };
  },
  'chunked head': () => ({
    text: postChunked('/'),
    found: [of('POST')],
    next: { at: 'body', framing: 'chunked', left: 0 },
  }),
};

type Body = Extract<Parsing, { at: 'body' }>;
const isIn = ({ parsing }: State, framing: Body['framing']): boolean =>
  parsing.at === 'body' && parsing.framing === framing;

const speeches: readonly Speech[] = [
  ...Object.entries(requests).map(([name, says]) => ({ name, may: mayAsk, says })),
  {
    name: 'rest',
    may: (state) => isIn(state, 'counted'),
    says: ({ parsing }) => {
      const text = 'z'.repeat((parsing as Body).left);
      return { text, found: [{ type: 'body', text }, COMPLETE], next: START };
    },
  },
  {
    name: 'last chunk',
    may: (state) => isIn(state, 'chunked'),
    says: () => ({ text: '0\r\n\r\n', found: [COMPLETE], next: START }),
  },
  {
    name: 'chunk',
    may: (state) => isIn(state, 'chunked'),
    says: ({ parsing }) => ({ text: '4\r\npart\r\n', found: [{ type: 'body', text: 'part' }], next: parsing }),
  },
  {
    name: 'bad chunk',
    may: (state) => isIn(state, 'chunked'),
    says: () => ({
      text: 'none\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CHUNK_SIZE' }],
      next: { at: 'broken' },
    }),
  },
  {
    name: 'garbage',
    may: ({ parsing }) => parsing.at === 'start',
    says: () => ({
      text: '%%%\r\n\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_METHOD' }],
      next: { at: 'broken' },
    }),
  },
  {
    name: 'half a head',
    may: mayAsk,
    says: () => ({ text: 'GET / HTTP/1.1\r\nHo', found: [{ type: 'partial' }], next: { at: 'half a head' } }),
  },
];

const sayings: Act[] = speeches.map(({ name, may, says }) => ({
  name,
  may: (state) => maySpeak(state) && may(state),
  act: ({ state, wire }) => {
    const said = says(state);
    state.parsing = said.next;
    wire.receive(said.found);
  },
  script: (state) => [['send', says(state).text]],
}));

const endings: Act[] = [
  { name: 'FIN', may: maySpeak, act: ({ wire }) => wire.peerEnds(), script: () => [['end']] },
  { name: 'reset', may: maySpeak, act: ({ wire }) => wire.peerResets(), script: () => [['reset']] },
];

export const acts: readonly Act[] = [...serving, ...calls, ...sayings, ...endings];
