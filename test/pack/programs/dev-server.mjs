import { createServer } from 'vite';
import required from './required.cjs';

const server = await createServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, ws: false },
});
const { facts } = await server.ssrLoadModule('/facts.mjs');
console.log(await facts(required));
await server.close();
