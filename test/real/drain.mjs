/**
 * How servers shut down: node:http alone, with http-terminator, with stoppable, and statewire's `drain()`, with the same clients.
 * Prints the table of docs/draining.md. First `npm run build`, and `npm ci --prefix test/real --ignore-scripts`.
 */
import { once } from 'node:events';
import nodeHttp from 'node:http';
import { connect } from 'node:net';
import { createHttpTerminator } from 'http-terminator';
import stoppable from 'stoppable';
import statewire from '../../dist/index.mjs';

const DEADLINE = 1000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const ways = {
  'node:http, `close()`': [nodeHttp, (server) => new Promise((resolve) => server.close(resolve))],
  '`http-terminator`': [
    nodeHttp,
    (server) => createHttpTerminator({ server, gracefulTerminationTimeout: DEADLINE }),
    (terminator) => terminator.terminate(),
  ],
  '`stoppable`': [
    nodeHttp,
    (server) => stoppable(server, DEADLINE),
    (server) => new Promise((resolve) => server.stop(resolve)),
  ],
  '`drain()`': [statewire, (server) => server.drain({ grace: 200, idle: 300, deadline: DEADLINE })],
};

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A client that notes what becomes of it. */
async function dial(port) {
  const socket = connect(port, '127.0.0.1');
  const client = { socket, text: '', ended: 0, error: '', asked: 0 };
  socket.on('data', (chunk) => {
    client.text += chunk;
  });
  socket.on('error', ({ code }) => {
    client.error = code;
  });
  socket.on('end', () => {
    client.ended ||= performance.now();
  });
  client.closed = new Promise((resolve) => socket.on('close', resolve));
  await Promise.race([once(socket, 'connect').catch(() => {}), client.closed]);
  client.ask = (text = GET) => {
    client.asked++;
    socket.write(text);
  };
  return client;
}

const answers = ({ text }) => text.split('HTTP/1.1 200').length - 1;

function fate(client) {
  if (client.asked > 0 && answers(client) >= client.asked) {
    return /connection: close/i.test(client.text) ? '200, with close' : '200';
  }
  const [, status] = /HTTP\/1.1 ([45]..)/.exec(client.text) ?? [];
  return status ?? (client.error || (client.ended ? 'FIN' : 'open'));
}

/** By name: what happens before the shutdown, and what after. */
const scenarios = {
  'a request whose handler takes 300 ms': {
    before: (client) => client.ask(),
    delay: 300,
  },
  'an idle client asks 100 ms later': {
    before: async (client) => {
      client.ask();
      await wait(50);
    },
    after: async (client) => {
      await wait(100);
      client.ask();
    },
  },
  'a fresh connection asks 100 ms later': {
    after: async (client) => {
      await wait(100);
      client.ask();
    },
  },
  'a new connection 100 ms later': {
    after: async (_client, port) => {
      await wait(100);
      const client = await dial(port);
      client.ask();
      return client;
    },
  },
  'half a head, and no more': { before: (client) => client.socket.write(GET.slice(0, 20)) },
  'a handler that never responds': { before: (client) => client.ask(), delay: Infinity },
};

async function serve([http, make, stop = make], delay = 0) {
  const server = http.createServer((_req, res) => {
    if (delay === 0) res.end('hello');
    else if (delay !== Infinity) setTimeout(() => res.end('hello'), delay);
  });
  const subject = stop === make ? server : make(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: server.address().port, stop: () => stop(subject) };
}

async function play(way, { before, after, delay }) {
  const { server, port, stop } = await serve(way, delay);
  const client = await dial(port);
  await before?.(client);
  await wait(50);
  const began = performance.now();
  let took = 'never';
  const stopped = stop().then(() => {
    took = `${(Math.round((performance.now() - began) / 100) / 10).toFixed(1)} s`;
  });
  const subject = (await after?.(client, port)) ?? client;
  await Promise.race([stopped, wait(4000)]);
  await wait(100);
  const result = `${fate(subject)}; ${took}`;
  server.closeAllConnections();
  for (const { socket } of [client, subject]) socket.destroy();
  return result;
}

/** Idle clients of which each asks once, at an instant around the shutdown, if it has heard of none. */
async function race(way) {
  const { server, port, stop } = await serve(way);
  let seed = 9112;
  const random = (most) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % most;
  };
  const ended = new Map();
  server.on('connection', (socket) => ended.set(socket.remotePort, socket));
  const clients = await Promise.all(Array.from({ length: 300 }, () => dial(port)));
  for (const client of clients) client.ask();
  await wait(200);
  let asked = 0;
  let unanswered = 0;
  let resets = 0;
  const runs = clients.map(async (client) => {
    const local = client.socket.localPort;
    await wait(random(200));
    if (client.ended || client.socket.destroyed) return;
    const { writableEnded, destroyed } = ended.get(local);
    const inTime = !writableEnded && !destroyed;
    client.ask();
    await Promise.race([client.closed, wait(2500)]);
    if (inTime) asked++;
    if (inTime && answers(client) < 2) unanswered++;
    if (client.error === 'ECONNRESET') resets++;
  });
  await wait(100);
  stop();
  await Promise.all(runs);
  server.closeAllConnections();
  for (const { socket } of clients) socket.destroy();
  return `${unanswered} of ${asked} lost, ${resets} reset`;
}

const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
row(['', ...Object.keys(ways)]);
row(['---', ...Object.keys(ways).map(() => '---')]);
for (const [name, scenario] of Object.entries(scenarios)) {
  const cells = [];
  for (const way of Object.values(ways)) cells.push(await play(way, scenario));
  row([name, ...cells]);
}
const cells = [];
for (const way of Object.values(ways)) cells.push(await race(way));
row(['300 idle clients ask within 100 ms before and after', ...cells]);
process.exit();
