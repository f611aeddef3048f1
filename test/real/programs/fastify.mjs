/** Fastify: schemas, hooks, streams, uploads, inject(), a client that leaves, close() with a request in flight. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { brief, bytes, collect, deferred, leave, log, raw, show } from '../kit.mjs';

const app = fastify({ forceCloseConnections: 'idle' });
const left = deferred();

await app.register(multipart);
app.addHook('onResponse', async (request, reply) => log('response', request.url, reply.statusCode, reply.sent));
app.addHook('onSend', async (_request, reply, payload) => {
  reply.header('x-hook', 'yes');
  return payload;
});
app.addHook('onRequestAbort', async (request) => left.resolve(log('aborted', request.url)));
app.get('/', async () => ({ hello: 'world' }));
app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from([bytes(100_000), bytes(20)])));
app.get('/file', (_request, reply) =>
  reply.send(createReadStream(new URL('../package.json', import.meta.url), { end: 40 })),
);
app.get('/web', () => new Response('from fetch', { status: 203, headers: { a: 'b' } }));
app.get('/raw', (_request, reply) => {
  reply.hijack();
  reply.raw.writeHead(202, { 'X-Raw': 'yes' });
  reply.raw.end('raw');
});
app.get('/endless', (_request, reply) => {
  reply.raw.write('begun');
  reply.hijack();
});
app.get('/fails', async () => {
  throw Object.assign(new Error('no'), { statusCode: 409 });
});
app.post('/json', {
  schema: { body: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } } },
  handler: async (request) => request.body,
});
app.post('/upload', async (request) => {
  const part = await request.file();
  return { name: part.filename, got: brief(await part.toBuffer()), fields: Object.keys(part.fields) };
});
app.addContentTypeParser('application/x-bytes', (_request, payload, done) => done(null, payload));
app.post('/bytes', async (request) => brief(await collect(request.body)));
app.get('/slow', async () => {
  closing.resolve();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return 'slow';
});
const closing = deferred();

const url = await app.listen({ port: 0 });
await show(`${url}/`);
await show(`${url}/stream`);
await show(`${url}/file`);
await show(`${url}/web`);
await show(`${url}/raw`);
await show(`${url}/fails`);
await show(`${url}/nothing`);
const json = { 'content-type': 'application/json' };
await show(`${url}/json`, { method: 'POST', body: '{"a":1}', headers: json });
await show(`${url}/json`, { method: 'POST', body: '{"b":1}', headers: json });
await show(`${url}/json`, { method: 'POST', body: '{', headers: json });
await show(`${url}/bytes`, {
  method: 'POST',
  body: bytes(500_000),
  headers: { 'content-type': 'application/x-bytes' },
});
await show(`${url}/bytes`, {
  method: 'POST',
  body: bytes(2000),
  headers: { 'content-type': 'application/octet-stream' },
});
const form = new FormData();
form.set('field', 'value');
form.set('file', new Blob([bytes(200_000)]), 'name.bin');
await show(`${url}/upload`, { method: 'POST', body: form });
await raw(url, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
await raw(url, 'nonsense\r\n\r\n');
for (const path of ['/', '/raw', '/stream']) {
  const injected = await app.inject({ url: path });
  log('injected', injected.statusCode, injected.headers['x-hook'] ?? '', brief(injected.rawPayload));
}
await leave(url, '/endless');
await left.promise;
const slow = raw(url, 'GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
await closing.promise;
await app.close();
await slow;
log('closed');
