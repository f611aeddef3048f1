/**
 * Builds the package: `node scripts/build.mjs [folder]`, by default into dist/.
 *
 * All entries share one copy of the code: `core.cjs`. `index.cjs` exports its interface; `https.cjs` and `testing.cjs` have only
 * their own code and take the rest from `core.cjs`; `register.cjs` loads `index.cjs` or `https.cjs` when the built-in is used. The
 * `.mjs` files re-export the keys of these, so that a class is the same class however it is loaded. xstate, rxjs and llhttp are
 * bundled and tree-shaken: the package has no runtime dependencies. `machines.cjs` has the charts for XState's tools, made with
 * the program's xstate.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const require = createRequire(import.meta.url);

/**
 * Runs at the end of a bundle. esbuild makes exports getters, but Node's exports are a plain object that programs assign to
 * (`require('http').request = …`). So the default export becomes the face, with its missing names added.
 * @param {string} exports of the module whose face it is
 */
const faceOf = (exports) => `((names) => {
  const face = names.default;
  for (const name of Object.keys(names)) if (name !== 'default' && !(name in face)) face[name] = names[name];
  return face;
})(${exports})`;

/**
 * llhttp's modules export a Buffer. As CommonJS modules in the bundle, importing them would make each of its bytes a property
 * with a getter, 30 ms at start-up. So they become ES modules.
 */
const llhttp = {
  name: 'llhttp',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]llhttp[\\/].*wasm\.js$/ }, ({ path }) => ({
      contents: `export default /* @__PURE__ */ Buffer.from('${require(path).toString('base64')}', 'base64');`,
    }));
  },
};

/**
 * Takes modules outside a room from `core.cjs`, and notes them in `shared`.
 * @param {string} room of src/
 * @param {Set<string>} shared
 */
const fromCore = (room, shared) => ({
  name: 'fromCore',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\//, namespace: 'file' }, ({ path, resolveDir, kind }) => {
      const name = relative(join(root, 'src'), join(resolveDir, path)).replaceAll('\\', '/').replace(/\.js$/, '');
      if (kind === 'entry-point' || name.startsWith(`${room}/`)) return undefined;
      shared.add(name);
      return { path: name, namespace: 'core' };
    });
    onLoad({ filter: /^/, namespace: 'core' }, ({ path }) => ({
      contents: `module.exports = require('./core.cjs')['${path}'];`,
    }));
  },
});

/** The entry `machines` is the only one with a dependency. */
const needsXState = `try {
  require('xstate');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  const message = 'statewire/machines needs the package xstate, 5.33 or later, which was not found: npm install xstate';
  throw Object.assign(new TypeError(message, { cause: error }), { code: 'STATEWIRE_NO_XSTATE' });
}`;

/** A loop over all keys of an object, as in esbuild's helpers and XState. */
const forIn = /\bfor \((const|let|var) (\w+) in ([^()]+)\)/g;

/**
 * Makes such loops iterate over own keys, since programs may extend Object.prototype.
 * @param {import('esbuild').OutputFile} file
 */
function withOwnKeys({ path, text, contents }) {
  if (path.endsWith('.map')) return { path, contents };
  const own = text.replace(forIn, 'for ($1 $2 of Object.keys($3))');
  const left = /\bfor \([^;)]* in .*/.exec(own);
  if (left !== null) throw new Error(`${path}: ${left[0]}`);
  return { path, contents: Buffer.from(own) };
}

/**
 * @param {string} name of the file in dist/, without its ending
 * @param {import('esbuild').BuildOptions} options what is bundled
 */
async function bundle(name, options) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    outfile: `dist/${name}.cjs`,
    write: false,
    bundle: true,
    format: 'cjs',
    target: 'node20.19',
    // `platform: 'node'` would set the condition `node`, for which rxjs has only a CommonJS build that can't be tree-shaken.
    platform: 'neutral',
    conditions: ['module', 'es2015'],
    mainFields: ['module', 'main'],
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
    ...options,
    external: ['node:*', ...(options.external ?? [])],
  });
  return { outputFiles: outputFiles.map(withOwnKeys), metafile };
}

/** The index, and the modules that others share with it, by their paths in src/. */
function bundleCore(shared) {
  const modules = [...shared].sort().map((name) => `export * as '${name}' from './src/${name}.ts';`);
  const contents = ["export * as index from './src/index.ts';", ...modules].join('\n');
  return bundle('core', {
    stdin: { contents, resolveDir: root, sourcefile: 'core.ts' },
    plugins: [llhttp],
    footer: { js: `module.exports.face = ${faceOf('module.exports.index')};` },
  });
}

/**
 * Empties the folder only when all bundles are ready, so that a failing build keeps the last good one.
 * @returns {Promise<import('esbuild').Metafile>} the inputs of `core.cjs`
 */
