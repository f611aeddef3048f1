/** socket.io: polling, websocket and the upgrade between them; acknowledgements, rooms, binary data, refusals. */
import { once } from 'node:events';
import http from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { brief, bytes, listen, log, show } from '../kit.mjs';

const server = http.createServer((_req, res) => res.end('ordinary'));
const sockets = new Server(server, { serveClient: true, pingInterval: 2000 });
sockets.use((socket, next) => next(socket.handshake.auth.token === 'no' ? new Error('refused') : undefined));
sockets.on('connection', (socket) => {
  log('connection', socket.handshake.query.name, socket.conn.transport.name);
  socket.join('room');
  socket.on('sum', (data, done) => done(brief(data)));
  socket.on('all', (text) => sockets.to('room').emit('all', text));
  socket.on('disconnect', (reason) => log('server disconnect', reason));
});
const url = await listen(server);
await show(url);
log('the client script', (await fetch(`${url}/socket.io/socket.io.js`)).status);
log('no transport', (await fetch(`${url}/socket.io/?EIO=4&transport=none`)).status);

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
  const name = transports.join('+');
  const socket = io(url, { transports, forceNew: true, query: { name }, reconnection: false });
  await once(socket, 'connect');
  log(name, 'connected');
  if (transports.length > 1 && socket.io.engine.transport.name === 'polling') await once(socket.io.engine, 'upgrade');
  log(name, 'transport', socket.io.engine.transport.name);
  log(name, 'sum', await socket.emitWithAck('sum', bytes(200_000)));
  log(name, 'sum', await socket.emitWithAck('sum', 'x'.repeat(100_000)));
  const all = once(socket, 'all');
  socket.emit('all', 'hello');
  log(name, 'all', (await all)[0]);
  const gone = new Promise((resolve) => sockets.sockets.sockets.get(socket.id).on('disconnect', resolve));
  socket.disconnect();
  await gone;
}
const refused = io(url, { forceNew: true, auth: { token: 'no' }, reconnection: false });
log('refused', (await once(refused, 'connect_error'))[0].message);
refused.disconnect();
await new Promise((resolve) => sockets.close(resolve));
log('closed', server.listening);
