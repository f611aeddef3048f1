/** hapi: routes, payloads, streams, validation, inject(), stop(). */
import { PassThrough, Readable } from 'node:stream';
import Hapi from '@hapi/hapi';
import { brief, bytes, collect, deferred, leave, log, raw, show } from '../kit.mjs';

const server = Hapi.server({ port: 0, host: '127.0.0.1', debug: false });
const left = deferred();
const entered = deferred();

server.events.on('response', ({ path, response }) => log('response', path, response?.statusCode ?? 'none'));
server.route([
  { method: 'GET', path: '/', handler: () => ({ hello: 'world' }) },
  {
    method: 'GET',
    path: '/stream',
    handler: (_, h) => h.response(Readable.from([bytes(90_000), bytes(7)], { objectMode: false })),
  },
  { method: 'GET', path: '/state', handler: (_, h) => h.response('a').state('a', 'b').code(201).header('x', 'y') },
  { method: 'GET', path: '/fails', handler: () => Promise.reject(new Error('no')) },
  { method: 'GET', path: '/params/{id}', handler: ({ params, query }) => ({ params, query }) },
  { method: 'POST', path: '/json', handler: ({ payload }) => payload },
  {
    method: 'POST',
    path: '/bytes',
    options: { payload: { output: 'stream', parse: false, maxBytes: 10_000_000 } },
    handler: async ({ payload }) => brief(await collect(payload)),
  },
  { method: 'POST', path: '/small', options: { payload: { maxBytes: 10 } }, handler: () => 'small' },
  {
    method: 'GET',
    path: '/endless',
    handler: (request, h) => {
      request.events.once('disconnect', () => left.resolve(log('disconnected')));
      const body = new PassThrough();
      body.write('begun');
      return h.response(body);
    },
  },
  {
    method: 'GET',
    path: '/slow',
    handler: async () => {
      entered.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'slow';
    },
  },
]);
await server.start();
const url = `http://127.0.0.1:${server.info.port}`;
await show(`${url}/`);
await show(`${url}/`, { method: 'HEAD' });
await show(`${url}/stream`);
await show(`${url}/stream`, { headers: { 'accept-encoding': 'gzip' } });
await show(`${url}/state`);
await show(`${url}/fails`);
await show(`${url}/params/7?a=b`);
await show(`${url}/nothing`);
await show(`${url}/json`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
await show(`${url}/json`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
await show(`${url}/bytes`, { method: 'POST', body: bytes(400_000) });
await show(`${url}/small`, { method: 'POST', body: bytes(400) });
await raw(url, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
await raw(url, 'nonsense\r\n\r\n');
for (const path of ['/', '/stream', '/fails']) {
  const injected = await server.inject(path);
  log('injected', injected.statusCode, brief(injected.rawPayload));
}
await leave(url, '/endless');
await left.promise;
const slow = show(`${url}/slow`);
await entered.promise;
await server.stop({ timeout: 2000 });
await slow;
log('stopped');
