/**
 * Random sequences of actions on an agent, with scripted requests and sockets. After each step the invariants of the agent are
 * checked.
 */
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Agent, withdraw } from '../../src/api/agent/Agent.js';
import type { SocketCallback } from '../../src/api/agent/Pool.js';
import { mayBeUsed, type Scheduling, TRUSTED_IDLENESS } from '../../src/rules/pool.js';
import { turn } from '../conversations/kit/wires.js';

/** By how many milliseconds the clock is advanced. */
let ahead = 0;
const real = performance.now.bind(performance);
beforeAll(() => void vi.spyOn(performance, 'now').mockImplementation(() => real() + ahead));
afterAll(() => void vi.restoreAllMocks());

class Line extends Duplex {
  readonly name: string;
  user: Requester | undefined;
  isParted = false;
  _httpMessage: { shouldKeepAlive: boolean } | null = null;

  constructor(name: string) {
    super();
    this.name = name;
  }

  override _read(): void {}
}

class Requester {
  readonly name: string;
  line: Line | undefined;
  /** How often it was settled, with a socket or without. */
  settlements = 0;
  destroyed = false;
  isWithdrawn = false;
  reusedSocket = false;

  constructor(name: string) {
    this.name = name;
  }

  get isLive(): boolean {
    return this.settlements === 0 && !this.destroyed;
  }

  onSocket(line: Line | null, error?: Error | null): void {
    this.settlements++;
    if (line === null) {
      expect(this.destroyed || error instanceof Error).toBe(true);
      return;
    }
    expect([this.destroyed, mayBeUsed(line), line.isParted, line.user, line.name]).toEqual([
      ...[false, true, false, undefined, this.name],
    ]);
    this.line = line;
    line.user = this;
    line._httpMessage = { shouldKeepAlive: true };
  }
}

type Opening = 'at once' | 'later' | 'throws';

interface Life {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly maxTotalSockets: number;
  readonly maxFreeSockets: number;
  readonly scheduling: Scheduling;
}

class World {
  readonly agent: Agent;
  readonly life: Life;
  readonly lines: Line[] = [];
  readonly requesters: Requester[] = [];
  readonly pending: { name: string; callback: SocketCallback }[] = [];
  opening: Opening = 'at once';

  constructor(life: Life) {
    this.life = life;
    this.agent = new Agent(life);
    this.agent.createConnection = ({ host }, callback) => {
      if (this.opening === 'throws') throw new Error('refused');
      if (this.opening === 'at once') return this.connect(host!);
      this.pending.push({ name: this.agent.getName({ host }), callback: callback as SocketCallback });
      return undefined;
    };
  }

  connect(host: string): Line {
    const line = new Line(`${host}::`);
    this.lines.push(line);
    return line;
  }

  get open(): readonly Line[] {
    return this.lines.filter(({ destroyed, isParted }) => !destroyed && !isParted);
  }

  request(host: string): void {
    const name = `${host}::`;
    const requester = new Requester(name);
    const idle = (this.agent.freeSockets[name] ?? []).filter(mayBeUsed) as unknown as Line[];
    this.requesters.push(requester);
    try {
      this.agent.addRequest(requester, { host });
    } catch {
      requester.settlements++;
    }
    if (requester.line !== undefined && idle.includes(requester.line)) {
      expect(requester.line).toBe(this.life.scheduling === 'lifo' ? idle.at(-1) : idle[0]);
      expect(requester.reusedSocket).toBe(true);
    }
  }

  check(): void {
    const { agent, life } = this;
    const tables = [agent.sockets, agent.freeSockets, agent.requests].map((table) => Object.values(table));
    expect(tables.flat().filter((list) => list!.length === 0)).toEqual([]);
    const [used, idle, waiting] = tables.map((lists) => lists.flat()) as unknown as [Line[], Line[], Requester[]];

    expect(agent.totalSocketCount).toBe(used.length + idle.length);
    expect(new Set([...used, ...idle])).toEqual(new Set(this.open));
    expect(used.length + idle.length).toBe(this.open.length);
    expect(idle.filter(({ user }) => user !== undefined)).toEqual([]);
    expect(used.filter(({ user }) => user === undefined)).toEqual([]);

    expect(waiting.filter(({ settlements, isWithdrawn }) => settlements > 0 || isWithdrawn)).toEqual([]);

    const total = this.open.length + this.pending.length;
    const openOf = (name: string) => [...this.open, ...this.pending].filter((one) => one.name === name).length;
    expect(total).toBeLessThanOrEqual(life.maxTotalSockets);
    for (const name of ['a::', 'b::', 'c::']) {
      expect(openOf(name)).toBeLessThanOrEqual(life.maxSockets);
      expect(agent.freeSockets[name]?.length ?? 0).toBeLessThanOrEqual(life.maxFreeSockets);
    }

    // No request is lost: a live request without a socket is queued, or a socket is being opened for its name.
    const live = this.requesters.filter(({ isLive }) => isLive);
    for (const name of ['a::', 'b::', 'c::']) {
      const expected = live.filter((requester) => requester.name === name);
      const queued = waiting.filter((requester) => requester.name === name && requester.isLive);
      const opening = this.pending.filter((one) => one.name === name);
      expect(queued.length + opening.length).toBeGreaterThanOrEqual(expected.length);
      if (queued.length === 0) continue;
      // Requests are queued only while sockets in use or being opened exhaust the limits.
      const isFull = openOf(name) >= life.maxSockets || total - idle.length >= life.maxTotalSockets;
      expect(isFull).toBe(true);
    }
    expect(this.requesters.filter(({ settlements, isWithdrawn }) => settlements > (isWithdrawn ? 0 : 1))).toEqual([]);
  }
}

