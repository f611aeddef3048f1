/** The fake timers of test runners, by their default settings: node:http doesn't notice them, and neither does statewire. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const requirePackage = createRequire(import.meta.url);

const folder = mkdtempSync(join(tmpdir(), 'statewire-runners-'));
beforeAll(() => {
  mkdirSync(join(folder, 'node_modules', '@sinonjs'), { recursive: true });
  symlinkSync(pathOf('../..'), join(folder, 'node_modules/statewire'), 'junction');
  const sinon = join('node_modules', '@sinonjs', 'fake-timers');
  symlinkSync(pathOf(`./${sinon}`), join(folder, sinon), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Requests over a socket and in memory; the statuses, and whether the date is that of the system. */
const EXCHANGES = `
  const respond = (req, res) => req.pipe(res);
  const get = (options) => new Promise((resolve, reject) => {
    const request = http.request({ method: 'POST', path: '/', ...options }, (res) => {
      let body = '';
      res.on('data', (chunk) => (body += chunk)).on('end', () => {
        resolve(body.length + ' ' + res.headers.date.includes('1970'));
      });
    });
    request.on('error', reject);
    request.write('a'.repeat(100_000));
    request.end('b');
  });
  async function exchanges() {
    const server = http.createServer(respond);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address();
    const seen = await Promise.all([1, 2].map(() => get({ host: '127.0.0.1', port, agent })));
    seen.push(await get({ agent: memoryAgent(http.createServer(respond)) }));
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    return seen.join();
  }`;
const LOAD = "const http = require('statewire');\nconst { memoryAgent, virtualClock } = require('statewire/testing');";
const SEEN = '100001 false,100001 false,100001 false';

/** A minute of the program and of statewire passes at once. */
const minute = (clock: string) => `
  async function minute() {
    const seen = [];
    setTimeout(() => seen.push('program'), 59_000);
    const request = http.get({ agent: memoryAgent(http.createServer(() => {})), timeout: 60_000 });
    request.on('timeout', () => seen.push('statewire'));
    request.on('error', () => {});
    await ${clock}.advance(59_999);
    const before = seen.join();
    await ${clock}.advance(1);
    ${clock}.uninstall();
    request.destroy();
    return before + ' then ' + seen.join();
  }`;
const PASSED = 'program then program,statewire';

describe('fake timers of sinon', () => {
  // Node's own streams and servers stand still while these two are faked.
  const install =
    "const faked = require('@sinonjs/fake-timers').install({ toNotFake: ['nextTick', 'queueMicrotask'] });";

  it.each([
    ['before', `${install}\n${LOAD}`],
    ['after', `${LOAD}\n${install}`],
  ])('set %s loading', async (when, start) => {
    const end = `${minute('clock')}
      exchanges().then(async (seen) => {
        console.log(seen);
        clock = virtualClock({ with: faked });
        console.log(await minute());
      });`;
    writeFileSync(join(folder, `${when}.cjs`), `${start}\nlet clock;\n${EXCHANGES}${end}`);
    const { stdout } = await run(process.execPath, [`${when}.cjs`], { cwd: folder });
    expect(stdout).toBe(`${SEEN}\n${PASSED}\n`);
  });
});

describe('Jest', () => {
  const jest = join(dirname(requirePackage.resolve('jest/package.json')), 'bin', 'jest.js');
  const test = `
    ${EXCHANGES}
    let clock;
    ${minute('clock')}
    test('exchanges', async () => expect(await exchanges()).toBe('${SEEN}'));
    test('a minute', async () => {
      clock = virtualClock({ with: jest });
      expect(await minute()).toBe('${PASSED}');
      jest.useRealTimers();
    });`;

  it.each([
    ['before', `jest.useFakeTimers();\n${LOAD}`],
    ['after', `${LOAD}\njest.useFakeTimers();`],
  ])('has fake timers set %s loading, and no open handles', { timeout: 60_000 }, async (when, start) => {
    writeFileSync(join(folder, `${when}.test.js`), `${start}\n${test}`);
    const args = [jest, '--detectOpenHandles', '--rootDir', folder, `${when}.test.js`];
    const env = { ...process.env, NODE_ENV: 'test', NODE_OPTIONS: '' };
    const printed = await run(process.execPath, args, { cwd: folder, env }).then(
      ({ stderr }) => stderr,
      ({ stderr }) => expect.fail(stderr),
    );
    expect(printed).toContain('Tests:       2 passed, 2 total');
    expect(printed).not.toMatch(/open handle|Warning/i);
  });
});
