/**
 * What `explain.all()` takes: `node bench/explain.mjs [connections] [calls]`, by default 10,000 and 60.
 *
 * Of ten connections five are idle after a response, four have a GET and one a POST whose body has not all come, that nobody has
 * responded to. The other ends are in a process of their own. CPU time of this process, which has nothing else to do.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.mjs';

const file = fileURLToPath(import.meta.url);
const POST = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc';
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const requestOf = (index) =>
  [get('/idle'), get('/report?of=today'), POST][index % 2 === 0 ? 0 : index % 10 === 9 ? 2 : 1];

/** The other ends, a few at a time. */
async function callAll(port, connections) {
  for (let index = 0; index < connections; index++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.resume().write(requestOf(index));
    if (index % 100 === 99) await once(socket, 'connect');
  }
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** V8 has compiled what it will compile after three calls. */
function measure(calls, call) {
  const times = Array.from({ length: calls }, () => {
    const before = cpu();
    call();
    return cpu() - before;
  });
  const warm = times.slice(3);
  return { median: median(warm), longest: Math.max(...warm), first: times[0] };
}

async function main(connections, calls) {
  const { createServer, explain } = await import('../dist/index.mjs');
  let begun = 0;
  const server = createServer({ keepAliveTimeout: 600_000, headersTimeout: 0, requestTimeout: 0 }, (req, res) => {
    begun++;
    if (req.url === '/idle') res.end('hello');
    if (req.method === 'POST') req.resume();
  });
  await once(server.listen(0, '127.0.0.1', 4096), 'listening');
  const others = fork(file, ['others', String(server.address().port), String(connections)]);
  while (begun < connections) await new Promise((resolve) => setTimeout(resolve, 100));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const rows = {
    'explain.all()': () => explain.all(),
    'explain.all({ longerThan: 9_000_000 })': () => explain.all({ longerThan: 9_000_000 }),
    'all().map(String)': () => explain.all().map(String),
    'JSON.stringify(all())': () => JSON.stringify(explain.all()),
  };
  console.log(`${connections} connections, Node ${process.version}; ms of CPU time\n`);
  console.log('| call | median | longest | first |\n| --- | ---: | ---: | ---: |');
  for (const [name, call] of Object.entries(rows)) {
    const figures = Object.values(measure(calls, call));
    console.log(`| \`${name}\` | ${figures.map((figure) => figure.toFixed(1)).join(' | ')} |`);
  }
  others.kill();
  server.closeAllConnections();
  server.close();
}

const [first = '10000', second = '60', third = ''] = process.argv.slice(2);
if (first === 'others') await callAll(Number(second), Number(third));
else await main(Number(first), Number(second));
