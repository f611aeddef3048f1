/** A random client program against a random server program, without raw peers. */
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { type ClientPlan, type ClientRun, clientPlans, type Link, open, runToEnd, startRequests } from './client.js';
import type { Opening } from './client-peer.js';
import { accept, type ServerPlan, type ServerRun, serve, serverPlans } from './server.js';
import type { World } from './world.js';

export interface BothCase {
  readonly server: ServerPlan;
  readonly client: ClientPlan;
  readonly opening: Opening;
  readonly highWaterMark: number | undefined;
}

export const bothCases: fc.Arbitrary<BothCase> = fc.record({
  server: serverPlans,
  client: clientPlans,
  opening: fc.constantFrom('returned', 'returned', 'called back', 'called back later'),
  highWaterMark: fc.constantFrom(undefined, undefined, 1000, 20),
});

export async function playBoth(
  world: World,
  { server: plan, client, opening, highWaterMark }: BothCase,
): Promise<ClientRun & Pick<ServerRun, 'server'>> {
  const serverRun = serve(world, plan);
  const { server } = serverRun;
  const links: Link[] = [];
  let isOver = false;
  const create = (): Duplex => {
    const [caller, called] = world.connect(highWaterMark);
    links.push({ caller, called });
    caller.socket.prependOnceListener('connect', () => {
      if (isOver) called.socket.destroy();
      else accept(world, server, called.socket);
    });
    return caller.socket;
  };
  const run = startRequests(world, client, (callback) => open(world, opening, create, callback), links);
  await runToEnd(run, () => {
    isOver = true;
    for (const { socket } of serverRun.handedOver) socket.destroy();
    world.expectCallback(
      'server.close',
      () => {},
      (callback) => void server.close(callback),
    );
    server.closeAllConnections();
  });
  return { ...run, server };
}
