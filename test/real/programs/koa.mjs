/** Koa: middleware, streams, uploads, errors, a client that leaves. */
import http from 'node:http';
import { Readable } from 'node:stream';
import Koa from 'koa';
import { brief, bytes, close, collect, deferred, leave, listen, log, raw, show } from '../kit.mjs';

const app = new Koa();
app.silent = true;
const left = deferred();
app.on('error', (error, ctx) => log('error', error.code ?? error.message, ctx?.path));
app.use(async (ctx, next) => {
  ctx.set('X-First', 'yes');
  await next();
  ctx.append('X-After', `${ctx.status} ${ctx.length ?? 'unknown'}`);
});
app.use(async (ctx) => {
  if (ctx.path === '/json') ctx.body = { a: [1, 2], secure: ctx.secure, ip: ctx.ip, type: ctx.is('json') };
  else if (ctx.path === '/text') ctx.body = 'text';
  else if (ctx.path === '/bytes') ctx.body = bytes(3000);
  else if (ctx.path === '/stream') ctx.body = Readable.from([bytes(200_000), bytes(10)]);
  else if (ctx.path === '/empty') ctx.status = 204;
  else if (ctx.path === '/null') ctx.body = null;
  else if (ctx.path === '/redirect') ctx.redirect('/text');
  else if (ctx.path === '/cookie') ctx.cookies.set('a', 'b');
  else if (ctx.path === '/throw') ctx.throw(403, 'no', { headers: { 'X-Error': 'yes' } });
  else if (ctx.path === '/fails') throw new Error('fails');
  else if (ctx.path === '/broken')
    ctx.body = Readable.from(
      (async function* () {
        yield 'begun';
        throw new Error('broken');
      })(),
    );
  else if (ctx.path === '/echo') ctx.body = ctx.req;
  else if (ctx.path === '/sum') ctx.body = brief(await collect(ctx.req));
  else if (ctx.path === '/web') ctx.body = new Blob(['a blob']);
  else if (ctx.path === '/respond') {
    ctx.respond = false;
    ctx.res.end('by hand');
  } else if (ctx.path === '/endless') {
    const body = Readable.from(
      (async function* () {
        for (;;) {
          yield bytes(1000);
          await new Promise(setImmediate);
        }
      })(),
    );
    body.on('close', () => left.resolve(log('left', ctx.res.writableFinished, ctx.writable)));
    ctx.body = body;
  }
});

const server = http.createServer(app.callback());
const url = await listen(server);
for (const path of [
  'json',
  'text',
  'bytes',
  'stream',
  'empty',
  'null',
  'redirect',
  'cookie',
  'throw',
  'fails',
  'web',
  'respond',
  'no',
]) {
  await show(`${url}/${path}`);
}
await show(`${url}/stream`, { method: 'HEAD' });
await show(`${url}/broken`).catch((error) => log('broken', error.message));
await show(`${url}/echo`, { method: 'POST', body: bytes(150_000) });
await show(`${url}/sum`, { method: 'PUT', body: Readable.from([bytes(70_000), bytes(1)]), duplex: 'half' });
await raw(url, 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /text HTTP/1.0\r\n\r\n');
await leave(url, '/endless');
await left.promise;
await close(server);
