/** Builds of other commits. */
import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** @returns {string} the dist folder of a commit, which is built once with the packages that are installed here */
function buildOf(ref) {
  const commit = git('rev-parse', '--verify', `${ref}^{commit}`);
  const dist = join(tmpdir(), 'statewire-builds', commit);
  if (existsSync(dist)) return dist;
  const tree = `${dist}-tree`;
  git('worktree', 'add', '--detach', tree, commit);
  try {
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs', dist], { cwd: tree });
  } finally {
    git('worktree', 'remove', '--force', tree);
  }
  return dist;
}

/** @returns {string} an implementation (implementations.mjs): `node`, `statewire`, or a dist folder, which may be given as a git ref */
export function implementationOf(given) {
  const [name, ...variables] = given.split('?');
  if (name === 'node' || name === 'statewire') return given;
  return [existsSync(name) ? resolve(name) : buildOf(name), ...variables].join('?');
}
