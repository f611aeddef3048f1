/**
 * Bundles and minifies the rooms: files of dist/rooms, of which each is a function that is given `require`.
 *
 * In Node that is the `require` of an entry (dist/index.cjs), and nothing but what is used is loaded. A bundler gets an entry of
 * dist/bundle, an ES module that imports the same rooms, and the built-in modules for them: the output of a bundler may be an ES
 * module, which has no `require`. So there is one copy of the code for both.
 */
import { join, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { root } from '../load.mjs';
import { interpreterEntry, printedCharts } from './charts.mjs';

const target = 'node20.19';

/**
 * The path of a module in src/ without its ending, as `engine/tap`; undefined for other modules.
 * @param {string} path
 */
function nameOf(path) {
  const name = relative(join(root, 'src'), path).replaceAll('\\', '/');
  return name.startsWith('..') ? undefined : name.replace(/\.[jt]s$/, '');
}

/**
 * Takes modules from `core.cjs`, and notes them in `shared`.
 * @param {(name: string) => boolean} isOwn which modules of src/ the bundle has itself
 * @param {Set<string>} shared
 */
const fromCore = (isOwn, shared) => ({
  name: 'fromCore',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\//, namespace: 'file' }, ({ path, resolveDir, kind }) => {
      const name = nameOf(join(resolveDir, path));
      if (kind === 'entry-point' || name === undefined || isOwn(name)) return undefined;
      shared.add(name);
      return { path: name, namespace: 'core' };
    });
    onLoad({ filter: /^/, namespace: 'core' }, ({ path }) => ({
      contents: `module.exports = require('./rooms/core.cjs')(require).modules('${path}');`,
    }));
  },
});

/** Bytes as a string, a character each. Most are below 0x80, and so one byte of UTF-8: base64 takes 4.8 kB more, compressed. */
const literalOf = (bytes) =>
  `\`${bytes
    .toString('latin1')
    .replace(/[\\`$]/g, '\\$&')
    .replaceAll('\r', '\\r')}\``;

/** What is loaded by need has rooms of its own. llhttp's bytes are text there, which Node and bundlers read alike. */
const byNeed = {
  name: 'byNeed',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]llhttp-bytes\.ts$/ }, () => ({
      contents: "export const llhttpBytes = () => Buffer.from(require('./rooms/llhttp.cjs')(require), 'latin1');",
    }));
    onLoad({ filter: /[\\/]explain[\\/]byNeed\.ts$/ }, () => ({
      contents: "export const explaining = () => require('./rooms/explain.cjs')(require);",
    }));
    onLoad({ filter: /[\\/]cli[\\/]byNeed\.ts$/ }, () => ({
      contents: `export const isInstalled = true;
        export const loadTesting = () => import('./testing.mjs');
        export const loadJournal = () => import('./journal.mjs');
        export const loadRegister = () => import('./register.mjs');
        const entry = (name) => new URL(name, import.meta.url).href;
        export const entries = { journal: entry('./journal.mjs'), register: entry('./register.mjs') };`,
    }));
  },
};

/** Rooms take each other by `require`; a thread and the command take entries, when they need them. */
const otherRooms = {
  name: 'otherRooms',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(rooms\/|(journal|testing|register)\.[cm]js$)/ }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

/** What registers the journal takes it from the file beside it. */
const besideIt = {
  name: 'besideIt',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: './journal.cjs', external: true }));
  },
};

/** A loop over all keys of an object, as in esbuild's helpers and XState. */
const forIn = /\bfor \((const|let|var) (\w+) in ([^()]+)\)/g;

/** Makes such loops iterate over own keys, since programs may extend Object.prototype. */
function withOwnKeys(path, text) {
  const own = text.replace(forIn, 'for ($1 $2 of Object.keys($3))');
  const left = /\bfor \([^;)]* in .*/.exec(own);
  if (left !== null) throw new Error(`${path}: ${left[0]}`);
  return own;
}

/**
 * esbuild copies all properties of a built-in module that has a default import, as if it could be an ES module. Each copy is a
 * getter, and there are hundreds.
 */
function withoutCopies(text) {
  const copied = /\b(import_\w+) = __toESM\((require\("node:\w+"\))(?:, 1)?\)/g;
  return text.replace(copied, (all, name, module) => {
    const uses = [...text.matchAll(new RegExp(String.raw`\b${name}\b(\.default\b)?`, 'g'))];
    // The first is the declaration.
    return uses.slice(1).every(([, isDefault]) => isDefault) ? `${name} = { default: ${module} }` : all;
  });
}

/**
 * A module of the core is an object of getters as it is. esbuild makes a function for each, and copies what it returns for each file
 * that imports it.
 */
