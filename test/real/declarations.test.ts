/** The declarations, in a project without xstate and with `skipLibCheck` off, for each compiler and each @types/node. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const COMPILERS = {
  'TypeScript 5.4': './node_modules/typescript54',
  'newest TypeScript': '../../node_modules/typescript',
};
const TYPES = ['node20', 'node22', 'node24'];
const RESOLUTIONS = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' };

/** What a program may do. The typed observations are in test/types/observation.test.ts, which the newest compiler reads. */
const USE = `
  const faces: (typeof import('node:http'))[] = [http, allHttp];
  const secure: (typeof import('node:https'))[] = [https, allHttps];
  const server = createServer({ keepAliveTimeout: 1 }, (req, res) => void res.end(req.url));
  const options: import('node:http').ServerOptions = { keepAlive: true };
  const tlsOptions: import('node:https').ServerOptions = { key: 'a', ...options };
  const made: allHttp.Server[] = [createServer(options, (req, res) => void res.end(String(req.upgrade)))];
  made.push(http.createServer(options), new http.Server(options, (req) => void req.upgrade), http.Server(options));
  const secured: allHttps.Server[] = [https.createServer(tlsOptions, (req, res) => void res.end(String(req.upgrade)))];
  secured.push(new https.Server(tlsOptions, (_req, res) => res.writeHead(204).end()), https.Server(tlsOptions));
  const agent: import('node:http').Agent = memoryAgent(server);
  faces[0]!.get({ agent }, (res) => res.resume()).on('upgrade', (_res, _socket, head) => head.byteLength);
  tap(({ chart, to, emitted }) => {
    if (chart === 'response') emitted.some(({ type }) => type === 'res.close' && to.line === 'closed');
    // @ts-expect-error: no machine has this name
    return chart === 'respones';
  });
  follows('request', ['req.socket']).explain();
  // @ts-expect-error: a request emits nothing of this name
  follows('request', ['req.sockets']);
  watch({ inspect: (event) => event.type === '@xstate.snapshot' && event.snapshot.status });
  register({ eventOrder: 'host' });
  void [secure, virtualClock];`;
const IMPORTS = `
  import * as allHttp from 'statewire';
  import { createServer, tap, watch } from 'statewire';
  import * as allHttps from 'statewire/https';
  import { register } from 'statewire/register';
  import { follows, memoryAgent, virtualClock } from 'statewire/testing';`;
const FILES = {
  'use.mts': `import http from 'statewire';\nimport https from 'statewire/https';${IMPORTS}${USE}`,
  'use.cts': `import http = require('statewire');\nimport https = require('statewire/https');${IMPORTS}${USE}`,
};

/** The first program that a newcomer copies. */
const FIRST = /```js\n(.+?)```/s.exec(readFileSync(pathOf('../../README.md'), 'utf8'))![1]!;

const folder = mkdtempSync(join(tmpdir(), 'statewire-declarations-'));
beforeAll(() => {
  const installed = join(folder, 'node_modules', 'statewire');
  for (const name of ['package.json', 'dist'])
    cpSync(pathOf(`../../${name}`), join(installed, name), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'first.mts'), FIRST);
  for (const name of TYPES) {
    mkdirSync(join(folder, name));
    symlinkSync(pathOf(`./node_modules/${name}`), join(folder, name, 'node'), 'junction');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles files of the folder. Returns the errors. */
async function compile(path: string, project: string, options: object, files: readonly string[]): Promise<string> {
  const common = { target: 'es2022', lib: ['es2022'], strict: true, exactOptionalPropertyTypes: true, noEmit: true };
  writeFileSync(join(folder, project), JSON.stringify({ compilerOptions: { ...common, ...options }, files }));
  const tsc = pathOf(`${path}/bin/tsc`);
  const { stdout } = await run(process.execPath, [tsc, '-p', project], { cwd: folder }).catch((error) => error);
  return stdout;
}

describe.each(Object.entries(COMPILERS))('the declarations, for %s', (compiler, path) => {
  const combinations = TYPES.flatMap((types) =>
    Object.keys(RESOLUTIONS).map((resolution) => [types, resolution] as const),
  );

  it.concurrent.each(combinations)('%s and %s', { timeout: 120_000 }, async (types, resolution) => {
    // A bundler has no CommonJS of TypeScript's kind.
    const files = Object.keys(FILES).filter((name) => resolution !== 'bundler' || name === 'use.mts');
    const options = {
      module: RESOLUTIONS[resolution as keyof typeof RESOLUTIONS],
      moduleResolution: resolution,
      types: ['node'],
      typeRoots: [`./${types}`],
    };
    const project = `${compiler.replaceAll(' ', '-')}-${types}-${resolution}.json`;
    expect(await compile(path, project, options, files)).toBe('');
  });

  it.concurrent("bring Node's along: the project need not name them", { timeout: 120_000 }, async () => {
    const options = { module: 'nodenext', types: [], typeRoots: ['./node24'] };
    expect(await compile(path, `${compiler.replaceAll(' ', '-')}-first.json`, options, ['first.mts'])).toBe('');
  });
});
