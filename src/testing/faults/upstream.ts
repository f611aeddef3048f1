/** The peer of the connections that a program opens: a server that plays its rounds. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { IdleTimer } from '../../io/clock.js';
import { refusedSocket } from '../MemorySocket.js';
import { hold } from '../transit.js';
import type { Moment } from './caller.js';
import { PeerReader, type ReadMessage } from './reader.js';
import { type IndexedStep, type Round, roundsOf } from './rounds.js';
import type { Scene } from './scene.js';
import type { RefusalCode, Script } from './script.js';

/** A request that has come whole. */
export interface ReceivedRequest {
  readonly message: ReadMessage;
  /** Whether its response was sent whole. */
  isServed: boolean;
}

/** The body of a response, as far as it was sent. */
export interface SentBody {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** What a connection is opened with. */
export interface Target {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** So many turns without a change, and a peer takes its next step; at most so many in all. */
const CALM = 4;
const LIMIT = 400;

export class Upstream {
  readonly links: Link[] = [];
  readonly requests: ReceivedRequest[] = [];
  /** The bodies of its responses, as far as they were sent. */
  readonly bodies: SentBody[] = [];
  readonly moments: Moment[] = [];
  readonly scene: Scene;
  readonly notes: boolean;
  private readonly rounds: readonly Round[];
  private free: Round[];

  /** @param notes whether to note moments */
  constructor(scene: Scene, script: Script, notes: boolean) {
    this.scene = scene;
    this.notes = notes;
    this.rounds = roundsOf(script);
    this.free = [...this.rounds];
  }

  /** The rounds begin anew. */
  restart(): void {
    this.free = [...this.rounds];
    this.requests.length = 0;
    this.bodies.length = 0;
  }

  open({ host, port }: Target): Socket {
    const { scene } = this;
    const [next] = this.free;
    if (next?.refused !== undefined) {
      this.free.shift();
      const socket = refusedSocket(refusal(next.refused, host ?? 'localhost', Number(port) || 80));
      socket.setMaxListeners(0);
      scene.sockets.push(socket);
      return socket;
    }
    const { caller, called } = scene.connect();
    scene.sockets.push(caller);
    scene.peers.push(called);
    this.links.push(new Link(this, called));
    return caller;
  }

  /** What is done on a new connection before a request has come. */
  takeOpening(): Round | undefined {
    const [next] = this.free;
    return next !== undefined && next.before.length > 0 ? this.free.shift() : undefined;
  }

  /** What is done for a request. */
  take(): Round | undefined {
    const next = this.free.find(({ readAt }) => readAt !== undefined);
    if (next === undefined) return this.rounds.findLast(({ readAt }) => readAt !== undefined);
    this.free.splice(this.free.indexOf(next), 1);
    return next;
  }
}

/** One connection. */
export class Link {
  readonly socket: Socket;
  readonly reader = new PeerReader('request');
  /** It does nothing more. */
  isOver = false;
  private readonly upstream: Upstream;
  private isBusy = false;
  private served = 0;
  private opening: Round | undefined;

  constructor(upstream: Upstream, socket: Socket) {
    this.upstream = upstream;
    this.socket = socket;
    const { scene } = upstream;
    const note = scene.noting();
    socket
      .on('data', (chunk: Buffer) => {
        note(chunk);
        this.reader.feed(chunk);
        void this.serve();
      })
      .on('end', () => {
        scene.changes++;
        if (!this.isBusy) socket.end();
      })
      .on('error', () => {})
      .on('close', () => {
        this.isOver = true;
      });
    this.opening = upstream.takeOpening();
    if (this.opening !== undefined) void this.begin(this.opening);
  }

  private async begin({ before, readAt }: Round): Promise<void> {
    this.isBusy = true;
    await this.play(before, before[0]!.at - 1);
    this.isBusy = false;
    if (readAt === undefined) this.opening = undefined;
    void this.serve();
  }

  /** Serves the requests that have come, one by one. */
  private async serve(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    while (!this.isOver && this.reader.whole > this.served) {
      const message = this.reader.messages[this.served++]!;
      const request: ReceivedRequest = { message, isServed: false };
      this.upstream.requests.push(request);
      const round = this.opening ?? this.upstream.take();
      this.opening = undefined;
      if (round === undefined) break;
      const reader = new PeerReader('response', () => message.head.method, true);
      await this.play(round.after, round.readAt!, reader);
      request.isServed = reader.whole > 0;
      const last = reader.messages.at(-1);
      if (last !== undefined) this.upstream.bodies.push({ bytes: Buffer.concat(last.body), isWhole: request.isServed });
      reader.free();
    }
    this.isBusy = false;
  }

  private async play(steps: readonly IndexedStep[], from: number, reader?: PeerReader): Promise<void> {
    let last = from;
    let isAtOnce = false;
    for (const { step, at } of steps) {
      if (step.do === 'turns') {
        const finish = hold();
        await this.upstream.scene.turns(step.count);
        finish();
        isAtOnce = true;
        continue;
      }
      if (!isAtOnce) await this.calm(last);
      isAtOnce = false;
      last = at;
      if (this.socket.destroyed) return;
      switch (step.do) {
        case 'send':
          reader?.feed(step.bytes);
          if (this.socket.writable) this.socket.write(step.bytes);
          break;
        case 'wait':
          await this.wait(step.ms);
          break;
        case 'fin':
          this.isOver = true;
          reader?.finish();
          this.socket.end();
          break;
        case 'reset':
          this.isOver = true;
          this.socket.resetAndDestroy();
          break;
        case 'silence':
          this.isOver = true;
          break;
        case 'pause':
          this.socket.pause();
          break;
        case 'resume':
          this.socket.resume();
          break;
        default:
          break;
      }
    }
    await this.calm(last);
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      new IdleTimer(resolve, undefined).start(ms);
    });
  }

  /** Waits until nothing changes any more. Time doesn't move meanwhile. */
  private async calm(step: number): Promise<void> {
    const { scene, moments, notes } = this.upstream;
    const finish = hold();
    let { changes } = scene;
    let quiet = 0;
    for (let turn = 1; quiet < CALM && turn < LIMIT; turn++) {
      await scene.turns(1);
      quiet = scene.changes === changes ? quiet + 1 : 0;
      if (quiet === 0 && notes) moments.push({ step, ms: 0, turn });
      changes = scene.changes;
    }
    finish();
  }
}

function refusal(code: RefusalCode, host: string, port: number): Error {
  const errno = code === 'ENOTFOUND' ? -3008 : -constants.errno[code];
  const details =
    code === 'ENOTFOUND'
      ? { syscall: 'getaddrinfo', hostname: host }
      : { syscall: 'connect', address: '127.0.0.1', port };
  const where = code === 'ENOTFOUND' ? host : `127.0.0.1:${port}`;
  return Object.assign(new Error(`${details.syscall} ${code} ${where}`), { errno, code, ...details });
}
