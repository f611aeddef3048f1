/** What can be done to a server from outside, and what each act is in the script of a conversation. */
import { Server as NetServer } from 'node:net';
import type { Line } from '../../conversations/kit/conversation.js';
import { type Call, stepOf } from './calls.js';
import type { Exchange } from './exchange.js';
import type { Setup } from './setup.js';
import { speeches } from './speeches.js';
import type { State } from './state.js';
import type { World } from './world.js';

export interface Act {
  readonly name: string;
  readonly may: (world: World) => boolean;
  readonly act: (world: World) => void;
  /** Its lines, by what was before it and what is behind it. */
  readonly script: (before: World, after: World) => readonly Line[];
}

const isServed = ({ state }: World): boolean => state.setup !== undefined;

export const serving = (setup: Setup): Act => ({
  name: `serve (${setup.name})`,
  may: (world) => !isServed(world),
  act: (world) => {
    world.state.setup = setup;
    world.door.opens();
    world.tell('server.connection');
  },
  script: () => [],
});

/** A call on the first or on the second of those that are known. */
export const calling = (call: Call, place: 0 | 1): Act => ({
  name: place === 0 ? call : `${call} (2nd)`,
  may: ({ state, exchanges }) => !state.givenAway && mayCall(call, exchanges[place], state),
  act: (world) => world.call(call, world.exchanges[place] as Exchange),
  script: ({ exchanges }) => [stepOf(call, exchanges[place]?.facts.number)],
});

function mayCall(call: Call, exchange: Exchange | undefined, { deaf, stuck }: State): boolean {
  if (exchange === undefined || exchange.facts.hidden) return false;
  if (call === 'res.write flood') return deaf && stuck.length === 0;
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

/** Whether something that the peer says is heard. */
const maySpeak = (world: World): boolean => isWatched(world) && !world.state.peerEnded;

/** Behind a FIN only a write notices a reset. */
const mayReset = (world: World): boolean => {
  const { peerEnded, stuck } = world.state;
  return isWatched(world) && world.setup.transport === 'tcp' && (!peerEnded || stuck.length > 0);
};

const sayings: readonly Act[] = speeches.map(({ name, may, says }) => ({
  name,
  may: (world) => maySpeak(world) && may(world),
  act: (world) => {
    const said = says(world);
    world.state.parsing = said.next;
    world.host.receive(said.found);
  },
  script: (world) => [['send', says(world).text]],
}));

const peers: readonly Act[] = [
  { name: 'FIN', may: maySpeak, act: ({ socket }) => socket.peerEnds(), script: () => [['end']] },
  {
    name: 'reset',
    may: mayReset,
    act: ({ socket }) => socket.peerResets(),
    script: () => [['reset']],
  },
  {
    name: 'stops reading',
    may: (world) => maySpeak(world) && !world.state.deaf,
    act: ({ state }) => {
      state.deaf = true;
    },
    script: () => [['pause']],
  },
  {
    name: 'reads on',
    // Over TCP what then comes takes its time.
    may: ({ state, setup }) => state.deaf && !state.destroyed && setup.transport === 'duplex',
    act: ({ socket }) => socket.flow(),
    script: () => [['resume']],
  },
];

function closeServer(world: World): void {
  world.door.closes(true);
  world.tell('> server.close');
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
      world.tell('> server.listen');
    },
    script: () => [['server.listen', 0, '127.0.0.1']],
  },
  {
    name: 'server.closeIdleConnections',
    may: (world) => isServed(world) && !world.state.givenAway,
    act: (world) => {
      world.host.closeIdle();
      world.tell('> server.closeIdleConnections');
    },
    script: () => [['server.closeIdleConnections']],
  },
];

/** Whether the program still has the socket from us. */
const hasSocket = (world: World): boolean => isServed(world) && !world.state.destroyed && !world.state.givenAway;

/** What a program does to the socket itself. */
const sockets: readonly Act[] = [
  {
    name: 'socket.end',
    may: (world) => hasSocket(world) && !world.state.ended,
    act: (world) => {
      world.socket.end(false);
      world.tell('> socket1.end');
    },
    script: () => [['socket1.end']],
  },
  {
    name: 'socket.destroy',
    may: hasSocket,
    act: (world) => {
      world.socket.destroy();
      world.tell('> socket1.destroy');
    },
    script: () => [['socket1.destroy']],
  },
  {
    name: 'socket.emit error',
    may: hasSocket,
    act: (world) => {
      world.host.fail('"boom"');
      world.tell('> socket1.emit');
    },
    script: () => [['socket1.emit', 'error', new Error('boom')]],
  },
];

/** In milliseconds: what every connection has waited for by now, and what none has. */
const SHORT = 1;
const LONG = 600_000;

/** Whether another peer is let in. */
const mayArrive = ({ state, setup }: World): boolean => state.listening || setup.transport === 'duplex';

const times: readonly Act[] = [
  {
    // Another peer says nothing at all: what it suffers, the first has suffered before.
    name: 'deadlines pass',
    may: (world) => hasSocket(world) && !world.state.late && mayArrive(world),
    act: (world) => {
      world.state.late = true;
      world.tell('server.connection');
      world.host.expire();
      if (world.setup.hearsErrors) world.tell('server.clientError ERR_HTTP_REQUEST_TIMEOUT');
    },
    script: (_before, { setup, host }) => [
      ['as', 'late'],
      ['run', ({ server }) => void Object.assign(server, { headersTimeout: SHORT, requestTimeout: SHORT })],
      setup.hearsErrors
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
      world.tell('> socket1.setTimeout');
      world.host.timeOut();
      if (world.setup.hearsTimeouts) world.turns.turn(() => world.tell('> socket1.setTimeout'));
    },
    script: (_before, { setup }) =>
      setup.hearsTimeouts
        ? [
            ['socket1.setTimeout', 20],
            ['await event', 'server.timeout'],
            ['socket1.setTimeout', 0],
          ]
        : [['socket1.setTimeout', 20], ['await close']],
  },
];

/** An idle connection that won't be idle for long: what else is done to it may come too late. */
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
  script: (_before, { setup }) => [setup.hearsTimeouts ? ['await event', 'server.timeout'] : ['await close']],
};

/** All acts but those that serve and those that call, by name. */
export const acts: ReadonlyMap<string, Act> = new Map(
  [...sayings, ...peers, ...servers, ...sockets, ...times, idles].map((each) => [each.name, each]),
);
