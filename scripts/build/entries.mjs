/** The entries of the package, which are small: for Node, `require` and `import`; for bundlers (dist/bundle), both as well. */

/** Globals that the host makes at first access. The members of the face access them; named exports are stand-ins. */
export const hostGlobals = ['WebSocket', 'CloseEvent', 'MessageEvent'];

/**
 * @typedef {{ face?: string, standIns?: readonly string[] }} FaceOptions for an entry with a default export: where it is in the
 *   room, as an expression, and the names that its index has besides
 */

const named = (names, from) => names.map((name) => `export const ${name} = ${from}.${name};`);
/** The exports of an entry. @param {string} room as an expression @param {FaceOptions} [options] */
const exported = (room, names, { face, standIns = [] } = {}) =>
  [
    `const room = ${room};`,
    face === undefined ? [] : `const face = room${face};\nexport default face;`,
    named(names, face === undefined ? 'room' : 'face'),
    named(standIns, 'room.index'),
  ].flat();
const lines = (...all) => `${all.flat().join('\n')}\n`;

/** The built-in modules that bundles require. @param {readonly import('esbuild').Metafile[]} metafiles */
const builtinsOf = (metafiles) => {
  const imported = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ imports }) => imports));
  return [...new Set(imported.map(({ path }) => path).filter((path) => path.startsWith('node:')))].sort();
};

/**
 * For `require` in Node. Node looks for exports also in what is exported from another file (`module.exports = require(…)`), and would
 * read all of it.
 */
export const requiredEntry = (room, face = '') =>
  lines(`const room = require('./rooms/${room}.cjs')(require);`, `module.exports = room${face};`);

/**
 * For `require` of all who are not Node itself: `imports` in package.json lead a bundler to the ES module, and others (Yarn's
 * loader) to the entry for Node. It takes Node some ms to read `imports`.
 * @param {boolean} isFace whether the CommonJS exports are the default export
 */
export const bundledRequire = (name, isFace) =>
  lines(`const room = require('#${name}');`, `module.exports = room${isFace ? '.default ?? room' : ''};`);

/**
 * It requires what it exports, since Node reads a CommonJS file that is imported twice, for the names of its exports.
 * @param {string} load what is required, as an expression
 * @param {readonly string[]} names of its exports
 * @param {FaceOptions} [options]
 */
export const importedEntry = (load, names, options) =>
  lines(
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url);',
    exported(load, names, options),
  );

/**
 * What rooms require, for bundlers: what is imported statically.
 * @param {Record<string, import('esbuild').Metafile>} metafiles by room
 */
export function requireForBundlers({ core, interpreter, charts, explain }) {
  const rooms = ['core', 'interpreter', 'charts', 'explain', 'llhttp'];
  const builtins = builtinsOf([core, interpreter, charts, explain]);
  return lines(
    rooms.map((room) => `import ${room} from '../rooms/${room}.cjs';`),
    builtins.map((name, i) => `import builtin${i} from '${name}';`),
    'const modules = {',
    rooms.map((room) => `  './rooms/${room}.cjs': ${room},`),
    builtins.map((name, i) => `  '${name}': builtin${i},`),
    '};',
    'export default (name) => modules[name];',
  );
}

/**
 * @param {string} room @param {import('esbuild').Metafile} metafile @param {readonly string[]} names of its exports
 * @param {FaceOptions} [options]
 */
export function bundledEntry(room, metafile, names, options) {
  const builtins = builtinsOf([metafile]);
  return lines(
    `import make from '../rooms/${room}.cjs';`,
    `import require from './require.mjs';`,
    builtins.map((name, i) => `import builtin${i} from '${name}';`),
    `const builtins = { ${builtins.map((name, i) => `'${name}': builtin${i}`).join(', ')} };`,
    exported('make((name) => builtins[name] ?? require(name))', names, options),
  );
}

/** The charts for bundlers, made with the XState of the program. */
export const bundledCharts = (names) =>
  lines(
    "import make from '../rooms/charts.cjs';",
    "import * as xstate from 'xstate';",
    'const room = make(() => xstate);',
    named(names, 'room'),
  );
