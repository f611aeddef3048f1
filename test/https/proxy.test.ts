/** Requests of https: through a proxy. Unless stated otherwise, the expectations are the observed behaviour of Node 24. */
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import https from '../../src/https.js';
import http, { type ProxyEnv } from '../../src/index.js';
import { bodyOf, ca, type Serving, serve, server } from './kit.js';

type Reply = (socket: Socket) => void;

/** The heads that the proxy has received. */
const heads: string[] = [];
let reply: Reply;
let origin: Serving;
let url = '';

function asProxy(socket: Socket): void {
  socket
    .on('error', () => {})
    .once('data', (bytes) => {
      heads.push(`${bytes}`.replaceAll(`${origin.port}`, '<port>'));
      reply(socket);
    });
}

const proxy = net.createServer({ allowHalfOpen: true }, asProxy);

/** Relays to the origin, after a response. */
const relay =
  (response = 'HTTP/1.1 200 OK\r\n\r\n'): Reply =>
  (socket) => {
    const far = net.connect(origin.port, '127.0.0.1', () => {
      socket.write(response);
      socket.pipe(far).pipe(socket);
    });
    far.on('error', () => {});
  };

const say =
  (response: string): Reply =>
  (socket) =>
    void socket.end(response);

beforeAll(async () => {
  origin = await serve({}, (req, res) => res.end(`${req.method} ${req.url} ${req.headers.host?.replace(/:.*/, '')}`));
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.close();
  await origin.close();
});
beforeEach(() => {
  heads.splice(0);
  reply = relay();
});

interface Terms {
  readonly env?: (url: string) => ProxyEnv;
  readonly options?: RequestOptions;
  readonly agent?: AgentOptions;
}

function made({ env = (HTTPS_PROXY) => ({ HTTPS_PROXY }), options = {}, agent = {} }: Terms = {}): ClientRequest {
  const mine = new https.Agent({ ca, proxyEnv: env(url), ...agent });
  const request = https.request({ agent: mine, host: 'localhost', port: origin.port, path: '/x', ...options });
  request.on('error', () => {});
  request.on('close', () => mine.destroy());
  request.end();
  return request;
}

async function failureOf(terms: Terms = {}) {
  const request = made(terms);
  const events: string[] = [];
  for (const event of ['socket', 'timeout', 'response', 'error', 'close']) request.on(event, () => events.push(event));
  const [error] = (await new Promise((resolve) => request.on('error', (...args) => resolve(args)))) as [
    NodeJS.ErrnoException,
  ];
  if (!events.includes('close')) await once(request, 'close');
  const message = error.message.replaceAll(`${origin.port}`, '<port>').replaceAll(url, '<proxy>');
  return { error, message, events };
}

const head = (...fields: string[]): string =>
  ['CONNECT localhost:<port> HTTP/1.1', ...fields, 'host: localhost:<port>', '', ''].join('\r\n');

