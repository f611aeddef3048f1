/** The files of Node's tree that test http and https, and their requirements on the process. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of http and https by their names. Files in `sequential` must run alone. */
const ours = [
  { folder: 'parallel', alone: false },
  { folder: 'sequential', alone: true },
];

/** Where others are that use http or https. */
const elsewhere = [...ours, { folder: 'async-hooks', alone: false }, { folder: 'client-proxy', alone: false }];

const named = /^test-https?-/;
const uses = /(?:require\(|from |import\(|import )['"](?:node:)?https?['"]/;

/** What statewire intentionally lacks: internals of Node. */
const insides = [
  { reason: '--expose-internals', pattern: /--expose[-_]internals/ },
  { reason: 'internalBinding', pattern: /\binternalBinding\(/ },
  { reason: 'private _http_* names', pattern: /['"](?:node:)?_http_\w+['"]/ },
];

/**
 * @typedef {object} TestFile
 * @property {string} name the folder and the file, as in `parallel/test-http-abort-client.js`
 * @property {string} path
 * @property {string} digest of the source and of the tests' common code
 * @property {string} [excluded] why it does not run
 * @property {string[]} flags of `// Flags:`
 * @property {Record<string, string>} env of `// Env:`
 * @property {boolean} alone whether it must run alone
 */

/**
 * @param {string} folder a checkout of Node, or its folder `test`
 * @param {boolean} [others] the tests of other modules instead, if they use http or https
 * @returns {TestFile[]} empty if there are none
 */
export function findTests(folder, others = false) {
  const root = existsSync(join(folder, 'test', 'parallel')) ? join(folder, 'test') : folder;
  const present = (others ? elsewhere : ours).filter((each) => existsSync(join(root, each.folder)));
  const common = join(root, 'common', 'index.js');
  const shared = existsSync(common) ? readFileSync(common) : '';
  return present.flatMap(({ folder, alone }) =>
    readdirSync(join(root, folder))
      .filter((file) => /^test-.*\.[cm]?js$/.test(file))
      .filter((file) => (others ? isOther(folder, file, join(root, folder, file)) : named.test(file)))
      .sort()
      .map((file) => ({ alone, ...readTest(join(root, folder, file), `${folder}/${file}`, shared) })),
  );
}

function isOther(folder, file, path) {
  if (ours.some((each) => each.folder === folder)) return !named.test(file) && uses.test(readFileSync(path, 'utf8'));
  return named.test(file) || uses.test(readFileSync(path, 'utf8'));
}

function readTest(path, name, shared) {
  const source = readFileSync(path, 'utf8');
  return {
    name,
    path,
    digest: createHash('sha256').update(shared).update(source).digest('hex'),
    excluded: insides.find(({ pattern }) => pattern.test(source))?.reason,
    flags: wordsOf(source, 'Flags'),
    env: Object.fromEntries(wordsOf(source, 'Env').map((word) => word.split(/=(.*)/s, 2))),
  };
}

function wordsOf(source, label) {
  const lines = source.matchAll(new RegExp(`^// ${label}:(.*)$`, 'gm'));
  return [...lines].flatMap(([, words]) => words.split(/\s+/).filter(Boolean));
}
