/**
 * Draws the machines: `node scripts/diagrams.mjs` writes diagrams/ and docs/how-it-fits.*, `node scripts/diagrams.mjs --check`
 * fails if they are stale. `--search` searches new layouts for all; the default does so only for those that have become
 * unreadable.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, root } from './load.mjs';

const folder = join(root, 'diagrams');
const settingsFile = join(root, 'scripts', 'diagrams', 'settings.json');

function committed() {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = [...files.map(({ name }) => name), ...Object.values(FIT)].filter((name) =>
    existsSync(join(folder, name)),
  );
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const isCheck = process.argv.includes('--check');
const { diagramFiles, FIT, pictures, refreshed } = await load('scripts/diagrams/files.ts');
const drawn = pictures();
let settings = process.argv.includes('--search') ? {} : JSON.parse(readFileSync(settingsFile, 'utf8'));
if (!isCheck) {
  settings = await refreshed(drawn, settings);
  writeFileSync(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
}

const files = await diagramFiles(drawn, settings);
const before = committed();
const stale = [...new Set([...files.keys(), ...before.keys()])].filter((name) => files.get(name) !== before.get(name));

if (isCheck) {
  for (const name of stale) console.error(`${join('diagrams', name)} is stale: npm run diagrams`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const name of stale) {
    if (files.has(name)) writeFileSync(join(folder, name), files.get(name));
    else rmSync(join(folder, name));
    console.log(join('diagrams', name));
  }
}
