/** Every timeout, set to a minute, tested in milliseconds: no port, no sleep. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import statewire, { type Agent, type ServerOptions } from '../../src/index.js';
import { IdleTimer, now, Sweeper } from '../../src/io/clock.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

const MINUTE = 60_000;

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock({ date: new Date('2026-01-01') });
});
afterEach(() => clock.uninstall());

describe('a virtual clock', () => {
  it('stands still', async () => {
    const before = now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(now()).toBe(before);
    await clock.advance(5);
    expect(now()).toBe(before + 5);
  });

  it('runs due timers in order, each at its time, with ticks and promises in between', async () => {
    const log: string[] = [];
    const start = now();
    const note = (what: string) => {
      log.push(`${what} at ${now() - start}`);
      process.nextTick(() => log.push(`tick of ${what}`));
      Promise.resolve().then(() => log.push(`promise of ${what}`));
    };
    const timer = (what: string, period: number) => new IdleTimer(note, what).start(period);
    timer('late', 300);
    timer('early', 100);
    timer('early too', 100);
    new Sweeper(() => note('sweep')).start(150);
    timer('never', 301);
    await clock.advance(300);
    const expected = ['early at 100', 'early too at 100', 'sweep at 150', 'late at 300', 'sweep at 300'];
    expect(log.filter((line) => line.includes(' at '))).toEqual(expected);
    for (const [index, line] of log.entries()) {
      const [what] = line.split(' at ');
      if (line.includes(' at '))
        expect(log.slice(index + 1, index + 3).sort()).toEqual([`promise of ${what}`, `tick of ${what}`]);
    }
  });

  it('runs timers started by timers', async () => {
    let turns = 0;
    const again = () => {
      turns++;
      new IdleTimer(again, undefined).start(10);
    };
    again();
    await clock.advance(1000);
    expect(turns).toBe(101);
    expect(clock.pending).toBe(1);
  });

  it('queues calls of advance()', async () => {
    const start = now();
    await Promise.all([clock.advance(10), clock.advance(20)]);
    expect(now() - start).toBe(30);
  });

  it('keeps the async context in which a timer was started', async () => {
    const store = new AsyncLocalStorage<string>();
    let context: string | undefined;
    const timer = new IdleTimer(() => (context = store.getStore()), undefined);
    store.run('mine', () => timer.start(10));
    await store.run('of the test', () => clock.advance(10));
    expect(context).toBe('mine');
  });

  it('exists only once at a time', () => {
    expect(() => virtualClock()).toThrow('uninstall() the clock that was made before');
    clock.uninstall();
    clock.uninstall();
    {
      using other = virtualClock();
      expect(other.pending).toBe(0);
    }
    virtualClock().uninstall();
  });

  it('refuses invalid times', () => {
    const code = 'ERR_OUT_OF_RANGE';
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => clock.advance(ms)).toThrow(expect.objectContaining({ code }));
  });

  it('sets the Date of responses', async () => {
    const server = statewire.createServer((_req, res) => res.end());
    const dates: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const request = statewire.get({ agent: memoryAgent(server) }, (response) => dates.push(response.headers.date));
      request.on('error', () => {});
      await settled();
      await clock.advance(MINUTE);
    }
    expect(dates).toEqual(['Thu, 01 Jan 2026 00:00:00 GMT', 'Thu, 01 Jan 2026 00:01:00 GMT']);
  });
});

/** A connection to a server with these options, and a log of what the peer sees. */
function dial(options: ServerOptions, handler?: Parameters<typeof statewire.createServer>[1]) {
  const server = statewire.createServer(options, handler);
  const [peer, end] = socketPair();
  const log: string[] = [];
  peer.on('data', (chunk) => log.push(String(chunk).split('\r\n', 1)[0]!));
  peer.on('error', () => {});
  peer.on('close', () => log.push('closed'));
  server.emit('connection', end);
  return { server, peer, end, log };
}

/** Advances to just before the minute, then past it; returns the log lines of both steps. */
async function around(log: readonly string[]): Promise<[before: string[], after: string[]]> {
  await clock.advance(MINUTE - 1);
  const before = [...log];
  await clock.advance(MINUTE);
  return [before, log.slice(before.length)];
}

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';
const TIMED_OUT = ['HTTP/1.1 408 Request Timeout', 'closed'];

