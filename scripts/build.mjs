/**
 * Builds the package: `node scripts/build.mjs [folder]`, by default into dist/.
 *
 * All entries share one copy of the code, `rooms/core.cjs`, so that a class is the same class however it is loaded
 * (build/bundles.mjs). xstate, rxjs and llhttp are bundled: the package has no runtime dependencies. XState is in
 * `rooms/interpreter.cjs`, since only those who watch need it: the charts are printed (build/charts.mjs). `rooms/charts.cjs` has
 * them for XState's tools, made with the XState that it is given.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles, exportsOf } from './build/bundles.mjs';
import { declarations } from './build/declarations.mjs';
import {
  bundledCharts,
  bundledEntry,
  bundledRequire,
  hostGlobals,
  importedEntry,
  requiredEntry,
  requireForBundlers,
} from './build/entries.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const require = createRequire(import.meta.url);

/** Empties the folder only when all bundles are ready, so that a failing build keeps the last good one. */
function writeFiles(files) {
  rmSync(dist, { recursive: true, force: true });
  for (const folder of ['bundle', 'rooms']) mkdirSync(join(dist, folder), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(dist, name), text);
  // npm makes the file executable only when it links it for the first time.
  chmodSync(join(dist, 'cli.mjs'), 0o755);
}

async function writeEntries(metafiles) {
  const write = (name, text) => writeFileSync(join(dist, name), text);
  const [ofTesting, ofMachines, ofRegister, ofJournal] = await exportsOf([
    'testing/index',
    'machines/index',
    'register/index',
    'journal/index',
  ]);
  write('bundle/require.mjs', requireForBundlers(metafiles));
  for (const [name, room, face, standIns] of [
    ['index', 'core', '.face', hostGlobals],
    ['https', 'https', '', []],
  ]) {
    write(`${name}.cjs`, requiredEntry(room, face));
    const names = Object.keys(require(join(dist, `${name}.cjs`))).filter((each) => !hostGlobals.includes(each));
    write(`${name}.mjs`, importedEntry(`require('./rooms/${room}.cjs')(require)`, names, { face, standIns }));
    write(`bundle/${name}.mjs`, bundledEntry(room, metafiles[room], names, { face, standIns }));
    write(`bundle/${name}.cjs`, bundledRequire(name, true));
  }
  write('bundle/testing.mjs', bundledEntry('testing', metafiles.testing, ofTesting));
  write('bundle/journal.mjs', bundledEntry('journal', metafiles.journal, ofJournal));
  write('bundle/machines.mjs', bundledCharts(ofMachines));
  for (const [name, room, names] of [
    ['testing', 'testing', ofTesting],
    ['journal', 'journal', ofJournal],
    ['machines', 'charts', ofMachines],
  ]) {
    write(`${name}.cjs`, requiredEntry(room));
    write(`${name}.mjs`, importedEntry(`require('./${name}.cjs')`, names));
    write(`bundle/${name}.cjs`, bundledRequire(name, false));
  }
  write('register.mjs', importedEntry("require('./register.cjs')", ofRegister));
  write('journal-register.mjs', importedEntry("require('./journal-register.cjs')", []));
}

/** An accessor of the exports object: no named export of the source. */
const orderType = `import type { EventOrder } from './types/index.js';
/** The order of events of requests whose agent has none: 'documented' (the default) or 'host'. May be set. */
export declare let eventOrder: EventOrder;`;

/** If the DOM is declared too, a global of this name is the DOM's. So the type asks node:http whether the host has it. */
const globalType =
  "type Global<Name extends string> = typeof import('node:http') extends Record<Name, infer Value> ? Value : undefined;";

const declared = (name) =>
  `/** The global of that name; undefined if the host has none. */\nexport declare const ${name}: Global<'${name}'>;`;

/** The declarations are made of Node's. A project whose `types` don't name them, TypeScript 7's default, gets them by this. */
const nodeTypes = '/// <reference types="node" />';

/**
 * The declarations exist once, as CommonJS ones, since they describe CommonJS. One file for `import` and one for `require`
 * re-export them.
 */
async function writeDeclarations() {
  const write = (name, text) => writeFileSync(join(dist, name), text);
  mkdirSync(join(dist, 'types'));
  for (const [name, text] of await declarations()) write(`types/${name}`, text);
  write('types/package.json', '{ "type": "commonjs" }\n');
  const globals = [globalType, ...hostGlobals.map(declared)];
  const more = { index: { both: globals, required: [orderType] }, https: { both: [], required: [] } };
  for (const [entry, { both, required }] of Object.entries(more)) {
    const names = `export * from './types/${entry}.js';`;
    write(`${entry}.d.cts`, [nodeTypes, names, ...required, ...both, ''].join('\n'));
    const face = [nodeTypes, `import * as face from './${entry}.cjs';`, 'export default face;', names, ...both, ''];
    write(`${entry}.d.mts`, face.join('\n'));
  }
  for (const name of ['testing', 'machines', 'register', 'journal', 'journal-register']) {
    for (const ending of ['d.cts', 'd.mts'])
      write(`${name}.${ending}`, `${nodeTypes}\nexport * from './types/${name}.js';\n`);
  }
}

/** The packages with at least one byte in the bundle. */
function bundledPackages(metafiles) {
  const names = metafiles
    .flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

/** undici's package ships llhttp as WebAssembly without llhttp's licence. This is its text. */
const llhttpLicence = `This software is licensed under the MIT License.

Copyright Fedor Indutny, 2018.

Permission is hereby granted, free of charge, to any person obtaining a
copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included
in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS
OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE
USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

function licenceOf(name) {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled, but no licence file was found in its package`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return { title: `${name} ${version} (${license})`, text };
}

function writeNotices(metafiles) {
  const names = [...bundledPackages(metafiles), 'undici'];
  const notices = names.map(licenceOf);
  notices.push({ title: 'llhttp, inside undici (MIT)', text: llhttpLicence.trim() });
  const head = 'The code in this folder includes parts of the following packages.\n';
  const sections = notices.map(({ title, text }) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`);
  writeFileSync(join(dist, 'THIRD_PARTY_NOTICES'), [head, ...sections].join('\n'));
}

const { files, metafiles } = await bundles();
writeFiles(files);
await writeEntries(metafiles);
await writeDeclarations();
writeNotices(Object.values(metafiles));
