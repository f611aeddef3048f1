/** The grammar of a client's peers: how each connection is opened, and what is sent on it. */
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { type Act, act, type Pause } from './act.js';
import { corrupt, corruptions, type Peer, piecesOf, type Step } from './peer.js';

/** What follows one request: it begins when its head has arrived, or the whole request. */
interface PlannedResponse {
  readonly when: 'head' | 'whole';
  readonly script: readonly Step[];
}

/** How `createConnection` provides a connection. */
export type Opening = 'returned' | 'called back' | 'called back later' | 'failed' | 'failed later' | 'thrown' | 'dead';

export interface ConnectionPlan {
  readonly opening: Opening;
  /** For the requests on it, in order; afterwards the peer sends nothing more. */
  readonly responses: readonly PlannedResponse[];
}

const fields = ['', '', '', 'Connection: close\r\n', 'Connection: keep-alive\r\nKeep-Alive: timeout=2\r\n'] as const;

const long = 'z'.repeat(40_000);

const bodies = [
  'Content-Length: 0\r\n\r\n',
  'Content-Length: 5\r\n\r\nhello',
  'Content-Length: 5\r\n\r\nhello',
  `Content-Length: 40000\r\n\r\n${long}`,
  'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n!\r\nde\r\n0\r\n\r\n',
  '\r\nuntil the end',
] as const;

const heads = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('1.1 200', '1.1 200', '1.1 404', '1.0 200'),
        fc.constantFrom(...fields),
        fc.constantFrom(...bodies),
      )
      .map(([status, field, body]) => `HTTP/${status} Some\r\n${field}${body}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 204 No\r\n\r\n',
      'HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 101 Switch\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nother',
      'garbage\r\n\r\n',
    ),
  },
);

const interims = ['', '', '', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n'] as const;
const tails = ['', '', '', '', '', 'garbage', 'HTTP/1.1 200 Some\r\nContent-Length: 1\r\n\r\n!'] as const;

const pauses = fc.constantFrom<(Pause | undefined)[]>(undefined, undefined, 'immediate', 1, 50, 700);

const end = (text: string, run: (socket: Socket) => void): Act<Peer> => act(text, ({ socket }) => run(socket));

/** As servers do that wait in vain for another request. */
const late = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

const endings: readonly Act<Peer>[] = [
  end(`peer.write(${JSON.stringify(late)});`, (socket) => void (socket.writable && socket.write(late))),
  end(`peer.end(${JSON.stringify(late)});`, (socket) => void socket.end(late)),
  end('peer.end();', (socket) => void socket.end()),
  end('peer.destroy();', (socket) => void socket.destroy()),
  end('peer.resetAndDestroy();', (socket) => void socket.resetAndDestroy()),
];

const responses: fc.Arbitrary<PlannedResponse> = fc
  .record({
    when: fc.constantFrom('whole', 'whole', 'whole', 'head'),
    begins: pauses,
    interim: fc.constantFrom(...interims),
    head: heads,
    tail: fc.constantFrom(...tails),
    corruption: corruptions,
    cuts: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), pauses), { maxLength: 3 }),
    ending: fc.option(fc.tuple(pauses, fc.constantFrom(...endings)), { nil: undefined, freq: 2 }),
  })
  .map(({ when, begins, interim, head, tail, corruption, cuts, ending }) => {
    const script = piecesOf(corrupt(interim + head + tail, corruption), cuts, begins);
    if (ending !== undefined) script.push({ pause: ending[0], act: ending[1] });
    return { when, script };
  });

const openings: readonly Opening[] = [
  ...(['returned', 'returned', 'returned', 'returned', 'returned', 'returned', 'called back'] as const),
  ...(['called back later', 'failed', 'failed later', 'thrown', 'dead'] as const),
];

export const connectionPlans: fc.Arbitrary<readonly ConnectionPlan[]> = fc.array(
  fc.record({
    opening: fc.constantFrom(...openings),
    responses: fc.array(responses, { maxLength: 4, size: 'max' }),
  }),
  { minLength: 1, maxLength: 3, size: 'max' },
);
