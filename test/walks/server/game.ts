/** The walks of a server: its world, and what each walk is as a conversation. */
import type { Conversation, Line, Steps } from '../../conversations/kit/conversation.js';
import { type Game, walk } from '../kit/paths.js';
import { type Act, acts, stepOf } from './acts.js';
import { partingOf } from './departures.js';
import type { Setup } from './setup.js';
import { World } from './world.js';

const byName = new Map(acts.map((act) => [act.name, act]));
const act = (name: string): Act => byName.get(name) as Act;

export const server: Game<World> = {
  begins: new World(),
  acts: acts.map(({ name }) => name),
  may: ({ state }, name) => act(name).may(state),
  after: (world, name) => {
    const row = partingOf(world, name);
    const next = world.after(act(name).act);
    next.state.parted = world.parted ?? row;
    return next;
  },
};

export function conversationOf(names: readonly string[]): Conversation {
  const worlds = [server.begins, ...walk(server, names)];
  const script = names.flatMap((name, index): Line[] => [
    ...act(name).script((worlds[index] as World).state),
    ['settle'],
  ]);
  const { setup } = (worlds[1] as World).state;
  return { name: names.join(' → '), deaf: ['socket'], script, ...listenersOf(setup as Setup) };
}

function listenersOf({ reads, atOnce, takesOver, checks, hearsErrors, plan }: Setup): Partial<Conversation> {
  const steps = (calls: Setup['atOnce']) => calls.map((call) => stepOf(call)) as Steps;
  const waiting: Steps = plan === null ? [] : [['wait', plan.event], ...steps(plan.calls)];
  const on = {
    ...(takesOver ? { upgrade: [], connect: [] } : {}),
    ...(checks ? { checkContinue: [], checkExpectation: [] } : {}),
    ...(hearsErrors ? { clientError: [] } : {}),
  };
  const reading: Steps = reads ? [['listen', 'req.data']] : [];
  return { server: { on }, handler: [...reading, ...steps(atOnce), ...waiting] };
}
