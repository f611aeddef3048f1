/** follow-redirects: methods, bodies, limits, errors, timeouts, an agent. */
import http from 'node:http';
import { wrap } from 'follow-redirects';
import { brief, bytes, close, collect, deferred, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const follow = wrap({ http });
const server = site();
const url = await listen(server);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

async function seen(name, path, { body = [], ...options } = {}, act) {
  const done = deferred();
  const request = follow.http.request(url + path, { agents: { http: agent }, ...options }, async (response) => {
    const received = await collect(response).then(brief, (error) => `${error.code} ${response.complete}`);
    log(name, response.statusCode, new URL(response.responseUrl).pathname, response.redirects.length, received);
    done.resolve();
  });
  request.on('error', (error) => done.resolve(log(name, error.name, error.code, error.message)));
  for (const event of ['redirect', 'timeout', 'abort', 'socket', 'finish', 'close'])
    request.on(event, () => log(name, event));
  act?.(request);
  for (const part of body) request.write(part);
  request.end();
  await done.promise;
}

await seen('get', '/json');
await seen('redirect', '/redirect/3');
await seen('post', '/redirect/2', { method: 'POST', body: ['a', bytes(50_000)] });
await seen('put', '/redirect/1', { method: 'PUT', body: ['a'] });
await seen('head', '/redirect/2', { method: 'HEAD' });
await seen('too many', '/redirect/4', { maxRedirects: 2 });
await seen('too long', '/sum', { method: 'POST', maxBodyLength: 10, body: [bytes(20)] });
await seen('upload', '/sum', { method: 'POST', body: [bytes(300_000), 'end'] });
await seen('not followed', '/redirect/2', { followRedirects: false });
await seen('tracked', '/redirect/2', {
  trackRedirects: true,
  beforeRedirect: (options) => log('before', options.path),
});
await seen('cut', '/cut');
await seen('half', '/half');
await seen('timeout', '/never', {}, (request) => request.setTimeout(40, () => request.destroy(new Error('late'))));
await seen('abort', '/never', {}, (request) => setTimeout(() => request.destroy(new Error('enough')), 40));
log('sockets', Object.values(agent.freeSockets).flat().length);
agent.destroy();
server.closeAllConnections();
await close(server);
