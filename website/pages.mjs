/**
 * Copies the pages of map.mjs to pages/, with links that hold in the site: to another page, to a file that is copied with it (a
 * picture), or to the repository. A link to a file that doesn't exist is an error.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copied, decisions, repository, sections } from './map.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('pages', import.meta.url));

const paths = new Map(Object.values(sections).flatMap((pages) => Object.entries(pages)));
for (const name of readdirSync(join(root, decisions.folder))) {
  paths.set(`${decisions.folder}/${name}`, `${decisions.path}/${name.replace(/\.md$/, '')}`);
}

const titleOf = (file) => /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))[1];

/** The sidebar of VitePress. */
export function sidebar() {
  const items = (pages) =>
    pages.map(([file, path]) => ({ text: titleOf(file), link: path === 'index' ? '/' : `/${path}` }));
  const listed = Object.entries(sections).map(([text, pages]) => ({ text, items: items(Object.entries(pages)) }));
  const rest = [...paths].filter(([file]) => file.startsWith(decisions.folder));
  return [...listed, { text: decisions.title, collapsed: true, items: items(rest) }];
}

/** A link of a page, as the site needs it. */
function linkFrom(file, link) {
  if (/^(?:[a-z]+:|#)/.test(link)) return link;
  const [name, anchor = ''] = link.split(/(?=#)/);
  const linked = posix.join(posix.dirname(file), name).replace(/\/$/, '');
  if (!existsSync(join(root, linked))) throw new Error(`${file}: ${link} is a link to nothing`);
  const page = paths.get(linked) ?? paths.get(`${linked}/README.md`);
  if (linked in copied) return `/${copied[linked]}`;
  if (page !== undefined) return `/${page === 'index' ? '' : page}${anchor}`;
  return `${repository}/${statSync(join(root, linked)).isDirectory() ? 'tree' : 'blob'}/main/${linked}${anchor}`;
}

function copyPicture(file, path, link) {
  if (/^[a-z]+:/.test(link)) return link;
  const place = join(dirname(join(target, path)), link.split('/').at(-1));
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(join(root, posix.dirname(file), link), place);
  return `./${posix.basename(link)}`;
}

/** Fenced code and code spans stay as they are: what looks like a link there is none. */
const code = /(^```[\s\S]*?^```|`[^`\n]+`)/m;

function pageOf(file, path) {
  const text = readFileSync(join(root, file), 'utf8');
  return text
    .split(code)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      return part
        .replace(/!\[([^\]]*)\]\(([^)\s]+)\)/g, (_, alt, link) => `![${alt}](<${copyPicture(file, path, link)}>)`)
        .replace(/\]\(([^)<>\s]+)\)/g, (_, link) => `](${linkFrom(file, link)})`);
    })
    .join('');
}

export function writePages() {
  rmSync(target, { recursive: true, force: true });
  for (const [file, path] of Object.entries(copied)) {
    mkdirSync(join(target, 'public'), { recursive: true });
    copyFileSync(join(root, file), join(target, 'public', path));
  }
  for (const [file, path] of paths) {
    const place = join(target, `${path}.md`);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, pageOf(file, path));
  }
}
