/** Hono with @hono/node-server: JSON, streams, uploads, a client that leaves. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { stream, streamText } from 'hono/streaming';
import { brief, bytes, close, deferred, leave, listen, log, raw, show } from '../kit.mjs';

const app = new Hono();
const left = deferred();
app.use(async (c, next) => {
  await next();
  c.res.headers.set('x-after', String(c.res.status));
});
app.get('/', (c) => c.json({ hello: 'world', url: new URL(c.req.url).pathname }));
app.get('/text', (c) => c.text('text', 201, { a: 'b' }));
app.get('/html', (c) => c.html('<p>'));
app.get('/redirect', (c) => c.redirect('/text'));
app.get('/cookies', (c) => {
  c.header('set-cookie', 'a=b', { append: true });
  c.header('set-cookie', 'c=d', { append: true });
  return c.body(null, 204);
});
app.get('/stream', (c) =>
  stream(c, async (out) => {
    for (let part = 0; part < 20; part++) await out.write(bytes(10_000));
  }),
);
app.get('/endless', (c) =>
  streamText(c, async (out) => {
    out.onAbort(() => left.resolve(log('left')));
    while (!out.aborted) {
      await out.writeln('line');
      await out.sleep(1);
    }
  }),
);
app.get('/fails', () => {
  throw new Error('no');
});
app.onError((error, c) => c.text(error.message, 500));
app.post('/sum', async (c) => c.text(brief(new Uint8Array(await c.req.arrayBuffer()))));
app.post('/json', async (c) => c.json(await c.req.json()));
app.post('/echo', (c) => c.body(c.req.raw.body));
app.post('/form', async (c) => {
  const { file, field } = await c.req.parseBody();
  return c.json([field, file.name, file.size]);
});
app.post('/unread', (c) => c.text('unread'));

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
await new Promise((resolve) => server.once('listening', resolve));
const url = await listen(server);
for (const path of ['', 'text', 'html', 'redirect', 'cookies', 'stream', 'fails', 'nothing'])
  await show(`${url}/${path}`);
await show(`${url}/text`, { method: 'HEAD' });
await show(`${url}/sum`, { method: 'POST', body: bytes(300_000) });
await show(`${url}/json`, { method: 'POST', body: '{"a":[1]}' });
await show(`${url}/echo`, { method: 'POST', body: bytes(200_000) });
await show(`${url}/unread`, { method: 'POST', body: bytes(2000) });
const form = new FormData();
form.set('field', 'value');
form.set('file', new Blob([bytes(70_000)]), 'name.bin');
await show(`${url}/form`, { method: 'POST', body: form });
await raw(url, 'GET /text HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
await leave(url, '/endless');
await left.promise;
await close(server);
