/** How the public objects are printed and compared. */
import assert from 'node:assert';
import { once } from 'node:events';
import type { Server as HostServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect, isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import http, {
  Agent,
  type ClientRequest,
  explain,
  IncomingMessage,
  OutgoingMessage,
  type RequestOptions,
  Server,
  ServerResponse,
} from '../../src/index.js';

const open: { server: HostServer; agent: Agent }[] = [];

afterEach(() => {
  for (const { server, agent } of open.splice(0)) {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  }
});

async function listening(handler: (req: IncomingMessage, res: ServerResponse) => void, options = {}) {
  const server = http.createServer(options, handler as never) as unknown as HostServer;
  const agent = new Agent({ keepAlive: true });
  open.push({ server, agent });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const send = (given: RequestOptions = {}) => http.request({ host: '127.0.0.1', port, agent, ...given });
  return { server, agent, port, send };
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  request.end();
  const [response] = await once(request, 'response');
  return response;
}

async function read(request: ClientRequest): Promise<void> {
  const response = await responseTo(request);
  response.resume();
  await once(request, 'close');
}

/** What is printed of it, without its times and the number of its connection. */
const printed = (object: unknown): string =>
  inspect(object)
    .replace(/\b\d+(\.\d)? m?s\b/g, 'N s')
    .replace(/([<·] [sc])\d+|(<\w+ [scq])\d+/g, '$1$2N');

describe('util.inspect', () => {
  it('prints a server and an agent', async () => {
    const { server, agent, port, send } = await listening((_req, res) => res.end('x'));
    const self = `<Server 127.0.0.1:${port} · waits for connections, N s`;
    expect(printed(server)).toBe(`${self} · 0 connections>`);
    expect(printed(agent)).toBe('<Agent 0 connections · 0 requests in its queue>');
    await read(send());
    expect(printed(server)).toBe(
      `${self} · 1 connection · sN idle · waits for the peer's next request, N s; keepAliveTimeout ends this in N s>`,
    );
    expect(printed(agent)).toMatch(
      /^<Agent 1 connection · 0 requests in its queue · cN 127\.0\.0\.1:\d+ · waits for a request of yours, N s; the agent's idle timeout ends this in N s>$/,
    );
    expect(printed(new Server())).toBe('<Server waits for you to call listen(), N s · 0 connections>');
  });

  it('prints of a server the exchange that has waited longest', async () => {
    const { server, send } = await listening((req, res) => {
      if (req.url === '/idle') res.end('x');
    });
    await read(send({ path: '/idle' }));
    const late = ['/late', '/later'].map((path) => send({ path, agent: new Agent() }).on('error', () => {}));
    for (const request of late) {
      request.end();
      await once(server, 'request');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(printed(server)).toMatch(
      / · 3 connections · sN\.1 GET \/late · waits for you to respond, N s; nothing ends/,
    );
    for (const request of late) request.destroy();
  });

  it('prints a request and its response in a server', async () => {
    const seen: string[] = [];
    const { server, send } = await listening((req, res) => {
      seen.push(printed(req), printed(res));
      req.resume().on('end', () => {
        seen.push(printed(req));
        res.write('x');
        seen.push(printed(res));
        res.end();
        res.on('close', () => seen.push(printed(res), printed(req)));
      });
    });
    const request = send({ method: 'POST', path: '/a?token=secret', headers: { authorization: 'secret' } });
    request.write('body');
    await once(server, 'request');
    await read(request);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = 'nothing ends this (server.timeout is 0)>';
    const body =
      'waits for the peer to send the body, N s; and for you to respond, N s; requestTimeout ends this in N min N s';
    expect(seen.map((text) => text.replace(/\d+ min \d+ s|N min N s|\d+ min N s/, 'N min N s'))).toEqual([
      `<IncomingMessage sN.1 POST /a?… · ${body}>`,
      `<ServerResponse sN.1 POST /a?… · ${body}>`,
      `<IncomingMessage sN.1 POST /a?… · waits for you to respond, N s; ${rest}`,
      `<ServerResponse sN.1 POST /a?… · waits for you to end the response, N s; ${rest}`,
      '<ServerResponse sN.1 POST /a?… 200 · ended --: the response is whole; over for N s>',
      '<IncomingMessage sN.1 POST /a?… · came whole, and is over; over for N s>',
    ]);
  });

  it('prints what a response waits for', async () => {
    let seen = '';
    const { send } = await listening((_req, res) => {
      while (res.write('x'.repeat(100_000))) {}
      seen = printed(res);
    });
    const response = await responseTo(send({ path: '/a' }));
    expect(seen).toMatch(/^<ServerResponse sN\.1 GET \/a · waits for the peer to read: .+ in the socket, N s; nothing/);
    response.destroy();
    expect(printed(new ServerResponse({ method: 'GET', url: '/x', headers: {} } as never))).toBe(
      '<ServerResponse GET /x · waits for you to assign a socket to it; and for you to respond>',
    );
    expect(printed(new OutgoingMessage())).toMatch(/^<OutgoingMessage a message that you have made · waits for you to/);
    expect(printed(new IncomingMessage(null))).toMatch(/^<IncomingMessage a message that you have made · waits for/);
  });

  it('prints a request and its response in a client', async () => {
    const { port, send } = await listening((_req, res) => res.end('x'));
    const request = send({ path: '/a?token=secret' });
    const what = `GET http://127.0.0.1:${port}/a?…`;
    expect(printed(request)).toBe(
      `<ClientRequest qN ${what} · waits for a socket: its agent opens a connection, N s; and for you to end the request, N s; nothing ends this>`,
    );
    const response = await responseTo(request);
    expect(printed(request)).toMatch(
      /^<ClientRequest cN\.1 GET .+ · waits for (you to read the response|the peer to send)/,
    );
    expect(printed(response)).toBe(printed(request).replace('ClientRequest', 'IncomingMessage'));
    response.resume();
    await once(request, 'close');
    expect(printed(request)).toBe(`<ClientRequest cN.1 ${what} · ended --: the response is whole; over for N s>`);
  });

  it('prints the line for nested objects, and the name of a subclass', () => {
    class Mine extends ServerResponse {}
    const response = new Mine({ method: 'GET', url: 'http://user:password@a/x', headers: {} } as never);
    const text = inspect(response);
    expect(text).toMatch(/^<Mine GET http:\/\/a\/x · waits for you to assign a socket/);
    expect(inspect({ a: { b: { c: { d: response } } } }, { depth: 2 })).not.toContain('own');
    expect(inspect([[[response]]], { depth: 5 })).toContain(text);
    expect(inspect(response, { depth: -1 })).toBe(text);
    expect(inspect(Mine.prototype)).not.toContain('<');
    expect(inspect(Object.create(Mine.prototype))).toBe('<Mine>');
    expect(inspect(Object.create(response))).toBe(text);
    expect(inspect(new Proxy(response, {}), { showProxy: false })).toBe(text);
  });

  it('prints the same as explain()', async () => {
    const seen: [string, string][] = [];
    const { send } = await listening((req, res) => {
      for (const message of [req, res])
        seen.push([
          printed(message),
          String(explain(message))
            .replace(/\b\d+ ms\b/, 'N s')
            .replace(/^s\d+/, 'sN'),
        ]);
      res.end();
    });
    await read(send());
    for (const [text, line] of seen) {
      expect(text.replace(/^<\w+ (.*)>$/, '$1')).toBe(line.replace(/ +/, ' ').replace(/ {3}/, ' · '));
    }
    expect(seen).toHaveLength(2);
  });
});

/** All that is stored in an object and its prototypes, by name: getters are not called. */
function stored(object: object): string[] {
  return Reflect.ownKeys(object).map((key) => {
    const { value, get } = Object.getOwnPropertyDescriptor(object, key)!;
    return `${String(key)} ${get === undefined ? typeof value : 'getter'}`;
  });
}

describe('to look', () => {
  it.each([
    ['util.inspect', (thing: object) => inspect(thing)],
    ['explain()', (thing: object) => String(explain(thing))],
    ['explain.all()', () => String(explain.all())],
    ['members of explain.all()', () => JSON.stringify(explain.all())],
  ])('changes nothing: %s', async (_name, look) => {
    // A GET that nobody has looked at is no stream, and doesn't become one. `server.timeout` asks for listeners.
    const seen: string[][] = [];
    let response: ServerResponse | undefined;
    const { server, send } = await listening((req, res) => {
      response = res;
      if (req.url === '/first') {
        res.end();
        return;
      }
      const before = stored(req);
      for (const thing of [req, res, server]) look(thing);
      seen.push(before, stored(req));
      res.end('x');
      look(res);
      seen.push(before, stored(res.req));
    });
    server.timeout = 5000;
    // The first response of a server is guarded.
    await read(send({ path: '/first' }));
    await read(send({ path: '/second' }));
    look(response!);
    expect(seen).toHaveLength(4);
    expect(seen[0]).not.toContain('_readableState object');
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[3]).toEqual(seen[2]);
  });
});

/** As `assert` prints the values it compares. */
const ALL = { customInspect: false, depth: 1000, maxArrayLength: Number.POSITIVE_INFINITY, getters: true };

describe('objects compared and printed in full', () => {
  it('show nothing of the engine', async () => {
    const texts: Record<string, string> = {};
    const { server, agent, send } = await listening((req, res) => {
      Object.assign(texts, { req: inspect(req, ALL), res: inspect(res, ALL), socket: inspect(req.socket, ALL) });
      res.end('x');
    });
    const request = send();
    texts['waiting'] = inspect(request, ALL);
    const response = await responseTo(request);
    Object.assign(texts, { request: inspect(request, ALL), response: inspect(response, ALL) });
    response.resume();
    await once(request, 'close');
    Object.assign(texts, { server: inspect(server, ALL), agent: inspect(agent, ALL) });
    for (const [name, text] of Object.entries(texts)) {
      expect(text.length, name).toBeLessThan(100_000);
      expect(
        text.match(/\w*(Actor|Chart|Host|Pool|Asking|Writer|Subscriber|Buffer\(65536\)) [[{]/g) ?? [],
        name,
      ).toEqual([]);
    }
  });

  it('fail an assertion as fast as with node:http', async () => {
    const failures: unknown[] = [];
    let first: ServerResponse | undefined;
    const { send } = await listening((req, res) => {
      for (const check of [
        () => assert.strictEqual((req as { nothing?: unknown }).nothing, req),
        () => assert.deepStrictEqual(res, first),
        () => assert.deepStrictEqual(req, first?.req),
      ]) {
        try {
          check();
        } catch (error) {
          failures.push((error as Error).message.length < 100_000);
        }
      }
      first = res;
      res.end('x');
    });
    await read(send());
    await read(send());
    expect(failures).toEqual([true, true, true, true, true, true]);
  });

  it('are equal if alike', () => {
    const socket = { remoteAddress: '1' } as never;
    const equal = (make: () => object) => expect(isDeepStrictEqual(make(), make())).toBe(true);
    equal(() => new IncomingMessage(socket));
    equal(() => new ServerResponse({ method: 'GET', headers: {} } as never));
    equal(() => new OutgoingMessage());
    equal(() => new Server());
    equal(() => new Server({ keepAliveTimeout: 1 }));
    const changed = new ServerResponse({ method: 'GET', headers: {} } as never);
    changed.setHeader('a', 'b');
    expect(isDeepStrictEqual(changed, new ServerResponse({ method: 'GET', headers: {} } as never))).toBe(false);
  });

  // As in Node, an agent has a listener of its own.
  it('differ if they are not alike', () => {
    const differ = (a: object, b: object) => expect(isDeepStrictEqual(a, b)).toBe(false);
    differ(new Agent(), new Agent());
    differ(new Agent({ keepAlive: true }), new Agent());
    differ(new Server({ keepAliveTimeout: 1 }), new Server());
    differ(new Server(() => {}), new Server(() => {}));
    differ(Object.assign(new ServerResponse({ method: 'GET', headers: {} } as never), { statusCode: 404 }), {});
    differ(Object.assign(new IncomingMessage({} as never), { url: '/a' }), new IncomingMessage({} as never));
  });

  it('have methods that work through a Proxy and on an inheriting object', () => {
    const message = new ServerResponse({ method: 'GET', headers: {} } as never);
    new Proxy(message, {}).write('a');
    Object.create(message).write('b');
    expect(message.outputData.length).toBeGreaterThan(0);
    expect(message.headersSent).toBe(true);
  });
});
