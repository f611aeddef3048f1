/** explain.serve(), and the command that asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { addressOf, folderOfSockets } from '../../src/explain/address.js';
import http, { explain, type Serving } from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { settled } from '../../src/testing/transit.js';
import { virtualClock } from '../../src/testing/virtualClock.js';

const isWindows = process.platform === 'win32';
const temporary = process.env['TMPDIR'];
const place = mkdtempSync(join(tmpdir(), 'sw-'));
const program = join(place, 'program.mjs');

beforeAll(() => {
  buildSync({
    entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
    outfile: join(place, 'statewire.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  // A program that hangs: its own request is never responded to.
  writeFileSync(
    program,
    `import http from './statewire.mjs';
    const server = http.createServer(() => setTimeout(() => console.log('asked')));
    server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port, path: '/hangs' }).on('error', () => {}));`,
  );
});

let folders = 0;
const children = new Set<ChildProcess>();
const servings = new Set<Serving>();

// The sockets are in the folder for temporary files: each test has its own.
beforeEach(() => {
  process.env['TMPDIR'] = join(place, String(++folders));
  mkdirSync(process.env['TMPDIR']);
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  children.clear();
  for (const serving of servings) serving.close();
  servings.clear();
});
afterAll(() => {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
  rmSync(place, { recursive: true, force: true });
});

/** A process whose request hangs. */
async function hanging(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  await once(child.stdout!, 'data');
  return child;
}

async function serving(): Promise<Serving> {
  const served = await explain.serve();
  servings.add(served);
  return served;
}

/** @param onPrint called for all that is printed */
async function statewire(args: string[], onPrint: (text: string) => void = () => {}, isTerminal = false) {
  let printed = '';
  let errors = '';
  const code = await run(['explain', ...args], {
    print: (text: string) => {
      printed += text;
      onPrint(text);
    },
    printError: (text: string) => {
      errors += text;
    },
    isTerminal,
    home: '.',
    here: '.',
  });
  return { code, printed, errors };
}

/** A server of this process that has not responded. */
async function waiting(): Promise<string> {
  const server = http.createServer(() => {});
  const [peer, socket] = socketPair();
  server.emit('connection', socket);
  peer.on('error', () => {}).write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  await settled();
  return explain(socket)[0]!.id;
}

const pid = String(process.pid);

