/** `statewire/journal/register` in processes: what they leave when they are asked, when they throw, and when they are killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RecordedConnection, readJournal } from '../../src/journal/index.js';
import { folder, verdictsOf } from './kit.js';

const temporary = folder();
const program = temporary.file('program.mjs');
const children = new Set<ChildProcess>();
afterAll(temporary.remove);
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

beforeAll(() => {
  const source = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../src/${name}`, import.meta.url)));
  buildSync({
    stdin: {
      contents: `import ${source('journal/register.ts')};
      import * as http from ${source('index.ts')};
      import { fork } from 'node:child_process';
      import cluster from 'node:cluster';
      import { isMainThread, Worker } from 'node:worker_threads';
      if (isMainThread) process.chdir('/');
      const server = http.createServer((req, res) => {
        if (req.url === '/throw') setImmediate(() => { throw new Error('broken'); });
        else if (req.url === '/worker') new Worker(new URL(import.meta.url)).once('message', (port) => res.end(port + '|'));
        else if (req.url === '/fork') {
          const child = fork(new URL(import.meta.url));
          child.once('message', (port) => res.end(child.pid + ' ' + port + '|'));
        } else if (req.url === '/cluster') {
          const worker = cluster.fork();
          worker.once('listening', ({ port }) => res.end(worker.process.pid + ' ' + port + '|'));
        } else if (req.url === '/hang?exit') res.on('close', () => process.exit());
        else if (req.url !== '/hang') res.end('hello');
      });
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        process.on('disconnect', () => process.exit());
        if (process.send !== undefined) process.send(port);
        else if (isMainThread) console.log(port);
        else import('node:worker_threads').then(({ parentPort }) => parentPort.postMessage(port));
      });`,
      resolveDir: temporary.path,
    },
    outfile: program,
    bundle: true,
    // The file has effects, whatever package.json says of the others.
    ignoreAnnotations: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly folder: string;
  errors: string;
}

let count = 0;
async function start(env: NodeJS.ProcessEnv = {}, limit = ''): Promise<Running> {
  const place = join(temporary.path, String(++count));
  const command = `${limit}exec "${process.execPath}" "${program}"`;
  const child = spawn('sh', ['-c', command], {
    cwd: env['START'],
    env: { ...process.env, STATEWIRE_JOURNAL: place, ...env },
  });
  children.add(child);
  const running = { child, port: 0, folder: place, errors: '' };
  child.stderr!.on('data', (text) => {
    running.errors += text;
  });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  return Object.assign(running, { port: Number(port) });
}

/** A request; resolves with what came until the connection is closed, or until `until` has come. */
function ask(port: number, path: string, until = '\0'): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith(until)) socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (path.startsWith('/hang')) setTimeout(() => socket.destroy(), 50);
  });
}

