/** multer: files in memory and on disk, limits, an upload that is cut. */
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import express from 'express';
import multer from 'multer';
import { brief, bytes, close, deferred, listen, log, show } from '../kit.mjs';

const app = express();
const cut = deferred();
const memory = multer({ limits: { fileSize: 1_000_000 } });
const disk = multer({ dest: tmpdir() });
app.post('/memory', memory.array('file', 2), (req, res) => {
  res.json([req.body, req.files.map(({ originalname, mimetype, buffer }) => [originalname, mimetype, brief(buffer)])]);
});
app.post('/disk', disk.single('file'), (req, res) => res.json([req.file.originalname, req.file.size]));
app.post('/none', memory.none(), (req, res) => res.json(req.body));
app.use((error, _req, res, _next) => {
  log('error', error.name, error.code ?? error.message);
  if (error.message === 'Request aborted') cut.resolve();
  res.status(400).json(error.message);
});
const server = http.createServer(app);
const url = await listen(server);
const form = (...files) => {
  const made = new FormData();
  made.set('field', 'value');
  for (const [name, size] of files) made.append('file', new Blob([bytes(size)], { type: 'image/png' }), name);
  return { method: 'POST', body: made };
};
await show(`${url}/memory`, form(['a.png', 300_000], ['b.png', 10]));
await show(`${url}/memory`, form(['a.png', 2_000_000]));
await show(`${url}/memory`, form(['a', 1], ['b', 1], ['c', 1]));
await show(`${url}/disk`, form(['a.png', 500_000]));
await show(`${url}/none`, form());
await show(`${url}/none`, form(['a', 1]));
const socket = net.connect(new URL(url).port, '127.0.0.1');
const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf';
socket.write(
  `POST /memory HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n${part}`,
);
setTimeout(() => socket.destroy(), 20);
await cut.promise;
server.closeAllConnections();
await close(server);
