/** The walks of a client: its world, and the conversation of each walk. */
import type { Agent } from 'node:http';
import type { ClientConversation, ClientLine, ClientSteps, Wire } from '../../conversations/kit/client-conversation.js';
import { type Game, walk } from '../kit/paths.js';
import { type Act, acts, type Kit, planOf, stepOf } from './acts.js';
import { partingOf } from './departures.js';
import type { Setup } from './setup.js';
import { EMPTY } from './state.js';
import { World } from './world.js';

const byName = new Map(acts.map((act) => [act.name, act]));
const act = (name: string): Act => byName.get(name) as Act;

const gameFrom = (begins: World): Game<World> => ({
  begins,
  acts: acts.map(({ name }) => name),
  may: ({ state }, name) => act(name).may(state),
  after: (world, name) => {
    const row = partingOf(world.state, name);
    const next = world.after(act(name).act);
    next.state.parted = world.parted ?? row;
    return next;
  },
});

export const client = gameFrom(new World());

/** The same in the host's order of events. */
export const clientInHostOrder = gameFrom(new World({ state: { ...EMPTY, hostOrder: true } }));

/** The walk as a conversation: new for each run, because each run has its own sockets. */
export function conversationOf(names: readonly string[]): ClientConversation {
  const kit: Kit = { wanting: [] };
  const script: ClientLine[] = [];
  const worlds = [client.begins, ...walk(client, names)];
  let sender = 1;
  for (const [index, name] of names.entries()) {
    const { state } = worlds[index] as World;
    const { number = 1 } = state.line ?? {};
    if (number > sender) {
      sender = number;
      script.push(['as', 'ab'[number - 1] as string]);
    }
    script.push(...act(name).script(state, kit), ['settle']);
  }
  const { setup } = (worlds[1] as World).state.request ?? {};
  return { name: names.join(' → '), deaf: ['socket'], script, ...listenersOf(setup as Setup) };
}

type Listeners = Omit<ClientConversation, 'name' | 'script' | 'deaf'>;

const RETRIES = { keepAlive: true, retryReused: true };

function withOneSocket(agent: Agent): Agent {
  const { createConnection } = agent;
  agent.createConnection = (options, callback) => {
    agent.createConnection = (_options, refuse) =>
      void process.nextTick(() => refuse?.(new Error('refused'), null as never));
    return createConnection.call(agent, options, callback);
  };
  return agent;
}

const AGENTS: Readonly<Record<Setup['giver'], ClientConversation['agent']>> = {
  keeps: { keepAlive: true },
  closes: {},
  retries: RETRIES,
  once: ({ http }: Wire) => withOneSocket(new http.Agent(RETRIES)),
  nobody: { keepAlive: false },
  late: {},
};

function listenersOf({ giver, reads, takesOver, plan }: Setup): Listeners {
  const planned: ClientSteps = (plan?.calls ?? []).map((call) => stepOf(call) as never);
  const reading: ClientSteps = reads === 'reads' ? [['listen', 'res.data']] : [];
  const isOfResponse = plan?.event.startsWith('res.') ?? false;
  const waiting: ClientSteps = isOfResponse ? [['wait', plan?.event as string]] : [];
  const inResponse = plan?.event === 'response' || isOfResponse ? [...waiting, ...planned] : [];
  const on: Record<string, Record<`/${string}`, ClientSteps>> = {};
  if (takesOver) for (const event of ['upgrade', 'connect']) on[event] = {};
  if (plan?.event.startsWith('socket.')) on['socket'] = { '/': [planOf(plan, 'socket') as never] };
  else if (plan !== null && plan.event !== 'response' && !isOfResponse) on[plan.event] = { '/': planned };
  return {
    agent: AGENTS[giver] as never,
    ...(giver === 'nobody' ? { peers: 'nobody' as const } : {}),
    ...(reads === null ? {} : { handler: { '/': [...reading, ...inResponse], '/2': [['listen', 'res.data']] } }),
    on,
  };
}
