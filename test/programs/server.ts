/** A random server program: its options, handlers, and a raw peer. */
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

/** What a 'clientError' listener sends. */
export const REFUSAL = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');

export interface ServerPlan {
  readonly options: ServerOptions;
  readonly timeout: number;
  readonly maxRequestsPerSocket: number;
  readonly httpAllowHalfOpen: boolean;
  /** What the 'clientError' listener does; undefined: there is none. */
  readonly onFault: 'end' | 'destroy' | 'nothing' | undefined;
  /** Other events with listeners. */
  readonly listens: readonly ('checkContinue' | 'upgrade' | 'connect')[];
  /** Whether the messages have listeners. */
  readonly isWatched: boolean;
  /** The handlers, used in rotation. */
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
  listens: fc.subarray(['checkContinue', 'upgrade', 'connect'] as const),
  isWatched: fc.boolean(),
  handlers: fc.array(handlers, { minLength: 1, maxLength: 3, size: 'max' }),
});

export const serverCases: fc.Arbitrary<ServerCase> = fc.record({
  plan: serverPlans,
  peer: peers,
  highWaterMark: fc.constantFrom(undefined, undefined, 1000, 20),
});

/** A socket that has left HTTP. */
interface HandedOver {
  readonly socket: Duplex;
  /** The index of the request. */
  readonly index: number;
  /** How many listeners it had. */
  readonly listeners: number;
  /** What has come after the request. */
  readonly got: Buffer[];
}

/** A server that runs its program, and its exchanges. */
export interface ServerRun {
  readonly server: Server;
  readonly plan: ServerPlan;
  readonly exchanges: Exchange[];
  /** Sockets that have left HTTP. */
  readonly handedOver: HandedOver[];
  /** The number of 'clientError' events. */
  faults: number;
}

export function serve(world: World, plan: ServerPlan): ServerRun {
  const server = createServer(plan.options);
  const run: ServerRun = { server, plan, exchanges: [], handedOver: [], faults: 0 };
  runs.set(server, run);
  server.setMaxListeners(0);
  server.timeout = plan.timeout;
  server.maxRequestsPerSocket = plan.maxRequestsPerSocket;
  server.httpAllowHalfOpen = plan.httpAllowHalfOpen;
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    // A corrupted request may have another URL.
    const index = Number(/\d+$/.exec(req.url as string)?.[0] ?? -1);
    const seen = plan.isWatched
      ? { req: world.watch(`served req ${index}`, req), res: world.watch(`served res ${index}`, res) }
      : undefined;
    const exchange: Exchange = {
      ...{
        world,
        server,
        index,
        begin: world.clock.date,
        req,
        res,
        out: res as never,
        incoming: req,
        isReading: false,
        isDumped: false,
        seen,
        socket: req.socket,
        written: [],
        got: undefined,
      },
    };
    const last = exchangesOf(run, req.socket).find(isLast);
    if (last !== undefined && plan.maxRequestsPerSocket === 0)
      world.alarms.push(`request ${index} is handed out after the head of the last response, ${last.index}`);
    run.exchanges.push(exchange);
    res.on('close', () => look(world, run, exchange.socket));
    for (const message of [req, res]) message.setMaxListeners(0);
    res.setHeader('X-Index', String(index));
    perform(plan.handlers[index % plan.handlers.length] ?? [], exchange);
  };
  server.on('request', onRequest as never);
  if (plan.listens.includes('checkContinue')) server.on('checkContinue', onRequest as never);
  for (const event of ['upgrade', 'connect'] as const) {
    if (!plan.listens.includes(event)) continue;
    server.on(event, ({ url }, socket: Duplex, first: Buffer) => {
      const others = listenersOf.get(socket);
      // What the program has destroyed before is waited for until it closes.
      const found = socket.destroyed ? [] : functionsOn(socket);
      const ours = found.filter((each) => !others?.has(each) && !world.listeners.has(each as object)).length;
      const got = [first];
      run.handedOver.push({ socket, index: Number(/(\d+)(:80)?$/.exec(url as string)?.[1]), listeners: ours, got });
      world.handOver(socket);
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => got.push(chunk))
        .end('HTTP/1.1 200 OK\r\n\r\n');
    });
  }
  if (plan.onFault !== undefined) {
    server.on('clientError', (_error, socket: Duplex) => {
      run.faults++;
      world.damage.push({ what: 'clientError', socket });
      if (plan.onFault === 'end') socket.end(REFUSAL);
      else if (plan.onFault === 'destroy') socket.destroy();
    });
  }
  return run;
}

