/** docs/glossary.md has each term once, with its place; and neither the pages nor the code use a second word for a thing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ends: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ends) && !path.includes('/node_modules/'))
    .sort();

const PAGE = 'docs/glossary.md';
const rows = [...read(PAGE).matchAll(/^\| (?!term |---)(.+) \|$/gm)].map(([, row]) => row!.split(' | '));

describe(PAGE, () => {
  it('has 25 to 50 rows: a term, its meaning in one or two sentences, its place', () => {
    expect(rows.length).toBeGreaterThanOrEqual(25);
    expect(rows.length).toBeLessThanOrEqual(50);
    expect(
      rows.filter(([term, meaning, place, ...more]) => !term || !meaning?.endsWith('.') || !place || more.length > 0),
    ).toEqual([]);
  });

  it('has each term once', () => {
    const terms = rows.map(([term]) => term);
    expect(new Set(terms).size).toBe(terms.length);
  });

  it.each(rows.map(([term, , place]) => [term, place] as const))('%s is where it says', (_term, place) => {
    const [, text, link] = /^\[(.+)\]\((.+)\)$/.exec(place!)!;
    expect(existsSync(join(root, text!))).toBe(true);
    expect(join(dirname(PAGE), link!)).toBe(join(text!));
  });
});

/** Words that have another one in the project (docs/glossary.md). */
const FORBIDDEN =
  /\b(?:un)?answer\w*|\bt(?:ell|ells|old|elling)\b|\b(?:un)?hear(?:s|d|ing)?\b|\bbehind\b|\bprogrammers?\b/gi;

/** Without the member `answered` of what `server.drain()` resolves with. */
const withoutMember = (text: string) => text.replace(/(?:readonly |\{ |[`.({])answered\b/g, '');

const pages = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'bench/README.md', ...filesOf('docs', '.md')];

describe('one thing has one name', () => {
  it.each(pages)('in %s', (path) => {
    const lines = withoutMember(read(path)).split('\n');
    const found = lines.flatMap((line, index) => (line.match(FORBIDDEN) ?? []).map((word) => `${index + 1}: ${word}`));
    expect(found).toEqual([]);
  });

  it('no source calls a response an answer', () => {
    const found = filesOf('src', '.ts').flatMap((path) =>
      withoutMember(read(path))
        .split('\n')
        .flatMap((line, index) => (/answer/i.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });
});