function withoutWrappers(text) {
  const wrapper =
    /^var (require_\w+) = __commonJS\(\{\n {2}"core:([\w/]+)"\(exports, (module\d*)\) \{\n {4}\3\.exports = .*\n {2}\}\n\}\);\n/gm;
  const names = new Map([...text.matchAll(wrapper)].map(([, name, path]) => [name, path]));
  if (names.size === 0) return text;
  const own = text
    .replace(wrapper, '')
    .replace(/\b__toESM\((require_\w+)\(\)(?:, 1)?\)/g, (all, name) =>
      names.has(name) ? `ofCore("${names.get(name)}")` : all,
    );
  const left = [...own.matchAll(/\brequire_\w+/g)].find(([name]) => names.has(name));
  if (left !== undefined) throw new Error(`${left[0]} is used in another way`);
  const helper = own.includes('__commonJS(') ? own : own.replace(/^var __commonJS = [\s\S]*?\n\};\n/m, '');
  return `function ofCore(name) {\n  return require('./rooms/core.cjs')(require).modules(name);\n}\n${helper}`;
}

/**
 * A class that refers to itself has two names in a bundle: `var Parser = class _Parser`. It would be known by the second, and that
 * is renamed. It only needs it while it is made.
 */
function withOneName(text) {
  const classes = /\bvar (\w+) = class _\1\b([^{]*\{)([\s\S]*?\n\};\n)/g;
  return text.replace(classes, (all, name, head, body) => {
    const isMadeOfItself = /\bstatic (\{|[#\w]+ =)/.test(body);
    if (isMadeOfItself) return all.replace(head, `${head} static name = '${name}';`);
    return `var ${name} = class${head}${body.replace(new RegExp(String.raw`\b_${name}\b`, 'g'), name)}`;
  });
}

/**
 * esbuild leaves the names at the top level of a text, since they could be globals. So functions and classes keep theirs, which are
 * seen in stack traces, and only what is inside them is renamed.
 */
async function minified(text, options = {}) {
  const { code } = await transform(text, {
    target,
    minify: true,
    lineLimit: 240,
    legalComments: 'none',
    ...options,
  });
  // A string in two lines is right, but rollup indents the second. What a program names is imported as it is: a bundler can't know it.
  return code.replaceAll('\\\n', '').replace(/\bimport\((?=[A-Za-z_$])/g, 'import(/* webpackIgnore: true */ ');
}

/**
 * @param {import('esbuild').BuildOptions} options what is bundled
 * @returns {Promise<{ text: string, metafile: import('esbuild').Metafile }>}
 */
async function bundle(name, options) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    outfile: `dist/${name}`,
    write: false,
    bundle: true,
    format: 'cjs',
    target,
    // `platform: 'node'` would set the condition `node`, for which rxjs has only a CommonJS build that can't be tree-shaken.
    platform: 'neutral',
    conditions: ['module', 'es2015'],
    mainFields: ['module', 'main'],
    metafile: true,
    logLevel: 'warning',
    ...options,
    plugins: [otherRooms, ...(options.plugins ?? [])],
    external: ['node:*', ...(options.external ?? [])],
  });
  return { text: outputFiles[0].text, metafile };
}

/**
 * Its parameter is not called `require`: some bundlers look for calls of that, whatever it is.
 *
 * A function in parentheses is compiled at once. Others V8 reads twice: when it finds them, and when they are called.
 * @param {string} text of a CommonJS module
 */
const asFunction = (text) => `(function (load) {
const module = { exports: {} };
${text}
return module.exports;
})`;

/**
 * @param {{ isOne?: boolean }} [options] whether all that call the room share it
 * @returns {Promise<{ text: string, metafile: import('esbuild').Metafile }>}
 */
async function room(name, options, { isOne = true } = {}) {
  const { text, metafile } = await bundle(`rooms/${name}.cjs`, options);
  const code = await minified(withOneName(withoutWrappers(withoutCopies(withOwnKeys(name, text)))), {
    define: { require: 'load' },
  });
  const make = asFunction(code);
  const made = isOne
    ? `let room;\nconst make = ${make};\nmodule.exports = (load) => (room ??= make(load));\n`
    : `module.exports = ${make};\n`;
  return { text: made, metafile };
}

/**
 * Runs at the end of a face. esbuild makes exports getters, but Node's exports are a plain object that programs assign to
 * (`require('http').request = …`). So the default export becomes the face, with its missing names added.
 */
const completed = `((names) => {
  const face = names.default;
  for (const name of Object.keys(names)) if (name !== 'default' && !(name in face)) face[name] = names[name];
  return face;
})`;

/**
 * A module with a function `modules(name)`, which gives the exports of a shared module. They are made when they are asked for: most
 * programs load nothing that asks, and each export is a getter, because it may change.
 * @param {Iterable<string>} shared names of modules
 */
async function modulesOf(shared) {
  const names = [...shared].sort();
  const exported = await exportsOf(names);
  const local = (i, name) => `${name}_${i}`;
  const imports = names.map((name, i) => {
    const list = exported[i].map((each) => `${each} as ${local(i, each)}`);
    return `import { ${list.join(', ')} } from './src/${name}.ts';`;
  });
  const makers = names.map((name, i) => {
    const getters = exported[i].map((each) => `${each}: () => ${local(i, each)}`);
    return `'${name}': () => ({ ${getters.join(', ')} })`;
  });
  return `${imports.join('\n')}
    const made = {};
    // From arrows: getters would make the core 17 kB larger.
    function makeModule(getters) {
      const module = {};
      for (const [name, get] of Object.entries(getters)) Object.defineProperty(module, name, { enumerable: true, get });
      return module;
    }
    export const modules = (name) => (made[name] ??= makeModule({ ${makers.join(',\n')} }[name]()));`;
}

/** The index, and the modules that others share with it, by their paths in src/. */
async function core(shared) {
  const contents = `export * as index from './src/index.ts';\n${await modulesOf(shared)}`;
  return room('core', {
    stdin: { contents, resolveDir: root, sourcefile: 'core.ts' },
    plugins: [byNeed, printedCharts("export const interpreter = () => require('./rooms/interpreter.cjs')(require);")],
    footer: { js: `module.exports.face = ${completed}(module.exports.index);` },
  });
}

/**
 * The names of exports, without running the modules.
 * @param {readonly string[]} names of modules in src/
 * @returns {Promise<string[][]>}
 */
export async function exportsOf(names) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `src/${name}.ts`),
    outdir: 'dist',
    outbase: 'src',
    format: 'esm',
    write: false,
    metafile: true,
  });
  return names.map((name) => metafile.outputs[`dist/${name}.js`].exports.filter((each) => each !== 'default'));
}

