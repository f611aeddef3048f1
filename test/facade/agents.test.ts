/** What agents of packages do with a request and its socket. */
import { once } from 'node:events';
import type { ClientRequest, RequestOptions } from 'node:http';
import net, { type AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from './kit/exchange.js';
import { type Http, http, twice } from './kit/twice.js';

/**
 * https-proxy-agent passes a socket that is not writable and that replays the proxy's response, when the proxy refuses a
 * tunnel.
 */
async function refusedByProxy(http: Http, options: RequestOptions, body?: string): Promise<string[]> {
  const socket = new Socket({ writable: false });
  socket.readable = true;
  const log: string[] = [];
  const req = http.request({ ...options, createConnection: () => socket });
  listen(log, 'req', req, ['socket', 'prefinish', 'finish', 'error', 'response', 'close']);
  const responded = new Promise((resolve) => {
    req.on('response', (res) => {
      res.on('data', (chunk) => log.push(`res.data ${chunk}`));
      listen(log, 'res', res, ['end', 'error', 'close']);
      res.on('close', resolve);
    });
  });
  req.once('socket', () => {
    socket.push('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno');
    socket.push(null);
  });
  req.end(body);
  await Promise.all([responded, once(req, 'close')]);
  return log;
}

describe('a socket that is readable but not writable', () => {
  twice('delivers the response to a request without content', (http) => refusedByProxy(http, {}));
  twice('delivers the response to a request with content', (http) => refusedByProxy(http, { method: 'POST' }, 'body'));
});

/** What is sent when an agent has the head rendered again, like http-proxy-agent. */
async function sentWithNewHead(http: Http, options: RequestOptions): Promise<string> {
  class Rerendering extends http.Agent {
    addRequest(req: ClientRequest, given: object): void {
      Object.assign(req, { _header: null });
      (http.Agent.prototype as unknown as Rerendering).addRequest.call(this, req, given);
    }
  }
  let bytes = '';
  const server = net.createServer((socket) => {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      bytes += chunk;
      if (/body(\r\n0\r\n\r\n)?$/.test(bytes)) socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const req = http.request({ host: '127.0.0.1', port, method: 'POST', agent: new Rerendering(), ...options });
  req.end('body');
  await once(req, 'close');
  server.close();
  return bytes;
}

// The host adds a Content-Length to a chunked body.
describe('a head rendered again', () => {
  for (const [name, options] of Object.entries<RequestOptions>({
    'of a request with Expect': { headers: { Expect: '100-continue' } },
    'of a request with headers as an array': { headers: ['Host', 'a'] },
  })) {
    it(`${name} frames the body`, async () => {
      const bytes = await sentWithNewHead(http.statewire, options);
      expect(bytes).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/);
      expect(bytes).not.toContain('Content-Length');
    });
  }
});
