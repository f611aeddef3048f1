/** agentkeepalive: reuse, the limits of sockets, their timeouts, its counters. */
import { once } from 'node:events';
import http from 'node:http';
import Agent from 'agentkeepalive';
import { brief, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);

function ask(agent, path, options) {
  const request = http.get(url + path, { agent, ...options });
  return new Promise((resolve) => {
    request.on('response', async (response) =>
      resolve([brief(await collect(response).catch(({ code }) => code)), request.reusedSocket]),
    );
    request.on('error', (error) => resolve([error.code ?? '', error.message]));
  });
}

const status = (name, agent) => {
  const { createSocketCount, closeSocketCount, errorSocketCount, timeoutSocketCount, requestCount, freeSockets } =
    agent.getCurrentStatus();
  log(
    name,
    createSocketCount,
    closeSocketCount,
    errorSocketCount,
    timeoutSocketCount,
    requestCount,
    Object.values(freeSockets),
  );
};

const agent = new Agent({ maxSockets: 2, maxFreeSockets: 1, freeSocketTimeout: 400, timeout: 800 });
for (let at = 0; at < 3; at++) log(await ask(agent, '/redirect/0'));
log(await Promise.all([1, 2, 3, 4].map(async () => (await ask(agent, '/redirect/0'))[0])));
await new Promise(setImmediate);
status('some', agent);
log(await ask(agent, '/once'));
log(await ask(agent, '/cut'));
log(await ask(agent, '/half'));
log(await ask(agent, '/redirect/0'));
status('failed', agent);
const [socket] = Object.values(agent.freeSockets).flat();
await once(socket, 'close');
status('free too long', agent);
log(await ask(agent, '/never'));
status('silent too long', agent);
log(await ask(agent, '/never', { timeout: 30 }));
const short = new Agent({ socketActiveTTL: 300, maxSockets: 1 });
log(await ask(short, '/redirect/0'));
await new Promise((resolve) => setTimeout(resolve, 400));
log(await ask(short, '/redirect/0'), short.createSocketCount);
agent.destroy();
short.destroy();
server.closeAllConnections();
await close(server);