/** Passes a connection to the server, and counts it like `net.Server`. */
export function accept(world: World, server: Server, socket: Socket): void {
  const counted = server as unknown as { _connections: number; _emitCloseIfDrained(): void };
  counted._connections++;
  socket.on('close', () => {
    counted._connections--;
    counted._emitCloseIfDrained();
  });
  socket.on('timeout', () => {
    world.damage.push({ what: 'timeout', socket });
    if (socket.closed) world.alarms.push("a socket that has closed emits 'timeout'");
  });
  const run = runs.get(server);
  if (run !== undefined)
    for (const event of ['drain', 'end', 'finish']) socket.on(event, () => look(world, run, socket));
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    const isByOthers = world.damage.some(
      (each) => each.socket === socket && /socket|clientError|pipeline|destroy/.test(each.what),
    );
    if (code === 'ERR_STREAM_WRITE_AFTER_END' && !isByOthers) world.alarms.push('a socket is written to after FIN');
  });
  listenersOf.set(socket, new Set(functionsOn(socket)));
  server.emit('connection', socket);
}

const runs = new WeakMap<Server, ServerRun>();
/** The listeners that sockets had before the server got them. */
const listenersOf = new WeakMap<Duplex, ReadonlySet<unknown>>();

const functionsOn = (socket: Duplex): unknown[] => socket.eventNames().flatMap((name) => socket.listeners(name));

/** Looks at a connection soon after something has happened to it: what is wrong then may be over when it is closed. */
function look(world: World, run: ServerRun, socket: Socket): void {
  world.later('immediate', () =>
    world.later('immediate', () =>
      world.later('immediate', () => {
        const what = wrongOf(world, run, socket);
        if (what !== undefined) world.alarms.push(what);
      }),
    ),
  );
}

function wrongOf(world: World, run: ServerRun, socket: Socket): string | undefined {
  if (socket.destroyed) return undefined;
  const exchanges = exchangesOf(run, socket);
  // What the server responds itself may still be due. A peer that sends much after its last request is held back for a second.
  if (socket.writableLength === 0 && !exchanges.some(isLast) && isDeaf(world, run, socket, exchanges))
    return 'a connection that nobody uses is paused';
  const [full] = fullOf(exchanges);
  if (full !== undefined) return `response ${full.index} is full, though its socket has drained`;
  // A listener of 'clientError' may leave the connection as it is; there is no such event while others are due.
  const isDue = exchanges.slice(0, -1).some(({ res }) => !res.writableEnded && !res.destroyed);
  const [uncut] = run.plan.onFault === undefined || isDue ? uncutOf(exchanges) : [];
  if (uncut !== undefined) return `request ${uncut.index} goes on after FIN`;
  return undefined;
}

/** Requests whose readers want more, and whose connections are paused, though nothing before them is due. */
export const starvedIn = (world: World, run: ServerRun): string[] =>
  run.exchanges
    .filter((exchange) => isStarved(world, exchange.req, exchange.socket) && isFirst(run, exchange))
    .map(({ index, socket }) => `the reader of request ${index} gets no more than ${socket.bytesRead} bytes`);

/** A peer that pipelines waits for its first responses. */
function isFirst(run: ServerRun, exchange: Exchange): boolean {
  const all = exchangesOf(run, exchange.socket);
  return all.slice(0, all.indexOf(exchange)).every(({ res }) => res.closed);
}

export const isStarved = (world: World, message: IncomingMessage, socket: Socket): boolean =>
  message.readableFlowing === true &&
  message.readableLength === 0 &&
  !message.complete &&
  !message.destroyed &&
  !socket.destroyed &&
  socket.isPaused() &&
  !world.paused.has(socket);

/** The state of a connection after the program has run and before everything is closed. */
export interface Snapshot {
  readonly ended: ReadonlySet<Exchange>;
  readonly isBusy: boolean;
  readonly isClosed: boolean;
  /** The server has sent FIN, or closed. */
  readonly isShut: boolean;
  /**
   * The server cannot notice that the peer closes, as the program has ended and paused the socket; or a listener of its 'end'
   * has thrown, after which no stream closes by itself.
   */
  readonly isUnaware: boolean;
  readonly sent: Buffer;
  /** What may have cost a message. */
  readonly damage: readonly string[];
  /** Whether a connection that nobody uses isn't read. */
  readonly isDeaf: boolean;
  /** Requests that go on, though the peer has sent FIN. */
  readonly uncut: readonly Exchange[];
  /** Requests that are not whole long after their deadline, and go on. */
  readonly late: readonly Exchange[];
  /** Responses that accept no more, though their socket has sent all it was given. */
  readonly full: readonly Exchange[];
}

/** The result of a program, on one connection. */
export interface ServerResult extends ServerRun {
  readonly world: World;
  readonly peer: PeerPlan;
  readonly line: Line;
  /** The end of the peer. */
  readonly caller: Line;
  readonly snapshot: Snapshot;
}

const exchangesOf = ({ exchanges }: ServerRun, socket: Socket): Exchange[] =>
  exchanges.filter((exchange) => exchange.socket === socket);

