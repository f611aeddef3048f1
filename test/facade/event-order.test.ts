/** `eventOrder`: of the process, of an agent and of the environment. */
import { once } from 'node:events';
import * as node from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import statewire, { type ClientRequest, type EventOrder } from '../../src/index.js';

afterEach(() => {
  statewire.eventOrder = 'documented';
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** What a request and its response emit from the cut of the response on: by the peer, or in 'data' by the program. */
async function cut(options: object, act?: (request: ClientRequest) => void): Promise<string[]> {
  const peer = net.createServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegun');
    if (act === undefined) socket.end();
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as AddressInfo;
  const events: string[] = [];
  const request = statewire.get({ host: '127.0.0.1', port, ...options }, (response) => {
    for (const event of ['aborted', 'error', 'close']) response.on(event, () => events.push(`res.${event}`));
    response.on('data', () => act?.(request));
  });
  request.on('close', () => events.push('req.close'));
  await once(request, 'close');
  await new Promise(setImmediate);
  peer.close();
  return events;
}

const ORDERS: Readonly<Record<EventOrder, readonly string[]>> = {
  documented: ['res.aborted', 'res.error', 'req.close', 'res.close'],
  host: ['res.aborted', 'req.close', 'res.error', 'res.close'],
};

const invalid = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const agentIn = (eventOrder: EventOrder) => new statewire.Agent({ eventOrder });
const throughOwn = { agent: undefined, createConnection: net.createConnection };

describe('eventOrder', () => {
  it('is the documented one by default', async () => {
    expect(statewire.eventOrder).toBe('documented');
    expect(await cut({})).toEqual(ORDERS.documented);
  });

  it.each(['documented', 'host'] as const)('is that of the process: %s', async (order) => {
    statewire.eventOrder = order;
    expect(statewire.eventOrder).toBe(order);
    expect(await cut({})).toEqual(ORDERS[order]);
    expect(await cut({ agent: false })).toEqual(ORDERS[order]);
    expect(await cut(throughOwn)).toEqual(ORDERS[order]);
  });

  it.each([
    ['host', 'documented'],
    ['documented', 'host'],
  ] as const)('is that of the agent first: %s, and not %s', async (order, other) => {
    statewire.eventOrder = other;
    expect(await cut({ agent: agentIn(order) })).toEqual(ORDERS[order]);
  });

  it('stays the same for a request whose end has begun', async () => {
    const events = cut({}, (request) => {
      statewire.eventOrder = 'host';
      request.abort();
      statewire.eventOrder = 'documented';
    });
    expect(await events).toEqual(ORDERS.host);
  });

  it.each(['hosts', '', 'Host', null, undefined, 1, true, Symbol('host')])('refuses %s', (value) => {
    expect(() => {
      statewire.eventOrder = value as never;
    }).toThrow(expect.objectContaining({ ...invalid, message: expect.stringContaining("'documented', 'host'") }));
    expect(statewire.eventOrder).toBe('documented');
    if (value === undefined) return;
    expect(() => new statewire.Agent({ eventOrder: value as never })).toThrow(expect.objectContaining(invalid));
  });

  it('of an agent may be undefined, and is not inherited from Object.prototype', async () => {
    Object.assign(Object.prototype, { eventOrder: 'host' });
    try {
      expect(await cut({ agent: new statewire.Agent({}) })).toEqual(ORDERS.documented);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'eventOrder');
    }
    expect(await cut({ agent: new statewire.Agent({ eventOrder: undefined }) })).toEqual(ORDERS.documented);
  });
});

describe('STATEWIRE_EVENT_ORDER', () => {
  const load = async (value: string) => {
    vi.resetModules();
    vi.stubEnv('STATEWIRE_EVENT_ORDER', value);
    return (await import('../../src/index.js')).default;
  };

  it.each(['documented', 'host'] as const)('is the default: %s', async (order) => {
    expect((await load(order)).eventOrder).toBe(order);
  });

  it('may be empty', async () => {
    expect((await load('')).eventOrder).toBe('documented');
  });

  it('may be overruled', async () => {
    const loaded = await load('host');
    loaded.eventOrder = 'documented';
    expect(loaded.eventOrder).toBe('documented');
  });

  it('with another value is an error of the import, which names the two', async () => {
    await expect(load('hosts')).rejects.toMatchObject({
      ...invalid,
      message:
        "The property 'process.env.STATEWIRE_EVENT_ORDER' must be one of: 'documented', 'host'. Received 'hosts'",
    });
  });
});

describe('callbacks of a request that is destroyed before it has a connection', () => {
  it.each([
    ['documented', ['error', 'write', 'end', 'close', 'turn']],
    ['host', ['error', 'close', 'turn', 'write', 'end']],
  ] as const)('in the %s order', async (order, expected) => {
    const log: string[] = [];
    const peer = net.createServer().listen(0, '127.0.0.1');
    await once(peer, 'listening');
    const { port } = peer.address() as AddressInfo;
    const request = statewire.request({ host: '127.0.0.1', port, method: 'POST', agent: agentIn(order) });
    request.on('error', () => log.push('error'));
    request.on('close', () => {
      log.push('close');
      process.nextTick(() => log.push('turn'));
    });
    const received = new Promise<void>((resolve) => {
      request.write('a', () => log.push('write'));
      request.end('b', () => {
        log.push('end');
        setImmediate(resolve);
      });
    });
    request.destroy();
    await received;
    peer.close();
    expect(log).toEqual(expected);
  });
});

describe('a request that is aborted in the turn in which its socket fails', () => {
  /** The socket fails before the request takes it. */
  function failing(): net.Socket {
    const socket = new net.Socket();
    process.nextTick(() => socket.destroy(new Error('mine')));
    return socket;
  }

  async function log(http: Pick<typeof node, 'get'>, end: 'abort' | 'destroy'): Promise<string[]> {
    const events: string[] = [];
    const request = http.get({ createConnection: failing });
    for (const event of ['abort', 'error', 'close']) {
      request.on(event, (error?: Error) => events.push(`${event} ${error?.message}`));
    }
    request[end]();
    await new Promise((resolve) => request.on('close', resolve));
    await new Promise(setImmediate);
    return events;
  }

  it.each(['abort', 'destroy'] as const)('emits what the host does, in both orders: %s()', async (end) => {
    for (const order of ['documented', 'host'] as const) {
      statewire.eventOrder = order;
      expect(await log(statewire as unknown as typeof node, end)).toEqual(await log(node, end));
    }
  });
});