async function writeBundles() {
  const shared = new Set();
  const entry = (name) => [`src/${name}/index.ts`];
  const testing = await bundle('testing', {
    entryPoints: entry('testing'),
    external: ['./core.cjs'],
    plugins: [fromCore('testing', shared)],
  });
  const https = await bundle('https', {
    entryPoints: ['src/https.ts'],
    external: ['./core.cjs'],
    plugins: [fromCore('api/tls', shared)],
    footer: { js: `module.exports = ${faceOf('module.exports')};` },
  });
  const machines = await bundle('machines', {
    entryPoints: entry('machines'),
    external: ['xstate'],
    banner: { js: needsXState },
  });
  const register = await bundle('register', { entryPoints: entry('register') });
  const cli = await bundle('cli', { entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.mjs', format: 'esm' });
  const core = await bundleCore(shared);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const bundles = [core, https, testing, machines, register, cli];
  for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
    writeFileSync(join(dist, basename(path)), contents);
  }
  // npm makes the file executable only when it links it for the first time.
  chmodSync(join(dist, 'cli.mjs'), 0o755);
  writeFileSync(join(dist, 'index.cjs'), "module.exports = require('./core.cjs').face;\n");
  return core.metafile;
}

/** Globals that the host makes at first access. The members of the face access them; named exports are stand-ins. */
const hostGlobals = ['WebSocket', 'CloseEvent', 'MessageEvent'];

/** The names of an entry's exports, without running it. */
async function exportsOf(name) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`src/${name}/index.ts`],
    format: 'esm',
    write: false,
    metafile: true,
  });
  return Object.values(metafile.outputs)[0].exports;
}

const imported = (name) => `import room from './${name}.cjs';`;

/** Node reads an imported CommonJS file twice, for the names of its exports. `register` is loaded at each start: +1.4 ms. */
const required = (name) =>
  `import { createRequire } from 'node:module';\nconst room = createRequire(import.meta.url)('./${name}.cjs');`;

/** The ES module of a room that is an entry, and its declarations. */
async function writeRoom(name, load = imported) {
  const names = await exportsOf(name);
  const lines = names.map((each) => `export const ${each} = room.${each};`);
  writeFileSync(join(dist, `${name}.mjs`), [load(name), ...lines, ''].join('\n'));
  for (const ending of ['d.cts', 'd.mts']) {
    writeFileSync(join(dist, `${name}.${ending}`), `export * from './types/${name}/index.js';\n`);
  }
}

/** The ES module of a face, with a named export for each key of the CommonJS exports. */
function writeModuleFace(entry, standIns = []) {
  const names = Object.keys(require(join(dist, `${entry}.cjs`))).filter((name) => !hostGlobals.includes(name));
  const lines = [`import face from './${entry}.cjs';`, 'export default face;'];
  for (const name of names) lines.push(`export const ${name} = face.${name};`);
  if (standIns.length > 0) lines.push("import core from './core.cjs';");
  for (const name of standIns) lines.push(`export const ${name} = core.index.${name};`);
  writeFileSync(join(dist, `${entry}.mjs`), [...lines, ''].join('\n'));
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

/**
 * The declarations exist once, as CommonJS ones, since they describe CommonJS. One file for `import` and one for `require`
 * re-export them.
 */
function writeDeclarations() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', join(dist, 'types')];
  execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  writeFileSync(join(dist, 'types', 'package.json'), '{ "type": "commonjs" }\n');
  const globals = [globalType, ...hostGlobals.map(declared)];
  const more = { index: { both: globals, required: [orderType] }, https: { both: [], required: [] } };
  for (const [entry, { both, required }] of Object.entries(more)) {
    const names = `export * from './types/${entry}.js';`;
    writeFileSync(join(dist, `${entry}.d.cts`), [names, ...required, ...both, ''].join('\n'));
    const face = [`import * as face from './${entry}.cjs';`, 'export default face;', names, ...both, ''];
    writeFileSync(join(dist, `${entry}.d.mts`), face.join('\n'));
  }
}

/** The packages with at least one byte in the bundle. */
function bundledPackages(metafile) {
  const [output] = Object.values(metafile.outputs).filter((file) => file.entryPoint);
  const names = Object.entries(output.inputs)
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

function writeNotices(metafile) {
  const names = bundledPackages(metafile);
  const notices = names.map(licenceOf);
  if (names.includes('undici')) notices.push({ title: 'llhttp, inside undici (MIT)', text: llhttpLicence.trim() });
  const head = 'The code in this folder includes parts of the following packages.\n';
  const sections = notices.map(({ title, text }) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`);
  writeFileSync(join(dist, 'THIRD_PARTY_NOTICES'), [head, ...sections].join('\n'));
}

const metafile = await writeBundles();
writeModuleFace('index', hostGlobals);
writeModuleFace('https');
writeDeclarations();
await writeRoom('testing');
await writeRoom('machines');
await writeRoom('register', required);
writeNotices(metafile);
