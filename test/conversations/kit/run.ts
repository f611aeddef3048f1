/** Runs one conversation of a server against one implementation of node:http's face. */
import { once } from 'node:events';
import type * as NodeHttp from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { SERVER_CAST } from './cast.js';
import type { Behaviour, Conversation, Scene, Steps } from './conversation.js';
import { ILL_WRITTEN, type Log } from './log.js';
import { Peer } from './peer.js';
import { Recorder } from './recorder.js';
import { type Actors, follow } from './script.js';
import { type AnyStep, perform, type Stage } from './steps.js';
import { dial, duplexPair, settle } from './wires.js';
import { withExceptionsHeard } from './witness.js';

/** As much of node:http's face as a server's conversation needs. */
export type Http = Pick<typeof NodeHttp, 'createServer' | 'IncomingMessage' | 'ServerResponse'>;

/** What each server event carries, in the order of its arguments. */
const CARRIES: Readonly<Record<string, readonly (keyof Scene)[]>> = {
  connection: ['socket'],
  request: ['req', 'res'],
  checkContinue: ['req', 'res'],
  checkExpectation: ['req', 'res'],
  upgrade: ['req', 'socket', 'head'],
  connect: ['req', 'socket', 'head'],
  dropRequest: ['req', 'socket'],
  clientError: ['err', 'socket'],
  timeout: ['socket'],
};

const ALWAYS_HEARD = ['connection', 'dropRequest', 'drop', 'close'];

/** Resolves with the log; rejects only when the conversation itself is ill-written. */
export async function runConversation(http: Http, conversation: Conversation): Promise<Log> {
  const recorder = new Recorder(SERVER_CAST, conversation.deaf);
  return withExceptionsHeard(recorder, async () => {
    const run = new Run(http, conversation, recorder);
    try {
      await run.begin();
      await follow(conversation.script, run);
      await settle();
      return run.log();
    } finally {
      run.cleanUp();
    }
  });
}

class Run implements Actors {
  readonly recorder: Recorder;
  readonly #conversation: Conversation;
  readonly #stage: Stage;
  readonly #server: Server;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets: Duplex[] = [];

  constructor(http: Http, conversation: Conversation, recorder: Recorder) {
    const { options = {}, props = {}, on = {} } = conversation.server ?? {};
    this.#conversation = conversation;
    this.recorder = recorder;
    this.#stage = { recorder, verbs: {} };
    this.#server = http.createServer(typeof options === 'function' ? options(http) : options);
    Object.assign(this.#server, props);
    recorder.introduce('server', this.#server);
    this.#server.on('connection', (socket: Duplex) => this.#sockets.push(socket));
    const plan: Record<string, Behaviour> = { ...on };
    if (conversation.handler !== undefined) plan['request'] = conversation.handler;
    for (const event of new Set([...ALWAYS_HEARD, ...Object.keys(plan)])) this.#attend(event, plan[event] ?? []);
  }

  async begin(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    await this.peer('a');
  }

  act(step: AnyStep): void {
    perform([step], { server: this.#server }, this.#stage);
  }

  /** The peer of that name, which connects when first named. */
  peer(name: string): Peer | Promise<Peer> {
    return this.#peers.get(name) ?? this.#arrive(name);
  }

  log(): Log {
    this.recorder.close();
    const peers = [...this.#peers].map(([name, peer]) => [name, peer.log()] as const);
    return { events: this.recorder.lines, peers: Object.fromEntries(peers) };
  }

  cleanUp(): void {
    this.recorder.close();
    for (const peer of this.#peers.values()) peer.destroy();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close(() => {});
  }

  /** Logs a server event, then does what the conversation has planned for it. */
  #attend(event: string, behaviour: Behaviour): void {
    const kinds = CARRIES[event] ?? [];
    this.#server.on(event, (...args: unknown[]) => {
      const entries = args.map((arg, index) => [kinds[index] ?? event, arg] as const);
      const scene: Scene = { server: this.#server, ...socketOf(args[0]), ...Object.fromEntries(entries) };
      const words = entries.flatMap(([kind, arg]) => this.#introduce(kind, arg));
      this.recorder.record(`server.${event}`, words);
      perform(stepsFor(behaviour, scene), scene, this.#stage);
    });
  }

  /** Names what an event carries and says how the log calls it; a response goes without saying. */
  #introduce(kind: string, object: unknown): string[] {
    if (kind === 'drop') return Object.keys(object as object);
    if (kind !== 'req' && kind !== 'res' && kind !== 'socket') return [this.recorder.show(object)];
    const name = this.recorder.meet(kind, object);
    if (kind === 'res') return [];
    if (kind === 'socket') return [name];
    const { method, url, httpVersion } = object as IncomingMessage;
    return [name, `${method} ${url} ${httpVersion}`];
  }

  async #arrive(name: string): Promise<Peer> {
    const arrived = new Promise((resolve) => {
      for (const event of ['connection', 'drop']) this.#server.once(event, resolve);
    });
    const peer = new Peer(await this.#connect());
    this.#peers.set(name, peer);
    await arrived;
    return peer;
  }

  async #connect(): Promise<Duplex> {
    if (this.#conversation.transport !== 'duplex') return dial((this.#server.address() as AddressInfo).port);
    const [near, far] = duplexPair();
    this.#server.emit('connection', far);
    return near;
  }
}

/** The socket of a request, which its listener may speak of too. */
function socketOf(first: unknown): { socket?: Duplex } {
  const socket = (first as { socket?: Duplex } | undefined)?.socket;
  return socket === undefined ? {} : { socket };
}

function stepsFor(behaviour: Behaviour, scene: Scene): Steps {
  if (Array.isArray(behaviour)) return behaviour;
  const url = scene.req?.url ?? '';
  const steps = (behaviour as Record<string, Steps>)[url];
  if (steps === undefined) throw new Error(`${ILL_WRITTEN} no steps for ${url}`);
  return steps;
}
