/** The grammar of a server's peers: a series of requests, split into pieces, and how the connection ends. */
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { type Act, act, type Pause } from './act.js';
import { corrupt, corruptions, type Peer, piecesOf, type Step } from './peer.js';

interface RequestPlan {
  readonly method: string;
  readonly text: string;
  readonly body: Buffer;
}

const letters = (count: number): string => 'x'.repeat(count);

const framings = [
  { fields: '', content: '', body: '' },
  { fields: '', content: '', body: '' },
  { fields: 'Content-Length: 5\r\n', content: letters(5), body: letters(5) },
  { fields: 'Content-Length: 40000\r\n', content: letters(40_000), body: letters(40_000) },
  { fields: 'Transfer-Encoding: chunked\r\n', content: '3\r\nxxx\r\n4\r\nxxxx\r\n0\r\n\r\n', body: letters(7) },
  { fields: 'Transfer-Encoding: chunked\r\n', content: '0\r\n\r\n', body: '' },
] as const;

const kinds = [
  ...['GET', 'GET', 'HEAD', 'POST', 'POST'].map((method) => ({ method, version: '1.1', fields: '' })),
  { method: 'GET', version: '1.1', fields: 'Connection: close\r\n' },
  { method: 'GET', version: '1.0', fields: '' },
  { method: 'GET', version: '1.0', fields: 'Connection: keep-alive\r\n' },
  { method: 'POST', version: '1.1', fields: 'Expect: 100-continue\r\n' },
  { method: 'POST', version: '1.1', fields: 'Expect: nothing\r\n' },
  { method: 'GET', version: '1.1', fields: 'Connection: upgrade\r\nUpgrade: other\r\n' },
  { method: 'CONNECT', version: '1.1', fields: '' },
] as const;

const requests = fc
  .tuple(fc.constantFrom(...kinds), fc.constantFrom(...framings))
  .filter(([{ version }, { fields }]) => version === '1.1' || !fields.startsWith('Transfer'))
  .map(([kind, framing]) => (index: number): RequestPlan => {
    const target = kind.method === 'CONNECT' ? `to.${index}:80` : `/${index}`;
    const head = `${kind.method} ${target} HTTP/${kind.version}\r\nHost: a\r\n${kind.fields}${framing.fields}\r\n`;
    return { method: kind.method, text: head + framing.content, body: Buffer.from(framing.body) };
  });

const peerPauses: fc.Arbitrary<Pause> = fc.constantFrom<Pause>('microtask', 'immediate', 1, 50, 700);
const cuts = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), peerPauses), { maxLength: 5 });

const damaging = (text: string, run: (socket: Socket) => void): Act<Peer> =>
  act(text, ({ socket, world }) => {
    world.damage.push({ what: text, socket });
    run(socket);
  });

const fin = damaging('peer.end();', (socket) => void socket.end());

const endings: readonly Act<Peer>[] = [
  fin,
  fin,
  damaging('peer.resetAndDestroy();', (socket) => void socket.resetAndDestroy()),
  damaging('peer.destroy();', (socket) => void socket.destroy()),
];

const pause = act<Peer>('peer.pause();', ({ socket }) => void socket.pause());
const resume = act<Peer>('peer.resume();', ({ socket }) => void socket.resume());

export interface PeerPlan {
  readonly requests: readonly RequestPlan[];
  readonly isCorrupted: boolean;
  readonly script: readonly Step[];
}

export const peers: fc.Arbitrary<PeerPlan> = fc
  .record({
    plans: fc.array(requests, { minLength: 1, maxLength: 8, size: 'max' }),
    corruption: corruptions,
    cuts,
    stops: fc.option(fc.tuple(fc.nat(4), peerPauses), { nil: undefined, freq: 6 }),
    ending: fc.option(fc.tuple(peerPauses, fc.constantFrom(...endings)), { nil: undefined, freq: 2 }),
  })
  .map(({ plans, corruption, cuts: at, stops, ending }) => {
    const planned = plans.map((plan, index) => plan(index));
    const bytes = corrupt(planned.map(({ text }) => text).join(''), corruption);
    const script = piecesOf(bytes, at);
    if (stops !== undefined) {
      script.splice(stops[0], 0, { pause: undefined, act: pause });
      script.push({ pause: stops[1], act: resume });
    }
    // Mostly, a request is cut since its peer has left.
    const isCut = corruption?.garbage === '' && corruption.at < 0.8;
    const [last, leave] = ending ?? (isCut ? [50, fin] : []);
    if (leave !== undefined) script.push({ pause: last, act: leave });
    return { requests: planned, isCorrupted: corruption !== undefined, script };
  });

const gets = fc.constant((index: number): RequestPlan => {
  return { method: 'GET', text: `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`, body: Buffer.alloc(0) };
});

/**
 * Several requests arrive at once, and their peer doesn't read for a while, or leaves: responses wait for each other, and for the
 * socket.
 */
export const pipeliningPeers: fc.Arbitrary<PeerPlan> = fc
  .record({
    plans: fc.array(fc.oneof({ weight: 5, arbitrary: gets }, { weight: 1, arbitrary: requests }), {
      minLength: 2,
      maxLength: 6,
      size: 'max',
    }),
    rests: fc.constantFrom<Pause>(1, 50, 700, 2500),
    leaves: fc.option(fc.tuple(fc.constantFrom<Pause>(1, 50, 700), fc.constantFrom(...endings)), { nil: undefined }),
    isFirst: fc.boolean(),
  })
  .map(({ plans, rests, leaves, isFirst }) => {
    const planned = plans.map((plan, index) => plan(index));
    const goes: readonly Step[] = leaves === undefined ? [] : [{ pause: leaves[0], act: leaves[1] }];
    const reads: readonly Step[] = [{ pause: rests, act: resume }];
    const script = [
      { pause: undefined, act: pause },
      ...piecesOf(planned.map(({ text }) => text).join(''), []),
      ...(isFirst ? [...goes, ...reads] : [...reads, ...goes]),
    ];
    return { requests: planned, isCorrupted: false, script };
  });

/** A request with a body and one that leaves HTTP arrive at once, and more in the same turn, cut anywhere; or another before them. */
export const upgradingPeers: fc.Arbitrary<PeerPlan> = fc
  .record({ isSecond: fc.boolean(), rest: fc.nat(40), pause: fc.constantFrom<Pause>('microtask', 'microtask', 1) })
  .map(({ isSecond, rest, pause }) => {
    const first = isSecond ? [{ method: 'GET', text: 'GET /0 HTTP/1.1\r\nHost: a\r\n\r\n', body: '' }] : [];
    const at = first.length;
    const post = {
      method: 'POST',
      text: `POST /${at} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n${letters(5)}`,
      body: letters(5),
    };
    const upgrade = {
      method: 'GET',
      text: `GET /${at + 1} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n`,
      body: '',
    };
    const requests = [...first, post, upgrade].map(({ body, ...plan }) => ({ ...plan, body: Buffer.from(body) }));
    const bytes = requests.map(({ text }) => text).join('');
    const whole = bytes + letters(60);
    const begin = first.map(({ text }): [number, Pause] => [text.length / whole.length, 1]);
    return {
      requests,
      isCorrupted: false,
      script: piecesOf(whole, [...begin, [(bytes.length + rest) / whole.length, pause]]),
    };
  });
