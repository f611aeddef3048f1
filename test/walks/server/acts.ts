/** The acts on a server from outside, and the lines of each in the script of a conversation. */
import { Server as NetServer } from 'node:net';
import type { Server } from '../../../src/index.js';
import type { Line } from '../../conversations/kit/conversation.js';
import { type Call, stepOf } from './calls.js';
import type { Exchange } from './exchange.js';
import { messages } from './messages.js';
import type { Setup } from './setup.js';
import type { State } from './state.js';
import type { World } from './world.js';

/** In milliseconds: a deadline that every connection has passed by now, and one that none has. */
const SHORT = 1;
const LONG = 600_000;

export interface Act {
  readonly name: string;
  readonly may: (world: World) => boolean;
  readonly act: (world: World) => void;
  /** Its lines, for the worlds before and after it. */
  readonly script: (before: World, after: World) => readonly Line[];
}

const isServed = ({ state }: World): boolean => state.setup !== undefined;

/** Whether the socket is still open and ours. */
const hasSocket = (world: World): boolean => isServed(world) && !world.state.destroyed && !world.state.givenAway;

export const serving = (setup: Setup): Act => ({
  name: `serve (${setup.name})`,
  may: (world) => !isServed(world),
  act: (world) => {
    world.state.setup = setup;
    world.door.opens();
    world.record('server.connection');
  },
  script: () => [],
});

/** A call on the first or the second exchange. */
export const calling = (call: Call, place: 0 | 1): Act => ({
  name: place === 0 ? call : `${call} (2nd)`,
  may: ({ state, exchanges }) => !state.givenAway && mayCall(call, exchanges[place], state),
  act: (world) => world.call(call, world.exchanges[place] as Exchange),
  script: ({ exchanges }) => [stepOf(call, exchanges[place]?.facts.number)],
});

function mayCall(call: Call, exchange: Exchange | undefined, { stalled, stuck }: State): boolean {
  if (exchange === undefined || exchange.facts.hidden) return false;
  if (call === 'res.write flood') return stalled && stuck.length === 0;
  if (/^res.(setHeader|writeHead|writeContinue)/.test(call)) {
    const { headed, ended, destroyed } = exchange.facts;
    return !headed && !ended && !destroyed;
  }
  if (call === 'res.pipe') return !exchange.facts.destroyed && !exchange.facts.released;
  return call.startsWith('res.') || !exchange.facts.reader.destroyed;
}

/** Whether the socket is watched. */
const isWatched = (world: World): boolean => {
  const { destroyed, shutByReader, shutByQueue, givenAway } = world.state;
  return isServed(world) && !destroyed && !shutByReader && !shutByQueue && !givenAway;
};

/** Whether input of the peer is received. */
const maySend = (world: World): boolean => isWatched(world) && !world.state.peerEnded;

/** After a FIN only a write notices a reset. */
const mayReset = (world: World): boolean => {
  const { peerEnded, stuck } = world.state;
  return isWatched(world) && world.setup.transport === 'tcp' && (!peerEnded || stuck.length > 0);
};

const sendings: readonly Act[] = messages.map(({ name, may, sends }) => ({
  name,
  may: (world) => maySend(world) && may(world),
  act: (world) => {
    const sent = sends(world);
    world.state.parsing = sent.next;
    world.host.receive(sent.found);
  },
  script: (world) => [['send', sends(world).text]],
}));

const peers: readonly Act[] = [
  { name: 'FIN', may: maySend, act: ({ socket }) => socket.peerEnds(), script: () => [['end']] },
  {
    name: 'reset',
    may: mayReset,
    act: ({ socket }) => socket.peerResets(),
    script: () => [['reset']],
  },
  {
    name: 'stops reading',
    may: (world) => maySend(world) && !world.state.stalled,
    act: ({ state }) => {
      state.stalled = true;
    },
    script: () => [['pause']],
  },
  {
    name: 'reads on',
    // Over TCP the following bytes would take time.
    may: ({ state, setup }) => state.stalled && !state.destroyed && setup.transport === 'duplex',
    act: ({ socket }) => socket.flow(),
    script: () => [['resume']],
  },
];

function closeServer(world: World): void {
  world.door.closes(true);
  world.record('> server.close');
}

const servers: readonly Act[] = [
  {
    name: 'server.close',
    may: (world) => isServed(world) && !world.state.givenAway && world.state.listening,
    act: closeServer,
    script: () => [['server.close']],
  },
  {
    name: 'server.close again',
    may: (world) => isServed(world) && !world.state.listening,
    act: closeServer,
    script: () => [['server.close']],
  },
  {
    name: 'net.Server.close',
    may: (world) => isServed(world) && world.state.listening,
    act: ({ door }) => door.closes(false),
    script: () => [['run', ({ server }) => NetServer.prototype.close.call(server)]],
  },
  {
    name: 'server.listen',
    may: (world) => isServed(world) && !world.state.listening,
    act: (world) => {
      world.door.listens();
      world.record('> server.listen');
    },
    script: () => [['server.listen', 0, '127.0.0.1']],
  },
  {
    name: 'server.closeIdleConnections',
    may: (world) => isServed(world) && !world.state.givenAway,
    act: (world) => {
      world.host.closeIdle();
      world.record('> server.closeIdleConnections');
    },
    script: () => [['server.closeIdleConnections']],
  },
];

