/** Plants a mutant of mutants-list.mjs, and looks whether the simulation notices it. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { mutants } from './mutants-list.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules', '.cache', 'simulation');
const worker = fileURLToPath(new URL('mutants.mjs', import.meta.url));

/** A mutant of which a batch takes longer has been noticed: it is a program that never ends. In ms. */
const LONGEST = 60_000;

/** @returns the text of the host, changed */
export function changed({ file, from, to }) {
  const text = readFileSync(join(root, 'src', 'api', file), 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times:\n${from}`);
  return parts.join(to);
}

/**
 * @param batches how many batches of cities it has at most
 * @returns how it was noticed; undefined if it wasn't. Of 0, which changes nothing, nothing may be
 */
export async function judge(number, batches) {
  const mutant = mutants[number - 1];
  const contents = mutant && changed(mutant);
  const path = mutant && join(root, 'src', 'api', mutant.file);
  const outfile = join(folder, `mutant-${process.pid}-${number}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('check.ts', import.meta.url))],
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'error' },
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, (args) => (args.path === path ? { contents, loader: 'ts' } : undefined));
        },
      },
    ],
  });
  const how = await outcomeOf(outfile, batches);
  rmSync(outfile, { force: true });
  return how;
}

/** @returns the broken law, or how the process has ended; undefined if it has ended well */
function outcomeOf(bundle, batches) {
  return new Promise((resolve) => {
    let isStuck = false;
    let timer;
    const child = execFile(
      process.execPath,
      [worker, '--worker', bundle, '--batches', String(batches)],
      { cwd: root },
      (error, stdout, stderr) => {
        clearTimeout(timer);
        if (error === null) resolve(undefined);
        else resolve(isStuck ? 'it never ends' : stdout.replace(/^\.+/, '').trim() || stderr.trim().split('\n').at(-1));
      },
    );
    const arm = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isStuck = true;
        child.kill('SIGKILL');
      }, LONGEST);
    };
    arm();
    child.stdout.on('data', arm);
  });
}