/** The charts are all that has a dependency. */
const needsXState = `try {
  require('xstate');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  const message = 'statewire/machines needs the package xstate, 5.33 or later, which was not found: npm install xstate';
  throw Object.assign(new TypeError(message, { cause: error }), { code: 'STATEWIRE_NO_XSTATE' });
}`;

/**
 * All that is bundled.
 * @returns {Promise<{ files: Map<string, string>, metafiles: Record<string, import('esbuild').Metafile> }>} texts by their paths in
 *   dist/, and what is in the rooms
 */
export async function bundles() {
  const shared = new Set();
  const entry = (name) => [`src/${name}/index.ts`];
  const rooms = {
    testing: await room('testing', {
      entryPoints: entry('testing'),
      plugins: [fromCore((name) => name.startsWith('testing/'), shared)],
    }),
    journal: await room('journal', {
      entryPoints: entry('journal'),
      plugins: [fromCore((name) => name.startsWith('journal/'), shared)],
    }),
    https: await room('https', {
      entryPoints: ['src/https.ts'],
      plugins: [fromCore((name) => name.startsWith('api/tls/'), shared)],
      footer: { js: `module.exports = ${completed}(module.exports);` },
    }),
    charts: await room(
      'charts',
      { entryPoints: entry('machines'), external: ['xstate'], banner: { js: needsXState } },
      { isOne: false },
    ),
    explain: await room('explain', {
      entryPoints: ['src/explain/explainer.ts'],
      plugins: [fromCore((name) => name.startsWith('explain/'), shared)],
    }),
    interpreter: await room('interpreter', {
      stdin: { contents: interpreterEntry, resolveDir: root, sourcefile: 'interpreter.ts' },
      plugins: [fromCore((name) => name === 'engine/read', shared)],
    }),
  };
  rooms.core = await core(shared);
  const { default: simd } = await import('undici/lib/llhttp/llhttp_simd-wasm.js');
  const files = new Map([['rooms/llhttp.cjs', `module.exports = () => ${literalOf(simd)};\n`]]);
  for (const [name, { text }] of Object.entries(rooms)) files.set(`rooms/${name}.cjs`, text);
  for (const [name, options] of [
    ['register.cjs', { entryPoints: entry('register') }],
    ['journal-register.cjs', { entryPoints: ['src/journal/register.ts'], plugins: [besideIt] }],
    ['cli.mjs', { entryPoints: ['src/cli/main.ts'], format: 'esm' }],
  ]) {
    const { text } = await bundle(name, { ...options, plugins: [byNeed, ...(options.plugins ?? [])] });
    files.set(name, await minified(withOwnKeys(name, text)));
  }
  return {
    files,
    metafiles: Object.fromEntries(Object.entries(rooms).map(([name, { metafile }]) => [name, metafile])),
  };
}
