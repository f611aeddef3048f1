/** A finding as a test of node:test that runs on its own. */
import type { Sign } from './judge.js';
import type { Case, Program } from './run.js';
import { type Script, stepText } from './script.js';

/** How the test gets the program: the lines of its imports, which have the name `server` or `client`. */
export type Imports = string | undefined;

const listOf = (script: Script): string => `[\n${script.map((step) => `      ${stepText(step)},\n`).join('')}    ]`;

/** The words that a script uses. */
const wordsOf = (scripts: readonly Script[]): string[] => [
  ...new Set(scripts.flatMap((script) => script.map((step) => step.do))),
];

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function printed(
  { kind }: Program,
  { script, upstream }: Case,
  { verdict, text }: Sign,
  fault: string,
  imports: Imports,
): string {
  const scripts = [script, upstream].filter((each) => each !== undefined);
  const names = ['everyFault', ...wordsOf(scripts)].sort();
  const program = imports ?? `import { ${kind} } from './app.js'; // the ${kind} that everyFault() was given`;
  const parts = [
    `    ${kind},`,
    ...(kind === 'client'
      ? [`    script: ${listOf(upstream!)},`]
      : [`    script: ${listOf(script!)},`, ...(upstream === undefined ? [] : [`    upstream: ${listOf(upstream)},`])]),
    '    limit: { runs: 1 },',
  ];
  return `// ${verdict}: ${text.replaceAll('\n', ' ')}
// The fault: ${fault}.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ${names.join(', ')} } from 'statewire/testing';
${program}

test(${quoted(`no ${verdict}: ${fault}`)}, async () => {
  const report = await everyFault({
${parts.join('\n')}
  });
  assert.equal(report.findings.length, 0, String(report));
});
`;
}