describe('a request through a proxy', () => {
  it('has a tunnel, and is sent as it is', async () => {
    expect(await bodyOf(made())).toBe('GET /x localhost');
    expect(heads).toEqual([head()]);
  });

  it('shares the tunnel with later ones', async () => {
    const agent = new https.Agent({ ca, keepAlive: true, proxyEnv: { HTTPS_PROXY: url } });
    for (const path of ['/1', '/2']) {
      const request = https.get({ agent, host: 'localhost', port: origin.port, path });
      const [body] = await Promise.all([bodyOf(request), once(request, 'close')]);
      expect(body).toBe(`GET ${path} localhost`);
    }
    agent.destroy();
    expect(heads).toEqual([head('proxy-connection: keep-alive')]);
  });

  it('announces that the tunnel may be kept if the number of sockets is bounded', async () => {
    await bodyOf(made({ agent: { maxSockets: 1 } }));
    expect(heads).toEqual([head('proxy-connection: keep-alive')]);
  });

  it('has the credentials', async () => {
    await bodyOf(made({ env: (url) => ({ https_proxy: url.replace('//', '//us%20er:p%40ss@') }) }));
    expect(heads).toEqual([head('proxy-authorization: Basic dXMgZXI6cEBzcw==')]);
  });

  it('resumes the session of the tunnel before', async () => {
    const agent = new https.Agent({ ca, proxyEnv: { HTTPS_PROXY: url } });
    const resumed: boolean[] = [];
    for (let i = 0; i < 2; i++) {
      const request = https.get({ agent, host: 'localhost', port: origin.port });
      request.on('socket', (socket) => resumed.push((socket as tls.TLSSocket).isSessionReused()));
      const closed = new Promise((resolve) => request.on('socket', (socket) => socket.on('close', resolve)));
      await bodyOf(request);
      await closed;
    }
    expect(resumed).toEqual([false, true]);
  });

  it('emits the keys of its handshake on the agent', async () => {
    const agent = new https.Agent({ ca, proxyEnv: { HTTPS_PROXY: url } });
    const keys: string[] = [];
    agent.on('keylog', (line: Buffer) => keys.push(`${line}`.split(' ')[0] as string));
    await bodyOf(https.get({ agent, host: 'localhost', port: origin.port }));
    expect(keys).toContain('CLIENT_HANDSHAKE_TRAFFIC_SECRET');
    expect(keys).toEqual([...new Set(keys)]);
  });

  it.each([
    ['an IPv6 address', { host: '::1', port: 8443 }, '[::1]:8443'],
    ['the default port', { host: 'a.test', port: undefined }, 'a.test:443'],
    ['another Host', { host: 'a.test', port: 1, headers: { host: 'b.test' } }, 'a.test:1'],
  ])('names its target: %s', async (_title, options, target) => {
    reply = say('HTTP/1.1 404 Not Found\r\n\r\n');
    await failureOf({ options: options as RequestOptions });
    expect(heads[0]).toBe(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  });

  it.each([
    ['NO_PROXY', (url: string): ProxyEnv => ({ HTTPS_PROXY: url, NO_PROXY: 'localhost' })],
    ['a proxy for http: only', (url: string): ProxyEnv => ({ HTTP_PROXY: url })],
    ['a proxy of another scheme', (): ProxyEnv => ({ HTTPS_PROXY: 'socks5://a' })],
  ])('is not used with %s', async (_title, env) => {
    expect(await bodyOf(made({ env, options: { family: 4 } }))).toBe('GET /x localhost');
    expect(heads).toEqual([]);
  });

  it('is not used for a Unix socket', async () => {
    expect((await failureOf({ options: { socketPath: '/nowhere' } })).error.code).toBe('ENOENT');
  });

  it('has TLS to a proxy with https:, too', async () => {
    const secure = tls.createServer(server, asProxy);
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const { port } = secure.address() as AddressInfo;
    const refused = await failureOf({ env: () => ({ HTTPS_PROXY: `https://127.0.0.1:${port}` }) });
    secure.close();
    // The options of the request are for its server: the proxy's certificate is checked by those of the process.
    expect(refused.error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('accepts what a proxy adds to its response', async () => {
    const responses = [
      'HTTP/1.0 200 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\nearly',
    ];
    for (const response of responses) {
      reply = relay(response);
      expect(await bodyOf(made())).toBe('GET /x localhost');
    }
  });

  it('ignores an interim response, unlike Node', async () => {
    reply = relay('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
    expect(await bodyOf(made())).toBe('GET /x localhost');
  });
});

describe('without a tunnel, a request fails', () => {
  it.each([
    ['HTTP/1.1 404 Not Found\r\nX: y\r\n\r\nbody', 'HTTP/1.1 404 Not Found', 404],
    ['HTTP/1.1 407 Auth\r\n\r\n', 'HTTP/1.1 407 Auth', 407],
    ['HTTP/1.1 201 Created\r\n\r\n', 'HTTP/1.1 201 Created', 201],
    ['NOT-HTTP x\r\n\r\n', 'NOT-HTTP x', Number.NaN],
  ])('with %j', async (response, line, statusCode) => {
    reply = say(response);
    const { error, message, events } = await failureOf();
    expect(error).toMatchObject({ code: 'ERR_PROXY_TUNNEL', statusCode });
    expect(message).toBe(`Failed to establish tunnel to localhost:<port> via <proxy>: ${line}`);
    expect(events).toEqual(['error', 'close']);
  });

  it('and its error shows no credentials', async () => {
    reply = say('HTTP/1.1 407 Auth\r\n\r\n');
    const { message } = await failureOf({ env: (url) => ({ HTTPS_PROXY: url.replace('//', '//me:secret@') }) });
    expect(message).toBe('Failed to establish tunnel to localhost:<port> via <proxy>/: HTTP/1.1 407 Auth');
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n'])('with %j and FIN', async (response) => {
    reply = say(response);
    const { error, message } = await failureOf();
    expect([error.code, message]).toEqual([
      'ERR_PROXY_TUNNEL',
      'Connection to establish proxy tunnel ended unexpectedly',
    ]);
  });

  it('with the error of the socket, if that fails', async () => {
    reply = (socket) => void socket.resetAndDestroy();
    expect((await failureOf()).message).toBe('read ECONNRESET');
    expect((await failureOf({ env: () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' }) })).error.code).toBe('ECONNREFUSED');
  });

  it('with the error of the handshake', async () => {
    expect((await failureOf({ agent: { ca: [] } })).error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect((await failureOf({ options: { servername: 'c.test' } })).error.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it.each([
    ['of the request', { options: { timeout: 30 } }],
    ['of the agent', { agent: { timeout: 30 } }],
    ['of the request, which is not that of the agent', { options: { timeout: 30 }, agent: { timeout: 10_000 } }],
  ])('with a timeout %s', async (_title, terms) => {
    reply = () => {};
    const { error, message, events } = await failureOf(terms);
    expect(error).toMatchObject({ code: 'ERR_PROXY_TUNNEL', proxyTunnelTimeout: 30 });
    expect(message).toBe('Connection to establish proxy tunnel timed out after 30ms');
    expect(events).toEqual(['timeout', 'error', 'close']);
  });

  it('with the same error if a listener of timeout destroys it', async () => {
    reply = () => {};
    const request = made({ options: { timeout: 30 } });
    request.on('timeout', () => request.destroy());
    const [error] = await once(request, 'error').catch((error) => [error]);
    expect(error).toMatchObject({ code: 'ERR_PROXY_TUNNEL' });
  });

  it('at once when it is destroyed, unlike in Node', async () => {
    const asked = new Promise<void>((resolve) => {
      reply = () => resolve();
    });
    const request = made();
    await asked;
    request.destroy();
    const [error] = await once(request, 'error').catch((error) => [error]);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each<[RequestOptions, string]>([
    [{ host: 'local\rhost' }, 'ERR_INVALID_CHAR'],
    [{ port: '4\n4' }, 'ERR_INVALID_CHAR'],
    [{ host: 'a b' }, 'ERR_INVALID_ARG_VALUE'],
    [{ host: 'a/b' }, 'ERR_INVALID_ARG_VALUE'],
  ])('before it is sent, with %j', (options, code) => {
    expect(() => made({ options })).toThrow(expect.objectContaining({ code }));
  });

  it.each(['http://', 'https://us\rer@a.test'])('as its agent does, with the proxy %j', (HTTPS_PROXY) => {
    const expected = expect.objectContaining({ code: 'ERR_PROXY_INVALID_CONFIG' });
    expect(() => new https.Agent({ proxyEnv: { HTTPS_PROXY } })).toThrow(expected);
  });
});

describe('setGlobalProxyFromEnv', () => {
  it('replaces the global agents that its variables have a proxy for, until restored', async () => {
    const before = [http.globalAgent, https.globalAgent];
    const restore = http.setGlobalProxyFromEnv({ HTTPS_PROXY: url });
    expect(http.globalAgent).toBe(before[0]);
    https.globalAgent.options.ca = ca;
    expect(https.globalAgent.options).toMatchObject({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
    expect(await bodyOf(https.get(`https://localhost:${origin.port}/x`))).toBe('GET /x localhost');
    https.globalAgent.destroy();
    restore();
    expect(heads).toEqual([head('proxy-connection: keep-alive')]);
    expect([http.globalAgent, https.globalAgent]).toEqual(before);
    expect(https.globalAgent).toBe(before[1]);
    http.setGlobalProxyFromEnv({ HTTP_PROXY: url })();
    expect(https.globalAgent).toBe(before[1]);
  });
});
