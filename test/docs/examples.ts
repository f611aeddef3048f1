/** The programs that the pages of the documentation print. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Example {
  /** Where it is: `docs/testing.md`, and the heading above it. */
  readonly page: string;
  readonly title: string;
  readonly program: string;
  /** The block without a language that follows it: what it prints, in part. */
  readonly printed: string;
}

/** A heading, or a program and the block after it if no heading, no code and no other program is between. */
const PART = /^#+ (.+)$|^```js\n([\s\S]*?)^```\n(?:[^#`]*?^```\n([\s\S]*?)^```)?/gm;

export function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8');
  const examples: Example[] = [];
  let title = '';
  for (const [, heading, program, printed = ''] of text.matchAll(PART)) {
    title = heading ?? title;
    if (program !== undefined) examples.push({ page, title, program, printed: printed.trim() });
  }
  return examples;
}

/** The pages with examples that need no other package than xstate. Those of docs/frameworks.md are in test/real. */
export const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith('.md') && page !== 'docs/frameworks.md',
);
