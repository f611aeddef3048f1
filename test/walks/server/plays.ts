/** The plays with the world of a server: each has a few setups and acts, so that it can be searched completely. */
import type { Call } from './calls.js';
import { type Setup, setup } from './setup.js';

export interface Play {
  readonly name: string;
  readonly setups: readonly Setup[];
  readonly calls: readonly Call[];
  /** Calls on the second of two exchanges. */
  readonly seconds?: readonly Call[];
  /** Names of other acts. */
  readonly others: readonly string[];
  /** The number of acts within which every reachable transition is taken. */
  readonly depth: number;
  /** Its walks take seconds. */
  readonly isSlow?: boolean;
}

const AT_ONCE: readonly (readonly Call[])[] = [
  ['res.end'],
  ['res.end text'],
  ['res.write'],
  ['res.write', 'res.end'],
  ['res.write much'],
  ['res.write much', 'res.end'],
  ['res.flushHeaders'],
  ['res.end', 'res.write'],
  ['res.destroy'],
  ['res.destroy(error)'],
  ['res.destroy', 'res.write'],
  ['res.destroy', 'res.end'],
  ['res.write', 'res.destroy', 'res.write', 'res.end'],
  ['res.flushHeaders', 'res.destroy', 'res.write', 'res.flushHeaders', 'res.end'],
  ['res.end', 'res.destroy'],
  ['res.end', 'req.destroy'],
  ['req.destroy'],
  ['req.destroy(error)'],
];

const single: Play = {
  name: 'one exchange at a time',
  setups: [
    ...[true, false].flatMap((reads) => [
      setup({ reads }),
      setup({ reads, takesOver: true, checks: true, listensToErrors: true }),
      ...AT_ONCE.map((atOnce) => setup({ reads, atOnce })),
    ]),
    ...['req.end', 'req.close', 'res.finish', 'res.close'].flatMap((event) =>
      (['res.end', 'res.write', 'res.destroy', 'req.destroy'] as const).map((call) =>
        setup({ plan: { event, calls: [call] } }),
      ),
    ),
  ],
  calls: [
    'res.end',
    'res.end text',
    'res.write',
    'res.write much',
    'res.flushHeaders',
    'res.destroy',
    'res.destroy(error)',
    'req.resume',
    'req.pause',
    'req.destroy',
    'req.destroy(error)',
  ],
  others: [
    'GET',
    'GET close',
    'GET 1.0',
    'HEAD',
    'HEAD close',
    'GET without Host',
    'GET expects 100',
    'GET expects more',
    'upgrade',
    'CONNECT',
    'POST head',
    'POST and half',
    'POST and much',
    'POST and all',
    'POST and all of much',
    'chunked head',
    'rest',
    'last chunk',
    'chunk',
    'bad chunk',
    'garbage',
    'half a head',
    'FIN',
    'reset',
    'server.close',
    'server.closeIdleConnections',
  ],
  depth: 4,
};

const responsesInTurn: Play = {
  name: 'two responses',
  setups: [setup({ pipelines: true })],
  calls: ['res.end text', 'res.write', 'res.pipe', 'res.destroy'],
  seconds: ['res.end text', 'res.end', 'res.write', 'res.pipe', 'res.destroy'],
  others: ['GET', 'HEAD', 'reset'],
  depth: 6,
};

const following: Play = {
  name: 'faults and changes of protocol after others',
  setups: [
    setup({ pipelines: true }),
    setup({ pipelines: true, listensToErrors: true, takesOver: true }),
    setup({ pipelines: true, takesOver: true, atOnce: ['res.end'] }),
  ],
  calls: ['res.end', 'res.setHeader close'],
  seconds: ['res.end', 'res.flushHeaders'],
  others: [
    'GET',
    'chunked head',
    'bad chunk',
    'garbage',
    'half a head',
    'upgrade',
    'GET, upgrade',
    'deadlines pass',
    'FIN',
  ],
  depth: 6,
};

const deadlines: Play = {
  name: 'deadlines and timeouts',
  setups: [setup({}), setup({ listensToErrors: true, listensToTimeouts: true })],
  calls: ['res.write', 'res.end'],
  others: ['GET', 'half a head', 'POST and half', 'chunked head', 'deadlines pass', 'the socket times out'],
  depth: 4,
};

const idle: Play = {
  name: 'idle connections',
  setups: [setup({ hurries: true }), setup({ hurries: true, listensToTimeouts: true })],
  calls: ['res.end'],
  others: ['GET', 'POST and half', 'rest', 'idle time passes'],
  depth: 4,
  isSlow: true,
};

const halfOpen: Play = {
  name: 'half open',
  setups: [setup({ halfOpen: true }), setup({ halfOpen: true, pipelines: true })],
  calls: ['res.write', 'res.end', 'res.destroy', 'res.setHeader close'],
  seconds: ['res.end', 'res.write'],
  others: ['GET', 'HEAD', 'POST head', 'FIN'],
  depth: 6,
};

