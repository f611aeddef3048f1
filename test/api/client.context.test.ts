/** Listeners of a request and its response run in the async context that created the request (AsyncLocalStorage). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';

const store = new AsyncLocalStorage<string | number>();
const here = () => String(store.getStore() ?? 'nowhere');

const server = statewire.createServer((req, res) => {
  req.resume();
  if (req.url === '/continue') res.writeProcessing();
  if (req.url === '/cut') res.write('begun', () => res.destroy());
  else if (req.url !== '/never') res.end('hello!');
});
let port: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
});

/** The context of each event of a request. `act` is called in another context. */
async function contextsOf(options: object, act: (request: ReturnType<typeof statewire.get>) => void = () => {}) {
  const log: string[] = [];
  const made = store.run('made', () => {
    const request = statewire.request({ host: '127.0.0.1', port, ...options });
    const listen = (who: string, emitter: NodeJS.EventEmitter, events: readonly string[]) => {
      for (const event of events) emitter.on(event, () => log.push(`${who}.${event} ${here()}`));
    };
    const events = ['socket', 'prefinish', 'finish', 'information', 'response', 'timeout', 'abort', 'error', 'close'];
    listen('req', request, events);
    request.on('response', (response) => {
      listen('res', response, ['data', 'end', 'aborted', 'error', 'close']);
    });
    return request;
  });
  store.run('elsewhere', () => act(made));
  await new Promise((resolve) => made.on('close', () => setImmediate(resolve)));
  return log;
}

const whole = ['socket', 'prefinish', 'finish', 'response'];

describe('the context of a request', () => {
  it('is that of its creation, wherever it is ended', async () => {
    const log = await contextsOf({ path: '/' }, (request) => request.end());
    expect(log.length).toBeGreaterThan(7);
    expect(log.filter((line) => !line.endsWith(' made'))).toEqual([]);
  });

  it('is kept on a socket opened for another request', async () => {
    const agent = new statewire.Agent({ keepAlive: true, maxSockets: 1 });
    const first = store.run('first', () => contextsOf({ path: '/', agent }, (request) => request.end()));
    const second = contextsOf({ path: '/continue', agent }, (request) => request.end('x'));
    const logs = [...(await first), ...(await second)];
    expect(logs.filter((line) => line.startsWith('req.'))).toHaveLength(2 * (whole.length + 1) + 1);
    expect(logs.filter((line) => !line.endsWith(' made'))).toEqual([]);
    agent.destroy();
  });

  it.each([
    ['a response that is cut', { path: '/cut' }, undefined],
    ['destroy()', { path: '/never' }, 'destroy'],
    ['abort()', { path: '/never' }, 'abort'],
  ] as const)('is kept for %s', async (_, options, call) => {
    const log = await contextsOf(options, (request) => {
      request.end();
      if (call) request.on('finish', () => store.run('elsewhere', () => request[call]()));
    });
    expect(log.some((line) => line.includes('error'))).toBe(true);
    expect(log.filter((line) => !line.endsWith(' made'))).toEqual([]);
  });

  it('is kept for a request destroyed before it has a socket', async () => {
    const log = await contextsOf({ path: '/' }, (request) => request.destroy());
    expect(log).toEqual(['req.error made', 'req.close made']);
  });
});

/** Two requests on one kept socket, the second after the first: Node uses the store of the first twice. */
it('the program of Node issue 34400 prints 0, 1', async () => {
  const agent = new statewire.Agent({ keepAlive: true, maxSockets: 1 });
  const printed: unknown[] = [];
  await Promise.all(
    [0, 1].map((index) =>
      store.run(index, async () => {
        const request = statewire.get({ host: '127.0.0.1', port, agent });
        const [response] = await once(request, 'response');
        response.on('data', () => printed.push(store.getStore()));
        await new Promise((resolve) => response.on('end', resolve));
      }),
    ),
  );
  agent.destroy();
  expect(printed).toEqual([0, 1]);
});
