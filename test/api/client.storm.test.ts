/** Many requests to a peer that closes at random moments: each ends exactly once, and the agent keeps nothing. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import statewire, { Agent, type AgentOptions } from '../../src/index.js';

const REQUESTS = 10_000;
const AT_ONCE = 64;

/** Numbers from 0 to 1, reproducible from the seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const BODY = 'x'.repeat(100);
const KEPT = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const CLOSED = KEPT.replace('\r\n', '\r\nConnection: close\r\n');

/** Responds completely or up to a random byte, and sometimes closes: before, during, after or long after the response. */
function unreliable(random: () => number) {
  return (socket: Socket): void => {
    const close = () => {
      const how = random();
      if (how < 0.4) socket.resetAndDestroy();
      else if (how < 0.8) socket.destroy();
      else socket.end();
    };
    socket.on('error', () => {});
    socket.on('data', () => {
      const mood = random();
      if (mood < 0.05) close();
      else if (mood < 0.15) socket.write(KEPT.slice(0, Math.floor(random() * KEPT.length)), close);
      else if (mood < 0.25) socket.end(CLOSED);
      else if (mood < 0.35) socket.write(KEPT, close);
      else if (mood < 0.45) socket.write(KEPT, () => setImmediate(close));
      else if (mood < 0.47) socket.write(`${KEPT}garbage`);
      else socket.write(KEPT);
    });
  };
}

/** How one request ended: its events, each at most once. */
function ending(options: object, body: string | undefined): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const log: string[] = [];
    const request = statewire.request(options);
    request.on('error', () => log.push('error'));
    request.on('response', (response) => {
      log.push('response');
      response.on('end', () => log.push('end'));
      response.on('error', () => log.push('cut'));
      response.on('close', () => log.push('over'));
      response.resume();
    });
    request.on('close', () => {
      log.push('close');
      // The response's 'close' comes within the turn; a duplicate event would, too.
      setImmediate(() => setImmediate(resolve, log));
    });
    request.end(body);
  });
}

const ENDINGS = [
  'error close',
  'response end close over',
  'response end over close',
  'response cut close over',
  'response error cut close over',
  'response error end close over',
  'response error end over close',
];

describe.each<[string, AgentOptions]>([
  ['keepAlive', { keepAlive: true }],
  ['few sockets', { keepAlive: true, maxSockets: 5 }],
  ['few sockets in total, fifo', { keepAlive: true, maxTotalSockets: 7, scheduling: 'fifo' }],
  ['retries', { keepAlive: true, maxSockets: 10, retryReused: true }],
  ['no keepAlive', { maxSockets: 20 }],
])('with %s', (_, options) => {
  it(`${REQUESTS} requests end once each`, { timeout: 60_000 }, async () => {
    const random = numbers(REQUESTS);
    const server = createServer(unreliable(random)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent(options);
    const counts: Record<string, number> = {};
    let made = 0;
    const lane = async () => {
      while (made < REQUESTS) {
        made++;
        const isPost = random() < 0.3;
        const given = { host: '127.0.0.1', port, agent, method: isPost ? 'POST' : 'GET' };
        const how = (await ending(given, isPost ? BODY : undefined)).join(' ');
        counts[how] = (counts[how] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(Object.keys(counts).filter((how) => !ENDINGS.includes(how))).toEqual([]);
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(REQUESTS);
    expect(counts['error close']).toBeGreaterThan(0);
    expect(agent.requests).toEqual({});
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect({ sockets: agent.sockets, free: agent.freeSockets }).toEqual({ sockets: {}, free: {} });
  });
});
