/** What a run on statewire alone is made of: one log, a server without a port, an agent whose peers are in memory. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import statewire from '../../../src/index.js';
import { settled, socketPair, type VirtualClock, virtualClock } from '../../../src/testing/index.js';
import { SERVER_CAST } from '../../conversations/kit/cast.js';
import { quote } from '../../conversations/kit/log.js';
import { Recorder } from '../../conversations/kit/recorder.js';

type Server = InstanceType<typeof statewire.Server>;
type ServerResponse = InstanceType<typeof statewire.ServerResponse>;
type ClientRequest = InstanceType<typeof statewire.ClientRequest>;
type Agent = InstanceType<typeof statewire.Agent>;

export interface Alone {
  readonly name: string;
  /** The transitions that it must be seen to take. */
  readonly takes: readonly string[];
  readonly run: (log: Recorder) => Promise<void>;
  /** The log, line by line. */
  readonly told: readonly string[];
}

const CAST = {
  ...SERVER_CAST,
  /** A client's request and its answer. */
  asking: { heard: ['socket', 'response', 'abort', 'finish', 'error', 'close'] },
};

/** The log of the run. */
export async function logOf({ run }: Alone): Promise<readonly string[]> {
  const log = new Recorder(CAST, ['socket.end']);
  await run(log);
  log.close();
  return log.lines;
}

/** Time stands still during `run` until it says otherwise. */
export async function inVirtualTime(run: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = virtualClock();
  try {
    await run(clock);
  } finally {
    clock.uninstall();
  }
}

export const GARBAGE = '\0garbage\r\n\r\n';
/** Behind the head of `postChunked`. */
export const BAD_CHUNK = 'zz\r\n';
export const HALF_A_HEAD = 'GET / HT';

/** Milliseconds: longer than headersTimeout. */
export const HEADERS_TIME = 100_000;
/** Milliseconds: longer than requestTimeout. */
export const REQUEST_TIME = 400_000;

/** Ends that close when both have said FIN, and not before: what comes behind the FIN of one is read. */
export const halfOpen = (): readonly [Duplex, Duplex] => {
  const [one, other] = duplexPair();
  return [one, other];
};

/** One connection of a server, by its two ends. */
export interface Door<End extends Duplex = Duplex> {
  readonly server: Server;
  /** The server's end. */
  readonly socket: End;
  readonly peer: End;
  /** In the order of their requests. */
  readonly answers: readonly ServerResponse[];
  /** One write of the peer's, and all that follows from it. */
  send(text: string): Promise<void>;
}

/** A server that has been handed the second of two ends. Nobody answers its requests but the run. */
export function open<End extends Duplex = Socket>(
  log: Recorder,
  [peer, socket]: readonly [End, End] = socketPair() as never,
): Door<End> {
  const answers: ServerResponse[] = [];
  const server = statewire.createServer((req, res) => {
    log.record('server.request', [log.meet('req', req), `${req.method} ${req.url}`]);
    log.meet('res', res);
    answers.push(res);
  });
  server.on('upgrade', () => log.note('server.upgrade'));
  log.meet('socket', socket);
  hear(log, peer);
  (server as EventEmitter).emit('connection', socket);
  const send = (text: string) => {
    peer.write(text);
    return settled();
  };
  return { server, socket, peer, answers, send };
}

/** What the peer is told: the status of each answer, other bytes as they are, and how the connection ends. */
function hear(log: Recorder, peer: Duplex): void {
  peer.on('data', (chunk: Buffer) => {
    const text = chunk.toString('latin1');
    const statuses = text.match(/^HTTP\/1\.1 \d+/gm) ?? [quote(text)];
    log.note(`peer got ${statuses.join(', ').replaceAll('HTTP/1.1 ', '')}`);
  });
  peer.on('end', () => log.note('peer got FIN'));
  peer.on('error', (error: NodeJS.ErrnoException) => log.note(`peer.error ${error.code}`));
}

/** A request whose events are in the log. */
export function ask(log: Recorder, options: object): ClientRequest {
  const made = statewire.request({ host: 'a', ...options });
  log.meet('asking', made);
  made.on('response', (answer) => answer.resume());
  return made;
}

/** What a program does when a socket that was kept, and is dead, is going. */
type Interference = (request: ClientRequest) => unknown;

/**
 * A second request on a socket that the peer resets before it answers. `interfere` is done when the socket tells `event`;
 * the fresh socket is answered, or refused.
 */
export async function retry(
  log: Recorder,
  event: 'error' | 'close',
  interfere: Interference,
  refuses = false,
): Promise<void> {
  const { agent, peers } = agentOf(refuses);
  statewire.get({ host: 'a', agent }, (answer) => answer.resume());
  await settled();
  const second = ask(log, { agent });
  second.once('socket', (socket: EventEmitter) => socket.once(event, () => interfere(second)));
  second.end();
  await settled();
  log.note(`${peers.length} connections`);
  agent.destroy();
}

/**
 * An agent that tries reused sockets again, and the other ends of its sockets: each answers one request, and resets at the
 * next. `refuses` all sockets but the first.
 */
function agentOf(refuses: boolean) {
  const peers: ReturnType<typeof socketPair>[1][] = [];
  const agent: Agent = new statewire.Agent({ keepAlive: true, retryReused: true });
  agent.createConnection = (_options, callback) => {
    if (refuses && peers.length > 0) {
      callback?.(new Error('refused'), undefined as never);
      return undefined;
    }
    const [caller, called] = socketPair();
    called.once('data', () => {
      called.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      called.once('data', () => called.resetAndDestroy());
    });
    peers.push(called);
    return caller;
  };
  return { agent, peers };
}
