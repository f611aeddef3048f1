/** ClientRequest, Agent and the global agent, used as in widely used packages. */
import { EventEmitter, once } from 'node:events';
import hostExports, { type Agent, type AgentOptions, type ClientRequest, type RequestOptions } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Stream, Writable } from 'node:stream';
import { inherits } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ownExports from '../../src/index.js';
import { applied, type Http, twice } from './kit/twice.js';

const peer = net.createServer((socket) => {
  socket.on('error', () => {}).on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
});
let port = 0;

beforeAll(async () => {
  await once(peer.listen(0, '127.0.0.1'), 'listening');
  port = (peer.address() as AddressInfo).port;
});
afterAll(() => peer.close());

const here = (more: RequestOptions = {}): RequestOptions => ({ host: '127.0.0.1', port, ...more });

/** Calls on a request that never gets a connection. */
const calls: Readonly<Record<string, (request: ClientRequest) => unknown>> = {
  'a header and end(body)': (request) => request.setHeader('a', 'b').end('x'),
  'end()': (request) => request.end(),
  'write() and end()': (request) => {
    request.write('x');
    request.end('y');
  },
  'flushHeaders()': (request) => request.flushHeaders(),
  'cork() and uncork()': (request) => {
    request.cork();
    request.write('x');
    request.uncork();
  },
  'setTimeout()': (request) => request.setTimeout(1000),
  'setNoDelay() and setSocketKeepAlive()': (request) => {
    request.setNoDelay(true);
    request.setSocketKeepAlive(true);
  },
  'what it is': (request) => [request.headersSent, request.writableEnded, request.destroyed, request.writableLength],
};

async function status(request: ClientRequest): Promise<number | undefined> {
  const [response] = await once(request.end(), 'response');
  await once(response.resume(), 'end');
  return response.statusCode;
}

/** A subclass by `util.inherits` that applies the base to its own `this`. */
function derive<Instance>(base: unknown): new (...args: unknown[]) => Instance {
  const Derived = function Derived(this: unknown, ...args: unknown[]) {
    applied(base).apply(this, args);
  };
  inherits(Derived, base as never);
  return Derived as unknown as new (
    ...args: unknown[]
  ) => Instance;
}

describe('Agent', () => {
  twice('needs no new', async (http) => {
    const agent = applied(http.Agent)({ maxSockets: 3 }) as Agent;
    const received = await status(http.request(here({ agent })));
    return [agent instanceof http.Agent, agent instanceof EventEmitter, agent.maxSockets, received];
  });

  twice('is applied to an object that inherits from it (agentkeepalive, agent-base)', async (http) => {
    const agent = new (derive<Agent>(http.Agent))({ keepAlive: true });
    const free = once(agent, 'free');
    const received = await status(http.request(here({ agent })));
    await free;
    const kept = Object.keys(agent.freeSockets).length;
    agent.destroy();
    return [agent instanceof http.Agent, received, kept];
  });

  twice('is extended by a class, whose methods are called', async (http) => {
    const calls: string[] = [];
    class Mine extends http.Agent {
      override getName(options?: RequestOptions): string {
        calls.push('getName');
        return `mine:${super.getName(options)}`;
      }
      override createConnection(...args: Parameters<Agent['createConnection']>) {
        calls.push('createConnection');
        return super.createConnection(...args);
      }
    }
    const agent = new Mine();
    const request = http.request(here({ agent }));
    const [socket] = await once(request, 'socket');
    const names = Object.keys(agent.sockets).map((name) => name.split(':')[0]);
    const received = await status(request);
    return [[...new Set(calls)].sort(), names, received, socket instanceof net.Socket];
  });

  twice('takes its limit from the class when created', (http) => {
    const Limited = http.Agent as typeof http.Agent & { defaultMaxSockets: number };
    const before = Limited.defaultMaxSockets;
    Limited.defaultMaxSockets = 7;
    const { maxSockets } = new http.Agent();
    Limited.defaultMaxSockets = before;
    return [before, maxSockets, new http.Agent().maxSockets];
  });
});

describe('ClientRequest', () => {
  it('needs no new, unlike the host’s', async () => {
    const request = applied(ownExports.ClientRequest)(here()) as ClientRequest;
    expect(request).toBeInstanceOf(ownExports.ClientRequest);
    expect(await status(request)).toBe(204);
    expect(() => applied(hostExports.ClientRequest)(here())).toThrow(TypeError);
  });

  twice('is applied to an object that inherits from it (nock)', async (http) => {
    const statuses: number[] = [];
    const request = new (derive<ClientRequest>(http.ClientRequest))(here(), (response: { statusCode: number }) =>
      statuses.push(response.statusCode),
    );
    return [request instanceof http.ClientRequest, await status(request), statuses];
  });

  twice('is extended by a class', async (http) => {
    class Mine extends http.ClientRequest {
      override setHeader(name: string, value: string): this {
        return super.setHeader(`x-${name}`, value);
      }
    }
    const request = new Mine(here({ headers: { a: 'b' } }));
    return [request.getHeader('x-a'), request.constructor === Mine, await status(request)];
  });

  twice('is a Stream, but no Writable', async (http) => {
    const request = http.request(here());
    const kinds = [
      request instanceof Stream,
      (request as object) instanceof Writable,
      request instanceof http.ClientRequest,
    ];
    return [kinds, await status(request)];
  });
});

describe.each([
  ['the host', hostExports],
  ['statewire', ownExports as unknown as Http],
])('the global agent of %s', (_name, http) => {
  /** These agents never assign sockets. */
  const agentOf = (options: RequestOptions) => {
    const request = http.request({ host: '127.0.0.1', port: 1, ...options });
    request.on('error', () => {}).destroy();
    return (request as ClientRequest & { agent: Agent }).agent;
  };

  it('is used by requests without an agent, even after it was replaced', () => {
    const before = http.globalAgent;
    const mine = new http.Agent();
    http.globalAgent = mine;
    const calls = [agentOf({}), agentOf({ agent: undefined })];
    http.globalAgent = before;
    expect(calls).toEqual([mine, mine]);
    expect(agentOf({})).toBe(before);
  });

  it('keeps connections for 5 s', () => {
    const { keepAlive, scheduling, timeout } = (http.globalAgent as Agent & { options: RequestOptions & AgentOptions })
      .options;
    expect({ keepAlive, scheduling, timeout }).toEqual({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
  });

  it('is not used by a request with agent: false', () => {
    const agent = agentOf({ agent: false });
    expect(agent).toBeInstanceOf(http.Agent);
    expect(agent).not.toBe(http.globalAgent);
  });
});

describe('a ClientRequest set up only by OutgoingMessage (nock 13)', () => {
  for (const [name, call] of Object.entries(calls)) {
    twice(`accepts ${name}, and emits errors`, async (http) => {
      const Erroring = function Erroring(this: ClientRequest, error: Error) {
        applied(http.OutgoingMessage).call(this);
        process.nextTick(() => this.emit('error', error));
      };
      inherits(Erroring, http.ClientRequest as never);
      const request = new (Erroring as never as new (error: Error) => ClientRequest)(new Error('mine'));
      const failed = once(request, 'error', { signal: AbortSignal.timeout(5000) }).catch((error) => error);
      const errors: unknown[] = [];
      request.on('error', (error) => errors.push(error.message));
      const returned = call(request);
      await failed;
      return [errors, returned === request ? 'itself' : returned];
    });
  }
});
