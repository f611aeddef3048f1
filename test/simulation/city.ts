/** Many connections at once: random clients and raw peers, one random server, and a random network between them. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import {
  type ClientPlan,
  type ClientRun,
  clientPlans,
  open,
  respond,
  snapshotOf,
  startRequests,
  starving,
} from '../programs/client.js';
import { clientLaws } from '../programs/client-laws.js';
import { type ConnectionPlan, connectionPlans, type Opening } from '../programs/client-peer.js';
import { broken, common, ofServer } from '../programs/laws.js';
import { follow } from '../programs/peer.js';
import {
  accept,
  resultOf,
  type ServerPlan,
  type Snapshot,
  serve,
  serverPlans,
  snapshotOf as snapshotOfLine,
  starvedIn,
} from '../programs/server.js';
import { serverLaws } from '../programs/server-laws.js';
import { type PeerPlan, peers, pipeliningPeers, upgradingPeers } from '../programs/server-peer.js';
import { type Line, World } from '../programs/world.js';
import { Network, type NetworkPlan } from './network.js';

interface Client {
  readonly plan: ClientPlan;
  /** Its connections, in rotation. */
  readonly connections: readonly Way[];
}

/** How a connection of a client is opened, and to whom: without a plan to the server. */
interface Way {
  readonly opening: Opening;
  readonly to: ConnectionPlan | undefined;
}

export interface City {
  readonly server: ServerPlan;
  readonly clients: readonly Client[];
  readonly peers: readonly PeerPlan[];
  readonly network: NetworkPlan;
  readonly highWaterMark: number | undefined;
}

/** How many clients a city has at most. */
const CLIENTS = 12;

const toServer: fc.Arbitrary<readonly Way[]> = fc
  .constantFrom<Opening[]>('returned', 'returned', 'called back', 'called back later')
  .map((opening) => [{ opening, to: undefined }]);

const toPeers: fc.Arbitrary<readonly Way[]> = connectionPlans.map((plans) =>
  plans.map((to) => ({ opening: to.opening, to })),
);

export const cities: fc.Arbitrary<City> = fc.record({
  server: serverPlans,
  clients: fc.array(
    fc.record({
      plan: clientPlans,
      connections: fc.oneof({ weight: 3, arbitrary: toServer }, { weight: 1, arbitrary: toPeers }),
    }),
    { minLength: 1, maxLength: CLIENTS, size: 'max' },
  ),
  peers: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: peers },
      { weight: 4, arbitrary: pipeliningPeers },
      { weight: 3, arbitrary: upgradingPeers },
    ),
    { maxLength: 6, size: 'max' },
  ),
  network: fc.record({
    seed: fc.nat(0xffff_ffff),
    latency: fc.constantFrom(0, 1, 5, 40, 300),
    faults: fc.constantFrom(0, 0.1, 0.5),
    pieces: fc.constantFrom(0, 0.2, 0.7),
    window: fc.constantFrom(100_000, 5000, 500),
  }),
  highWaterMark: fc.constantFrom(undefined, undefined, 1000, 20),
});

/** Longer than all pauses of programs, deadlines of servers and delays of the network. */
const HORIZON = 20_000;
/** For the last pieces. */
const AFTERWARDS = 2000;
const BUDGET = 200_000;

export interface Judged {
  readonly connections: number;
  /** The law that is broken. */
  readonly broken: string | undefined;
  /** The number of uncaught exceptions. */
  readonly uncaught: number;
}

export async function judge(city: City): Promise<Judged> {
  const world = new World(true, BUDGET);
  try {
    return await play(world, city);
  } finally {
    world.leave();
  }
}

async function play(world: World, city: City): Promise<Judged> {
  const { server: plan, clients, peers: raw, highWaterMark } = city;
  const serverRun = serve(world, { ...plan, isWatched: true });
  const { server } = serverRun;
  const network = new Network(world, city.network);
  let isOver = false;
  const take = (socket: Socket): void => {
    if (isOver) socket.destroy();
    else accept(world, server, socket);
  };
  const servers: Socket[] = [];
  const welcome = (line: Line, to: ConnectionPlan): void => {
    if (isOver) line.socket.destroy();
    else respond(world, line, to);
    servers.push(line.socket);
  };
  const runs: ClientRun[] = clients.map((client) => {
    const links: ClientRun['links'] = [];
    let count = 0;
    return startRequests(
      world,
      client.plan,
      (callback) => {
        const { opening, to } = client.connections[count++ % client.connections.length]!;
        const create = (): Duplex => {
          const link = network.connect(highWaterMark, (socket) => {
            if (to === undefined) take(socket);
            else welcome(link.called, to);
          });
          links.push(link);
          return link.caller.socket;
        };
        return open(world, isOver ? 'failed' : opening, create, callback);
      },
      links,
    );
  });
  const accepted = new Set<Socket>();
  const lines = raw.map((peer) => {
    const { caller, called } = network.connect(highWaterMark, (socket) => {
      accepted.add(socket);
      take(socket);
    });
    caller.socket.on('error', () => {}).resume();
    void follow({ world, socket: caller.socket }, peer.script);
    return { peer, caller, called };
  });
  world.patrol(() => [...starvedIn(world, serverRun), ...runs.flatMap(starving)]);
  await world.clock.advance(HORIZON);
  world.isOver = true;
  for (const run of runs) run.snapshot = snapshotOf(run);
  const snapshots = lines.map(({ caller, called }): Snapshot => {
    const snapshot = snapshotOfLine(world, serverRun, called, caller);
    return { ...snapshot, isClosed: snapshot.isClosed || !accepted.has(called.socket) };
  });
  isOver = true;
  for (const { socket } of serverRun.handedOver) socket.destroy();
  world.expectCallback(
    'server.close',
    () => {},
    (callback) => void server.close(callback),
  );
  server.closeAllConnections();
  for (const socket of servers) socket.destroy();
  await closeAll(world, runs);
  network.end();
  await closeAll(world, runs);
  const results = lines.map(({ peer, caller, called }, at) =>
    resultOf(world, serverRun, peer, called, caller, snapshots[at]!),
  );
  const found = [
    broken({ ...common, ...ofServer }, { world, server }),
    ...runs.map((run) => broken(clientLaws, run)),
    ...results.map((result) => broken(serverLaws, result)),
  ];
  return {
    connections: network.count,
    broken: found.find((each) => each !== undefined),
    uncaught: world.uncaught.length,
  };
}

async function closeAll(world: World, runs: readonly ClientRun[]): Promise<void> {
  for (const { handedOver, agents } of runs) {
    for (const socket of handedOver) socket.destroy();
    for (const agent of agents) agent.destroy();
  }
  await world.clock.advance(AFTERWARDS);
}
