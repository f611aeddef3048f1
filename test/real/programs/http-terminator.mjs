/** http-terminator: a server that stops while requests are under way, which end in time or not. */
import http from 'node:http';
import net from 'node:net';
import { createHttpTerminator } from 'http-terminator';
import { collect, deferred, listen, log } from '../kit.mjs';

for (const [name, gracefulTerminationTimeout] of Object.entries({ patient: 20_000, impatient: 50 })) {
  const paths = ['/idle', '/head', '/begun'];
  const [entered, ended] = [0, 0].map(() => Object.fromEntries(paths.map((path) => [path, deferred()])));
  const server = http.createServer({ keepAliveTimeout: 200 }, async (req, res) => {
    if (req.url === '/begun') res.write('begun');
    entered[req.url].resolve();
    await ended[req.url].promise;
    res.end('done');
  });
  const url = await listen(server);
  const terminator = createHttpTerminator({ server, gracefulTerminationTimeout });

  /** Resolves with all that is received until the server closes the connection. */
  async function ask(path) {
    const socket = net.connect(new URL(url).port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (path === '/idle') socket.once('data', () => idle.resolve());
    const text = (await collect(socket).catch(({ code }) => code)).toString('latin1');
    return `${name} ${path} ${text.replace(/Date: [^\r]*\r\n/, '')}`;
  }
  const idle = deferred();
  const responses = paths.map(ask);
  ended['/idle'].resolve();
  await Promise.all([idle.promise, ...paths.map((path) => entered[path].promise)]);
  const terminated = terminator.terminate();
  setImmediate(() => ended['/head'].resolve());
  log(await responses[0]);
  log(await responses[1]);
  if (name === 'patient') ended['/begun'].resolve();
  await terminated;
  log(name, 'terminated', server.listening);
  log(await responses[2]);
}
