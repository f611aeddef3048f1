/** docs/laws.md: whoever cites a law finds it there, and each law names the tests that hold it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** By number: what the page says of a law. */
const laws = new Map(
  read('docs/laws.md')
    .split(/^## /m)
    .slice(1)
    .map((text): [number, string] => [Number.parseInt(text, 10), text]),
);

/** Files of a folder with the endings. */
function filesOf(folder: string, endings: RegExp): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.includes('node_modules'),
  );
  return names.map((name) => `${folder}/${name.replaceAll('\\', '/')}`).filter((path) => endings.test(path));
}

/** The laws that a text cites, as in "law 7" and "laws 1 and 2". */
function citedIn(text: string): number[] {
  const cited = text.matchAll(/\blaws? (\d+(?:(?:, | and |, and |–)\d+)*)/gi);
  return [...cited].flatMap(([, numbers]) => numbers!.match(/\d+/g)!.map(Number));
}

/** The files that a law links to as what holds it, from the root. */
function holding(law: string): string[] {
  const [, held] = law.split('*Held by*');
  return [...(held ?? '').matchAll(/\]\(\.\.\/([^)#]+)\)/g)].map(([, path]) => path!);
}

const citing = [
  ...['src', 'docs', 'scripts', 'bench', 'test'].flatMap((folder) => filesOf(folder, /\.(ts|mjs|md)$/)),
  ...['AGENTS.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'README.md'],
].filter((path) => path !== 'test/docs/laws.test.ts');

describe('docs/laws.md', () => {
  it('numbers its laws from 1 on', () => {
    expect([...laws.keys()]).toEqual([...laws.keys()].map((_, index) => index + 1));
    expect(laws.size).toBeGreaterThan(1);
  });

  it.each([...laws])('law %i has a reason, and a test that exists', (_, law) => {
    expect(law).toMatch(/^\*Why:\* \S/m);
    const paths = holding(law);
    expect(paths).not.toEqual([]);
    expect(paths.filter((path) => !/^test\/.*\.test\.ts$/.test(path) || !existsSync(join(root, path)))).toEqual([]);
  });

  it('has each law that somebody cites', () => {
    const cited = citing.flatMap((path) => citedIn(read(path)).map((number) => `${path}: law ${number}`));
    expect(cited.length).toBeGreaterThan(5);
    expect(cited.filter((line) => !laws.has(Number(line.split(' ').at(-1))))).toEqual([]);
  });

  it('names each test that says which law it holds', () => {
    const tests = citing.filter((path) => path.endsWith('.test.ts'));
    const missing = tests.flatMap((path) =>
      citedIn(read(path))
        .filter((number) => !holding(laws.get(number) ?? '').includes(path))
        .map((number) => `law ${number} doesn't name ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

it('reads citations', () => {
  expect(citedIn('(law 8), Law 5 on the machines, laws 1, 2 and 10, the lawyer 3')).toEqual([8, 5, 1, 2, 10]);
});
