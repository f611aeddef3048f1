/** Express: routes, routers, mounted applications, uploads, downloads, ranges, errors, a client that leaves. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brief, bytes, close, collect, deferred, leave, listen, log, raw, show } from '../kit.mjs';

export async function run(express, http) {
  const app = express();
  const left = deferred();
  const file = join(tmpdir(), `statewire-real-${process.pid}.txt`);
  writeFileSync(file, bytes(5000));

  app.use((req, res, next) => {
    res.on('finish', () => log('finish', req.originalUrl, res.statusCode, res.headersSent, res.writableFinished));
    next();
  });
  app.get('/', (req, res) => res.json({ hello: 'world', ip: req.ip, fresh: req.fresh, protocol: req.protocol }));
  app.get('/text', (_req, res) => res.status(201).set('X-Field', ['a', 'b']).send('text'));
  app.get('/cookie', (_req, res) => res.cookie('a', 'b', { httpOnly: true }).cookie('c', 'd').redirect('/text'));
  app.get('/file', (_req, res) => res.sendFile(file, { etag: false, lastModified: false }));
  app.get('/download', (_req, res) => Readable.from([bytes(70_000), bytes(400_000)]).pipe(res));
  app.get('/endless', (_req, res) => {
    res.on('close', () => left.resolve(log('left', res.writableFinished, res.destroyed)));
    Readable.from(
      (async function* () {
        for (;;) {
          yield bytes(10_000);
          await new Promise(setImmediate);
        }
      })(),
    ).pipe(res);
  });
  app.post('/json', express.json(), (req, res) => res.json({ body: req.body }));
  app.post('/form', express.urlencoded({ extended: false }), (req, res) =>
    res.format({ json: () => res.json(req.body) }),
  );
  app.post('/echo', async (req, res) => {
    res.type(req.get('content-type') ?? 'bin');
    await pipeline(req, res);
  });
  app.post('/sum', async (req, res) => res.send(brief(await collect(req))));
  app.get('/head', (_req, res) => res.send('body'));
  app.get('/early', (_req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload' });
    res.flushHeaders();
    res.end('late');
  });

  const router = express.Router();
  router.get('/:id', (req, res) => res.json([req.params, req.baseUrl, req.query]));
  router.param('id', (_req, res, next, id) => {
    res.set('X-Id', id);
    next();
  });
  app.use('/router', router);

  const inner = express();
  inner.set('title', 'inner');
  inner.get('/', (req, res) => res.send(`${req.app.get('title')} ${req.baseUrl} ${inner.path()}`));
  inner.get('/fails', () => {
    throw Object.assign(new Error('no'), { status: 418 });
  });
  app.use('/inner', inner);
  app.get('/inner/passed', (req, res) => res.send(`outer ${req.app === app} ${res.app === app}`));
  app.use((error, req, res, _next) => {
    res.status(error.status ?? 500).send(`${error.message} ${req.app === app}`);
  });

  const server = http.createServer(app);
  const url = await listen(server);
  await show(`${url}/`);
  await show(`${url}/text`);
  await show(`${url}/text`, { method: 'HEAD' });
  await show(`${url}/cookie`);
  await show(`${url}/file`);
  await show(`${url}/file`, { headers: { range: 'bytes=10-29' } });
  await show(`${url}/download`);
  await show(`${url}/json`, { method: 'POST', body: '{"a":[1,2]}', headers: { 'content-type': 'application/json' } });
  await show(`${url}/json`, { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/json' } });
  await show(`${url}/form`, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
  await show(`${url}/echo`, { method: 'POST', body: bytes(300_000), headers: { 'content-type': 'image/png' } });
  await show(`${url}/sum`, { method: 'POST', body: Readable.from([bytes(1000), bytes(200_000)]), duplex: 'half' });
  await show(`${url}/router/7?a=1&b=2`);
  await show(`${url}/inner`);
  await show(`${url}/inner/fails`);
  await show(`${url}/inner/passed`);
  await show(`${url}/nothing`);
  await raw(url, 'GET /early HTTP/1.1\r\nHost: a\r\n\r\nHEAD /head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await leave(url, '/endless');
  await left.promise;
  await close(server);
}
