/** The rows of docs/differences-from-node.md that no conversation shows. Each holds on the host, and not here. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { get } from '../conversations/kit/phrases.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { exchange } from '../facade/kit/exchange.js';
import { type Http, http } from '../facade/kit/twice.js';

const { host, statewire } = http;

function differs<T>(row: string, seen: (http: Http) => T | Promise<T>, onHost: T, here: T): void {
  it(row, async () => {
    expect(await seen(host)).toEqual(onHost);
    expect(await seen(statewire)).toEqual(here);
  });
}

/** What `socket.timeout` is when the connection has served and waits. */
async function idleTimeout({ createServer }: Http): Promise<number | undefined> {
  const server = createServer((_, res) => res.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const peer = await dial((server.address() as AddressInfo).port);
  const [socket] = await accepted;
  peer.resume().write(get('/'));
  await settle();
  const { timeout } = socket;
  peer.destroy();
  await new Promise((resolve) => server.close(resolve));
  return timeout;
}

async function parserMembers(http: Http): Promise<readonly boolean[]> {
  const found: boolean[] = [];
  await exchange(http, (req, res) => {
    const { parser } = req.socket as unknown as { parser: object };
    found.push(...['consume', 'socket', 'incoming'].map((name) => name in parser));
    res.end();
  });
  return found;
}

async function entries(http: Http): Promise<number> {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['http'] });
  await exchange(http, (_, res) => res.end());
  await settle();
  observer.disconnect();
  return count;
}

function stackTraceLimit({ validateHeaderValue }: Http): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 7;
  try {
    expect(() => validateHeaderValue(Symbol('name') as unknown as string, '\n')).toThrow(TypeError);
    return Error.stackTraceLimit;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

describe('a difference from Node', () => {
  differs('idle-timer', idleTimeout, 6000, undefined);
  differs('parser', parserMembers, [true, true, true], [false, false, true]);
  differs('performance', entries, 1, 0);
  differs('stack-trace-limit', stackTraceLimit, 0, 7);
  differs(
    'join-duplicates',
    ({ createServer }) => (createServer() as unknown as { joinDuplicateHeaders: unknown }).joinDuplicateHeaders,
    undefined,
    false,
  );
});
