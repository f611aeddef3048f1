/**
 * Packs what a clean clone has, in a folder of its own: `node scripts/stage.mjs <folder>`. Nothing in the repository is touched.
 * Prints the path of the tarball.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { absolute } from './readme.mjs';

const root = join(import.meta.dirname, '..');

/** More than what is packed, as in a clone: `files` of package.json chooses. */
const copied = ['package.json', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'diagrams', 'src'];

/** @param {string} folder @returns {{ tarball: string, packed: number, unpacked: number }} path, and sizes in bytes */
export function stage(folder) {
  const staged = join(folder, 'staged');
  mkdirSync(staged, { recursive: true });
  execFileSync(process.execPath, ['scripts/build.mjs', join(staged, 'dist')], { cwd: root, stdio: ['ignore', 2, 2] });
  for (const name of copied) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(staged, name), { recursive: true });
  }
  writeFileSync(join(staged, 'README.md'), absolute(readFileSync(join(root, 'README.md'), 'utf8')));
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const shell = process.platform === 'win32';
  const [{ filename, size, unpackedSize }] = JSON.parse(execFileSync('npm', options, { cwd: staged, shell }));
  return { tarball: join(folder, filename), packed: size, unpacked: unpackedSize };
}

const [, program, folder] = process.argv;
if (program === fileURLToPath(import.meta.url)) console.log(stage(resolve(folder)).tarball);
