/** http-proxy: bodies both ways, headers, WebSockets, a target that refuses, and one that dies. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import httpProxy from 'http-proxy';
import { WebSocket, WebSocketServer } from 'ws';
import { brief, bytes, close, collect, listen, log, raw, show } from '../kit.mjs';

const target = http.createServer(async (req, res) => {
  if (req.url === '/dies') return req.socket.destroy();
  const { 'x-forwarded-for': by, 'x-added': added, 'transfer-encoding': coding } = req.headers;
  res.writeHead(200, 'Fine', {
    'X-Seen': `${req.method} ${req.url} ${by} ${added} ${coding}`,
    'Set-Cookie': ['a=b', 'c=d; Domain=x'],
  });
  res.end(brief(await collect(req)));
});
new WebSocketServer({ server: target }).on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
const targetUrl = await listen(target);

const proxy = httpProxy.createProxyServer({ target: targetUrl, xfwd: true, ws: true, cookieDomainRewrite: { x: 'y' } });
proxy.on('proxyReq', (proxyReq) => proxyReq.setHeader('X-Added', 'yes'));
proxy.on('proxyRes', (proxyRes, req) => log('proxyRes', req.url, proxyRes.statusCode));
proxy.on('error', (error, req, res) => {
  log('error', error.code, req.url);
  if (res.headersSent === false) res.writeHead(502).end('bad gateway');
});
const server = http.createServer((req, res) => proxy.web(req, res, req.url === '/refuses' ? { target: refusing } : {}));
server.on('upgrade', (req, socket, head) => proxy.ws(req, socket, head));
const free = net.createServer().listen(0, '127.0.0.1');
await once(free, 'listening');
const refusing = `http://127.0.0.1:${free.address().port}`;
await new Promise((resolve) => free.close(resolve));
const url = await listen(server);

await show(`${url}/a?b=c`);
await show(`${url}/a`, { method: 'DELETE' });
await show(`${url}/post`, { method: 'POST', body: bytes(1_000_000) });
await raw(
  url,
  'POST /chunked HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
);
await raw(url, 'GET /old HTTP/1.0\r\n\r\n');
await show(`${url}/refuses`);
await show(`${url}/dies`);

const socket = new WebSocket(url.replace('http', 'ws'));
await once(socket, 'open');
socket.send(bytes(100_000));
log('echo', brief((await once(socket, 'message'))[0]));
socket.close();
await once(socket, 'close');
server.closeAllConnections();
target.closeAllConnections();
await close(server);
await close(target);
