/** `node scripts/release.mjs <version>`: makes a release in this clone, and publishes nothing. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stage } from './stage.mjs';

const HELP = `node scripts/release.mjs <version> [options]

Sets the version, dates the changelog, runs all checks, packs, commits and tags. If something fails, nothing has changed.
It publishes nothing: at its end it says what to type for that.

  --no-checks   leave out npm run check and npm run pack:check
  --help        print this help`;

const root = join(import.meta.dirname, '..');
const CHANGED = ['package.json', 'package-lock.json', 'CHANGELOG.md'];

/** What the user has to do first. */
class Refusal extends Error {}

const at = (name) => join(root, name);
const read = (name) => readFileSync(at(name), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const npm = (script) =>
  execFileSync('npm', ['run', script], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });

/** @param {string} version @returns {number[]} its three numbers */
function numbersOf(version) {
  const numbers = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) throw new Refusal(`'${version}' is not a version. A version is three numbers, as 0.2.0.`);
  return numbers;
}

function isLater(version, than) {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  const index = a.findIndex((number, i) => number !== b[i]);
  return index !== -1 && a[index] > b[index];
}

/** The lines below `## Unreleased`, up to the next release. */
const unreleased = (changelog) => /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(changelog)?.[1].trim();

function refuse(version) {
  const current = JSON.parse(read('package.json')).version;
  // The version of package.json may not have been released yet: then it has no tag.
  if (version !== current && !isLater(version, current)) throw new Refusal(`${version} is not later than ${current}.`);
  if (git('status', '--porcelain') !== '') throw new Refusal('There are changes that are not committed.');
  if (git('tag', '--list', `v${version}`) !== '') throw new Refusal(`The tag v${version} exists.`);
  if (!unreleased(read('CHANGELOG.md'))) throw new Refusal('CHANGELOG.md has nothing below ‘## Unreleased’.');
}

function setVersion(version) {
  for (const name of ['package.json', 'package-lock.json']) {
    const content = JSON.parse(read(name));
    content.version = version;
    if (content.packages !== undefined) content.packages[''].version = version;
    writeFileSync(at(name), `${JSON.stringify(content, null, 2)}\n`);
  }
}

function dateChangelog(version, date) {
  const dated = read('CHANGELOG.md').replace(/^## Unreleased\n/m, `## Unreleased\n\n## ${version} (${date})\n`);
  writeFileSync(at('CHANGELOG.md'), dated);
}

/** @returns {string} the name of the tarball, which is in the root */
function pack() {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-release-'));
  try {
    const { tarball } = stage(folder);
    copyFileSync(tarball, at(basename(tarball)));
    return basename(tarball);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function release(version, { checks }) {
  refuse(version);
  try {
    setVersion(version);
    dateChangelog(version, new Date().toISOString().slice(0, 10));
    if (checks) for (const script of ['check', 'pack:check']) npm(script);
    const tarball = pack();
    git('commit', '--quiet', '-m', `chore: release ${version}`, ...CHANGED);
    git('tag', '--annotate', `v${version}`, '-m', `statewire ${version}`);
    return tarball;
  } catch (error) {
    git('checkout', '--quiet', 'HEAD', '--', ...CHANGED);
    throw error;
  }
}

const options = { 'no-checks': { type: 'boolean' }, help: { type: 'boolean' } };
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [version] = positionals;
  if (values.help) console.log(HELP);
  else if (version === undefined) throw new Refusal(HELP);
  else {
    const tarball = release(version, { checks: !values['no-checks'] });
    console.log(`v${version} is tagged, and nothing is published. Look at ${tarball}, then type:

  git push --follow-tags && npm publish ${tarball}`);
  }
} catch (error) {
  console.error(error.message);
  process.exit(error instanceof Refusal ? 2 : 1);
}
