/** A random program of a client: an agent, requests, and peers that answer in their own way. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { Agent } from '../../src/api/agent/Agent.js';
import type { AgentOptions } from '../../src/api/agent/options.js';
import { type ClientRequest, request } from '../../src/api/client/ClientRequest.js';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import { type Pause, type Program, pauses, perform } from './act.js';
import { type Asking, requesters, responders } from './client-acts.js';
import { type ConnectionPlan, connectionPlans, type Opening } from './client-peer.js';
import { follow } from './peer.js';
import { Reader } from './reader.js';
import type { Line, World } from './world.js';

type Heard = 'response' | 'upgrade' | 'connect';

export interface RequestPlan {
  /** How long it is waited before it is made. */
  readonly pause: Pause | undefined;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number | undefined;
  readonly hears: readonly Heard[];
  readonly program: Program<Asking>;
  readonly onResponse: Program<Asking>;
}

export interface ClientPlan {
  /** Undefined: an agent for each request. */
  readonly agent: AgentOptions | undefined;
  readonly requests: readonly RequestPlan[];
}

export interface ClientCase {
  readonly plan: ClientPlan;
  readonly connections: readonly ConnectionPlan[];
  readonly highWaterMark: number | undefined;
}

const requestPlans: fc.Arbitrary<RequestPlan> = fc.record({
  pause: fc.option(pauses, { nil: undefined }),
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'CONNECT', 'DELETE'),
  headers: fc.constantFrom<Readonly<Record<string, string>>[]>(
    ...[{}, {}, {}, {}, { Expect: '100-continue' }, { Connection: 'close' }],
    ...[{ Connection: 'upgrade', Upgrade: 'other' }, { 'Content-Length': '5' }],
  ),
  timeout: fc.constantFrom(undefined, undefined, undefined, 600),
  hears: fc.oneof(
    fc.constantFrom<Heard[]>(['response'], ['response', 'upgrade', 'connect']),
    fc.subarray<Heard>(['response', 'upgrade', 'connect']),
  ),
  program: requesters,
  onResponse: responders,
});

const agents: fc.Arbitrary<AgentOptions | undefined> = fc.option(
  fc.record({
    keepAlive: fc.constantFrom(true, true, false),
    maxSockets: fc.constantFrom(1, 1, 2, 10),
    timeout: fc.constantFrom(undefined, undefined, 800),
    scheduling: fc.constantFrom('lifo', 'fifo'),
    retryReused: fc.constantFrom(false, false, true),
  }) as fc.Arbitrary<AgentOptions>,
  { nil: undefined, freq: 5 },
);

export const clientPlans: fc.Arbitrary<ClientPlan> = fc.record({
  agent: agents,
  requests: fc.array(requestPlans, { minLength: 1, maxLength: 4, size: 'max' }),
});

export const clientCases: fc.Arbitrary<ClientCase> = fc.record({
  plan: clientPlans,
  connections: connectionPlans,
  highWaterMark: fc.constantFrom(undefined, undefined, 1000, 20),
});

/** A connection that was made for a client, and whether it is held back. */
export interface Link {
  readonly caller: Line;
  readonly called: Line;
}

export interface Asked {
  readonly world: World;
  readonly plan: ClientPlan;
  readonly agents: Agent[];
  readonly asking: Asking[];
  readonly links: Link[];
  readonly parted: Duplex[];
  /** Behind the program, before its end. */
  halfway: Halfway;
}

interface Halfway {
  /** Requests that wait for a socket where there is room for one. */
  readonly forgotten: number;
  /** Sockets in use by a request that is over. */
  readonly held: number;
  /** Listeners to one event of an idle socket, at most. */
  readonly listeners: number;
  readonly closed: ReadonlySet<Asking>;
  /** What has been read to its end, on both ways. */
  readonly over: readonly Asking[];
}

function halfwayOf({ agents: all, asking }: Asked): Halfway {
  const isClosed = (one: Asking) => one.seen.events.includes('close');
  const users = all.flatMap(({ sockets }) => Object.values(sockets).flat()) as {
    _httpMessage?: ClientRequest | null;
  }[];
  const idle = all.flatMap(({ freeSockets }) => Object.values(freeSockets).flat()) as Socket[];
  return {
    forgotten: all.filter(({ requests, sockets, maxSockets }) => {
      const waits = Object.values(requests).flat().length > 0;
      return waits && Object.values(sockets).flat().length < maxSockets;
    }).length,
    held: users.filter(({ _httpMessage: message }) => asking.some((one) => one.req === message && isClosed(one)))
      .length,
    listeners: Math.max(0, ...idle.flatMap((socket) => socket.eventNames().map((name) => socket.listenerCount(name)))),
    closed: new Set(asking.filter(isClosed)),
    over: asking.filter(({ req, res }) => req.writableFinished && res?.readableEnded),
  };
}

