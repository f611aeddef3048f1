/** Small exchanges that show whether statewire works on a runtime: `node test/matrix/checks.mjs` prints a line for each. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import http from '../../dist/index.mjs';

/** Milliseconds after which a check counts as hanging. */
const LIMIT = 5000;

const checks = {
  'GET, and its response': async ({ get }) => {
    const { response, text } = await get('/hello');
    equal([response.statusCode, response.headers['x-method'], text], [200, 'GET', 'hello']);
  },
  'POST, echoed in chunks': async ({ ask }) => {
    const content = 'x'.repeat(300_000);
    const { text } = await ask({ method: 'POST', path: '/echo' }, content);
    equal(text.length, content.length);
  },
  'a kept connection': async ({ get, agent }) => {
    await get('/hello', { agent });
    const { request } = await get('/hello', { agent });
    equal(request.reusedSocket, true);
  },
  'pipelined requests, on a raw socket': async ({ port }) => {
    const text = await raw(
      port,
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    equal(text.match(/HTTP\/1\.1 200/g)?.length, 2);
  },
  'a malformed request': async ({ port }) => {
    const text = await raw(port, 'GET / HTTP/1.1\r\nbroken\r\n\r\n');
    equal(text.slice(0, 12), 'HTTP/1.1 400');
  },
  'an upgrade, and the bytes after it': async ({ port }) => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly';
    const text = await raw(port, head);
    equal(text.endsWith('\r\n\r\nearly'), true);
  },
  'a request that is aborted': async ({ port }) => {
    const request = http.get({ port, path: '/silent', agent: false });
    request.on('socket', () => request.destroy());
    const [error] = await once(request, 'error');
    equal(error.code, 'ECONNRESET');
  },
  'a connection that is refused': async () => {
    const request = http.get({ port: 1, host: '127.0.0.1', agent: false });
    const [error] = await once(request, 'error');
    equal(error.code, 'ECONNREFUSED');
  },
  'server.close() with an idle connection': async ({ get, agent, server }) => {
    await get('/hello', { agent });
    const closed = once(server, 'close');
    server.close();
    await closed;
  },
};

function equal(actual, expected) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

/** All bytes that a server sends until it closes the connection. */
async function raw(port, text) {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write(text);
  let received = '';
  for await (const chunk of socket) received += chunk;
  return received;
}

function onRequest(request, response) {
  if (request.url === '/silent') return;
  response.setHeader('X-Method', request.method);
  if (request.url === '/echo') pipeline(request, response);
  else response.end(request.url.slice(1));
}

async function start() {
  const server = http.createServer(onRequest);
  server.on('upgrade', (_request, socket, head) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n${head}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const ask = async (options, content) => {
    const request = http.request({ host: '127.0.0.1', port, agent: false, ...options });
    request.end(content);
    const [response] = await once(request, 'response');
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    return { request, response, text };
  };
  const get = (path, options) => ask({ path, ...options });
  return { server, port, ask, get, agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) };
}

/** Runs a check with a server of its own. @returns why it failed, if it did */
async function failureOf(check) {
  const world = await start();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing for ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    await Promise.race([check(world), late]);
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    clearTimeout(timer);
    world.agent.destroy();
    world.server.close();
    world.server.closeAllConnections();
  }
}

let failed = 0;
for (const [title, check] of Object.entries(checks)) {
  const failure = await failureOf(check);
  if (failure !== undefined) failed++;
  console.log(failure === undefined ? `ok      ${title}` : `failed  ${title}: ${failure}`);
}
process.exit(failed === 0 ? 0 : 1);
