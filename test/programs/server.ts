/** A random program of a server: its options, a handler for each request, and a peer that speaks to it in bytes. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import { createServer, type Server } from '../../src/api/server/Server.js';
import type { ServerResponse } from '../../src/api/server/ServerResponse.js';
import type { ServerOptions } from '../../src/api/server/settings.js';
import { type Program, perform } from './act.js';
import { follow } from './peer.js';
import { type Exchange, handlers } from './server-acts.js';
import { type PeerPlan, peers } from './server-peer.js';
import { bytesOf, type Line, type World } from './world.js';

/** What a listener of 'clientError' says. */
export const REFUSAL = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');

export interface ServerPlan {
  readonly options: ServerOptions;
  readonly timeout: number;
  readonly maxRequestsPerSocket: number;
  readonly httpAllowHalfOpen: boolean;
  /** What the listener of 'clientError' does; undefined: there is none. */
  readonly onFault: 'end' | 'destroy' | 'nothing' | undefined;
  /** What else is listened to. */
  readonly hears: readonly ('checkContinue' | 'upgrade' | 'connect')[];
  /** The messages have listeners of their own. */
  readonly isWatched: boolean;
  /** For the requests by turns. */
  readonly handlers: readonly Program<Exchange>[];
}

export interface ServerCase {
  readonly plan: ServerPlan;
  readonly peer: PeerPlan;
  readonly highWaterMark: number | undefined;
}

export const serverPlans: fc.Arbitrary<ServerPlan> = fc.record({
  options: fc.record({
    keepAliveTimeout: fc.constantFrom(1000, 4000, 50, 0),
    keepAliveTimeoutBuffer: fc.constant(0),
    requestTimeout: fc.constantFrom(3000, 3000, 0),
    headersTimeout: fc.constantFrom(2000),
    connectionsCheckingInterval: fc.constant(500),
  }),
  timeout: fc.constantFrom(0, 0, 0, 600),
  maxRequestsPerSocket: fc.constantFrom(0, 0, 0, 2),
  httpAllowHalfOpen: fc.constantFrom(false, false, true),
  onFault: fc.constantFrom(undefined, undefined, 'end', 'destroy', 'nothing'),
  hears: fc.subarray(['checkContinue', 'upgrade', 'connect'] as const),
  isWatched: fc.boolean(),
  handlers: fc.array(handlers, { minLength: 1, maxLength: 3, size: 'max' }),
});

export const serverCases: fc.Arbitrary<ServerCase> = fc.record({
  plan: serverPlans,
  peer: peers,
  highWaterMark: fc.constantFrom(undefined, undefined, 1000, 20),
});

/** A server that runs its program, and what it was asked. */
export interface Serving {
  readonly server: Server;
  readonly plan: ServerPlan;
  readonly exchanges: Exchange[];
  /** Sockets that have left HTTP. */
  readonly parted: Duplex[];
  /** Faults that were told. */
  faults: number;
}

export function serve(world: World, plan: ServerPlan): Serving {
  const server = createServer(plan.options);
  const serving: Serving = { server, plan, exchanges: [], parted: [], faults: 0 };
  server.setMaxListeners(0);
  server.timeout = plan.timeout;
  server.maxRequestsPerSocket = plan.maxRequestsPerSocket;
  server.httpAllowHalfOpen = plan.httpAllowHalfOpen;
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    // What was spoilt may ask for something else.
    const index = Number(/\d+$/.exec(req.url as string)?.[0] ?? -1);
    const seen = plan.isWatched
      ? { req: world.watch(`served req ${index}`, req), res: world.watch(`served res ${index}`, res) }
      : undefined;
    const exchange: Exchange = {
      ...{
        world,
        server,
        index,
        req,
        res,
        out: res as never,
        incoming: req,
        isReading: false,
        isLate: false,
        seen,
        socket: req.socket,
        asked: [],
        got: undefined,
      },
    };
    serving.exchanges.push(exchange);
    for (const message of [req, res]) message.setMaxListeners(0);
    res.setHeader('X-Index', String(index));
    perform(plan.handlers[index % plan.handlers.length] ?? [], exchange);
  };
  server.on('request', onRequest as never);
  if (plan.hears.includes('checkContinue')) server.on('checkContinue', onRequest as never);
  for (const event of ['upgrade', 'connect'] as const) {
    if (!plan.hears.includes(event)) continue;
    server.on(event, (_req, socket: Duplex) => {
      serving.parted.push(socket);
      world.part(socket);
      socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n');
    });
  }
  if (plan.onFault !== undefined) {
    server.on('clientError', (_error, socket: Duplex) => {
      serving.faults++;
      world.damage.push('clientError');
      if (plan.onFault === 'end') socket.end(REFUSAL);
      else if (plan.onFault === 'destroy') socket.destroy();
    });
  }
  return serving;
}

/** Gives a server a connection, and has the server count it as `net.Server` does. */
export function accept(world: World, server: Server, socket: Socket): void {
  const counted = server as unknown as { _connections: number; _emitCloseIfDrained(): void };
  counted._connections++;
  socket.on('close', () => {
    counted._connections--;
    counted._emitCloseIfDrained();
  });
  socket.on('timeout', () => world.damage.push('timeout'));
  server.emit('connection', socket);
}

/** How it was behind the program, before its end. */
interface Halfway {
  readonly ended: ReadonlySet<Exchange>;
  readonly isBusy: boolean;
  readonly isClosed: boolean;
  /** The program has ended the socket and paused it: it doesn't see the peer go. */
  readonly isShunned: boolean;
  readonly sent: Buffer;
  /** What may have cost a message. */
  readonly damage: readonly string[];
}

/** What came of a program. */
export interface Served extends Serving {
  readonly world: World;
  readonly peer: PeerPlan;
  readonly line: Line;
  readonly halfway: Halfway;
}

function halfwayOf(world: World, { exchanges }: Serving, line: Line): Halfway {
  return {
    ended: new Set(exchanges.filter(({ res }) => res.writableEnded)),
    isBusy: exchanges.some(({ res }) => !res.writableEnded && !res.destroyed),
    isClosed: line.socket.destroyed,
    isShunned: line.socket.writableFinished && world.isPaused,
    sent: bytesOf(line),
    damage: [...world.damage],
  };
}

/** Longer than all that the programs and the deadlines of a server wait for. */
const HORIZON = 12_000;

export async function playServer(world: World, { plan, peer, highWaterMark }: ServerCase): Promise<Served> {
  const serving = serve(world, plan);
  const [caller, called] = world.connect(highWaterMark);
  const { socket } = caller;
  socket.on('error', () => {}).resume();
  let isAccepted = false;
  socket.once('connect', () => {
    isAccepted = true;
    accept(world, serving.server, called.socket);
  });
  void follow({ world, socket }, peer.script);
  await world.clock.advance(HORIZON);
  const halfway = halfwayOf(world, serving, called);

  // The end of it: the peer goes, and the server closes. A connection that is kept half open is for the server to close.
  if (isAccepted) socket.resetAndDestroy();
  else called.socket.destroy();
  if (plan.httpAllowHalfOpen) serving.server.closeAllConnections();
  for (const parted of serving.parted) parted.destroy();
  world.hand(
    'server.close',
    () => {},
    (callback) => void serving.server.close(callback),
  );
  await world.clock.advance(1000);
  return { ...serving, world, peer, line: called, halfway: { ...halfway, isClosed: halfway.isClosed || !isAccepted } };
}
