/** msw in Node: handlers, streams, errors, delays, requests that pass through. */

import { once } from 'node:events';
import http from 'node:http';
import { delay, HttpResponse, http as mock, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { brief, bytes, close, collect, listen, log, rest } from '../kit.mjs';
import { site } from '../site.mjs';

const server = site();
const url = await listen(server);
const mocks = setupServer(
  mock.get('http://a.test/json', ({ request }) =>
    HttpResponse.json({ a: new URL(request.url).search }, { headers: { 'X-A': 'b' } }),
  ),
  mock.post('http://a.test/post', async ({ request }) =>
    HttpResponse.text(`${request.headers.get('x-b')} ${brief(await request.text())}`, { status: 201 }),
  ),
  mock.get('http://a.test/bytes', () => HttpResponse.arrayBuffer(bytes(100_000).buffer)),
  mock.get('http://a.test/stream', () => {
    const body = new ReadableStream({
      start(controller) {
        for (const part of ['a', 'b']) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    return new HttpResponse(body, { headers: { 'Content-Type': 'text/plain' } });
  }),
  mock.get('http://a.test/error', () => HttpResponse.error()),
  mock.get('http://a.test/fails', () => {
    throw new Error('no');
  }),
  mock.get('http://a.test/delayed', async () => {
    await delay(10);
    return new HttpResponse(null, { status: 204 });
  }),
  mock.get(`${url}/json`, () => HttpResponse.text('mocked')),
  mock.post(`${url}/sum`, () => passthrough()),
);
mocks.listen({ onUnhandledRequest: 'bypass' });
for (const event of ['request:match', 'request:unhandled', 'response:mocked', 'response:bypass']) {
  mocks.events.on(event, ({ request }) => log(event, request.method, new URL(request.url).pathname));
}

async function ask(name, target, { body = [], ...options } = {}, act) {
  const request = http.request(target, options);
  const failed = once(request, 'error').then(([error]) =>
    log(name, error.code ?? error.name, error.message.split('\n')[0]),
  );
  act?.(request);
  for (const part of body) request.write(part);
  request.end();
  const responded = once(request, 'response').then(async ([response]) => {
    const { statusCode, statusMessage, headers } = response;
    const text = await collect(response).then(brief, (error) => error.code ?? error.message);
    log(name, statusCode, statusMessage, response.complete, headers['content-type'] ?? '', headers['x-a'] ?? '', text);
  });
  responded.catch(() => {});
  await Promise.race([failed, responded]);
  await rest();
}

await ask('json', 'http://a.test/json?a=1');
await ask('post', 'http://a.test/post', {
  method: 'POST',
  headers: { 'X-B': 'c' },
  body: ['some', 'text', bytes(70_000)],
});
await ask('bytes', 'http://a.test/bytes');
await ask('stream', 'http://a.test/stream', { agent: new http.Agent({ keepAlive: true }) });
await ask('error', 'http://a.test/error');
await ask('fails', 'http://a.test/fails');
await ask('delayed', 'http://a.test/delayed');
await ask('aborted', 'http://a.test/delayed', {}, (request) => setImmediate(() => request.destroy()));
await ask('mocked', `${url}/json`);
await ask('passed', `${url}/sum`, { method: 'POST', body: [bytes(100_000), 'end'] });
await ask('bypassed', `${url}/redirect/0`);
await ask('cut', `${url}/cut`);
mocks.use(mock.get('http://a.test/json', () => HttpResponse.text('changed')));
await ask('changed', 'http://a.test/json');
mocks.close();
await ask('closed', `${url}/redirect/0`);
server.closeAllConnections();
await close(server);
