/** http-terminator: a server that stops while requests are under way. */
import http from 'node:http';
import net from 'node:net';
import { createHttpTerminator } from 'http-terminator';
import { collect, deferred, listen, log } from '../kit.mjs';

for (const gracefulTerminationTimeout of [2000, 60]) {
  const entered = [deferred(), deferred()];
  const server = http.createServer((req, res) => {
    if (req.url === '/idle') return res.end('idle');
    entered[req.url === '/a' ? 0 : 1].resolve();
    if (req.url === '/b') res.write('begun');
    setTimeout(() => res.end('done'), req.url === '/a' ? 30 : 200);
  });
  server.on('close', () => log('close'));
  const url = await listen(server);
  const terminator = createHttpTerminator({ server, gracefulTerminationTimeout });
  const ask = async (path) => {
    const socket = net.connect(new URL(url).port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = (await collect(socket).catch(({ code }) => code)).toString('latin1');
    log(path, text.replace(/Date: [^\r]*\r\n/, ''));
  };
  const responses = ['/idle', '/a', '/b'].map(ask);
  const silent = collect(net.connect(new URL(url).port, '127.0.0.1')).then((text) => log('silent', text.length));
  await Promise.all(entered.map(({ promise }) => promise));
  await new Promise((resolve) => setTimeout(resolve, 10));
  await terminator.terminate();
  log('terminated', server.listening);
  await Promise.all([...responses, silent]);
}