describe('a minute of a server', () => {
  it('a fault that waits for an earlier response is still reported after the time has passed', async () => {
    const responses: { end(): unknown }[] = [];
    const { peer, log } = dial({ requestTimeout: MINUTE, connectionsCheckingInterval: 1000 }, (_req, res) => {
      responses.push(res);
    });
    peer.write(`${HEAD}\r\n%%%`);
    expect(await around(log)).toEqual([[], []]);
    responses[0]?.end();
    await settled();
    expect(log).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 400 Bad Request', 'closed']);
  });

  it('headersTimeout', async () => {
    const { peer, log } = dial({ headersTimeout: MINUTE, connectionsCheckingInterval: 1000 });
    peer.write(HEAD);
    expect(await around(log)).toEqual([[], TIMED_OUT]);
  });

  it('requestTimeout', async () => {
    const options = { headersTimeout: 1000, requestTimeout: MINUTE, connectionsCheckingInterval: 1000 };
    const { peer, log } = dial(options, (req) => req.resume());
    peer.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf`);
    expect(await around(log)).toEqual([[], TIMED_OUT]);
  });

  it('keepAliveTimeout', async () => {
    const { peer, log } = dial({ keepAliveTimeout: MINUTE, keepAliveTimeoutBuffer: 0 }, (_req, res) => res.end());
    peer.write(`${HEAD}\r\n`);
    await settled();
    expect(log.splice(0)).toEqual(['HTTP/1.1 200 OK']);
    expect(await around(log)).toEqual([[], ['closed']]);
  });

  it('keepAliveTimeout, with empty lines between requests', async () => {
    const { peer, log } = dial({ keepAliveTimeout: MINUTE, keepAliveTimeoutBuffer: 0 }, (_req, res) => res.end());
    peer.write(`${HEAD}\r\n`);
    await settled();
    for (let i = 0; i < 3; i++) {
      await clock.advance(MINUTE / 4);
      peer.write('\r\n');
      await settled();
    }
    expect(log.splice(0)).toEqual(['HTTP/1.1 200 OK']);
    await clock.advance(MINUTE / 4);
    expect(log).toEqual(['closed']);
  });

  it('server.timeout', async () => {
    const server = statewire.createServer(() => {});
    server.timeout = MINUTE;
    const [peer, end] = socketPair();
    const log: string[] = [];
    peer.on('close', () => log.push('closed'));
    peer.resume();
    server.emit('connection', end);
    peer.write(`${HEAD}\r\n`);
    expect(await around(log)).toEqual([[], ['closed']]);
  });

  it('response.setTimeout, with a listener', async () => {
    const { peer, log } = dial({}, (_req, res) => {
      res.setTimeout(MINUTE, () => log.push('timeout'));
    });
    peer.write(`${HEAD}\r\n`);
    expect(await around(log)).toEqual([[], ['timeout']]);
  });
});

describe('a minute of a client', () => {
  const silent = statewire.createServer(() => {});
  const prompt = statewire.createServer({ keepAliveTimeout: 10 * MINUTE }, (_req, res) => res.end('hello!'));

  function send(agent: Agent, options: object = {}) {
    const log: string[] = [];
    const request = statewire.get({ agent, ...options }, (response) => {
      log.push('response');
      response.resume();
    });
    request.on('timeout', () => log.push('timeout'));
    request.on('error', (error) => log.push(error.message));
    request.on('close', () => log.push('close'));
    return { request, log };
  }

  it('request.setTimeout: emits timeout, and nothing more', async () => {
    const { request, log } = send(memoryAgent(silent));
    request.setTimeout(MINUTE);
    expect(await around(log)).toEqual([[], ['timeout']]);
    request.destroy();
    await settled();
    expect(log.slice(1)).toEqual(['socket hang up', 'close']);
  });

  it('the option timeout', async () => {
    const { log, request } = send(memoryAgent(silent), { timeout: MINUTE });
    expect(await around(log)).toEqual([[], ['timeout']]);
    request.destroy();
  });

  it('the timeout of an agent, for a socket in use', async () => {
    const { log, request } = send(memoryAgent(silent, { timeout: MINUTE }));
    expect(await around(log)).toEqual([[], ['timeout']]);
    request.destroy();
  });

  it('the timeout of an agent, for an idle socket', async () => {
    const agent = memoryAgent(prompt, { keepAlive: true, timeout: MINUTE });
    const { log } = send(agent);
    await settled();
    expect(log).toEqual(['response', 'close']);
    const idle = () => Object.values(agent.freeSockets).flat().length;
    await clock.advance(MINUTE - 1);
    expect(idle()).toBe(1);
    await clock.advance(1);
    expect(idle()).toBe(0);
  });

  it('the time that a server announces for an idle socket', async () => {
    const server = statewire.createServer({ keepAliveTimeout: MINUTE }, (_req, res) => res.end());
    const agent = memoryAgent(server, { keepAlive: true });
    send(agent);
    await settled();
    const idle = () => Object.values(agent.freeSockets).flat().length;
    await clock.advance(MINUTE - 1001);
    expect(idle()).toBe(1);
    await clock.advance(1);
    expect(idle()).toBe(0);
  });
});