type Step = (world: World) => void;

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % list.length];
const at = fc.nat({ max: 20 });
const mostly = fc.constantFrom(true, true, true, true, false);

const steps: fc.Arbitrary<{ name: string; step: Step }> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('a', 'a', 'b', 'c')
      .map((host) => ({ name: `request ${host}`, step: (w: World) => w.request(host) })),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(at, mostly, mostly).map(([index, persists, isUsable]) => ({
      name: `end ${index} ${persists} ${isUsable}`,
      step: (world: World) => {
        const line = pick(
          world.open.filter(({ user }) => user !== undefined),
          index,
        );
        if (line === undefined) return;
        line.user = undefined;
        line._httpMessage = { shouldKeepAlive: persists };
        if (!isUsable) line.push('surplus');
        line.emit('free');
      },
    })),
  },
  {
    weight: 3,
    arbitrary: at.map((index) => ({
      name: `close ${index}`,
      step: (world: World) => {
        const line = pick(world.open, index);
        if (line === undefined) return;
        // The request handles the error of a socket in use.
        if (line.user !== undefined) line.on('error', () => {});
        line.user = undefined;
        line.destroy(index % 2 === 0 ? undefined : new Error('reset'));
      },
    })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(at, fc.boolean(), fc.boolean()).map(([index, isOpened, twice]) => ({
      name: `${isOpened ? 'open' : 'fail'} ${index}`,
      step: (world: World) => {
        const one = pick(world.pending, index);
        if (one === undefined) return;
        world.pending.splice(world.pending.indexOf(one), 1);
        const args: Parameters<SocketCallback> = isOpened
          ? [null, world.connect(one.name.replace('::', ''))]
          : [new Error('refused')];
        one.callback(...args);
        if (twice) one.callback(new Error('again'));
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(at, fc.boolean()).map(([index, isOurs]) => ({
      name: `${isOurs ? 'withdraw' : 'destroy'} ${index}`,
      step: (world: World) => {
        const requester = pick(
          world.requesters.filter(({ isLive }) => isLive),
          index,
        );
        if (requester === undefined) return;
        requester.destroyed = true;
        requester.isWithdrawn = isOurs;
        if (isOurs) world.agent[withdraw](requester);
      },
    })),
  },
  {
    weight: 1,
    arbitrary: at.map((index) => ({
      name: `part ${index}`,
      step: (world: World) => {
        const line = pick(world.open, index);
        if (line === undefined) return;
        const isIdle = Object.values(world.agent.freeSockets)
          .flat()
          .includes(line as never);
        line.isParted = true;
        line.emit('agentRemove');
        expect(['free', 'close', 'timeout', 'agentRemove'].map((name) => line.listenerCount(name))).toEqual([
          0, 0, 0, 0,
        ]);
        expect(line.listenerCount('error')).toBe(Number(isIdle));
      },
    })),
  },
  {
    weight: 1,
    arbitrary: at.map((index) => ({
      name: `idle ${index}`,
      step: (world: World) => void pick(Object.values(world.agent.freeSockets).flat(), index)?.emit('timeout'),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constant({
      name: 'time passes',
      step: () => {
        ahead += TRUSTED_IDLENESS + 1;
      },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Opening>('at once', 'later', 'later', 'throws').map((opening) => ({
      name: `opening ${opening}`,
      step: (world: World) => {
        world.opening = opening;
      },
    })),
  },
);

const limit = fc.constantFrom(1, 2, 3, 4, Number.POSITIVE_INFINITY);
const lives: fc.Arbitrary<Life> = fc.record({
  keepAlive: mostly,
  maxSockets: limit,
  maxTotalSockets: limit,
  maxFreeSockets: fc.constantFrom(1, 2, 256),
  scheduling: fc.constantFrom('lifo', 'fifo'),
});

async function live(life: Life, path: readonly { step: Step; isHasty: boolean }[]): Promise<void> {
  const world = new World(life);
  for (const { step, isHasty } of path) {
    step(world);
    if (isHasty) continue;
    // A socket idle for long is polled for two turns, and a closed one is noticed in one.
    for (let turns = 0; turns < 3; turns++) await turn();
    world.check();
  }
  world.opening = 'throws';
  for (const { callback } of world.pending.splice(0)) callback(new Error('refused'));
  for (const line of world.open) line.destroy();
  world.agent.destroy();
  for (let turns = 0; turns < 4; turns++) await turn();
  expect([world.agent.requests, world.agent.sockets, world.agent.freeSockets]).toEqual([{}, {}, {}]);
  expect(world.agent.totalSocketCount).toBe(0);
  expect(world.requesters.filter(({ isLive }) => isLive)).toEqual([]);
}

describe('an agent', () => {
  it('respects its limits and loses no request, whatever happens', async () => {
    const path = fc.array(
      fc.tuple(steps, fc.boolean()).map(([step, isHasty]) => ({ ...step, isHasty })),
      { maxLength: 60, size: 'max' },
    );
    await fc.assert(fc.asyncProperty(lives, path, live), { numRuns: 1000 });
  });
});