const isLast = ({ res }: Exchange): boolean => /^connection: close/im.test(res._header ?? '');

const isDeaf = (world: World, run: ServerRun, socket: Socket, exchanges: readonly Exchange[]): boolean =>
  !socket.destroyed &&
  socket.isPaused() &&
  !world.paused.has(socket) &&
  run.handedOver.every((each) => each.socket !== socket) &&
  exchanges.every(({ req, res }) => req.complete && res.closed);

const uncutOf = (exchanges: readonly Exchange[]): Exchange[] =>
  exchanges.filter(
    ({ req, socket, seen, world }) =>
      socket.readableEnded &&
      !req.complete &&
      seen !== undefined &&
      !seen.req.events.includes('close') &&
      !world.neverClosing.has(req),
  );

/** Longer than the deadline of a request, and the time until it is noticed, in ms. */
const LATE = 5000;

const lateOf = (world: World, { plan }: ServerRun, exchanges: readonly Exchange[]): Exchange[] =>
  plan.options.requestTimeout === 0 || plan.onFault === 'nothing'
    ? []
    : exchanges.filter(
        ({ begin, req, socket, seen }) =>
          !req.complete &&
          !socket.destroyed &&
          // The program has sent FIN, and doesn't read: it can't notice that the peer closes.
          !(plan.onFault === 'end' && socket.isPaused()) &&
          seen !== undefined &&
          !seen.req.events.includes('close') &&
          world.clock.date - begin > LATE,
      );

const fullOf = (exchanges: readonly Exchange[]): Exchange[] =>
  exchanges.filter(
    ({ res, socket }, at) =>
      exchanges.slice(0, at).every((before) => before.res.writableEnded) &&
      !res.destroyed &&
      !res.writableEnded &&
      res.writableCorked === 0 &&
      res.writableNeedDrain &&
      isDrained(socket),
  );

const isDrained = ({ destroyed, writable, writableLength }: Socket): boolean =>
  !destroyed && writable && writableLength === 0;

/** @param caller the end of the peer */
export function snapshotOf(world: World, run: ServerRun, line: Line, caller: Line): Snapshot {
  const exchanges = exchangesOf(run, line.socket);
  const ends: readonly unknown[] = [line.socket, caller.socket];
  return {
    ended: new Set(exchanges.filter(({ res }) => res.writableEnded)),
    isBusy: exchanges.some(({ res }) => !res.writableEnded && !res.destroyed),
    isClosed: line.socket.destroyed,
    isShut: line.socket.destroyed || line.socket.writableEnded,
    isUnaware: (line.socket.writableFinished && world.paused.has(line.socket)) || world.neverClosing.has(line.socket),
    sent: bytesOf(line),
    isDeaf: isDeaf(world, run, line.socket, exchanges),
    uncut: run.plan.onFault === 'nothing' ? [] : uncutOf(exchanges),
    late: lateOf(world, run, exchanges),
    full: fullOf(exchanges),
    damage: world.damage.filter(({ socket }) => socket === undefined || ends.includes(socket)).map(({ what }) => what),
  };
}

/** What has become of one connection. */
export const resultOf = (
  world: World,
  run: ServerRun,
  peer: PeerPlan,
  line: Line,
  caller: Line,
  snapshot: Snapshot,
): ServerResult => ({
  ...run,
  exchanges: exchangesOf(run, line.socket),
  handedOver: run.handedOver.filter(({ socket }) => socket === line.socket),
  ...{ world, peer, line, caller, snapshot },
});

/** Longer than any wait of the programs or deadline of a server, in milliseconds. */
const HORIZON = 12_000;

export async function playServer(world: World, { plan, peer, highWaterMark }: ServerCase): Promise<ServerResult> {
  const run = serve(world, plan);
  const [caller, called] = world.connect(highWaterMark);
  const { socket } = caller;
  socket.on('error', () => {}).resume();
  let isAccepted = false;
  socket.once('connect', () => {
    isAccepted = true;
    accept(world, run.server, called.socket);
  });
  void follow({ world, socket }, peer.script);
  await world.clock.advance(HORIZON);
  const snapshot = snapshotOf(world, run, called, caller);

  // The peer and the server close. A half-open connection must be closed by the server.
  if (isAccepted) socket.resetAndDestroy();
  else called.socket.destroy();
  if (plan.httpAllowHalfOpen) run.server.closeAllConnections();
  for (const { socket: handedOver } of run.handedOver) handedOver.destroy();
  world.expectCallback(
    'server.close',
    () => {},
    (callback) => void run.server.close(callback),
  );
  await world.clock.advance(1000);
  return resultOf(world, run, peer, called, caller, { ...snapshot, isClosed: snapshot.isClosed || !isAccepted });
}
