/** Runs one client conversation against one implementation of node:http's API. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLIENT_CAST } from './cast.js';
import type { ClientBehaviour, ClientConversation, ClientHttp, ClientSteps, Wire } from './client-conversation.js';
import { type Log, shorten } from './log.js';
import { Peer } from './peer.js';
import { openPeerServer, type PeerServer } from './peer-server.js';
import { Recorder } from './recorder.js';
import { follow, type ScriptRun } from './script.js';
import { type AnyScope, type AnyStep, perform, resolve, type Side } from './steps.js';
import { TCP } from './transport.js';
import { withUncaughtLogged } from './uncaught.js';
import { duplexPair, settle } from './wires.js';

/** The arguments of request events, in order. */
const CARRIES: Readonly<Record<string, readonly string[]>> = {
  socket: ['socket'],
  response: ['res'],
  information: ['info'],
  upgrade: ['res', 'socket', 'head'],
  connect: ['res', 'socket', 'head'],
  error: ['err'],
};

/** Request events for which a listener changes nothing, except 'error'. */
const ALWAYS_LOGGED = [
  'socket',
  'prefinish',
  'finish',
  'drain',
  'continue',
  'information',
  'timeout',
  'abort',
  'error',
  'close',
];

/** Resolves with the log; rejects only if the conversation itself is invalid. */
export async function runClientConversation(
  http: ClientHttp,
  conversation: ClientConversation,
  transport = TCP,
): Promise<Log> {
  const recorder = new Recorder(CLIENT_CAST, conversation.deaf);
  return withUncaughtLogged(recorder, async () => {
    const peerServer = await openPeerServer(conversation.peers ?? 'tcp', transport);
    const run = new ClientRun(http, conversation, recorder, peerServer);
    try {
      await follow(conversation.script, run);
      await settle();
      return run.log();
    } finally {
      run.cleanUp();
    }
  });
}

/** In the arguments of a request, a value known only while the conversation runs. */
class Deferred {
  readonly make: (setup: Wire) => unknown;
  constructor(make: (setup: Wire) => unknown) {
    this.make = make;
  }
}

/** A value that needs the port or something else of the run: `deferred(({ port }) => new URL(…))`. */
export const deferred = (make: (setup: Wire) => unknown): unknown => new Deferred(make);

class ClientRun implements ScriptRun {
  readonly recorder: Recorder;
  readonly #conversation: ClientConversation;
  readonly #setup: Wire;
  readonly #peerServer: PeerServer;
  readonly #agent: Agent | false | undefined;
  /** What every step has in scope. */
  readonly #scope: object;
  readonly #side: Side;
  readonly #planned: ReadonlyMap<string, ClientBehaviour>;
  readonly #peers: Peer[] = [];
  readonly #sockets = new Set<Duplex>();
  #arrivals: (() => void)[] = [];

