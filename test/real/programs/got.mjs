/** got: JSON, streams, retries, redirects, hooks, timeouts, cancelling, pagination, keep-alive. */
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import got from 'got';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);
const agent = { http: new http.Agent({ keepAlive: true, maxSockets: 1 }) };
const client = got.extend({ prefixUrl: url, agent, retry: { limit: 0 }, headers: { 'user-agent': 'mine' } });

async function seen(name, request) {
  try {
    const { statusCode, headers, body, redirectUrls, timings, retryCount } = await request;
    log(name, statusCode, headers['content-type'] ?? '', redirectUrls.length, retryCount, brief(body));
    log(
      '  ',
      Object.entries(timings)
        .filter(([, time]) => time !== undefined)
        .map(([key]) => key),
    );
  } catch (error) {
    log(name, error.name, error.code ?? '', error.message.replaceAll(new URL(url).port, 'PORT'));
  }
}

await seen('get', client('json', { searchParams: { a: 'b c' } }));
await seen('head', client.head('json'));
await seen('post', client.post('echo', { json: { a: 1 } }));
await seen('form', client.post('form', { form: { a: 1 } }));
await seen('bytes', client.post('sum', { body: Buffer.from(bytes(300_000)) }));
await seen('upload', client.post('sum', { body: Readable.from([bytes(70_000), bytes(200_000)]) }));
await seen('gzip', client('gzip'));
await seen('redirect', client('redirect/3'));
await seen('too many', client('redirect/5', { maxRedirects: 2 }));
await seen('status', client('status/404'));
await seen('unthrown', client('status/500', { throwHttpErrors: false }));
await seen(
  'retried',
  client('cut', { retry: { limit: 2, calculateDelay: ({ attemptCount }) => (attemptCount > 2 ? 0 : 1) } }),
);
await seen('timeout', client('never', { timeout: { request: 40 } }));
await seen('response timeout', client('never', { timeout: { response: 40 } }));
await seen('cut', client('cut'));
await seen('half', client('half'));
await seen('cookie', client('cookie', { headers: { cookie: 'x=y' } }));
await seen('auth', client('auth', { username: 'user', password: 'word' }));
await seen(
  'cancel',
  (() => {
    const request = client('never');
    setTimeout(() => request.cancel(), 40);
    return request;
  })(),
);
await seen('signal', client('never', { signal: AbortSignal.timeout(40) }));
await seen('refused', got('http://127.0.0.1:1', { retry: { limit: 0 } }));

const stream = client.stream('big');
for (const event of ['request', 'response', 'downloadProgress', 'end', 'close']) stream.once(event, () => log(event));
log('stream', brief(await collect(stream)));
const duplex = client.stream.post('echo');
const echoed = collect(duplex);
await pipeline(Readable.from([bytes(200_000), bytes(3)]), duplex, { end: true }).catch(() => {});
log('duplex', brief(await echoed));
const left = client.stream('endless');
await new Promise((resolve) => left.once('data', resolve));
left.destroy();
await new Promise((resolve) => left.once('close', resolve));
log('left');
const hooked = client.extend({
  hooks: {
    beforeRequest: [(options) => log('beforeRequest', options.method)],
    afterResponse: [(response) => Object.assign(response, { body: response.body.toUpperCase() })],
    beforeError: [(error) => Object.assign(error, { message: 'changed' })],
  },
});
await seen('hooks', hooked('json'));
await seen('hooks', hooked('status/400'));
const pages = client.paginate('json', {
  pagination: {
    transform: ({ body }) => [JSON.parse(body).method],
    paginate: () => ({ method: 'PUT' }),
    countLimit: 2,
    requestLimit: 2,
  },
});
for await (const page of pages) log('page', page);
log('sockets', Object.values(agent.http.sockets).flat().length, Object.values(agent.http.freeSockets).flat().length);
agent.http.destroy();
server.closeAllConnections();
await close(server);
