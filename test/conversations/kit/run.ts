/** Runs one server conversation against one implementation of node:http's API. */
import { once } from 'node:events';
import type * as NodeHttp from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { SERVER_CAST } from './cast.js';
import type { Behaviour, Conversation, ListenerScope, Steps } from './conversation.js';
import { INVALID, type Log } from './log.js';
import { Peer } from './peer.js';
import { Recorder } from './recorder.js';
import { follow, type ScriptRun } from './script.js';
import { type AnyStep, perform, type Side } from './steps.js';
import { TCP, type Transport } from './transport.js';
import { withUncaughtLogged } from './uncaught.js';
import { duplexPair, settle } from './wires.js';

/** The part of node:http that server conversations need. */
export type Http = Pick<typeof NodeHttp, 'createServer' | 'IncomingMessage' | 'ServerResponse'>;

/** The arguments of server events, in order. */
const CARRIES: Readonly<Record<string, readonly (keyof ListenerScope)[]>> = {
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

const ALWAYS_LOGGED = ['connection', 'dropRequest', 'drop', 'close'];

/** Resolves with the log; rejects only if the conversation itself is invalid. */
export async function runConversation(http: Http, conversation: Conversation, transport = TCP): Promise<Log> {
  const recorder = new Recorder(SERVER_CAST, conversation.deaf);
  return withUncaughtLogged(recorder, async () => {
    const run = new Run(http, conversation, recorder, transport);
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

class Run implements ScriptRun {
  readonly recorder: Recorder;
  readonly #conversation: Conversation;
  readonly #transport: Transport;
  readonly #side: Side;
  readonly #server: Server;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets: Duplex[] = [];

  constructor(http: Http, conversation: Conversation, recorder: Recorder, transport: Transport) {
    const { options = {}, props = {}, on = {} } = conversation.server ?? {};
    this.#conversation = conversation;
    this.#transport = transport;
    this.recorder = recorder;
    this.#side = { recorder, verbs: {} };
    const given = typeof options === 'function' ? options(http) : options;
    this.#server = http.createServer({ ...transport.options, ...given });
    Object.assign(this.#server, props);
    recorder.setName('server', this.#server);
    this.#server.on(transport.opened, (socket: Duplex) => this.#sockets.push(socket));
    const plan: Record<string, Behaviour> = { ...on };
    if (conversation.handler !== undefined) plan['request'] = conversation.handler;
    for (const event of new Set([...ALWAYS_LOGGED, ...Object.keys(plan)])) this.#listen(event, plan[event] ?? []);
  }

  async begin(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    await this.peer('a');
  }

  act(step: AnyStep): void {
    perform([step], { server: this.#server }, this.#side);
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

  /** Logs a server event, then performs the conversation's steps for it. */
  #listen(event: string, behaviour: Behaviour): void {
    const kinds = CARRIES[event] ?? [];
    this.#server.on(event === 'connection' ? this.#transport.opened : event, (...args: unknown[]) => {
      const entries = args.map((arg, index) => [kinds[index] ?? event, arg] as const);
      const scope: ListenerScope = { server: this.#server, ...socketOf(args[0]), ...Object.fromEntries(entries) };
      const words = entries.flatMap(([kind, arg]) => this.#describe(kind, arg));
      this.recorder.record(`server.${event}`, words);
      perform(stepsFor(behaviour, scope), scope, this.#side);
    });
  }

  /** Names an argument of an event, and returns its text in the log; a response has none. */
  #describe(kind: string, object: unknown): string[] {
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
      for (const event of [this.#transport.opened, 'drop']) this.#server.once(event, resolve);
    });
    const peer = new Peer(await this.#connect());
    this.#peers.set(name, peer);
    await arrived;
    return peer;
  }

  async #connect(): Promise<Duplex> {
    if (this.#conversation.transport !== 'duplex')
      return this.#transport.dial((this.#server.address() as AddressInfo).port);
    const [near, far] = duplexPair();
    this.#server.emit('connection', far);
    return near;
  }
}

/** The socket of a request, which its listener also has in scope. */
function socketOf(first: unknown): { socket?: Duplex } {
  const socket = (first as { socket?: Duplex } | undefined)?.socket;
  return socket === undefined ? {} : { socket };
}

function stepsFor(behaviour: Behaviour, scope: ListenerScope): Steps {
  if (Array.isArray(behaviour)) return behaviour;
  const url = scope.req?.url ?? '';
  const steps = (behaviour as Record<string, Steps>)[url];
  if (steps === undefined) throw new Error(`${INVALID} no steps for ${url}`);
  return steps;
}
