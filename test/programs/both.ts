/** A random program of a client against one of a server: no peer speaks in bytes. */
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { type Asked, ask, type ClientPlan, clientPlans, type Link, live, open } from './client.js';
import type { Opening } from './client-peer.js';
import { accept, type ServerPlan, type Serving, serve, serverPlans } from './server.js';
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
): Promise<Asked & Pick<Serving, 'server'>> {
  const serving = serve(world, plan);
  const { server } = serving;
  const links: Link[] = [];
  let isOver = false;
  const make = (): Duplex => {
    const [caller, called] = world.connect(highWaterMark);
    links.push({ caller, called });
    caller.socket.prependOnceListener('connect', () => {
      if (isOver) called.socket.destroy();
      else accept(world, server, called.socket);
    });
    return caller.socket;
  };
  const asked = ask(world, client, (callback) => open(world, opening, make, callback), links);
  await live(asked, () => {
    isOver = true;
    for (const socket of serving.parted) socket.destroy();
    world.hand(
      'server.close',
      () => {},
      (callback) => void server.close(callback),
    );
    server.closeAllConnections();
  });
  return { ...asked, server };
}