/** The signals that end drains, by their servers. */
const signals = new WeakMap<object, AbortController>();

/** Its times don't pass: it ends when all is over, or by its signal. */
function drain(server: NetServer, takesOn: boolean): void {
  const controller = new AbortController();
  signals.set(server, controller);
  const options = { grace: takesOn ? LONG : 0, idle: LONG, deadline: LONG, signal: controller.signal };
  void (server as unknown as Server).drain(options);
}

const draining = (name: string, takesOn: boolean): Act => ({
  name,
  may: (world) => isServed(world) && !world.state.givenAway && world.state.listening && !world.state.draining,
  act: ({ door }) => door.drains(takesOn),
  script: () => [['run', ({ server }) => drain(server as never, takesOn)]],
});

const drains: readonly Act[] = [
  draining('server.drain', false),
  draining('server.drain, and takes on', true),
  {
    name: 'the drain is cut',
    may: (world) => hasSocket(world) && world.state.draining && !world.state.cut,
    act: ({ door }) => door.cuts(),
    script: () => [['run', ({ server }) => signals.get(server as never)?.abort()]],
  },
];

/** The program's calls on the socket itself. */
const sockets: readonly Act[] = [
  {
    name: 'socket.end',
    may: (world) => hasSocket(world) && !world.state.ended,
    act: (world) => {
      world.socket.end();
      world.record('> socket1.end');
    },
    script: () => [['socket1.end']],
  },
  {
    name: 'socket.destroy',
    may: hasSocket,
    act: (world) => {
      world.socket.destroy();
      world.record('> socket1.destroy');
    },
    script: () => [['socket1.destroy']],
  },
  {
    name: 'socket.emit error',
    may: hasSocket,
    act: (world) => {
      world.host.fail('"boom"');
      world.record('> socket1.emit');
    },
    script: () => [['socket1.emit', 'error', new Error('boom')]],
  },
];

/** Whether another peer can connect. */
const mayArrive = ({ state, setup }: World): boolean => state.listening || setup.transport === 'duplex';

const times: readonly Act[] = [
  {
    // Another peer sends nothing: the first connection's deadlines are handled before those of this one.
    name: 'deadlines pass',
    may: (world) => hasSocket(world) && !world.state.late && mayArrive(world),
    act: (world) => {
      world.state.late = true;
      world.record('server.connection');
      world.host.expire();
      if (world.setup.listensToErrors) world.record('server.clientError ERR_HTTP_REQUEST_TIMEOUT');
    },
    script: (_before, { setup, host }) => [
      ['as', 'late'],
      ['run', ({ server }) => void Object.assign(server, { headersTimeout: SHORT, requestTimeout: SHORT })],
      setup.listensToErrors
        ? ['await event', 'server.clientError', host.machine.matches('reading.faulty.refused') ? 2 : 1]
        : ['await close'],
      ['run', ({ server }) => void Object.assign(server, { headersTimeout: LONG, requestTimeout: LONG })],
      ['as', 'a'],
    ],
  },
  {
    name: 'the socket times out',
    may: (world) => hasSocket(world) && !world.state.ended && !world.state.quiet,
    act: (world) => {
      world.state.quiet = true;
      world.record('> socket1.setTimeout');
      world.host.timeOut();
      if (world.setup.listensToTimeouts) world.turns.turn(() => world.record('> socket1.setTimeout'));
    },
    script: (_before, { setup }) =>
      setup.listensToTimeouts
        ? [
            ['socket1.setTimeout', 20],
            ['await event', 'server.timeout'],
            ['socket1.setTimeout', 0],
          ]
        : [['socket1.setTimeout', 20], ['await close']],
  },
];

/** An idle connection that times out soon: other acts may come too late. */
export const hurries = ({ state }: World): boolean => state.idle && !state.destroyed;

export const IDLE_TIME = 'idle time passes';

const idles: Act = {
  name: IDLE_TIME,
  may: (world) => hurries(world) && !world.state.quiet,
  act: ({ state, host }) => {
    state.quiet = true;
    state.idle = false;
    host.timeOut();
  },
  script: (_before, { setup }) => [setup.listensToTimeouts ? ['await event', 'server.timeout'] : ['await close']],
};

/** All acts by name, except serving and calling. */
export const acts: ReadonlyMap<string, Act> = new Map(
  [...sendings, ...peers, ...servers, ...drains, ...sockets, ...times, idles].map((each) => [each.name, each]),
);
