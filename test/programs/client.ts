/** A random client program: an agent, requests, and peers that respond in various ways. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { Agent } from '../../src/api/agent/Agent.js';
import type { AgentOptions } from '../../src/api/agent/options.js';
import { type ClientRequest, request } from '../../src/api/client/ClientRequest.js';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import { type Pause, type Program, pauses, perform } from './act.js';
import { type ClientExchange, requesters, responders } from './client-acts.js';
import { type ConnectionPlan, connectionPlans, type Opening } from './client-peer.js';
import { follow } from './peer.js';
import { type Message, Reader, readAll } from './reader.js';
import { isStarved } from './server.js';
import { bytesOf, type Line, type World } from './world.js';

type RequestEvent = 'response' | 'upgrade' | 'connect';

export interface RequestPlan {
  /** How long to wait before the request is created. */
  readonly pause: Pause | undefined;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number | undefined;
  readonly listens: readonly RequestEvent[];
  readonly program: Program<ClientExchange>;
  readonly onResponse: Program<ClientExchange>;
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
  listens: fc.oneof(
    fc.constantFrom<RequestEvent[]>(['response'], ['response', 'upgrade', 'connect']),
    fc.subarray<RequestEvent>(['response', 'upgrade', 'connect']),
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

/** The two ends of a client's connection. */
export interface Link {
  readonly caller: Line;
  readonly called: Line;
}

export interface ClientRun {
  readonly world: World;
  readonly plan: ClientPlan;
  readonly agents: Agent[];
  readonly exchanges: ClientExchange[];
  readonly links: Link[];
  readonly handedOver: Duplex[];
  /** The state after the program has run and before everything is closed. */
  snapshot: Snapshot;
}

interface Snapshot {
  /** Agents with queued requests although there is room for another socket. */
  readonly stalled: number;
  /** Sockets in use by a request that has closed. */
  readonly inUse: number;
  /** Sockets of agents that no request uses, though they are said to be in use. */
  readonly unused: number;
  /** Open connections that nobody has. */
  readonly stray: number;
  /** Idle connections of agents on which something came unasked, after a request. */
  readonly spoilt: number;
  /** The maximum number of listeners of one event on an idle socket. */
  readonly listeners: number;
  readonly closed: ReadonlySet<ClientExchange>;
  /** Requests that were sent and whose responses were read to the end. */
  readonly over: readonly ClientExchange[];
}

export function snapshotOf(run: ClientRun): Snapshot {
  const { agents: all, exchanges, links, handedOver } = run;
  const isClosed = (one: ClientExchange) => one.seen.events.includes('close');
  const users = all.flatMap(({ sockets }) => Object.values(sockets).flat()) as {
    _httpMessage?: ClientRequest | null;
  }[];
  const idle = all.flatMap(({ freeSockets }) => Object.values(freeSockets).flat()) as Socket[];
  return {
    stalled: all.filter(({ requests, sockets, maxSockets }) => {
      const waits = Object.values(requests).flat().length > 0;
      return waits && Object.values(sockets).flat().length < maxSockets;
    }).length,
    inUse: users.filter(({ _httpMessage: message }) => exchanges.some((one) => one.req === message && isClosed(one)))
      .length,
    unused: users.filter(({ _httpMessage: message }) => !message).length,
    stray: links.filter(({ caller: { socket } }) => {
      const owned: readonly unknown[] = [...users, ...idle, ...handedOver];
      return !socket.destroyed && !owned.includes(socket);
    }).length,
    spoilt: idle.filter((socket) => isUsed(run, socket) && isSpoilt(run, socket)).length,
    listeners: Math.max(0, ...idle.flatMap((socket) => socket.eventNames().map((name) => socket.listenerCount(name)))),
    closed: new Set(exchanges.filter(isClosed)),
    over: exchanges.filter(({ req, res }) => req.writableFinished && res?.readableEnded),
  };
}

const isQueued = (run: ClientRun, req: ClientRequest): boolean =>
  run.agents.some(({ requests }) => Object.values(requests).some((queue) => queue?.includes(req)));

const ASKED = Buffer.from('HTTP/1.1 204 Asked\r\n\r\n');

/**
 * Whether something else has come on a kept connection than the responses to its requests, so that a response to another request
 * would be taken for something else.
 */
function isSpoilt({ links }: Pick<ClientRun, 'links'>, socket: Duplex): boolean {
  const link = links.find(({ caller }) => caller.socket === socket);
  if (link === undefined) return false;
  const { messages } = readAll('request', bytesOf(link.caller), false);
  const come = bytesOf(link.called).subarray(0, link.caller.socket.bytesRead);
  const methodOf = (index: number): string => messages[index]?.head.method ?? 'GET';
  const responses = readAll('response', Buffer.concat([come, ASKED]), false, methodOf);
  const [asked, ...others] = responses.messages.toReversed();
  const isFinal = ({ head }: Message): boolean => head.statusCode >= 200;
  const isClean = responses.error === undefined && asked?.head.statusMessage === 'Asked';
  return !isClean || !others.slice(0, 1).every(isFinal) || others.filter(isFinal).length !== messages.length;
}

const isUsed = ({ exchanges }: ClientRun, socket: Socket): boolean =>
  exchanges.some(({ used }) => used.includes(socket));

type Connect = (callback: (error: Error | null, socket?: Duplex) => void) => Duplex | undefined;

/** Creates the requests of a program, each at its time. */
export function startRequests(world: World, plan: ClientPlan, connect: Connect, links: Link[]): ClientRun {
  const run: ClientRun = {
    world,
    plan,
    agents: [],
    exchanges: [],
    links,
    handedOver: [],
    snapshot: undefined as never,
  };
  const newAgent = (options: AgentOptions): Agent => {
    const agent = new Agent({ ...options });
    agent.createConnection = (_options, callback) => connect(callback as never);
    run.agents.push(agent);
    return agent;
  };
  const shared = plan.agent === undefined ? undefined : newAgent(plan.agent);
  for (const [index, one] of plan.requests.entries()) {
    const create = (): void => {
      const agent = shared ?? newAgent({});
      const controller = new AbortController();
      const { method, headers, timeout } = one;
      const path = method === 'CONNECT' ? `to.${index}:80` : `/${index}`;
      const { signal } = controller;
      const req = world.create(() => request({ agent, method, path, headers, signal, ...(timeout && { timeout }) }));
      const seen = world.watch(`req ${index}`, req.setMaxListeners(0));
      const on: ClientExchange = {
        ...{ world, index, agent, req, controller, seen, out: req as never, written: [], res: undefined },
        ...{ incoming: undefined, isReading: false, isDumped: false, got: undefined, used: [] },
      };
      run.exchanges.push(on);
      req.on('close', () => {
        setImmediate(() => {
          if (isQueued(run, req)) world.alarms.push(`request ${index} has closed, and its agent keeps it waiting`);
        });
      });
      req.on('socket', (socket: Duplex) => {
        on.used.push(socket);
        if (req.reusedSocket && isSpoilt(run, socket))
          world.alarms.push(`request ${index} gets a connection on which something came unasked`);
      });
      if (one.listens.includes('response')) {
        req.on('response', (res: IncomingMessage) => {
          world.watch(`res ${index}`, res.setMaxListeners(0));
          on.res = res;
          on.incoming = res;
          perform(one.onResponse, on);
        });
      }
      for (const event of ['upgrade', 'connect'] as const) {
        if (!one.listens.includes(event)) continue;
        req.on(event, (_res: IncomingMessage, socket: Duplex) => {
          run.handedOver.push(socket);
          setImmediate(() => {
            const held = run.agents.flatMap(({ sockets, freeSockets }) =>
              [sockets, freeSockets].flatMap((table) => Object.values(table).flat()),
            );
            if (held.includes(socket as Socket)) world.alarms.push(`the agent keeps the socket of request ${index}`);
          });
          world.handOver(socket);
          socket.on('error', () => {}).end('bye');
        });
      }
      perform(one.program, on);
    };
    const program = [{ text: '', run: create }];
    if (one.pause === undefined) setImmediate(() => perform(program, { world } as never));
    else world.later(one.pause, () => perform(program, { world } as never));
  }
  return run;
}

/** Responses whose readers want more, and whose connections are paused. */
export const starving = ({ world, exchanges }: ClientRun): string[] =>
  exchanges
    .filter(({ req, res }) => res !== undefined && req.socket && isStarved(world, res, req.socket as Socket))
    .map(({ index, req }) => `the reader of response ${index} gets no more than ${req.socket?.bytesRead} bytes`);

const HORIZON = 8000;

/** Lets the program run, then closes everything. */
export async function runToEnd(run: ClientRun, close: () => void): Promise<ClientRun> {
  const { world, agents: all, handedOver } = run;
  await world.clock.advance(HORIZON);
  run.snapshot = snapshotOf(run);
  close();
  for (const socket of handedOver) socket.destroy();
  for (const agent of all) agent.destroy();
  await world.clock.advance(1000);
  for (const agent of all) agent.destroy();
  await world.clock.advance(1000);
  return run;
}

function refused(): Error {
  return Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
}

/** Provides a connection as planned. */
export function open(
  world: World,
  opening: Opening,
  create: () => Duplex,
  callback: Parameters<Connect>[0],
): Duplex | undefined {
  if (opening === 'returned') return create();
  if (opening === 'dead')
    return create()
      .on('error', () => {})
      .destroy();
  if (opening === 'thrown') throw refused();
  const finish = (): void => (opening.startsWith('failed') ? callback(refused()) : callback(null, create()));
  if (opening.endsWith('later')) world.later(50, finish);
  else finish();
  return undefined;
}

/** A peer: it reads requests, and responds as planned. */
export function respond(world: World, { socket }: Line, { responses }: ConnectionPlan): void {
  const reader = new Reader('request');
  const begun = new Set<number>();
  const check = (): void => {
    for (const [at, message] of reader.messages.entries()) {
      const next = responses[at];
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

export async function playClient(world: World, { plan, connections, highWaterMark }: ClientCase): Promise<ClientRun> {
  const links: Link[] = [];
  let isOver = false;
  let count = 0;
  const connect: Connect = (callback) => {
    if (isOver) throw refused();
    const connection = connections[count++ % connections.length] as ConnectionPlan;
    const create = (): Duplex => {
      const [caller, called] = world.connect(highWaterMark);
      links.push({ caller, called });
      respond(world, called, connection);
      return caller.socket;
    };
    return open(world, connection.opening, create, callback);
  };
  const run = startRequests(world, plan, connect, links);
  return await runToEnd(run, () => {
    isOver = true;
    for (const { called } of links) called.socket.destroy();
  });
}
