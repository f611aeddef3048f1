/** The programs of docs/frameworks.md. They run in a folder of their own, as a user's would. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examplesOf } from '../docs/examples.js';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const requirePackage = createRequire(import.meta.url);
const PATIENCE = 60_000;

const programs = new Map(examplesOf('docs/frameworks.md').map(({ title, program }) => [title, program]));

/** Has the packages of test/real; the folder in it has statewire. */
const parent = mkdtempSync(join(tmpdir(), 'statewire-frameworks-'));
const folder = join(parent, 'site');
let target: Server;
const running = new Set<ChildProcess>();

/** What some of the programs import, or find in their folder. */
const FILES = {
  'package.json': '{ "type": "module" }',
  'app.module.js': `
    import { Controller, Get, Module } from '@nestjs/common';
    class Site {
      hello() {
        return { hello: 'world' };
      }
    }
    Get('/')(Site.prototype, 'hello', Object.getOwnPropertyDescriptor(Site.prototype, 'hello'));
    Controller()(Site);
    export class AppModule {}
    Module({ controllers: [Site] })(AppModule);`,
  'pages/api/hello.js': "export default function hello(_req, res) { res.json({ hello: 'world' }); }",
};

beforeAll(async () => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(pathOf('../..'), join(folder, 'node_modules/statewire'), 'junction');
  symlinkSync(pathOf('./node_modules'), join(parent, 'node_modules'), 'junction');
  target = createServer((_req, res) => res.end('{"hello":"world"}')).listen(0, '127.0.0.1');
  await once(target, 'listening');
});

afterAll(() => {
  for (const child of running) child.kill();
  target.close();
  rmSync(parent, { recursive: true, force: true });
});

/** Starts a program on a free port. */
function start(name: string): ChildProcess {
  const path = join(folder, `${name}.js`);
  const { port } = target.address() as AddressInfo;
  writeFileSync(path, programs.get(name)!.replace('8080', '0').replace('9000', `${port}`));
  const env = { ...process.env, NODE_ENV: 'development', NODE_OPTIONS: '', NEXT_TELEMETRY_DISABLED: '1' };
  const child = fork(path, {
    cwd: folder,
    execArgv: ['--import', pathOf('./report.mjs')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env,
  });
  running.add(child);
  return child;
}

/** The URL of its server, which must be one of statewire. */
async function urlOf(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [reported] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(errors))),
  ]);
  const { port, isOurs } = reported as { port: number; isOurs: boolean };
  expect(isOurs).toBe(true);
  return `http://127.0.0.1:${port}`;
}

const json = (path: string) => async (child: ChildProcess) =>
  expect(await (await fetch((await urlOf(child)) + path)).json()).toEqual({ hello: 'world' });

/** What each program must do. */
const checks: Readonly<Record<string, (child: ChildProcess) => Promise<unknown>>> = {
  Express: json('/'),
  fastify: json('/'),
  Koa: json('/'),
  hapi: json('/'),
  Hono: json('/'),
  Nest: json('/'),
  Next: json('/api/hello'),
  'http-proxy': json('/'),
  'socket.io': async (child) => {
    const { io } = requirePackage('socket.io-client') as { io(url: string): NodeJS.EventEmitter & { close(): void } };
    const socket = io(await urlOf(child));
    expect(await once(socket, 'hello')).toEqual(['world']);
    socket.close();
  },
  ws: async (child) => {
    const { WebSocket } = requirePackage('ws') as {
      WebSocket: new (url: string) => NodeJS.EventEmitter & { close(): void };
    };
    const socket = new WebSocket((await urlOf(child)).replace('http', 'ws'));
    expect(String((await once(socket, 'message'))[0])).toBe('hello world');
    socket.close();
  },
  supertest: async (child) => {
    await urlOf(child);
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
};

it('has programs that are strict TypeScript', async () => {
  // A folder of its own: where Next finds TypeScript, it installs packages.
  const typed = join(parent, 'typed');
  mkdirSync(join(typed, 'node_modules'), { recursive: true });
  symlinkSync(pathOf('../..'), join(typed, 'node_modules/statewire'), 'junction');
  writeFileSync(join(typed, 'app.module.d.ts'), 'export declare class AppModule {}');
  for (const [name, program] of programs) writeFileSync(join(typed, `${name}.mts`), program);
  const compilerOptions = {
    // As in the projects of most frameworks; the declarations of Next demand it.
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: true, // of the frameworks' declarations
    types: ['node'],
    typeRoots: [pathOf('./node_modules/@types')],
  };
  const files = [...programs.keys()].map((name) => `${name}.mts`);
  writeFileSync(join(typed, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = pathOf('../../node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: typed }).catch((error) => error);
  expect(stdout).toBe('');
});

it('has a check for each program of the page', () => {
  expect([...programs.keys()].sort()).toEqual(Object.keys(checks).sort());
});

it.each(Object.keys(checks))('%s', { timeout: PATIENCE }, async (name) => {
  const child = start(name);
  await checks[name]!(child);
  child.kill();
});
