/** superagent: bodies, forms, redirects, timeouts, aborts, streams. */
import { PassThrough } from 'node:stream';
import superagent from 'superagent';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);

async function seen(name, request) {
  try {
    const { status, headers, body, text, redirects } = await request;
    log(name, status, headers['content-type'] ?? '', redirects.length, text === undefined ? brief(body) : brief(text));
  } catch (error) {
    log(name, error.code ?? '', error.status ?? '', error.message.replaceAll(new URL(url).port, 'PORT'));
  }
}

await seen('get', superagent.get(`${url}/json`).query({ a: 'b c' }));
await seen('head', superagent.head(`${url}/json`));
await seen('post', superagent.post(`${url}/echo`).send({ a: 1 }));
await seen('form', superagent.post(`${url}/echo`).type('form').send({ a: 1 }));
await seen('multipart', superagent.post(`${url}/form`).field('a', 'b').attach('file', bytes(1000), 'name'));
await seen('bytes', superagent.put(`${url}/sum`).send(bytes(200_000)));
await seen('big', superagent.get(`${url}/big`).buffer(true).parse(superagent.parse.image));
await seen('gzip', superagent.get(`${url}/gzip`));
await seen('redirect', superagent.get(`${url}/redirect/3`));
await seen('too many', superagent.get(`${url}/redirect/9`).redirects(2));
await seen('status', superagent.get(`${url}/status/500`));
await seen(
  'fine',
  superagent.get(`${url}/status/404`).ok(({ status }) => status < 500),
);
await seen('timeout', superagent.get(`${url}/never`).timeout(40));
await seen('retried', superagent.get(`${url}/cut`).retry(2));
await seen('half', superagent.get(`${url}/half`));
await seen('auth', superagent.get(`${url}/auth`).auth('user', 'word'));
await seen('refused', superagent.get('http://127.0.0.1:1'));
const agent = superagent.agent();
await seen('cookie', agent.get(`${url}/cookie`));
await seen('cookie', agent.get(`${url}/cookie`));
const aborted = superagent.get(`${url}/never`);
aborted.on('abort', () => log('aborted'));
setTimeout(() => aborted.abort(), 40);
await seen('abort', aborted);
const through = new PassThrough();
superagent.get(`${url}/big`).pipe(through);
log('pipe', brief(await collect(through)));
server.closeAllConnections();
await close(server);
