/** A server for clients: what they can ask for, well-formed and not. */
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { brief, bytes, collect } from './kit.mjs';

export function site() {
  let connections = 0;
  const server = http.createServer(async (req, res) => {
    const { pathname, search } = new URL(req.url, 'http://a');
    const [, name, value] = pathname.split('/');
    const { host, date, connection, ...fields } = req.headers;
    switch (name) {
      case 'json':
        res.setHeader('Content-Type', 'application/json');
        res.setHeader('X-Fields', Object.keys(fields).join());
        res.end(JSON.stringify({ method: req.method, search, connection: connections, agent: fields['user-agent'] }));
        break;
      case 'echo':
        res.writeHead(200, { 'Content-Type': fields['content-type'] ?? 'text/plain' });
        req.pipe(res);
        break;
      case 'sum':
        res.setHeader('Content-Type', 'text/plain');
        res.end(
          `${req.method} ${brief(await collect(req))} ${fields['transfer-encoding'] ?? fields['content-length'] ?? ''}`,
        );
        break;
      case 'form':
        res.end(`${fields['content-type']?.split(';')[0]} ${(await collect(req)).length}`);
        break;
      case 'big':
        for (let part = 0; part < 20; part++) res.write(bytes(50_000));
        res.end();
        break;
      case 'gzip':
        res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' });
        res.end(gzipSync('some text'.repeat(1000)));
        break;
      case 'redirect':
        req.resume();
        if (value === '0') res.end(`arrived by ${req.method}`);
        else res.writeHead(302, { Location: `/redirect/${value - 1}` }).end();
        break;
      case 'status':
        res.writeHead(Number(value), { 'Content-Type': 'text/plain' }).end('a status');
        break;
      case 'cookie':
        res.setHeader('Set-Cookie', ['a=b', 'c=d; Path=/']);
        res.end(`cookie: ${fields.cookie ?? 'none'}`);
        break;
      case 'auth':
        if (fields.authorization) res.end(Buffer.from(fields.authorization.split(' ')[1], 'base64'));
        else res.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end();
        break;
      case 'slow':
        setTimeout(() => res.end('slow'), Number(value));
        break;
      case 'never':
        break;
      case 'cut':
        req.socket.destroy();
        break;
      case 'half':
        res.writeHead(200, { 'Content-Length': 100 }).write('half', () => setImmediate(() => req.socket.destroy()));
        break;
      case 'endless':
        res.write('begun');
        break;
      case 'once':
        res.writeHead(200, { Connection: 'close' }).end(`connection ${connections}`);
        break;
      case 'trailers':
        res.writeHead(200, { Trailer: 'Sum' }).write('body');
        res.addTrailers({ Sum: '4' });
        res.end();
        break;
      default:
        res.writeHead(404).end('nothing');
    }
  });
  server.on('connection', () => {
    connections++;
  });
  return server;
}
