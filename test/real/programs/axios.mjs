/** axios with its http adapter: JSON, streams, redirects, limits, timeouts, aborts, keep-alive. */
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import axios from 'axios';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const client = axios.create({ baseURL: url, httpAgent: agent, adapter: 'http', headers: { 'User-Agent': 'mine' } });

async function seen(name, request) {
  try {
    const { status, statusText, headers, data } = await request;
    const body = data instanceof Readable ? await collect(data) : data;
    const shown = typeof body === 'string' || Buffer.isBuffer(body) ? brief(body) : body;
    log(name, status, statusText, headers['content-type'] ?? '', shown);
  } catch (error) {
    log(
      name,
      error.name,
      error.code ?? '',
      error.message.replaceAll(new URL(url).port, 'PORT'),
      error.response?.status ?? '',
    );
  }
}

await seen('get', client.get('/json', { params: { a: 'b c' } }));
await seen('head', client.head('/json'));
await seen('post', client.post('/echo', { a: 1 }));
await seen('form', client.postForm('/form', { a: 1, b: [2, 3] }));
await seen('upload', client.post('/sum', Readable.from([bytes(70_000), bytes(200_000)])));
await seen('bytes', client.post('/sum', bytes(500_000)));
await seen('download', client.get('/big', { responseType: 'stream' }));
await seen('buffer', client.get('/big', { responseType: 'arraybuffer' }));
await seen('gzip', client.get('/gzip'));
await seen('redirect', client.get('/redirect/3'));
await seen('redirected post', client.post('/redirect/1', 'body'));
await seen('too many', client.get('/redirect/9', { maxRedirects: 3 }));
await seen('no redirects', client.get('/redirect/1', { maxRedirects: 0 }));
await seen('status', client.get('/status/503'));
await seen('too long', client.get('/big', { maxContentLength: 1000 }));
await seen('too much', client.post('/sum', bytes(2000), { maxBodyLength: 1000 }));
await seen('timeout', client.get('/never', { timeout: 40 }));
await seen('cut', client.get('/cut'));
await seen('half', client.get('/half'));
await seen('abort', client.get('/never', { signal: AbortSignal.timeout(40) }));
await seen(
  'abort a stream',
  client.get('/endless', { responseType: 'stream' }).then(async ({ data }) => {
    await once(data, 'data');
    data.destroy();
    await once(data, 'close');
    return { status: 'left', headers: {}, data: '' };
  }),
);
await seen(
  'refused',
  axios
    .get('http://127.0.0.1:1', { adapter: 'http' })
    .catch((error) => Promise.reject(Object.assign(error, { message: error.code }))),
);
const progress = [];
await seen(
  'progress',
  client.post('/sum', bytes(300_000), { onUploadProgress: ({ loaded, total }) => progress.push(loaded === total) }),
);
log('progress', progress.at(-1));
log('sockets', Object.values(agent.sockets).flat().length, Object.values(agent.freeSockets).flat().length);
agent.destroy();
server.closeAllConnections();
await close(server);
