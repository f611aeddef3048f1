/** A finding as a test of node:test that runs on its own. */
import type { Sign } from './judge.js';
import type { Case, Program } from './run.js';
import { type Script, stepText } from './script.js';

/** How the test gets the program: the lines of its imports, which have the name `server` or `client`. */
export type Imports = string | undefined;

const listOf = (steps: readonly string[]): string => `[\n${steps.map((step) => `      ${step},\n`).join('')}    ]`;

/** The words that steps use. */
const wordsOf = (steps: readonly string[]): string[] => [
  ...new Set(steps.map((step) => step.slice(0, step.indexOf('(')))),
];

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** As {@link printed}, of steps that are text. */
export function printedSteps(
  kind: Program['kind'],
  script: readonly string[],
  upstream: readonly string[] | undefined,
  { verdict, text }: Pick<Sign, 'verdict' | 'text'>,
  fault: string,
  imports: Imports,
): string {
  const names = ['everyFault', ...wordsOf([...script, ...(upstream ?? [])])].sort();
  const program = imports ?? `import { ${kind} } from './app.js'; // the ${kind} that everyFault() was given`;
  const parts = [
    `    ${kind},`,
    `    script: ${listOf(script)},`,
    ...(upstream === undefined ? [] : [`    upstream: ${listOf(upstream)},`]),
    '    limit: { runs: 1 },',
  ];
  return `// ${verdict}: ${text.replaceAll('\n', ' ')}
// The fault: ${fault}.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ${names.join(', ')} } from 'statewire/testing';
${program.startsWith('import') ? program : `\n${program}`}

test(${quoted(`no ${verdict}: ${fault}`)}, async () => {
  const report = await everyFault({
${parts.join('\n')}
  });
  assert.equal(report.findings.length, 0, String(report));
});
`;
}

export function printed({ kind }: Program, one: Case, sign: Sign, fault: string, imports: Imports): string {
  const { script, upstream } = stepsOf(kind, one);
  return printedSteps(kind, script, upstream, sign, fault, imports);
}

const textOf = (script: Script | undefined): readonly string[] | undefined => script?.map(stepText);

/** The scripts as everyFault is given them. */
export function stepsOf(
  kind: Program['kind'],
  { script, upstream }: Case,
): { script: readonly string[]; upstream: readonly string[] | undefined } {
  if (kind === 'client') return { script: textOf(upstream)!, upstream: undefined };
  return { script: textOf(script)!, upstream: textOf(upstream) };
}