type Connect = (callback: (error: Error | null, socket?: Duplex) => void) => Duplex | undefined;

/** Makes the requests of a program, each in its time. */
export function ask(world: World, plan: ClientPlan, connect: Connect, links: Link[]): Asked {
  const asked: Asked = { world, plan, agents: [], asking: [], links, parted: [], halfway: undefined as never };
  const newAgent = (options: AgentOptions): Agent => {
    const agent = new Agent({ ...options });
    agent.createConnection = (_options, callback) => connect(callback as never);
    asked.agents.push(agent);
    return agent;
  };
  const shared = plan.agent === undefined ? undefined : newAgent(plan.agent);
  for (const [index, one] of plan.requests.entries()) {
    const make = (): void => {
      const agent = shared ?? newAgent({});
      const controller = new AbortController();
      const { method, headers, timeout } = one;
      const path = method === 'CONNECT' ? `to.${index}:80` : `/${index}`;
      const { signal } = controller;
      const req = world.make(() => request({ agent, method, path, headers, signal, ...(timeout && { timeout }) }));
      const seen = world.watch(`req ${index}`, req.setMaxListeners(0));
      const on: Asking = {
        ...{ world, index, agent, req, controller, seen, out: req as never, asked: [], res: undefined },
        ...{ incoming: undefined, isReading: false, isLate: false, got: undefined },
      };
      asked.asking.push(on);
      if (one.hears.includes('response')) {
        req.on('response', (res: IncomingMessage) => {
          world.watch(`res ${index}`, res.setMaxListeners(0));
          on.res = res;
          on.incoming = res;
          perform(one.onResponse, on);
        });
      }
      for (const event of ['upgrade', 'connect'] as const) {
        if (!one.hears.includes(event)) continue;
        req.on(event, (_res: IncomingMessage, socket: Duplex) => {
          asked.parted.push(socket);
          world.part(socket);
          socket.on('error', () => {}).end('bye');
        });
      }
      perform(one.program, on);
    };
    const asks = [{ text: '', run: make }];
    if (one.pause === undefined) setImmediate(() => perform(asks, { world } as never));
    else world.later(one.pause, () => perform(asks, { world } as never));
  }
  return asked;
}

const HORIZON = 8000;

/** Lets the program run, and then ends it. */
export async function live(asked: Asked, close: () => void): Promise<Asked> {
  const { world, agents: all, parted } = asked;
  await world.clock.advance(HORIZON);
  asked.halfway = halfwayOf(asked);
  close();
  for (const socket of parted) socket.destroy();
  for (const agent of all) agent.destroy();
  await world.clock.advance(1000);
  for (const agent of all) agent.destroy();
  await world.clock.advance(1000);
  return asked;
}

function refusal(): Error {
  return Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
}

/** Gives a connection in the way that the plan wants. */
export function open(
  world: World,
  opening: Opening,
  make: () => Duplex,
  callback: Parameters<Connect>[0],
): Duplex | undefined {
  if (opening === 'returned') return make();
  if (opening === 'dead')
    return make()
      .on('error', () => {})
      .destroy();
  if (opening === 'thrown') throw refusal();
  const finish = (): void => (opening.startsWith('failed') ? callback(refusal()) : callback(null, make()));
  if (opening.endsWith('later')) world.later(50, finish);
  else finish();
  return undefined;
}

/** A peer: it reads requests, and answers them as it is told. */
function answer(world: World, { socket }: Line, { answers }: ConnectionPlan): void {
  const reader = new Reader('request');
  const begun = new Set<number>();
  const check = (): void => {
    for (const [at, message] of reader.messages.entries()) {
      const next = answers[at];
      if (next === undefined || begun.has(at) || !(next.when === 'head' || message.isWhole)) continue;
      begun.add(at);
      void follow({ world, socket }, next.script);
    }
  };
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      reader.feed(chunk);
      check();
    });
  socket.on('close', () => reader.finish());
}

export async function playClient(world: World, { plan, connections, highWaterMark }: ClientCase): Promise<Asked> {
  const links: Link[] = [];
  let isOver = false;
  let count = 0;
  const connect: Connect = (callback) => {
    if (isOver) throw refusal();
    const connection = connections[count++ % connections.length] as ConnectionPlan;
    const make = (): Duplex => {
      const [caller, called] = world.connect(highWaterMark);
      links.push({ caller, called });
      answer(world, called, connection);
      return caller.socket;
    };
    return open(world, connection.opening, make, callback);
  };
  const asked = ask(world, plan, connect, links);
  return await live(asked, () => {
    isOver = true;
    for (const { called } of links) called.socket.destroy();
  });
}
