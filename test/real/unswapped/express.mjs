/** Express 4 and 5 on `import http from 'statewire'`, and an application that serves both at once. */
import host from 'node:http';
import express from 'express';
import express4 from 'express4';
import { close, listen, log, show } from '../kit.mjs';
import { run } from '../programs/express.mjs';

const { default: http } = await import(process.env.HTTP ?? 'node:http');

for (const made of [express4, express]) {
  await run(made, http);
  await run(made, { createServer: (app) => http.createServer((req, res) => app(req, res)) });
  await run(made, { createServer: (app) => http.createServer().on('request', app) });

  const [shared, other] = [made(), made()];
  shared.get('/', (req, res) => res.set('A', 'b').json([req.url, res.get('a')]));
  other.get('/', (_req, res) => res.send('other'));
  const servers = [http.createServer(shared), host.createServer(shared), host.createServer(other)];
  for (const server of [...servers, ...servers]) await show(await listen(server));
  for (const server of servers) await close(server);
  log('the module is as it was', Object.getPrototypeOf(made.response) === host.ServerResponse.prototype);
}
