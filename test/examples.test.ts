/** The client examples, each run as a newcomer would: as a process, with the built package. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import https from '../src/https.js';
import http from '../src/index.js';
import { cert, key } from './register/kit/certificate.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statewire-examples-'));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly stderr: string;
}

/** Runs `node examples/<name>.mjs` with `args`, `input` on its stdin. */
function run(name: string, args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'examples', `${name}.mjs`), ...args], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'localhost.crt') },
    });
    let out = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The server for the examples. */
const server = http.createServer((req, res) => {
  if (req.url === '/missing') {
    res.writeHead(404).end('There is no such page.\n');
  } else if (req.url === '/closed') {
    req.socket.destroy();
  } else if (req.url === '/length') {
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    req.on('end', () => res.end(`${req.headers['content-length'] ?? 'chunked'}: ${length}\n`));
  } else if (req.method === 'GET') {
    res.setHeader('Content-Type', 'text/plain').end('Welcome.\n');
  } else {
    res.setHeader('X-Type', req.headers['content-type'] ?? '');
    req.pipe(res);
  }
});

const secure = https.createServer({ key, cert }, (req, res) => {
  req.resume().on('end', () => res.end('Secure.\n'));
});

/** The URL of a path on the server. */
let at: (path: string) => string;

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.mjs', join(folder, 'dist')], { cwd: root });
  for (const name of ['package.json', 'examples']) cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'localhost.crt'), cert);
  await new Promise<void>((resolve) => secure.listen(0, 'localhost', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  at = (path) => `http://127.0.0.1:${port}${path}`;
}, 120_000);

afterAll(() => {
  secure.close();
  secure.closeAllConnections();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** A port without a server: one that was just free. */
async function freePort(): Promise<number> {
  const other = http.createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return port;
}

describe('get', () => {
  it('prints the page', async () => {
    expect(await run('get', [at('/')])).toEqual({ code: 0, out: 'Welcome.\n', stderr: '' });
  });

  it('prints the head, too', async () => {
    const { code, out } = await run('get', ['--head', at('/')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^HTTP\/1\.1 200 OK\nContent-Type: text\/plain\n.*\n\nWelcome\.\n$/s);
  });

  it('reports a missing page', async () => {
    const { code, out, stderr } = await run('get', [at('/missing')]);
    expect({ code, out, stderr }).toEqual({
      code: 1,
      out: 'There is no such page.\n',
      stderr: 'The server responded with 404 Not Found\n',
    });
  });

  it('reports that the server closed the connection early', async () => {
    const { code, stderr } = await run('get', [at('/closed')]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^127.0.0.1:\d+ closed .* early\.\n$/) });
  });
});

describe('post', () => {
  it('sends the text, and prints the response', async () => {
    expect(await run('post', [at('/'), 'Grüße'])).toEqual({ code: 0, out: 'Grüße', stderr: '' });
  });

  it('sends its length', async () => {
    expect(await run('post', [at('/length'), 'Grüße'])).toEqual({ code: 0, out: '7: 7\n', stderr: '' });
  });
});

describe('upload', () => {
  it('sends a file with its length', async () => {
    const file = join(folder, 'large.txt');
    const size = 4 * 1024 * 1024;
    writeFileSync(file, 'x'.repeat(size));
    const { code, out, stderr } = await run('upload', [at('/length'), file]);
    expect({ code, out, stderr }).toEqual({
      code: 0,
      out: `${size}: ${size}\n`,
      stderr: `${size} of ${size} bytes, 100 %\n`,
    });
  });

  it('sends stdin in chunks', async () => {
    const { code, out, stderr } = await run('upload', [at('/length')], 'x'.repeat(100_000));
    expect({ code, out, stderr }).toEqual({ code: 0, out: 'chunked: 100000\n', stderr: '100000 bytes\n' });
  });

  it('prints a response that arrives during the upload', async () => {
    const input = 'x'.repeat(1_000_000);
    const { code, out } = await run('upload', [at('/')], input);
    expect({ code, isWhole: out === input }).toEqual({ code: 0, isWhole: true });
  });

  it('reports a missing file', async () => {
    const file = join(folder, 'missing.txt');
    expect(await run('upload', [at('/'), file])).toEqual({ code: 1, out: '', stderr: `File not found: ${file}\n` });
  });
});

describe.each([
  ['get', []],
  ['post', ['text']],
  ['upload', []],
])('%s', (name, rest) => {
  it('reports that no server listens', async () => {
    const port = await freePort();
    const { code, out, stderr } = await run(name, [`http://127.0.0.1:${port}/`, ...rest]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(stderr).toContain(`No server listens at 127.0.0.1:${port}. Is it running, and is the port right?\n`);
  });

  it('speaks TLS', async () => {
    const port = (secure.address() as AddressInfo).port;
    const { code, out, stderr } = await run(name, [`https://localhost:${port}/`, ...rest]);
    expect({ code, out }, stderr).toEqual({ code: 0, out: 'Secure.\n' });
  });

  it('says what a URL looks like', async () => {
    const stderr = "'somewhere' is not a URL. An example is http://127.0.0.1:8080/\n";
    expect(await run(name, ['somewhere', ...rest])).toEqual({ code: 2, out: '', stderr });
  });

  it('refuses what it cannot speak', async () => {
    const stderr = 'Only http: and https: are supported, not ftp:\n';
    expect(await run(name, ['ftp://127.0.0.1/', ...rest])).toEqual({ code: 2, out: '', stderr });
  });

  it('prints its usage', async () => {
    const { code, out, stderr } = await run(name, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(out).toContain(`Usage: node examples/${name}.mjs`);
  });

  it('prints its usage if an argument is missing', async () => {
    const { code, stderr } = await run(name, []);
    expect(code).toBe(2);
    expect(stderr).toContain('Missing argument\n\nUsage: ');
  });
});
