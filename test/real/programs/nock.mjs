/** nock: what it intercepts, refuses and lets through. */

import { once } from 'node:events';
import http from 'node:http';
import { brief, bytes, close, collect, listen, log, rest } from '../kit.mjs';
import { site } from '../site.mjs';

export async function run(nock) {
  const server = site();
  const url = await listen(server);

  async function ask(name, target, { body = [], ...options } = {}, act) {
    const request = http.request(target, options);
    for (const event of ['socket', 'finish', 'abort', 'timeout', 'close']) request.on(event, () => log(name, event));
    const failed = once(request, 'error').then(([error]) =>
      log(name, error.code ?? error.name, error.message.split('\n')[0].replaceAll(new URL(url).port, 'PORT')),
    );
    act?.(request);
    for (const part of body) request.write(part);
    request.end();
    const responded = once(request, 'response').then(async ([response]) => {
      const { statusCode, statusMessage, headers, complete } = response;
      const text = await collect(response).then(brief, (error) => error.code ?? error.message);
      log(name, statusCode, statusMessage ?? '', complete, headers['content-type'] ?? '', headers['x-a'] ?? '', text);
    });
    responded.catch(() => {});
    await Promise.race([failed, responded]);
    await rest();
  }

  nock('http://a.test').get('/json').query({ a: '1' }).reply(200, { a: 1 }, { 'X-A': 'b' });
  await ask('json', 'http://a.test/json?a=1');
  nock('http://a.test')
    .post('/post', { a: 1 })
    .matchHeader('x-b', 'c')
    .reply(201, (uri, body) => [uri, body]);
  await ask('post', 'http://a.test/post', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-b': 'c' },
    body: ['{"a"', ':1}'],
  });
  nock('http://a.test')
    .get('/stream')
    .reply(200, () => bytes(100_000), { 'Content-Type': 'image/png' });
  await ask('stream', 'http://a.test/stream');
  nock('http://a.test')
    .get('/error')
    .replyWithError(Object.assign(new Error('failed'), { code: 'EFAILED' }));
  await ask('error', 'http://a.test/error');
  nock('http://a.test').get('/delayed').delay(10).reply(204);
  await ask('delayed', 'http://a.test/delayed');
  nock('http://a.test').get('/late').delayConnection(500).reply(200, 'late');
  await ask('late', 'http://a.test/late', { timeout: 20 }, (request) =>
    request.on('timeout', () => request.destroy(new Error('late'))),
  );
  nock('http://a.test').get('/twice').times(2).reply(200, 'twice');
  await ask('twice', 'http://a.test/twice', { agent: new http.Agent({ keepAlive: true }) });
  await ask('twice', 'http://a.test/twice');
  await ask('unmatched', 'http://a.test/twice');
  nock('http://a.test').get('/aborted').delay(100).reply(200, 'no');
  await ask('aborted', 'http://a.test/aborted', {}, (request) => setImmediate(() => request.destroy()));
  nock('http://a.test', { reqheaders: { authorization: 'Basic dXNlcjp3b3Jk' } })
    .get('/auth')
    .reply(200, 'auth');
  await ask('auth', 'http://a.test/auth', { auth: 'user:word' });
  log('done', nock.isDone(), nock.pendingMocks());
  nock.cleanAll();

  nock(url).get('/json').reply(200, 'mocked');
  await ask('mocked', `${url}/json`);
  await ask('real', `${url}/sum`, { method: 'POST', body: [bytes(100_000), 'end'] });
  nock.disableNetConnect();
  await ask('disallowed', `${url}/json`);
  nock.enableNetConnect('127.0.0.1');
  await ask('allowed', `${url}/redirect/0`);
  nock.restore();
  await ask('restored', `${url}/redirect/0`);
  server.closeAllConnections();
  await close(server);
}
