/** Runs one conversation against one implementation of node:http's face. */
import { once } from 'node:events';
import type * as NodeHttp from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Behaviour, Conversation, Line, Scene, Step, Steps } from './conversation.js';
import { GAVE_UP, ILL_WRITTEN, type Log } from './log.js';
import { Peer } from './peer.js';
import { Recorder } from './recorder.js';
import { perform } from './steps.js';
import { dial, duplexPair, settle, turn } from './wires.js';

/** As much of node:http's face as a server's conversation needs. */
export type Http = Pick<typeof NodeHttp, 'createServer' | 'IncomingMessage' | 'ServerResponse'>;

/** How long a line of the script may wait, in milliseconds, before the run is given up. */
const PATIENCE = 4000;

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
  const recorder = new Recorder(conversation.deaf);
  const run = new Run(http, conversation, recorder);
  process.setUncaughtExceptionCaptureCallback((error) => recorder.hear('process.uncaughtException', [error]));
  try {
    await run.begin();
    await run.follow(conversation.script);
    await settle();
    return run.log();
  } finally {
    run.cleanUp();
    await turn();
    process.setUncaughtExceptionCaptureCallback(null);
  }
}

class Run {
  readonly #conversation: Conversation;
  readonly #recorder: Recorder;
  readonly #server: Server;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets: Duplex[] = [];

  constructor(http: Http, conversation: Conversation, recorder: Recorder) {
    const { options = {}, props = {}, on = {} } = conversation.server ?? {};
    this.#conversation = conversation;
    this.#recorder = recorder;
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
    await this.#peer('a');
  }

  async follow(script: readonly Line[]): Promise<void> {
    let speaker = await this.#peer('a');
    try {
      for (const line of script) {
        if (line[0] === 'as') speaker = await this.#peer(line[1] as string);
        else await this.#say(line, speaker);
      }
    } catch (reason) {
      if (!(reason instanceof Error) || !reason.message.startsWith(GAVE_UP)) throw reason;
      this.#recorder.note(reason.message);
    }
  }

  log(): Log {
    this.#recorder.close();
    const peers = [...this.#peers].map(([name, peer]) => [name, peer.log()] as const);
    return { events: this.#recorder.lines, peers: Object.fromEntries(peers) };
  }

  cleanUp(): void {
    this.#recorder.close();
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
      this.#recorder.record(`server.${event}`, words);
      perform(stepsFor(behaviour, scene), scene, this.#recorder);
    });
  }

  /** Names what an event carries and says how the log calls it; a response goes without saying. */
  #introduce(kind: string, object: unknown): string[] {
    if (kind === 'drop') return Object.keys(object as object);
    if (kind !== 'req' && kind !== 'res' && kind !== 'socket') return [this.#recorder.show(object)];
    const name = this.#recorder.meet(kind, object);
    if (kind === 'res') return [];
    if (kind === 'socket') return [name];
    const { method, url, httpVersion } = object as IncomingMessage;
    return [name, `${method} ${url} ${httpVersion}`];
  }

  async #peer(name: string): Promise<Peer> {
    const known = this.#peers.get(name);
    if (known !== undefined) return known;
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

  async #say(line: Line, speaker: Peer): Promise<void> {
    const [verb, argument, count] = line as readonly [string, string, number?];
    const waiting = this.#await(verb, argument, count, speaker);
    if (waiting !== null) {
      await patiently(waiting, `${verb} ${argument ?? ''}`);
      await turn();
    } else if (verb === 'send') speaker.send(argument);
    else if (verb in SILENT) SILENT[verb as keyof typeof SILENT](speaker);
    else perform([line as Step], { server: this.#server }, this.#recorder);
  }

  #await(verb: string, argument: string, count: number | undefined, speaker: Peer): Promise<void> | null {
    if (verb === 'settle') return settle();
    if (verb === 'await close') return speaker.closed();
    if (verb === 'await bytes') return speaker.bytes(argument);
    if (verb !== 'await event') return null;
    return new Promise((resolve) => this.#recorder.when(argument, count ?? 1, resolve));
  }
}

/** The socket of a request, which its listener may speak of too. */
function socketOf(first: unknown): { socket?: Duplex } {
  const socket = (first as { socket?: Duplex } | undefined)?.socket;
  return socket === undefined ? {} : { socket };
}

/** What a peer does without a word. */
const SILENT = {
  end: (peer: Peer) => peer.end(),
  reset: (peer: Peer) => peer.reset(),
  pause: (peer: Peer) => peer.pause(),
  resume: (peer: Peer) => peer.resume(),
};

function patiently(waiting: Promise<void>, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${GAVE_UP} ${what}`)), PATIENCE);
    waiting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function stepsFor(behaviour: Behaviour, scene: Scene): Steps {
  if (Array.isArray(behaviour)) return behaviour;
  const url = scene.req?.url ?? '';
  const steps = (behaviour as Record<string, Steps>)[url];
  if (steps === undefined) throw new Error(`${ILL_WRITTEN} no steps for ${url}`);
  return steps;
}
