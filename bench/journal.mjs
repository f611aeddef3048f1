/**
 * What recording a journal costs: `npm run bench:journal -- [--seconds n] [--pairs n]`, by default 20 seconds for each mode in 5 pairs
 * of fresh processes.
 *
 * A server that records and one that doesn't get the same load by turns, in blocks of 200 ms: hello world on 20 kept connections, and a
 * transfer in chunks of 64 KiB. CPU time of each server per response, or per MiB; the median of the ratios of neighbouring blocks.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mean, median, standardError } from './statistics.mjs';

const file = fileURLToPath(import.meta.url);
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const CONNECTIONS = 20;
const BLOCK = 200;
/** How much CPU time a server has used when it is warm, in µs: a journal is more code, and costs twice as much while that is cold. */
const WARM = 4_000_000;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const TRANSFER = 64 * 1024 * 1024;

/** A server, which says what it has used when it is asked. */
async function serve(mode) {
  const { createServer } = await import('../dist/index.mjs');
  const { record } = await import('../dist/journal.mjs');
  if (mode !== 'off') record({ bytes: mode });
  const server = createServer((req, res) => {
    if (req.url !== '/big') {
      res.end('hello');
      return;
    }
    res.writeHead(200, { 'Content-Length': TRANSFER });
    let left = TRANSFER;
    const write = () => {
      while (left > 0) {
        left -= CHUNK.length;
        if (!res.write(CHUNK)) {
          res.once('drain', write);
          return;
        }
      }
      res.end();
    };
    write();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  });
  process.send({ port: server.address().port });
}

async function start(mode) {
  const child = fork(file, ['serve', mode]);
  const [{ port }] = await once(child, 'message');
  return { child, port, sockets: [] };
}

async function cpuOf({ child }) {
  child.send('');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}

/** Hello world for a while. @returns µs per response */
async function hello(server) {
  while (server.sockets.length < CONNECTIONS) {
    const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    server.sockets.push(socket);
  }
  const before = await cpuOf(server);
  let responses = 0;
  let isOver = false;
  const until = performance.now() + BLOCK;
  await Promise.all(
    server.sockets.map(
      (socket) =>
        new Promise((resolve) => {
          const next = () => {
            responses++;
            isOver ||= performance.now() > until;
            if (isOver) {
              socket.off('data', next);
              resolve();
            } else socket.write(GET);
          };
          socket.on('data', next);
          socket.write(GET);
        }),
    ),
  );
  return ((await cpuOf(server)) - before) / responses;
}

/** A transfer of 64 MiB. @returns µs per MiB */
async function transfer(server) {
  const before = await cpuOf(server);
  const socket = connect(server.port, '127.0.0.1');
  let left = TRANSFER;
  await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left <= 0) resolve();
    });
    socket.write('GET /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
  socket.destroy();
  return ((await cpuOf(server)) - before) / (TRANSFER / 2 ** 20);
}

async function pair(mode, load, seconds) {
  const servers = await Promise.all(['off', mode].map(start));
  for (const server of servers) while ((await cpuOf(server)) < WARM) await load(server);
  const costs = [[], []];
  const ratios = [];
  const until = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < until; turn++) {
    const [first, second] = turn % 2 ? [1, 0] : [0, 1];
    const cost = [];
    cost[first] = await load(servers[first]);
    cost[second] = await load(servers[second]);
    for (const side of [0, 1]) costs[side].push(cost[side]);
    ratios.push(cost[1] / cost[0]);
  }
  for (const { child, sockets } of servers) {
    for (const socket of sockets) socket.destroy();
    child.kill();
  }
  return { off: median(costs[0]), on: median(costs[1]), ratio: median(ratios) };
}

async function main({ seconds, pairs }) {
  console.log(`Node ${process.version}; CPU time with a journal and without\n`);
  console.log('| load | bytes | without | with | more |\n| --- | --- | ---: | ---: | ---: |');
  const rows = [
    ['hello, µs per response', 'off', hello],
    ['hello, µs per response', 'none', hello],
    ['hello, µs per response', 'heads', hello],
    ['hello, µs per response', 'raw', hello],
    ['64 MiB in chunks of 64 KiB, µs per MiB', 'heads', transfer],
    ['64 MiB in chunks of 64 KiB, µs per MiB', 'raw', transfer],
  ];
  for (const [title, mode, load] of rows) {
    const found = [];
    for (let i = 0; i < pairs; i++) found.push(await pair(mode, load, seconds / pairs));
    const more = found.map(({ ratio }) => (ratio - 1) * 100);
    const figures = ['off', 'on'].map((side) => median(found.map((each) => each[side])).toFixed(1));
    console.log(
      `| ${title} | ${mode} | ${figures.join(' | ')} | ${mean(more).toFixed(1)} % ± ${standardError(more).toFixed(1)} |`,
    );
  }
}

const [first, mode] = process.argv.slice(2);
if (first === 'serve') await serve(mode);
else {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '20' }, pairs: { type: 'string', default: '5' } },
  });
  await main({ seconds: Number(values.seconds), pairs: Number(values.pairs) });
}
