/** compression, express-session and pino-http in one application. */
import http from 'node:http';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import compression from 'compression';
import express from 'express';
import session from 'express-session';
import pino from 'pino';
import { pinoHttp } from 'pino-http';
import { brief, bytes, close, collect, deferred, listen, log, raw, rest, show } from '../kit.mjs';

const lines = [];
const sink = new Writable({
  write(line, _encoding, done) {
    const { level, msg, req, res, err } = JSON.parse(line);
    lines.push(
      [level, msg, req.id, req.method, req.url, res?.statusCode, Object.keys(res?.headers ?? {}), err?.message].join(
        ' ',
      ),
    );
    done();
  },
});
const aborted = deferred();
const app = express();
app.use(pinoHttp({ logger: pino(sink), genReqId: () => 7, customProps: (_req, res) => ({ sent: res.headersSent }) }));
app.use((_req, res, next) => {
  res.on('close', () => res.writableFinished || aborted.resolve());
  next();
});
app.use(compression({ threshold: 100 }));
app.use(
  session({ secret: 'a', resave: false, saveUninitialized: false, genid: () => 'an-id', cookie: { maxAge: null } }),
);
app.get('/count', (req, res) => {
  req.session.count = (req.session.count ?? 0) + 1;
  res.send(`count ${req.session.count}`);
});
app.get('/out', (req, res) => req.session.destroy(() => res.redirect('/count')));
app.get('/long', (_req, res) => res.type('text').send('some text '.repeat(1000)));
app.get('/bytes', (_req, res) => res.type('png').send(bytes(2000)));
app.get('/flushed', async (_req, res) => {
  res.type('text');
  for (const part of ['first ', 'second ', 'third']) {
    res.write(part);
    res.flush();
    await setTimeout(5);
  }
  res.end();
});
app.get('/fails', (req, _res) => {
  req.log.info('about to fail');
  throw new Error('no');
});
app.get('/never', (_req, res) => res.write('x'.repeat(200)));
app.set('env', 'test');

const server = http.createServer(app);
const url = await listen(server);
const first = await show(`${url}/count`);
const cookie = first.headers.get('set-cookie').split(';')[0];
await show(`${url}/count`, { headers: { cookie } });
await show(`${url}/count`, { headers: { cookie: `${cookie}x` } });
await show(`${url}/out`, { headers: { cookie } });
await show(`${url}/long`);
await show(`${url}/long`, { headers: { 'accept-encoding': 'identity' } });
await show(`${url}/long`, { method: 'HEAD' });
await show(`${url}/bytes`);
await show(`${url}/fails`);
const flushed = await fetch(`${url}/flushed`, { headers: { 'accept-encoding': 'gzip' } });
log('flushed', flushed.headers.get('content-encoding'), brief(await collect(flushed.body)));
await raw(url, 'GET /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
const controller = new AbortController();
await fetch(`${url}/never`, { signal: controller.signal, headers: { 'accept-encoding': 'identity' } });
controller.abort();
await aborted.promise;
await rest();
for (const line of lines) log('logged', line);
server.closeAllConnections();
await close(server);