const limited: Play = {
  name: 'maxRequestsPerSocket',
  setups: [setup({ limit: 1, pipelines: true }), setup({ limit: 1, atOnce: ['res.end'] })],
  calls: ['res.end', 'res.destroy'],
  others: ['GET', 'POST and half', 'rest', 'FIN'],
  depth: 5,
};

const lifecycle: Play = {
  name: 'the server opens and closes',
  setups: [setup({ atOnce: ['res.end'] }), setup({})],
  calls: ['res.end', 'res.flushHeaders'],
  others: ['GET', 'FIN', 'reset', 'server.close', 'server.close again', 'server.listen', 'net.Server.close'],
  depth: 5,
};

const program: Play = {
  name: 'the program uses the socket',
  setups: [setup({}), setup({ listensToErrors: true })],
  calls: ['res.end'],
  others: ['GET', 'garbage', 'half a head', 'FIN', 'deadlines pass', 'socket.end', 'socket.emit error'],
  depth: 5,
};

const unlistened: Play = {
  name: 'no listeners',
  setups: (
    [
      [['req'], []],
      [['req'], ['res.end']],
      [['req', 'res'], ['res.end']],
      [
        ['req', 'res'],
        ['res.end', 'res.destroy'],
      ],
      [['req', 'res'], ['res.destroy']],
    ] as const
  ).flatMap(([unlistened, atOnce]) =>
    [true, false].map((isLater) => setup({ reads: false, unlistened, atOnce, isLater: isLater && atOnce.length > 0 })),
  ),
  calls: ['res.end', 'res.write', 'req.resume', 'res.destroy', 'req.destroy'],
  others: ['GET', 'POST and half', 'POST and all', 'rest', 'reset'],
  depth: 4,
};

const duplex: Play = {
  name: 'over a Duplex',
  setups: [setup({ transport: 'duplex' }), setup({ transport: 'duplex', listensToErrors: true })],
  calls: ['res.write', 'res.end', 'res.setHeader close'],
  others: ['GET', 'chunked head', 'bad chunk', 'garbage', 'half a head', 'FIN', 'server.close', 'deadlines pass'],
  depth: 7,
};

const stuck: Play = {
  name: 'a peer that reads nothing',
  setups: [setup({ transport: 'duplex' }), setup({ transport: 'duplex', pipelines: true })],
  calls: ['res.end much', 'res.write', 'res.pipe'],
  seconds: ['res.end'],
  others: ['GET', 'garbage', 'FIN', 'stops reading', 'reads on'],
  depth: 7,
};

const flooded: Play = {
  name: 'a peer that reads nothing, and resets',
  setups: [setup({})],
  calls: ['res.write flood'],
  others: ['GET', 'FIN', 'reset', 'stops reading'],
  depth: 6,
};

const ended: Play = {
  name: 'our side has ended',
  setups: [setup({ transport: 'duplex' })],
  calls: ['res.write much', 'res.write', 'res.flushHeaders', 'res.pipe', 'res.destroy', 'res.end'],
  others: ['GET', 'HEAD', 'FIN', 'stops reading', 'socket.end', 'socket.destroy'],
  depth: 6,
};

const CALLS: readonly Call[] = [
  ...single.calls,
  'res.writeContinue',
  'res.writeHead',
  'res.setHeader close',
  'res.pipe',
];

const double: Play = {
  name: 'two exchanges at a time',
  setups: [
    setup({ pipelines: true }),
    setup({ pipelines: true, reads: false }),
    setup({ pipelines: true, halfOpen: true }),
    setup({ pipelines: true, listensToErrors: true }),
    setup({ pipelines: true, checks: true, takesOver: true }),
    setup({ pipelines: true, limit: 2 }),
    ...(['res.write', 'res.end text', 'res.flushHeaders', 'req.destroy'] as const).map((call) =>
      setup({ pipelines: true, atOnce: [call] }),
    ),
    ...['req.end', 'res.finish', 'res.close'].map((event) =>
      setup({ pipelines: true, plan: { event, calls: ['res.end text'] } }),
    ),
  ],
  calls: CALLS,
  seconds: CALLS,
  others: [...single.others, 'GET, upgrade', 'deadlines pass', 'socket.destroy'],
  depth: 3,
};

/** Whoever has asked gets a response, whenever the server drains, and the rest is cut. */
const drained: Play = {
  name: 'the server drains',
  setups: [
    setup({}),
    setup({ atOnce: ['res.end'] }),
    setup({ listensToErrors: true }),
    setup({ halfOpen: true }),
    setup({ pipelines: true }),
    setup({ pipelines: true, limit: 1 }),
  ],
  calls: ['res.end', 'res.write'],
  seconds: ['res.end'],
  others: [
    'GET',
    'POST and half',
    'rest',
    'half a head',
    'garbage',
    'FIN',
    'reset',
    'server.drain',
    'server.drain, and takes on',
    'the drain is cut',
    'server.close',
    'net.Server.close',
  ],
  depth: 5,
};

export const plays: readonly Play[] = [
  single,
  double,
  responsesInTurn,
  following,
  deadlines,
  idle,
  halfOpen,
  limited,
  lifecycle,
  program,
  unlistened,
  duplex,
  stuck,
  flooded,
  ended,
  drained,
];