describe('explain.serve()', () => {
  it('lets the command ask', async () => {
    const id = await waiting();
    const { path } = await serving();
    expect((await serving()).path).toBe(path);
    const all = await statewire([pid]);
    expect(all).toMatchObject({ code: 0, errors: '' });
    expect(all.printed).toMatch(new RegExp(`^${id.replace('.', '\\.')} +GET /a {3}waits for you to respond, `, 'm'));
    expect((await statewire([pid, '--longer-than', '9h'])).printed).toMatch(/^Nothing has waited so long/);
    const json = JSON.parse((await statewire([pid, '--json'])).printed);
    expect(json).toContainEqual(expect.objectContaining({ id, what: 'GET /a', role: 'server' }));
  });

  it.skipIf(isWindows)('listens in a folder that only its user can open, whatever it was', async () => {
    mkdirSync(folderOfSockets()!);
    chmodSync(folderOfSockets()!, 0o777);
    const { path } = await serving();
    expect(dirname(path)).toBe(folderOfSockets());
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it.skipIf(isWindows).each([
    ['a file', (folder: string) => writeFileSync(folder, '')],
    ['a link to a folder', (folder: string) => symlinkSync(tmpdir(), folder)],
  ])('refuses a folder that is %s', async (_name, make) => {
    make(folderOfSockets()!);
    await expect(explain.serve()).rejects.toMatchObject({ code: 'STATEWIRE_UNSAFE_FOLDER' });
  });

  it('ends when it is closed, for those who watch, too', async () => {
    const { path, close } = await serving();
    const watched = statewire([pid, '--watch'], close);
    expect(await watched).toMatchObject({
      code: 1,
      errors: `statewire: process ${pid} has ended, or can't be asked any more\n`,
    });
    if (!isWindows) expect(existsSync(path)).toBe(false);
    expect(await statewire([pid])).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/can't be asked\. Start it with STATEWIRE_INSPECT=1, or call explain\.serve\(\)/),
    });
  });

  it.skipIf(isWindows)('removes the sockets of processes that were killed, and no others', async () => {
    const [killed, alive] = [await hanging({ STATEWIRE_INSPECT: '1' }), await hanging({ STATEWIRE_INSPECT: '1' })];
    const [left, kept] = [killed, alive].map((child) => addressOf(child.pid!)) as [string, string];
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const other = join(folderOfSockets()!, 'notes.txt');
    writeFileSync(other, '');
    expect([left, kept, other].map((path) => existsSync(path))).toEqual([true, true, true]);
    await serving();
    expect([left, kept, other].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect((await statewire([String(alive.pid)])).printed).toMatch(/GET \/hangs/);
  });

  it('lets the command ask the workers of a process, too', async () => {
    await serving();
    const worker = new Worker(program, { env: { ...process.env, STATEWIRE_INSPECT: '1' }, stdout: true });
    try {
      await once(worker.stdout, 'data');
      const { printed } = await statewire([pid]);
      expect(printed).toMatch(new RegExp(`^worker ${worker.threadId}$[^]*GET /hangs`, 'm'));
      const lines = JSON.parse((await statewire([pid, '--json'])).printed) as { thread?: number }[];
      expect(lines.filter(({ thread }) => thread === worker.threadId)).toHaveLength(2);
    } finally {
      await worker.terminate();
    }
    // Its address may be left, and is no error.
    expect((await statewire([pid])).printed).not.toMatch(/^worker/m);
  });

  it.skipIf(isWindows)('leaves the socket of another process of its number alone', async () => {
    mkdirSync(folderOfSockets()!, { mode: 0o700 });
    const other = createServer().listen(addressOf(process.pid));
    await once(other, 'listening');
    await expect(explain.serve()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(addressOf(process.pid))).toBe(true);
    other.close();
  });

  it('has a named pipe on Windows', () => {
    expect(addressOf(4711, 0, 'win32')).toBe('\\\\.\\pipe\\statewire-4711');
    expect(folderOfSockets('win32')).toBeUndefined();
    for (const platform of ['linux', 'darwin'] as const) {
      expect(addressOf(4711, 0, platform)).toBe(join(folderOfSockets(platform)!, '4711.sock'));
    }
  });
});

describe('statewire explain', () => {
  it('asks a process that was started with STATEWIRE_INSPECT=1', async () => {
    const child = await hanging({ STATEWIRE_INSPECT: '1' });
    const { code, printed, errors } = await statewire([String(child.pid)]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(printed.trimEnd().split('\n')).toHaveLength(2);
    expect(printed).toMatch(/^s\d+\.1 +GET \/hangs {3}waits for you to respond, .*nothing ends this/m);
    expect(printed).toMatch(/^c\d+\.1 +GET http:\/\/localhost:\d+\/hangs {3}waits for the peer to respond, /m);
  });

  it.each(['', '0'])('says that a process with STATEWIRE_INSPECT=%j can not be asked', async (STATEWIRE_INSPECT) => {
    const child = await hanging({ STATEWIRE_INSPECT });
    expect(await statewire([String(child.pid)])).toEqual({
      code: 1,
      printed: '',
      errors: `statewire: process ${child.pid} can't be asked. Start it with STATEWIRE_INSPECT=1, or call explain.serve() in it. If it imports node:http, it also needs --import statewire/register\n`,
    });
    if (!isWindows) expect(existsSync(folderOfSockets()!)).toBe(false);
  });

  it('says when there is no such process', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(await statewire([String(child.pid)])).toEqual({
      code: 1,
      printed: '',
      errors: `statewire: there is no process ${child.pid}\n`,
    });
  });

  it('--watch says when the process has ended', async () => {
    const child = await hanging({ STATEWIRE_INSPECT: '1' });
    const { code, printed, errors } = await statewire([String(child.pid), '--watch'], () => child.kill('SIGKILL'));
    expect({ code, errors }).toEqual({
      code: 1,
      errors: `statewire: process ${child.pid} has ended, or can't be asked any more\n`,
    });
    expect(printed).toMatch(/GET \/hangs/);
  });

  it.each([
    [true, '\x1b[H\x1b[2J'],
    [false, ''],
  ])('--watch prints anew every second (a terminal: %s)', async (isTerminal, clear) => {
    const clock = virtualClock();
    try {
      const id = await waiting();
      const { close } = await serving();
      const frames: string[] = [];
      const onPrint = (text: string) => {
        frames.push(text);
        if (frames.length === 3) close();
        else clock.advance(1000);
      };
      await statewire([pid, '--watch'], onPrint, isTerminal);
      expect(frames).toHaveLength(3);
      const line = new RegExp(`^${id.replace('.', '\\.')} +GET /a {3}waits for you to respond, (.+?);`, 'm');
      expect(frames.map((frame) => line.exec(frame.slice(clear.length))?.[1])).toEqual(['0 ms', '1.0 s', '2.0 s']);
      for (const frame of frames) expect(frame.startsWith('\x1b')).toBe(clear !== '');
      for (const frame of frames) expect(frame.slice(0, clear.length)).toBe(clear);
    } finally {
      clock.uninstall();
    }
  });

  it.each([
    [[], /explain takes one pid\nFor help: npx statewire explain --help\n$/],
    [['abc'], /'abc' is not the pid of a process/],
    [['1', '2'], /explain takes one pid/],
    [['1', '--longer-than', 'soon'], /'soon' is not a time, such as 5s/],
    [['1', '--jsno'], /unknown option '--jsno'; did you mean '--json'\?/],
  ])('%j is refused', async (args, message) => {
    expect(await statewire(args)).toMatchObject({ code: 2, printed: '', errors: expect.stringMatching(message) });
  });
});
