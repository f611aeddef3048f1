/** A network between clients and a server: it delays and cuts what is sent, and each connection has its own pace. */
import type { Socket } from 'node:net';
import { IdleTimer } from '../../src/io/clock.js';
import { chance } from '../../src/testing/faults/chance.js';
import type { Line, World } from '../programs/world.js';

/** What a network is like. */
export interface NetworkPlan {
  readonly seed: number;
  /** The longest delay of a piece, in ms. */
  readonly latency: number;
  /** The share of connections that are disturbed. */
  readonly faults: number;
  /** The share of chunks that arrive in pieces. */
  readonly pieces: number;
  /** More than this isn't on its way at once, in bytes: a small one makes senders wait. */
  readonly window: number;
}

type Disturbance = 'reset' | 'fin' | 'silence' | 'deaf';
const DISTURBANCES: readonly Disturbance[] = ['reset', 'fin', 'silence', 'deaf'];

const TOGETHER = 0.3;

/** A disturbance comes within so many ms. */
const SOON = 3000;

/** One direction of a connection: what comes from an end goes to the other one, in order, later. */
class Way {
  isSilent = false;
  private readonly queue: (() => void)[] = [];
  private onWay = 0;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly random: () => number;
  private readonly plan: NetworkPlan;

  constructor(from: Socket, to: Socket, random: () => number, plan: NetworkPlan) {
    this.from = from;
    this.to = to;
    this.random = random;
    this.plan = plan;
    from.on('data', (chunk: Buffer) => this.take(chunk));
    from.on('end', () => this.later(() => to.end()));
    from.on('close', (hadError: boolean) => this.later(() => void (hadError ? to.resetAndDestroy() : to.destroy())));
    from.on('error', () => {});
    to.on('drain', () => from.resume());
  }

  private take(chunk: Buffer): void {
    const { random, plan } = this;
    let from = 0;
    while (from < chunk.length) {
      const isCut = random() < plan.pieces;
      const to = isCut ? from + 1 + Math.floor(random() * (chunk.length - from)) : chunk.length;
      this.send(chunk.subarray(from, to));
      from = to;
    }
  }

  private send(piece: Buffer): void {
    this.onWay += piece.length;
    if (this.onWay > this.plan.window) this.from.pause();
    this.later(() => {
      this.onWay -= piece.length;
      const isFull = this.to.writable && !this.to.write(piece);
      if (!isFull && this.onWay <= this.plan.window) this.from.resume();
    });
  }

  /** What arrives is what was sent first, whoever's delay has passed. */
  private later(arrive: () => void): void {
    const delay = Math.floor(this.random() * (this.plan.latency + 1));
    this.queue.push(arrive);
    new IdleTimer(() => this.arrive(), undefined).start(Math.max(1, delay));
  }

  private arrive(): void {
    // What follows sometimes arrives in the same turn.
    do {
      const arrive = this.queue.shift();
      if (!this.isSilent) arrive?.();
    } while (this.queue.length > 0 && this.random() < TOGETHER);
  }
}

export class Network {
  /** The number of connections so far. */
  count = 0;
  private readonly world: World;
  private readonly plan: NetworkPlan;
  private readonly random: () => number;
  private readonly inside: Socket[] = [];

  constructor(world: World, plan: NetworkPlan) {
    this.world = world;
    this.plan = plan;
    this.random = chance(plan.seed);
  }

  /**
   * @param accept is given the server's end, when the connection is open there
   * @returns both ends
   */
  connect(highWaterMark: number | undefined, accept: (socket: Socket) => void): { caller: Line; called: Line } {
    this.count++;
    const { world, plan, random, inside } = this;
    const [caller, near] = world.connect(highWaterMark);
    const [far, called] = world.connect(highWaterMark);
    inside.push(near.socket, far.socket);
    far.socket.prependOnceListener('connect', () => accept(called.socket));
    const ways = [
      new Way(near.socket, far.socket, random, plan),
      new Way(far.socket, near.socket, random, plan),
    ] as const;
    if (random() < plan.faults) {
      const disturbance = DISTURBANCES[Math.floor(random() * DISTURBANCES.length)]!;
      const disturb = (): void => {
        for (const { socket } of [caller, called]) world.damage.push({ what: disturbance, socket });
        this.disturb(disturbance, near.socket, far.socket, ways);
      };
      new IdleTimer(disturb, undefined).start(1 + Math.floor(random() * SOON));
    }
    return { caller, called };
  }

  private disturb(disturbance: Disturbance, near: Socket, far: Socket, ways: readonly [Way, Way]): void {
    switch (disturbance) {
      case 'reset':
        near.resetAndDestroy();
        far.resetAndDestroy();
        break;
      case 'fin':
        near.end();
        far.end();
        break;
      case 'silence':
        for (const way of ways) way.isSilent = true;
        break;
      case 'deaf':
        ways[this.random() < 0.5 ? 0 : 1].isSilent = true;
        break;
    }
  }

  /** Everything that is open is closed. */
  end(): void {
    for (const socket of this.inside) socket.destroy();
  }
}
