/**
 * The pages of the package. In the repository their links are relative; the package has neither `docs` nor `src`, so in it they lead
 * to the repository: `node scripts/readme.mjs absolute`, and `relative` to undo it, rewrite them around `npm pack`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = 'https://github.com/statewire/statewire';
const PAGE = `${REPOSITORY}/blob/main/`;
/** An image is not a page. */
const FILE = `${REPOSITORY}/raw/main/`;

/** A Markdown link to a file: not to a fragment of the page, nor to another site. */
const link = /(!?)(\[(?:!\[[^\]]*\]\([^)]*\)|[^\]])*\])\((?!#|[a-z]+:)([^)\s]+)\)/g;

/** @param {string} text */
export const absolute = (text) =>
  text.replace(link, (_, image, title, path) => {
    const inner = title.replace(/^\[(!\[.*)\]$/s, (_all, nested) => `[${absolute(nested)}]`);
    return `${image}${inner}(${image ? FILE : PAGE}${path})`;
  });

/** @param {string} text */
export const relative = (text) => text.replaceAll(`](${PAGE}`, '](').replaceAll(`](${FILE}`, '](');

const [, program, direction] = process.argv;
if (program === fileURLToPath(import.meta.url)) {
  for (const page of ['README.md', 'CHANGELOG.md', 'SECURITY.md']) {
    const file = join(import.meta.dirname, '..', page);
    writeFileSync(file, { absolute, relative }[direction](readFileSync(file, 'utf8')));
  }
}