  constructor(http: ClientHttp, conversation: ClientConversation, recorder: Recorder, peerServer: PeerServer) {
    this.recorder = recorder;
    this.#conversation = conversation;
    this.#peerServer = peerServer;
    this.#setup = {
      http,
      port: peerServer.port,
      note: (line) => recorder.note(line),
      duplex: () => this.#pair(),
    };
    this.#planned = planned(conversation);
    this.#agent = this.#makeAgent();
    this.#scope = { ...this.#setup, agent: this.#agent || http.globalAgent };
    this.#side = {
      recorder,
      verbs: {
        request: (args, scope) => this.#request('request', http.request as Make, args, scope),
        get: (args, scope) => this.#request('get', http.get as Make, args, scope),
        ClientRequest: (args, scope) => this.#request('ClientRequest', constructing(http), args, scope),
      },
    };
    const controller = new AbortController();
    recorder.setName('controller', controller);
    recorder.setName('signal', controller.signal);
    peerServer.onconnection = (socket) => this.#accept(socket);
  }

  act(step: AnyStep): void {
    perform([step], this.#scope, this.#side);
  }

  /** The peer of that name: the first accepted connection is 'a'. */
  peer(name: string): Peer | Promise<Peer> {
    const index = name.charCodeAt(0) - 'a'.charCodeAt(0);
    return this.#peers[index] ?? this.#arrival().then(() => this.peer(name));
  }

  log(): Log {
    this.recorder.close();
    const masked = (text: string) => this.#peerServer.mask(text);
    const peers = this.#peers.map((peer, index) => {
      const { received, ended } = peer.log();
      return [String.fromCharCode('a'.charCodeAt(0) + index), { received: masked(received), ended }] as const;
    });
    return { events: this.recorder.lines.map(masked), peers: Object.fromEntries(peers) };
  }

  cleanUp(): void {
    this.recorder.close();
    for (const peer of this.#peers) peer.destroy();
    for (const socket of this.#sockets) socket.destroy();
    (this.#agent || this.#setup.http.globalAgent).destroy();
    this.#peerServer.close();
  }

  #makeAgent(): Agent | false | undefined {
    const { agent = {} } = this.#conversation;
    const { http } = this.#setup;
    if (agent === false) return false;
    if (agent === 'global') {
      this.recorder.setName('agent', http.globalAgent);
      return undefined;
    }
    const made = typeof agent === 'function' ? agent(this.#setup) : new http.Agent(agent);
    this.recorder.setName('agent', made);
    made.on('free', (socket: Duplex) => this.recorder.record('agent.free', [this.#describe('socket', socket)]));
    return made;
  }

  #request(name: string, make: Make, [call, steps = []]: readonly unknown[], scope: AnyScope): void {
    let req: ClientRequest;
    try {
      req = make(...this.#argumentsOf(call, scope));
    } catch (error) {
      this.recorder.note(`> ${name} throws ${this.recorder.show(error)}`);
      return;
    }
    this.recorder.note(`> ${name} -> ${this.recorder.meet('req', req)}`);
    for (const event of this.#planned.keys()) this.#listen(req, event);
    perform(steps as ClientSteps, { ...this.#scope, req }, this.#side);
  }

  #argumentsOf(call: unknown, scope: AnyScope): unknown[] {
    const known = (value: unknown) =>
      value instanceof Deferred ? value.make(this.#setup) : resolve(value, scope, this.recorder);
    const all = (value: unknown) => (isPlain(value) ? mapValues(value, known) : known(value));
    if (Array.isArray(call)) return call.map(all);
    return [{ ...this.#peerServer.options, agent: this.#agent, ...(all(call) as object) }];
  }

  /** Logs an event of a request, then performs the conversation's steps for it. */
  #listen(req: ClientRequest, event: string): void {
    const kinds = CARRIES[event] ?? [];
    const name = this.recorder.nameOf(req);
    const behaviour = this.#planned.get(event)!;
    req.on(event, (...args: unknown[]) => {
      const entries = args.map((arg, index) => [kinds[index] ?? event, arg] as const);
      const scope = { ...this.#scope, socket: req.socket, ...Object.fromEntries(entries), req };
      const words = entries.map(([kind, arg]) => this.#describe(kind, arg));
      this.recorder.record(`${name}.${event}`, words);
      perform(stepsFor(behaviour, req), scope, this.#side);
    });
  }

  /** Names an argument of an event, and returns its text in the log. */
  #describe(kind: string, object: unknown): string {
    if (kind !== 'res' && kind !== 'socket') return this.recorder.show(object);
    const name = this.recorder.meet(kind, object);
    if (kind === 'socket') {
      this.#sockets.add(object as Duplex);
      return name;
    }
    const { httpVersion, statusCode, statusMessage, headers } = object as IncomingMessage;
    return `${name} ${httpVersion} ${statusCode} ${statusMessage} ${shorten(JSON.stringify(headers), String)}`;
  }

  #pair(): Duplex {
    const [near, far] = duplexPair();
    this.#accept(far);
    return near;
  }

  #accept(stream: Duplex | Socket): void {
    this.#peers.push(new Peer(stream));
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const arrived of arrivals) arrived();
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }
}

type Make = (...args: unknown[]) => ClientRequest;

const constructing =
  ({ ClientRequest }: ClientHttp): Make =>
  (...args) =>
    Reflect.construct(ClientRequest, args) as ClientRequest;

/** The request events that have a listener, and its steps. */
function planned({ handler, on = {}, deaf = [] }: ClientConversation): ReadonlyMap<string, ClientBehaviour> {
  const passive = deaf.includes('req') ? [] : ALWAYS_LOGGED.filter((event) => !deaf.includes(`req.${event}`));
  const plan = new Map<string, ClientBehaviour>(passive.map((event) => [event, []]));
  if (handler !== undefined) plan.set('response', handler);
  for (const [event, behaviour] of Object.entries(on)) plan.set(event, behaviour);
  return plan;
}

function stepsFor(behaviour: ClientBehaviour, { path }: ClientRequest): ClientSteps {
  if (Array.isArray(behaviour)) return behaviour;
  return (behaviour as Record<string, ClientSteps>)[path] ?? [];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function mapValues(object: Readonly<Record<string, unknown>>, map: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
