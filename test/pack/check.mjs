/**
 * `npm run pack:check`: the packed package in empty projects, with bundlers, test runners, package managers and runtimes. First
 * `npm ci --prefix test/pack --ignore-scripts`. The README has the table of what works; each check is a row of it.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stage } from '../../scripts/stage.mjs';
import { bundlers } from './bundlers.mjs';
import { managers } from './managers.mjs';
import { run } from './run.mjs';
import { runners } from './runners.mjs';

const HELP = `npm run pack:check -- [options] [check ...]

  check      some of the checks, by the beginnings of their names (all of them)
  --help`;

/** What every program in programs/ prints. */
const EXPECTED = 'served /page';

/** Runtimes that come by npx, as in scripts/matrix.mjs. They may not be available. */
const runtimes = {
  Deno: {
    mayLack: true,
    check: ({ project }) => run('npx', ['--yes', 'deno', 'run', '--allow-all', 'main.mjs'], project),
  },
  Bun: { mayLack: true, check: ({ project }) => run('npx', ['--yes', 'bun', 'main.mjs'], project) },
};

/** Tools that read the package. They end with 1 if they find something. */
const linters = {
  publint: {
    prints: 'All good!',
    check: ({ installed, bin }) => run(bin('publint'), ['--strict', installed], installed),
  },
  '`attw`': {
    prints: 'OK (CJS)',
    // It ends with 1 if it finds a problem. `node10` knows nothing of `exports`, which Node has had since 12.
    check: ({ tarball, folder, bin }) => run(bin('attw'), [tarball, '--profile', 'node16', '--no-emoji'], folder),
  },
};

const checks = { ...bundlers, ...runners, ...managers, ...runtimes, ...linters };

const bin = (name) => join(import.meta.dirname, 'node_modules', '.bin', name);

/** An empty project with the programs, and with the package if `install` says so. */
async function projectIn(folder, name, tarball, { isInstalled = true } = {}) {
  const project = join(folder, name.replace(/\W+/g, '-'));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  cpSync(join(import.meta.dirname, 'programs'), project, { recursive: true });
  if (isInstalled) await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], project);
  return project;
}

async function resultOf(name, { check, prints = EXPECTED, mayLack = false, isInstalled }, { folder, tarball }) {
  try {
    const project = await projectIn(folder, name, tarball, { isInstalled });
    const installed = join(project, 'node_modules', 'statewire');
    const output = await check({ project, installed, tarball, folder, bin, tools: import.meta.dirname });
    if (output.includes(prints)) return { isFine: true, says: 'ok' };
    return { isFine: false, says: `printed ${JSON.stringify(output)}` };
  } catch (error) {
    const lacks = mayLack && /ENOENT|E404|ENOTFOUND|could not determine executable|postinstall/i.test(error.message);
    return { isFine: lacks, says: lacks ? 'not available' : error.message };
  }
}

/** The checks that the README does not name. */
function unnamed() {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const table = /<!-- works -->([\s\S]*?)<!-- \/works -->/.exec(readme)?.[1] ?? '';
  return Object.keys(checks).filter((name) => !table.includes(name));
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
if (values.help) {
  console.log(HELP);
  process.exit();
}
const chosen = Object.entries(checks).filter(
  ([name]) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
);
if (chosen.length === 0) {
  console.error(`No check begins with ${positionals.join(' or ')}: ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

// Tools compare paths, and the folder for temporary files may be a link.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'statewire-pack-')));
let failed = 0;
try {
  const packed = stage(folder);
  console.log(`packed ${(packed.packed / 1000).toFixed(0)} kB, unpacked ${(packed.unpacked / 1000).toFixed(0)} kB`);
  for (const [name, check] of chosen) {
    const { isFine, says } = await resultOf(name, check, { folder, tarball: packed.tarball });
    if (!isFine) failed++;
    console.log(`${isFine ? 'ok     ' : 'failed '} ${name}${says === 'ok' ? '' : `: ${says}`}`);
  }
  for (const name of unnamed()) {
    failed++;
    console.log(`failed  the README does not say that it works with ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