/** Resolves when the file is there as a whole. */
async function fileIn(place: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const name = existsSync(place) ? readdirSync(place).find((each) => pattern.test(each)) : undefined;
    if (name !== undefined) {
      const read = await readJournal(join(place, name)).catch(() => undefined);
      if (read !== undefined && read.torn === undefined) return join(place, name);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function connectionsIn(file: string): Promise<readonly RecordedConnection[]> {
  const journal = await readJournal(file);
  expect(await verdictsOf(journal)).toEqual([]);
  return journal.connections();
}

const paths = (all: readonly RecordedConnection[]): unknown[] =>
  all.flatMap(({ exchanges }) => exchanges.map(({ path, code }) => `${path} ${code}`));

describe.skipIf(process.platform === 'win32')('a process', () => {
  it('saves what has ended badly, and outlives being killed', async () => {
    const { child, port, folder: place } = await start();
    await ask(port, '/fine', 'hello');
    await ask(port, '/hang');
    const file = await fileIn(place, /^ended-\d+-1\.swj$/);
    child.kill('SIGKILL');
    expect(paths(await connectionsIn(file))).toEqual(['/hang PW']);
  });

  it('saves everything on SIGUSR2, and goes on', async () => {
    const { child, port, folder: place } = await start();
    await ask(port, '/fine', 'hello');
    child.kill('SIGUSR2');
    const file = await fileIn(place, /^signal-/);
    expect(paths(await connectionsIn(file))).toEqual(['/fine --']);
    expect(await ask(port, '/fine', 'hello')).toContain('200 OK');
  });

  it('saves everything when an exception ends it', async () => {
    const running = await start();
    const left = once(running.child, 'exit');
    await ask(running.port, '/throw');
    expect((await left)[0]).toBe(1);
    expect(running.errors).toContain('Error: broken');
    const [connection] = await connectionsIn(await fileIn(running.folder, /^crash-/));
    expect(String(connection)).toMatch(/^s1, \d+ frames$/);
  });

  it('saves bad endings when it exits before they are saved', async () => {
    const running = await start();
    const left = once(running.child, 'exit');
    await ask(running.port, '/hang?exit');
    await left;
    expect(paths(await connectionsIn(await fileIn(running.folder, /^ended-/)))).toEqual(['/hang?… PW']);
  });

  it('has a journal of its own in each thread', async () => {
    const { port, folder: place } = await start();
    const [, ofWorker] = /(\d+)\|$/.exec(await ask(port, '/worker', '|'))!;
    await ask(Number(ofWorker), '/hang');
    expect(paths(await connectionsIn(await fileIn(place, /^ended-\d+\.1-1\.swj$/)))).toEqual(['/hang PW']);
  });

  it.each(['/fork', '/cluster'])('has a journal of its own in each child: %s', async (path) => {
    const { child, port, folder: place } = await start();
    const [, pid, ofChild] = /(\d+) (\d+)\|$/.exec(await ask(port, path, '|'))!;
    await ask(Number(ofChild), '/hang');
    await ask(port, '/hang');
    const files = [`ended-${pid}-1.swj`, `ended-${child.pid}-1.swj`];
    const found = [];
    for (const name of files) found.push(paths(await connectionsIn(await fileIn(place, new RegExp(`^${name}$`)))));
    expect(found).toEqual([['/hang PW'], ['/hang PW']]);
    process.kill(Number(pid), 'SIGUSR2');
    const all = paths(await connectionsIn(await fileIn(place, new RegExp(`^signal-${pid}-2.swj$`))));
    process.kill(Number(pid), 'SIGKILL');
    expect(all).toEqual(['/hang PW']);
  });

  it('overwrites no file of an earlier process with its number, and lets nobody else read one', async () => {
    const { child, port, folder: place } = await start();
    const earlier = join(place, `signal-${child.pid}-1.swj`);
    writeFileSync(earlier, 'of an earlier process');
    await ask(port, '/fine', 'hello');
    child.kill('SIGUSR2');
    const file = await fileIn(place, /^signal-\d+-2/);
    expect(readFileSync(earlier, 'utf8')).toBe('of an earlier process');
    expect(statSync(file).mode & 0o77).toBe(0);
  });

  it('warns once when the disk is full, leaves no part of a file, and serves', async () => {
    // It can write 512 bytes.
    const running = await start({}, 'ulimit -f 1; ');
    for (const signal of ['SIGUSR2', 'SIGUSR2'] as const) {
      running.child.kill(signal);
      expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
    }
    while (!running.errors.includes('[STATEWIRE_JOURNAL]')) await once(running.child.stderr!, 'data');
    while (readdirSync(running.folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
    running.child.kill('SIGTERM');
    await once(running.child, 'close');
    expect(running.errors.match(/\[STATEWIRE_JOURNAL\]/g)).toHaveLength(1);
    expect(running.errors).toMatch(/can't be saved: EFBIG/);
  });

  it('warns once when it can save nothing, and serves', async () => {
    const place = join(temporary.path, 'a-file');
    writeFileSync(place, '');
    const running = await start({ STATEWIRE_JOURNAL: place });
    expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
    running.child.kill('SIGTERM');
    await once(running.child, 'close');
    expect(running.errors.match(/\[STATEWIRE_JOURNAL\]/g)).toHaveLength(1);
    expect(running.errors).toMatch(/Nothing is recorded: .*(?:EEXIST|ENOTDIR)/);
  });

  it('warns when the folder has gone, and serves', async () => {
    const running = await start();
    rmSync(running.folder, { recursive: true });
    running.child.kill('SIGUSR2');
    while (!running.errors.includes('[STATEWIRE_JOURNAL]')) await once(running.child.stderr!, 'data');
    expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
  });

  it.each([
    [{ STATEWIRE_JOURNAL_BYTES: 'all' }, /Nothing is recorded: .*STATEWIRE_JOURNAL_BYTES must be one of.*'raw'/],
    [
      { STATEWIRE_JOURNAL_KEEP: '64MB' },
      /Nothing is recorded: STATEWIRE_JOURNAL_KEEP must be a number of bytes, not '64MB'/,
    ],
    [{ STATEWIRE_JOURNAL_KEEP: '1000' }, /Nothing is recorded: .*STATEWIRE_JOURNAL_KEEP.*out of range/],
    [{ STATEWIRE_JOURNAL_KEEP: '', STATEWIRE_JOURNAL_BYTES: '' }, /^$/],
  ])('says which setting is wrong, and serves: %j', async (env, message) => {
    const running = await start(env);
    expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
    expect(running.errors).toMatch(message);
  });

  it('writes into the folder of its beginning, and says when it can not at its end', async () => {
    const here = mkdtempSync(join(temporary.path, 'here-'));
    const running = await start({ STATEWIRE_JOURNAL: 'relative', START: here });
    await ask(running.port, '/hang');
    const file = await fileIn(join(here, 'relative'), /^ended-/);
    expect(paths(await connectionsIn(file))).toEqual(['/hang PW']);
    rmSync(join(here, 'relative'), { recursive: true });
    const left = once(running.child, 'close');
    await ask(running.port, '/hang?exit');
    await left;
    expect(running.errors).toMatch(/\[STATEWIRE_JOURNAL\] Warning: The journal can't be saved: ENOENT/);
  });

  it('warns when no folder is set', async () => {
    const running = await start({ STATEWIRE_JOURNAL: '' });
    expect(await ask(running.port, '/fine', 'hello')).toContain('200 OK');
    expect(running.errors).toMatch(/\[STATEWIRE_JOURNAL\] Warning: STATEWIRE_JOURNAL is not set/);
  });
});
