/** Runs one conversation of a client against one implementation of node:http's face. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLIENT_CAST } from './cast.js';
import type { ClientBehaviour, ClientConversation, ClientHttp, ClientSteps, Wire } from './client-conversation.js';
import { type Door, openDoor } from './door.js';
import { type Log, shorten } from './log.js';
import { Peer } from './peer.js';
import { Recorder } from './recorder.js';
import { type Actors, follow } from './script.js';
import { type AnyScene, type AnyStep, perform, resolve, type Stage } from './steps.js';
import { duplexPair, settle } from './wires.js';
import { withExceptionsHeard } from './witness.js';

/** What the events of a request carry, in the order of their arguments. */
const CARRIES: Readonly<Record<string, readonly string[]>> = {
  socket: ['socket'],
  response: ['res'],
  information: ['info'],
  upgrade: ['res', 'socket', 'head'],
  connect: ['res', 'socket', 'head'],
  error: ['err'],
};

/** Events of a request that are the same with and without a listener, but for 'error'. */
const ALWAYS_HEARD = [
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

/** Resolves with the log; rejects only when the conversation itself is ill-written. */
export async function runClientConversation(http: ClientHttp, conversation: ClientConversation): Promise<Log> {
  const recorder = new Recorder(CLIENT_CAST, conversation.deaf);
  return withExceptionsHeard(recorder, async () => {
    const door = await openDoor(conversation.peers ?? 'tcp');
    const run = new ClientRun(http, conversation, recorder, door);
    try {
      await follow(conversation.script, run);
      await settle();
      return run.log();
    } finally {
      run.cleanUp();
    }
  });
}

/** Stands in the arguments of a request for what is known only when the conversation is held. */
class Late {
  readonly make: (wire: Wire) => unknown;
  constructor(make: (wire: Wire) => unknown) {
    this.make = make;
  }
}

/** A value that needs the port, or another thing of the run: `at(({ port }) => new URL(…))`. */
export const at = (make: (wire: Wire) => unknown): unknown => new Late(make);

class ClientRun implements Actors {
  readonly recorder: Recorder;
  readonly #conversation: ClientConversation;
  readonly #wire: Wire;
  readonly #door: Door;
  readonly #agent: Agent | false | undefined;
  /** What every step has in its hands. */
  readonly #scene: object;
  readonly #stage: Stage;
  readonly #attended: ReadonlyMap<string, ClientBehaviour>;
  readonly #peers: Peer[] = [];
  readonly #sockets = new Set<Duplex>();
  #arrivals: (() => void)[] = [];

  constructor(http: ClientHttp, conversation: ClientConversation, recorder: Recorder, door: Door) {
    this.recorder = recorder;
    this.#conversation = conversation;
    this.#door = door;
    this.#wire = {
      http,
      port: door.port,
      note: (line) => recorder.note(line),
      duplex: () => this.#pair(),
    };
    this.#attended = attended(conversation);
    this.#agent = this.#makeAgent();
    this.#scene = { ...this.#wire, agent: this.#agent || http.globalAgent };
    this.#stage = {
      recorder,
      verbs: {
        request: (args, scene) => this.#ask('request', http.request as Make, args, scene),
        get: (args, scene) => this.#ask('get', http.get as Make, args, scene),
        ClientRequest: (args, scene) => this.#ask('ClientRequest', constructing(http), args, scene),
      },
    };
    const controller = new AbortController();
    recorder.introduce('controller', controller);
    recorder.introduce('signal', controller.signal);
    door.onconnection = (socket) => this.#accept(socket);
  }

  act(step: AnyStep): void {
    perform([step], this.#scene, this.#stage);
  }

  /** The peer of that name: the first connection accepted is 'a'. */
  peer(name: string): Peer | Promise<Peer> {
    const index = name.charCodeAt(0) - 'a'.charCodeAt(0);
    return this.#peers[index] ?? this.#arrival().then(() => this.peer(name));
  }

  log(): Log {
    this.recorder.close();
    const masked = (text: string) => this.#door.mask(text);
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
    (this.#agent || this.#wire.http.globalAgent).destroy();
    this.#door.close();
  }

  #makeAgent(): Agent | false | undefined {
    const { agent = {} } = this.#conversation;
    const { http } = this.#wire;
    if (agent === false) return false;
    if (agent === 'global') {
      this.recorder.introduce('agent', http.globalAgent);
      return undefined;
    }
    const made = typeof agent === 'function' ? agent(this.#wire) : new http.Agent(agent);
    this.recorder.introduce('agent', made);
    made.on('free', (socket: Duplex) => this.recorder.record('agent.free', [this.#introduce('socket', socket)]));
    return made;
  }

  #ask(name: string, make: Make, [call, steps = []]: readonly unknown[], scene: AnyScene): void {
    let req: ClientRequest;
    try {
      req = make(...this.#argumentsOf(call, scene));
    } catch (error) {
      this.recorder.note(`> ${name} throws ${this.recorder.show(error)}`);
      return;
    }
    this.recorder.note(`> ${name} -> ${this.recorder.meet('req', req)}`);
    for (const event of this.#attended.keys()) this.#attend(req, event);
    perform(steps as ClientSteps, { ...this.#scene, req }, this.#stage);
  }

  #argumentsOf(call: unknown, scene: AnyScene): unknown[] {
    const known = (value: unknown) =>
      value instanceof Late ? value.make(this.#wire) : resolve(value, scene, this.recorder);
    const all = (value: unknown) => (isPlain(value) ? mapValues(value, known) : known(value));
    if (Array.isArray(call)) return call.map(all);
    return [{ ...this.#door.options, agent: this.#agent, ...(all(call) as object) }];
  }

  /** Logs an event of a request, then does what the conversation has planned for it. */
  #attend(req: ClientRequest, event: string): void {
    const kinds = CARRIES[event] ?? [];
    const name = this.recorder.nameOf(req);
    const behaviour = this.#attended.get(event)!;
    req.on(event, (...args: unknown[]) => {
      const entries = args.map((arg, index) => [kinds[index] ?? event, arg] as const);
      const scene = { ...this.#scene, socket: req.socket, ...Object.fromEntries(entries), req };
      const words = entries.map(([kind, arg]) => this.#introduce(kind, arg));
      this.recorder.record(`${name}.${event}`, words);
      perform(stepsFor(behaviour, req), scene, this.#stage);
    });
  }

  /** Names what an event carries and says how the log calls it. */
  #introduce(kind: string, object: unknown): string {
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

/** The events of a request that are listened to, and what is done then. */
function attended({ handler, on = {}, deaf = [] }: ClientConversation): ReadonlyMap<string, ClientBehaviour> {
  const passive = deaf.includes('req') ? [] : ALWAYS_HEARD.filter((event) => !deaf.includes(`req.${event}`));
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
