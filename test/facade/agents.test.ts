/** What agents of packages do with a request and with the socket they give it. */
import { once } from 'node:events';
import type { ClientRequest, RequestOptions } from 'node:http';
import net, { type AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from './kit/exchange.js';
import { type Http, http, twice } from './kit/twice.js';

/**
 * https-proxy-agent hands over a socket that nothing can be written to, and that says what the proxy has said in place of
 * opening a tunnel.
 */
async function refusedByProxy(http: Http, options: RequestOptions, body?: string): Promise<string[]> {
  const socket = new Socket({ writable: false });
  socket.readable = true;
  const log: string[] = [];
  const req = http.request({ ...options, createConnection: () => socket });
  listen(log, 'req', req, ['socket', 'prefinish', 'finish', 'error', 'response', 'close']);
  const answered = new Promise((resolve) => {
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
  await Promise.all([answered, once(req, 'close')]);
  return log;
}

describe('a socket that can only be read', () => {
  twice('answers a request without content', (http) => refusedByProxy(http, {}));
  twice('answers a request with content', (http) => refusedByProxy(http, { method: 'POST' }, 'body'));
});

/** What goes out when an agent has the head made anew, as http-proxy-agent has. */
async function sentBehindNewHead(http: Http, options: RequestOptions): Promise<string> {
  class Remaking extends http.Agent {
    addRequest(req: ClientRequest, given: object): void {
      Object.assign(req, { _header: null });
      (http.Agent.prototype as unknown as Remaking).addRequest.call(this, req, given);
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
  const req = http.request({ host: '127.0.0.1', port, method: 'POST', agent: new Remaking(), ...options });
  req.end('body');
  await once(req, 'close');
  server.close();
  return bytes;
}

// The host adds a Content-Length in front of chunks.
describe('a head that was made anew', () => {
  for (const [name, options] of Object.entries<RequestOptions>({
    'of a request that expects something': { headers: { Expect: '100-continue' } },
    'of a list of headers': { headers: ['Host', 'a'] },
  })) {
    it(`${name} says how the body is delimited`, async () => {
      const bytes = await sentBehindNewHead(http.statewire, options);
      expect(bytes).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/);
      expect(bytes).not.toContain('Content-Length');
    });
  }
});
