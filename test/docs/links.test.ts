/** Each link of a page to a file of the repository, and to a heading of it, leads somewhere. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');
const withoutCode = (text: string) => withoutFences(text).replace(/`[^`\n]+`/g, '');

function anchorsOf(path: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = [...withoutFences(read(path)).matchAll(/^#+ (.+)$/gm)];
  return new Set(headings.map(([, title]) => slugger.slug(title!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'))));
}

/** What is wrong with a link of a page; undefined if nothing is. */
function fault(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split('#') as [string, string?];
  const linked = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(root, linked))) return `${link}: no such file`;
  if (anchor !== undefined && !anchorsOf(linked).has(anchor)) return `${link}: no such heading`;
  return undefined;
}

it.each(pages)('%s', (page) => {
  const links = [...withoutCode(read(page)).matchAll(/\]\(<?([^)>\s]+)>?\)/g)].map(([, link]) => link!);
  expect(links.map((link) => fault(page, link)).filter((found) => found !== undefined)).toEqual([]);
});
