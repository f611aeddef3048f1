/** The release script, in a scratch clone. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statewire-release-test-'));
const clone = join(folder, 'clone');

const read = (name: string): string => readFileSync(join(clone, name), 'utf8');
const git = async (...args: string[]): Promise<string> => (await run('git', args, { cwd: clone })).stdout.trim();

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const release = (...args: string[]): Promise<Outcome> =>
  run(process.execPath, ['scripts/release.mjs', ...args], { cwd: clone }).then(
    (output) => ({ ...output, code: 0 }),
    (error) => error,
  );

/** Commits what a test has changed. */
async function commit(): Promise<void> {
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message', 'test');
}

let base: string;

beforeAll(async () => {
  await run('git', ['clone', '--quiet', '--shared', root, clone]);
  await git('config', 'user.name', 'Tester');
  await git('config', 'user.email', 'tester@example.com');
  // What is not committed yet is tested as well.
  for (const name of ['scripts', 'src', 'package.json', 'package-lock.json']) {
    cpSync(join(root, name), join(clone, name), { recursive: true });
  }
  writeFileSync(
    join(clone, 'CHANGELOG.md'),
    '# Changelog\n\n## Unreleased\n\n- A change.\n\n## 0.0.1\n\n- The first.\n',
  );
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  appendFileSync(join(clone, '.git', 'info', 'exclude'), 'node_modules\n');
  await commit();
  base = await git('rev-parse', 'HEAD');
});

beforeEach(() => git('reset', '--quiet', '--hard', base));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the release script', () => {
  it('sets the version, dates the changelog, packs, commits and tags', async () => {
    const { stderr, stdout, code } = await release('7.0.0', '--no-checks');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('npm publish statewire-7.0.0.tgz');
    const today = new Date().toISOString().slice(0, 10);
    expect(read('CHANGELOG.md')).toBe(
      `# Changelog\n\n## Unreleased\n\n## 7.0.0 (${today})\n\n- A change.\n\n## 0.0.1\n\n- The first.\n`,
    );
    const lock = JSON.parse(read('package-lock.json'));
    expect([JSON.parse(read('package.json')).version, lock.version, lock.packages[''].version]).toEqual(
      Array(3).fill('7.0.0'),
    );
    expect(await git('rev-parse', 'v7.0.0^{commit}')).toBe(await git('rev-parse', 'HEAD'));
    expect(await git('show', '--no-patch', '--format=%s', 'HEAD')).toBe('chore: release 7.0.0');
    expect(await git('status', '--porcelain')).toBe('');
    const { stdout: packed } = await run('tar', ['-xzOf', 'statewire-7.0.0.tgz', 'package/package.json'], {
      cwd: clone,
    });
    expect(JSON.parse(packed).version).toBe('7.0.0');
    await git('tag', '--delete', 'v7.0.0');
    rmSync(join(clone, 'statewire-7.0.0.tgz'));
  }, 240_000);

  it.each([
    ['a version that is none', '7', () => {}, "'7' is not a version"],
    ['a version that is not later', '0.0.9', () => {}, '0.0.9 is not later than 0.1.0'],
    ['changes', '7.0.0', () => appendFileSync(join(clone, 'LICENSE'), '\n'), 'not committed'],
    ['a tag that exists', '7.0.0', () => git('tag', 'v7.0.0'), 'The tag v7.0.0 exists'],
    [
      'an empty changelog',
      '7.0.0',
      async () => {
        writeFileSync(join(clone, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n## 0.0.1\n\n- The first.\n');
        await commit();
      },
      'nothing below',
    ],
  ])('refuses %s, and changes nothing', async (_, version, prepare, message) => {
    await prepare();
    const before = await git('rev-parse', 'HEAD');
    const status = await git('status', '--porcelain');
    const { code, stderr } = await release(version, '--no-checks');
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect([await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]).toEqual([before, status]);
    await git('tag', '--delete', 'v7.0.0').catch(() => {});
  });

  it('changes nothing if a check fails', async () => {
    const manifest = JSON.parse(read('package.json'));
    manifest.scripts.check = 'exit 1';
    writeFileSync(join(clone, 'package.json'), JSON.stringify(manifest));
    await commit();
    const before = await git('rev-parse', 'HEAD');
    const { code } = await release('7.0.0');
    expect(code).toBe(1);
    expect([await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]).toEqual([before, '']);
    expect(await git('tag', '--list', 'v7.0.0')).toBe('');
    expect(existsSync(join(clone, 'statewire-7.0.0.tgz'))).toBe(false);
  });
});
