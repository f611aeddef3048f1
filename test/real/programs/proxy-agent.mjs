/** proxy-agent: requests through a proxy of its own, by absolute URLs and by tunnels, with credentials, and refused. */
import http from 'node:http';
import net from 'node:net';
import { ProxyAgent } from 'proxy-agent';
import { WebSocket, WebSocketServer } from 'ws';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
const url = await listen(server);
const { host: target, port } = new URL(url);

const proxy = http.createServer((req, res) => {
  log(
    'proxied',
    req.method,
    req.url.replaceAll(port, 'PORT'),
    req.headers['proxy-authorization'] ?? '',
    Object.keys(req.headers).sort(),
  );
  if (req.headers['proxy-authorization'] === undefined) return res.writeHead(407).end('who?');
  const { 'proxy-authorization': _, ...headers } = req.headers;
  const onward = http.request(req.url, { method: req.method, headers });
  onward.on('response', (response) => response.pipe(res.writeHead(response.statusCode, response.headers)));
  onward.on('error', () => res.destroy());
  req.pipe(onward);
});
proxy.on('connect', (req, socket, head) => {
  log('connect', req.url === target, req.headers['proxy-authorization'] ?? '', head.length);
  const onward = net.connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  for (const each of [socket, onward]) each.on('error', () => {}).on('close', () => onward.destroy());
});
const proxyUrl = await listen(proxy);
const through = (user) =>
  new ProxyAgent({ keepAlive: true, getProxyForUrl: () => proxyUrl.replace('//', `//${user}`) });

async function ask(name, agent, path, { body, ...options } = {}) {
  const request = http.request(url + path, { agent, ...options });
  request.end(body);
  const response = await new Promise((resolve, reject) => request.on('response', resolve).on('error', reject));
  log(
    name,
    response.statusCode,
    request.reusedSocket,
    brief((await collect(response)).toString().replaceAll(port, 'PORT')),
  );
}

const known = through('user:word@');
const unknown = through('');
const none = new ProxyAgent({ getProxyForUrl: () => '' });
await ask('get', known, '/redirect/0');
await ask('again', known, '/redirect/0');
await ask('post', known, '/sum', { method: 'POST', body: bytes(300_000) });
await ask('big', known, '/big');
await ask('refused', unknown, '/redirect/0');
await ask('direct', none, '/redirect/0');
await ask('cut', known, '/cut').catch((error) => log('cut', error.code));

const socket = new WebSocket(url.replace('http', 'ws'), { agent: known });
await new Promise((resolve) => socket.on('open', resolve));
socket.send(bytes(100_000));
log('tunnel', brief(await new Promise((resolve) => socket.once('message', resolve))));
socket.close();
await new Promise((resolve) => socket.on('close', resolve));
for (const agent of [known, unknown, none]) agent.destroy();
for (const each of [proxy, server]) {
  each.closeAllConnections();
  await close(each);
}
