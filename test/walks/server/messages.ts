/** The messages of a peer, when it may send them, and the facts that the parser finds in them. */
import { get, head, postChunked } from '../../conversations/kit/phrases.js';
import type { Found, Head } from './found.js';
import type { Setup } from './setup.js';
import type { Kind, Parsing } from './state.js';
import type { World } from './world.js';

interface Sent {
  readonly text: string;
  readonly found: readonly Found[];
  readonly next: Parsing;
}

export interface Message {
  readonly name: string;
  readonly may: (world: World) => boolean;
  readonly sends: (world: World) => Sent;
}

const START: Parsing = { at: 'start' };
const BROKEN: Parsing = { at: 'broken' };
const COMPLETE: Found = { type: 'complete' };

const of = (method: string, kind: Kind = 'ordinary', parts: Partial<Head> = {}): Head => ({
  type: 'head',
  kind,
  method,
  chunks: true,
  persists: true,
  changesTo: 'none',
  ...parts,
});

const whole = (text: string, found: Found): Sent => ({ text, found: [found, COMPLETE], next: START });
const last = (text: string, found: Found): Sent => ({ ...whole(text, found), next: BROKEN });
const CLOSE = 'Connection: close';
const LONG = 40_000;

const begun = (text: string, length: number): Sent => ({
  text: head('POST / HTTP/1.1', 'Host: a', `Content-Length: ${length}`) + text,
  found: text === '' ? [of('POST')] : [of('POST'), { type: 'body', text }],
  next: { at: 'body', framing: 'counted', left: length - text.length },
});

function upgrade({ takesOver }: Setup): Sent {
  const text = get('/', 'Connection: Upgrade', 'Upgrade: thing');
  if (!takesOver) return whole(text, of('GET'));
  return { text, found: [of('GET', 'leaving', { changesTo: 'upgrade' })], next: BROKEN };
}

const requests: Readonly<Record<string, (setup: Setup) => Sent>> = {
  GET: () => whole(get('/'), of('GET')),
  'GET close': () => last(get('/', CLOSE), of('GET', 'ordinary', { persists: false })),
  'GET 1.0': () => last(head('GET / HTTP/1.0'), of('GET', 'ordinary', { persists: false, chunks: false })),
  HEAD: () => whole(head('HEAD / HTTP/1.1', 'Host: a'), of('HEAD')),
  'HEAD close': () => last(head('HEAD / HTTP/1.1', 'Host: a', CLOSE), of('HEAD', 'ordinary', { persists: false })),
  'GET without Host': () => whole(head('GET / HTTP/1.1'), of('GET', 'unhosted')),
  'GET expects 100': () => whole(get('/', 'Expect: 100-continue'), of('GET', 'continue')),
  'GET expects more': () => whole(get('/', 'Expect: more'), of('GET', 'expectation')),
  upgrade,
  'GET, upgrade': (setup) => {
    const [first, second] = [whole(get('/'), of('GET')), upgrade(setup)];
    return { text: first.text + second.text, found: [...first.found, ...second.found], next: second.next };
  },
  CONNECT: ({ takesOver }) => ({
    text: head('CONNECT a:1 HTTP/1.1', 'Host: a:1'),
    found: [of('CONNECT', 'leaving', { changesTo: takesOver ? 'connect' : 'unclaimed' })],
    next: BROKEN,
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
const isIn = ({ state: { parsing } }: World, framing: Body['framing']): boolean =>
  parsing.at === 'body' && parsing.framing === framing;

/** One exchange at a time, or two. */
const mayAsk = ({ state, queue, setup }: World): boolean =>
  state.parsing.at === 'start' && queue.due.length < (setup.pipelines ? 2 : 1);

export const messages: readonly Message[] = [
  ...Object.entries(requests).map(([name, sends]) => ({
    name,
    may: mayAsk,
    sends: ({ setup }: World) => sends(setup),
  })),
  {
    name: 'rest',
    may: (world) => isIn(world, 'counted'),
    sends: ({ state }) => {
      const text = 'z'.repeat((state.parsing as Body).left);
      return { text, found: [{ type: 'body', text }, COMPLETE], next: START };
    },
  },
  {
    name: 'last chunk',
    may: (world) => isIn(world, 'chunked'),
    sends: () => ({ text: '0\r\na: b\r\n\r\n', found: [{ type: 'complete', trailers: true }], next: START }),
  },
  {
    name: 'chunk',
    may: (world) => isIn(world, 'chunked'),
    sends: ({ state }) => ({ text: '4\r\npart\r\n', found: [{ type: 'body', text: 'part' }], next: state.parsing }),
  },
  {
    name: 'bad chunk',
    may: (world) => isIn(world, 'chunked'),
    sends: () => ({
      text: 'none\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_CHUNK_SIZE' }],
      next: BROKEN,
    }),
  },
  {
    name: 'garbage',
    may: ({ state }) => state.parsing.at === 'start',
    sends: () => ({
      text: '%%%\r\n\r\n',
      found: [{ type: 'malformed', code: 'HPE_INVALID_METHOD' }],
      next: BROKEN,
    }),
  },
  {
    name: 'half a head',
    may: mayAsk,
    sends: () => ({ text: 'GET / HTTP/1.1\r\nHo', found: [{ type: 'partial' }], next: { at: 'half a head' } }),
  },
];
