/** Requests through a proxy. Unless stated otherwise, the expectations are the observed behaviour of Node 24. */
import { once } from 'node:events';
import type { AgentOptions, ClientRequest, RequestOptions } from 'node:http';
import * as host from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import http, { type ProxyEnv } from '../../src/index.js';

/** The heads that the proxy has received, without their last line. */
const heads: string[] = [];
const proxy = net.createServer((socket) => {
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      heads.push(`${bytes}`.split('\r\n\r\n')[0] as string);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
});
let url = '';

beforeAll(async () => {
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(() => proxy.close());
beforeEach(() => heads.splice(0));

type Environment = (url: string) => ProxyEnv;
const plain: Environment = (url) => ({ HTTP_PROXY: url });
const named: Environment = (url) => ({ HTTP_PROXY: url.replace('//', '//us%20er:p%40ss@') });

async function responseTo(request: ClientRequest | host.ClientRequest): Promise<void> {
  const [response] = await once(request, 'response');
  await once(response.resume(), 'end');
}

async function send(environment: Environment, options: RequestOptions = {}, more: AgentOptions = {}) {
  const agent = new http.Agent({ proxyEnv: environment(url), ...more });
  const request = http.request({ agent, host: 'a.test', ...options });
  request.end();
  await responseTo(request);
  agent.destroy();
  return request;
}

function head(target: string, ...fields: string[]): string {
  return [`GET ${target} HTTP/1.1`, ...fields].join('\r\n');
}

describe('a request to a proxy', () => {
  it('has its origin in the target, and keeps its Host', async () => {
    const request = await send(plain, { port: 8080, path: '/x?y' });
    const target = 'http://a.test:8080/x?y';
    expect(heads).toEqual([head(target, 'Host: a.test:8080', 'proxy-connection: close', 'Connection: close')]);
    expect([request.path, request.host]).toEqual([target, 'a.test']);
  });

  it('has Proxy-Connection and Connection', async () => {
    await send(plain, {}, { keepAlive: true });
    expect(heads).toEqual([
      head('http://a.test/', 'Host: a.test', 'proxy-connection: keep-alive', 'Connection: keep-alive'),
    ]);
  });

  it('has the credentials', async () => {
    await send(named);
    expect(heads[0]).toContain('\r\nproxy-authorization: Basic dXMgZXI6cEBzcw==\r\n');
  });

  it('has the credentials even if its head was rendered at once', async () => {
    await send(named, { headers: { Expect: '100-continue' } });
    const fields = ['Expect: 100-continue', 'Host: a.test', 'proxy-authorization: Basic dXMgZXI6cEBzcw=='];
    expect(heads).toEqual([head('http://a.test/', ...fields, 'proxy-connection: close', 'Connection: close')]);
  });

  it('with headers as an array has exactly these headers', async () => {
    await send(named, { headers: ['Host', 'a.test', 'X', '1'] });
    expect(heads).toEqual([head('http://a.test/', 'Host: a.test', 'X: 1', 'Connection: close')]);
  });

  it('replaces the proxy headers of the program', async () => {
    await send(named, { headers: { 'Proxy-Authorization': 'mine', 'Proxy-Connection': 'mine' } });
    expect(heads[0]).not.toContain('mine');
  });

  it('accepts a Host that matches the target', async () => {
    await send(plain, { headers: { HOST: 'A.test:80' } });
    await send(plain, { host: 'A.TEST' });
    await send(plain, { port: 81, defaultPort: 81 });
    expect(heads.map((text) => /host: (.*)/i.exec(text)?.[1])).toEqual(['a.test', 'a.test', 'a.test:81']);
  });

  it('has no Host with setHost: false', async () => {
    await send(plain, { setHost: false });
    expect(heads).toEqual([head('http://a.test/', 'proxy-connection: close', 'Connection: close')]);
  });

  it('shares connections by the name of its origin', async () => {
    const agent = new http.Agent({ keepAlive: true, proxyEnv: plain(url) });
    const request = http.get({ agent, host: 'a.test' });
    await Promise.all([responseTo(request), once(agent, 'free')]);
    expect(Object.keys(agent.freeSockets)).toEqual(['a.test:80:']);
    agent.destroy();
  });

  it('can be a request of node:http', async () => {
    const agent = new http.Agent({ proxyEnv: named(url) });
    await responseTo(host.get({ agent, host: 'a.test' }));
    expect(heads[0]).toMatch(/^GET http:\/\/a\.test\/ HTTP\/1\.1\r\n.*proxy-authorization/s);
  });

  it.each<[RequestOptions, string]>([
    [{ headers: { host: 'b.test' } }, "'Host in options.headers' must match the request authority (a.test)."],
    [{ headers: ['Host', 'b.test'] }, "'Host in options.headers' must match the request authority (a.test)."],
    [{ path: 'x' }, "'options.path' must be in absolute-form or start with /. Received 'x'"],
    [{ path: 'http://b.test/' }, "'options.path' must match the request authority (a.test). Received URL {"],
    [{ host: 'a.test/b' }, "'options.host' is invalid. Received 'a.test/b'"],
  ])('is rejected with %j', (options, message) => {
    const agent = new http.Agent({ proxyEnv: plain(url) });
    const expected = expect.objectContaining({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining(message),
    });
    expect(() => http.request({ agent, host: 'a.test', ...options })).toThrow(expected);
  });
});

describe('an agent with a proxy', () => {
  it('bypasses it for NO_PROXY and for Unix sockets', async () => {
    const { port } = proxy.address() as AddressInfo;
    await send((url) => ({ HTTP_PROXY: url, NO_PROXY: '127.0.0.1' }), { host: '127.0.0.1', port, path: '/direct' });
    expect(heads[0]).toMatch(/^GET \/direct /);
    const failed = once(http.get({ agent: new http.Agent({ proxyEnv: plain(url) }), socketPath: '/nowhere' }), 'error');
    expect((await failed)[0]).toMatchObject({ code: 'ENOENT', address: '/nowhere' });
  });

  it('opens connections by createConnection(), which gets the origin', async () => {
    const seen: unknown[] = [];
    class Mine extends http.Agent {
      override createConnection(...args: Parameters<InstanceType<typeof http.Agent>['createConnection']>) {
        const { host, port } = args[0];
        seen.push(host, port);
        return super.createConnection(...args);
      }
    }
    await responseTo(http.get({ agent: new Mine({ proxyEnv: plain(url) }), host: 'a.test', port: 81 }));
    expect(seen).toEqual(['a.test', 81]);
    expect(heads[0]).toMatch(/^GET http:\/\/a\.test:81\/ /);
  });

  it('connects to an https: proxy with the TLS options of the agent', async () => {
    const shared = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
    const key = Buffer.from('shared by both');
    const names: unknown[] = [];
    const secure = tls.createServer({ ...shared, pskCallback: () => key }, (socket) => {
      names.push(socket.servername);
      socket.once('data', (bytes) => {
        names.push(`${bytes}`.split(' ', 2).join(' '));
        socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const environment = { HTTP_PROXY: `https://localhost:${(secure.address() as AddressInfo).port}` };
    const pskCallback = () => ({ psk: key, identity: 'mine' });
    const options = { proxyEnv: environment, pskCallback, checkServerIdentity: () => undefined, family: 4, ...shared };
    await responseTo(http.get({ agent: new http.Agent(options as AgentOptions), host: 'a.test', path: '/x' }));
    secure.close();
    expect(names).toEqual(['localhost', 'GET http://a.test/x']);
  });

  it('reads the variables when created', async () => {
    const environment = { HTTP_PROXY: url };
    const agent = new http.Agent({ proxyEnv: environment });
    environment.HTTP_PROXY = '';
    await responseTo(http.get({ agent, host: 'a.test' }));
    expect(heads).toHaveLength(1);
  });

  it('rejects an invalid URL', () => {
    const expected = expect.objectContaining({
      code: 'ERR_PROXY_INVALID_CONFIG',
      message: 'Invalid proxy URL: http://',
    });
    expect(() => new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://' } })).toThrow(expected);
  });

  it.each(['http://a.test\r\nb', 'http://a.test:80/\n', 'http://us\rer@a.test'])(
    'rejects line breaks: %j',
    (HTTP_PROXY) => {
      const expected = expect.objectContaining({
        code: 'ERR_PROXY_INVALID_CONFIG',
        message: `Invalid proxy URL: ${HTTP_PROXY}`,
      });
      expect(() => new http.Agent({ proxyEnv: { HTTP_PROXY } })).toThrow(expected);
      const global = expect.objectContaining({ code: 'ERR_PROXY_INVALID_CONFIG' });
      expect(() => http.setGlobalProxyFromEnv({ HTTP_PROXY })).toThrow(global);
    },
  );
});

describe('setGlobalProxyFromEnv', () => {
  it('replaces the global agent until restored', async () => {
    const before = http.globalAgent;
    const restore = http.setGlobalProxyFromEnv({ http_proxy: url });
    expect(http.globalAgent.options).toMatchObject({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
    await responseTo(http.get('http://a.test/x'));
    http.globalAgent.destroy();
    restore();
    expect(heads[0]).toMatch(/^GET http:\/\/a\.test\/x /);
    expect(http.globalAgent).toBe(before);
  });

  it('changes nothing without a proxy for http: requests', () => {
    const before = http.globalAgent;
    for (const environment of [{}, { HTTPS_PROXY: url }, { HTTP_PROXY: '' }]) {
      const restore = http.setGlobalProxyFromEnv(environment);
      expect(http.globalAgent).toBe(before);
      restore();
    }
    expect(http.globalAgent).toBe(before);
  });

  it.each<[unknown, string, string]>([
    [null, 'ERR_INVALID_ARG_TYPE', 'The "proxyEnv" argument must be of type object. Received null'],
    [{ HTTP_PROXY: 'garbage' }, 'ERR_PROXY_INVALID_CONFIG', 'garbage'],
    [{ HTTPS_PROXY: 'http://' }, 'ERR_PROXY_INVALID_CONFIG', 'http://'],
  ])('rejects %j', (environment, code, message) => {
    const expected = expect.objectContaining({ code, message });
    expect(() => http.setGlobalProxyFromEnv(environment as ProxyEnv)).toThrow(expected);
  });
});
