/** node-fetch: bodies, streams, redirects, forms, compression, aborts, keep-alive. */
import http from 'node:http';
import { Readable } from 'node:stream';
import fetch, { AbortError, FormData } from 'node-fetch';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

async function seen(name, path, options) {
  try {
    const response = await fetch(url + path, { agent, ...options });
    const body = brief(Buffer.from(await response.arrayBuffer()));
    log(name, response.status, response.statusText, response.redirected, response.headers.get('content-type'), body);
  } catch (error) {
    const message = error.message.replaceAll(new URL(url).port, 'PORT');
    log(name, error.name, error.code ?? error.type ?? '', error instanceof AbortError, message);
  }
}

await seen('get', '/json?a=b');
await seen('head', '/json', { method: 'HEAD' });
await seen('post', '/echo', { method: 'POST', body: 'text' });
await seen('parameters', '/echo', { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
await seen('bytes', '/sum', { method: 'PUT', body: bytes(400_000) });
await seen('upload', '/sum', { method: 'POST', body: Readable.from([bytes(70_000), bytes(200_000)]) });
const form = new FormData();
form.set('a', 'b');
await seen('form', '/form', { method: 'POST', body: form });
await seen('big', '/big');
await seen('gzip', '/gzip');
await seen('redirect', '/redirect/3');
await seen('redirected post', '/redirect/1', { method: 'POST', body: 'a' });
await seen('manual', '/redirect/1', { redirect: 'manual' });
await seen('error', '/redirect/1', { redirect: 'error' });
await seen('too many', '/redirect/5', { follow: 2 });
await seen('status', '/status/500');
await seen('cut', '/cut');
await seen('half', '/half');
await seen('too large', '/big', { size: 1000 });
await seen('abort', '/never', { signal: AbortSignal.timeout(40) });
await seen('refused', '/', {}).then(() => fetch('http://127.0.0.1:1').catch((error) => log('refused', error.code)));
const { body } = await fetch(`${url}/big`, { agent });
log('stream', brief(await collect(body)));
const endless = await fetch(`${url}/endless`, { agent: new http.Agent() });
endless.body.once('data', (chunk) => {
  log('data', chunk.toString());
  endless.body.destroy();
});
await new Promise((resolve) => endless.body.once('close', resolve));
log('left', Object.values(agent.freeSockets).flat().length);
agent.destroy();
server.closeAllConnections();
await close(server);
