/**
 * What is measured: `node` (node:http), `statewire` (the build in dist), `net` (raw sockets that read nothing), or the absolute
 * path of the dist folder of another build of statewire. A build may have variables of the environment: `statewire?STATEWIRE_HISTORY=0`.
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** @returns {string | undefined} the folder of the build, if `impl` is a build of statewire */
function buildOf(impl) {
  const [name] = impl.split('?');
  if (name === 'statewire') return dist;
  return isAbsolute(name) ? name : undefined;
}

/** @returns {typeof import('node:http')} */
export const httpOf = (impl) => loaded(impl, 'node:http', 'index.cjs');

/** @returns {typeof import('node:https')} */
export const httpsOf = (impl) => loaded(impl, 'node:https', 'https.cjs');

function loaded(impl, ofNode, ofBuild) {
  if (impl === 'node') return require(ofNode);
  const build = buildOf(impl);
  if (build === undefined) throw new Error(`no such implementation: ${impl}`);
  Object.assign(process.env, Object.fromEntries(new URLSearchParams(impl.split('?')[1])));
  return require(join(build, ofBuild));
}

/** @returns {string[]} the flags with which a program for node:http runs on `impl` */
export function registerFlags(impl) {
  const build = buildOf(impl);
  return build === undefined ? [] : ['--import', pathToFileURL(join(build, 'register.mjs')).href];
}

/** The ceiling: what sockets alone allow. It responds to each chunk without parsing it. */
export function createNetServer() {
  const response = Buffer.from(
    [
      'HTTP/1.1 200 OK',
      'Content-Type: text/plain',
      'Date: Thu, 01 Jan 1970 00:00:00 GMT',
      'Connection: keep-alive',
      'Keep-Alive: timeout=5',
      'Content-Length: 12',
      '',
      'hello, world',
    ].join('\r\n'),
  );
  return net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(response));
    socket.on('error', () => socket.destroy());
  });
}
