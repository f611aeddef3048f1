/** The walks of a server: the acts of each game, and the conversation of each walk. */
import type { Conversation, Line, Steps } from '../../conversations/kit/conversation.js';
import { type Game, walk } from '../kit/paths.js';
import { type Act, acts, calling, hurries, IDLE_TIME, serving } from './acts.js';
import { stepOf } from './calls.js';
import { partingOf } from './departures.js';
import { type Play, plays } from './plays.js';
import type { Setup } from './setup.js';
import { World } from './world.js';

export interface ServerGame {
  readonly name: string;
  readonly game: Game<World>;
  readonly depth: number;
  readonly isSlow: boolean;
  readonly conversationOf: (names: readonly string[]) => Conversation;
}

function gameOf({ name, setups, calls, seconds = [], others, depth, isSlow = false }: Play): ServerGame {
  const playable: readonly Act[] = [
    ...setups.map(serving),
    ...calls.map((call) => calling(call, 0)),
    ...seconds.map((call) => calling(call, 1)),
    ...others.map((each) => acts.get(each) as Act),
  ];
  const byName = new Map(playable.map((each) => [each.name, each]));
  const act = (each: string): Act => byName.get(each) as Act;
  const game: Game<World> = {
    begins: new World(),
    acts: [...byName.keys()],
    may: (world, each) => (each === IDLE_TIME || !hurries(world)) && act(each).may(world),
    after: (world, each) => {
      const row = partingOf(world, each);
      const next = world.after(act(each).act);
      next.state.parted = world.parted ?? row ?? next.state.parted;
      return next;
    },
  };
  const conversationOf = (names: readonly string[]): Conversation => {
    const worlds = [game.begins, ...walk(game, names)];
    const script = names.flatMap((each, index): Line[] => [
      ...act(each).script(worlds[index] as World, worlds[index + 1] as World),
      ['settle'],
    ]);
    return { name: names.join(' → '), script, ...listenersOf((worlds[1] as World).setup) };
  };
  return { name, game, depth, isSlow, conversationOf };
}

function listenersOf(setup: Setup): Omit<Conversation, 'name' | 'script'> {
  const { reads, atOnce, isLater, takesOver, checks, listensToErrors, listensToTimeouts, plan, unlistened } = setup;
  const steps = (calls: Setup['atOnce']) => calls.map((call) => stepOf(call)) as Steps;
  const reading: Steps = reads ? [['listen', 'req.data']] : [];
  const later: Steps = isLater ? [['wait', 'turn']] : [];
  const waiting: Steps = plan === null ? [] : [['wait', plan.event], ...steps(plan.calls)];
  const on = {
    ...(takesOver ? { upgrade: [], connect: [] } : {}),
    ...(checks ? { checkContinue: [], checkExpectation: [] } : {}),
    ...(listensToErrors ? { clientError: [] } : {}),
    ...(listensToTimeouts ? { timeout: [] } : {}),
  };
  return {
    server: {
      on,
      options: { connectionsCheckingInterval: 15 },
      props: {
        httpAllowHalfOpen: setup.halfOpen,
        maxRequestsPerSocket: setup.limit,
        ...(setup.hurries ? { keepAliveTimeout: 1 } : {}),
      },
    },
    transport: setup.transport,
    deaf: ['socket', ...unlistened],
    handler: [...reading, ...later, ...steps(atOnce), ...waiting],
  };
}

export const serverGames: readonly ServerGame[] = plays.map(gameOf);
