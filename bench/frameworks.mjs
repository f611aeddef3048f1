/** The same response from frameworks: they take `node:http`, which is statewire's under `statewire/register`. */
import { createRequire } from 'node:module';

/** They are installed by `npm ci --prefix test/real`. */
const load = createRequire(new URL('../test/real/package.json', import.meta.url));

/** Each makes a server that doesn't listen yet. */
export const frameworks = {
  async express() {
    const app = load('express')();
    app.get('/', (_req, res) => res.type('text/plain').send('hello, world'));
    return load('node:http').createServer(app);
  },
  async fastify() {
    const app = load('fastify')();
    app.get('/', async (_request, reply) => reply.type('text/plain').send('hello, world'));
    await app.ready();
    return app.server;
  },
};
