/** ws: echo, binary, compression, ping, subprotocol, refusals, close codes, beside an ordinary server. */
import { once } from 'node:events';
import http from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { brief, bytes, close, collect, listen, log, show } from '../kit.mjs';

const server = http.createServer((_req, res) => res.end('ordinary'));
const echo = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 100 }, handleProtocols: () => 'b' });
echo.on('headers', (headers) => headers.push('X-Added: yes'));
echo.on('connection', (socket, req) => {
  log('connection', req.url, socket.protocol, socket.extensions.split(';')[0]);
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('ping', (data) => log('pinged', data.toString()));
  socket.on('close', (code, reason) => log('server close', code, reason.toString()));
});
server.on('upgrade', (req, socket, head) => {
  if (req.url === '/refused') socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
  else echo.handleUpgrade(req, socket, head, (made) => echo.emit('connection', made, req));
});
const url = await listen(server);
await show(url);

const socket = new WebSocket(url.replace('http', 'ws'), ['a', 'b'], { headers: { 'X-Mine': '1' } });
socket.on('upgrade', (res) => log('upgrade', res.statusCode, res.headers['x-added'], res.headers.upgrade));
await once(socket, 'open');
log('open', socket.protocol);
for (const data of ['text', 'x'.repeat(100_000), bytes(300_000), '']) {
  socket.send(data);
  const [received, isBinary] = await once(socket, 'message');
  log('echo', isBinary, brief(received));
}
socket.ping('hello');
log('pong', (await once(socket, 'pong'))[0].toString());
socket.close(4000, 'done');
const [code, reason] = await once(socket, 'close');
log('client close', code, reason.toString());

const refused = new WebSocket(`${url.replace('http', 'ws')}/refused`);
const [request, response] = await once(refused, 'unexpected-response');
log('refused', request.path, response.statusCode, response.statusMessage, brief(await collect(response)));
const ordinary = new WebSocketServer({
  server,
  path: '/p',
  verifyClient: (_info, done) => done(false, 403, 'not you'),
});
server
  .removeAllListeners('upgrade')
  .on('upgrade', (req, socket, head) => ordinary.handleUpgrade(req, socket, head, () => {}));
for (const path of ['/p', '/q']) {
  const unwanted = new WebSocket(url.replace('http', 'ws') + path);
  const [error] = await once(unwanted, 'error');
  log(path, error.message);
}
const bad = await fetch(`${url}/p`, { headers: { 'x-a': 'b' } });
log('not an upgrade', bad.status, await bad.text());
const cut = new WebSocket(url.replace('http', 'ws'));
server.removeAllListeners('upgrade').on('upgrade', (_req, socket) => socket.destroy());
log('cut', (await once(cut, 'error'))[0].message);
await close(server);
