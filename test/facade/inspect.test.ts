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

describe('util.inspect', () => {
  it('prints a server and an agent', async () => {
    const { server, agent, port, send } = await listening((_req, res) => res.end('x'));
    expect(inspect(server)).toBe(`<Server 127.0.0.1:${port} · listens · 0 connections>`);
    expect(inspect(agent)).toBe('<Agent · 0 in use · 0 idle · 0 requests waiting>');
    await read(send());
    expect(inspect(server)).toBe(`<Server 127.0.0.1:${port} · listens · 1 connection>`);
    expect(inspect(agent)).toBe('<Agent · 0 in use · 1 idle · 0 requests waiting>');
    expect(inspect(new Server())).toBe('<Server · does not listen · 0 connections>');
  });

  it('prints a request and its response in a server', async () => {
    const seen: string[] = [];
    const { send } = await listening((req, res) => {
      seen.push(inspect(req), inspect(res));
      req.resume().on('end', () => {
        seen.push(inspect(req));
        res.write('x');
        seen.push(inspect(res));
        res.end();
        seen.push(inspect(res));
        res.on('finish', () => seen.push(inspect(res)));
        res.on('close', () => seen.push(inspect(res)));
      });
    });
    const request = send({ method: 'POST', path: '/a?token=secret', headers: { authorization: 'secret' } });
    request.write('body');
    await read(request);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([
      '<IncomingMessage POST /a?… · incomplete · waits to be read>',
      '<ServerResponse POST /a?… · composing>',
      '<IncomingMessage POST /a?… · complete · read to its end>',
      '<ServerResponse POST /a?… · streaming>',
      '<ServerResponse POST /a?… · flushing>',
      '<ServerResponse POST /a?… · finished>',
      '<ServerResponse POST /a?… · finished · closed>',
    ]);
  });

  it('prints what a response waits for', async () => {
    let seen = '';
    const { send } = await listening((_req, res) => {
      while (res.write('x'.repeat(100_000))) {}
      seen = inspect(res);
    });
    const response = await responseTo(send({ path: '/a' }));
    expect(seen).toBe('<ServerResponse GET /a · streaming · waits for the socket to drain>');
    response.destroy();
    expect(inspect(new ServerResponse({ method: 'GET', url: '/x', headers: {} } as never))).toBe(
      '<ServerResponse GET /x · composing · has no socket>',
    );
    expect(inspect(new OutgoingMessage())).toBe('<OutgoingMessage · composing · has no socket>');
    expect(inspect(new IncomingMessage(null))).toBe('<IncomingMessage · waits to be read>');
  });

  it('prints a request and its response in a client', async () => {
    const { send } = await listening((_req, res) => res.end('x'));
    const request = send({ path: '/a?token=secret' });
    expect(inspect(request)).toBe('<ClientRequest GET 127.0.0.1/a?… · composing · waits for a socket>');
    const response = await responseTo(request);
    expect(inspect(request)).toMatch(/^<ClientRequest GET 127.0.0.1\/a\?… · finished · (receives|has) the response>$/);
    expect(inspect(response)).toMatch(/^<IncomingMessage 200 · GET \/a\?… · \w+ · waits to be read>$/);
    response.resume();
    await once(request, 'close');
    expect(inspect(request)).toBe('<ClientRequest GET 127.0.0.1/a?… · finished · closed>');
    expect(inspect(response)).toBe('<IncomingMessage 200 · GET /a?… · complete · read to its end>');
  });

  it('prints the line for nested objects, and the name of a subclass', () => {
    class Mine extends ServerResponse {}
    const response = new Mine({ method: 'GET', url: 'http://user:password@a/x', headers: {} } as never);
    const text = '<Mine GET http://a/x · composing · has no socket>';
    expect(inspect({ a: { b: { c: { d: response } } } }, { depth: 2 })).not.toContain('own');
    expect(inspect([[[response]]], { depth: 5 })).toContain(text);
    expect(inspect(response, { depth: -1 })).toBe(text);
    expect(inspect(Mine.prototype)).not.toContain('<');
    expect(inspect(Object.create(response))).toBe(text);
    expect(inspect(new Proxy(response, {}), { showProxy: false })).toBe(text);
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
