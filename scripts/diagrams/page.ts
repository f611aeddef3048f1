/** The page that shows all diagrams. */
import { COLOURS } from './mermaid.js';
import { type Picture, within } from './picture.js';

/** The text of `diagrams/README.md`; `counts` is by name of the machine how many transitions its chart has. */
export function page(pictures: ReadonlyMap<string, Picture>, counts: ReadonlyMap<string, number>): string {
  const sections = [...pictures].map(([name, picture]) => section(name, picture, counts.get(name)!));
  return [head, ...sections].join('\n');
}

const head = `# Diagrams

Generated from the machines that run, by \`npm run diagrams\`; \`npm run check\` fails when they are stale. Don't edit.

- An arrow says \`event rank [guard] / what leaves\`. Where an event has several candidates in a state they are tried in the
  order of their ranks, and the first that passes is taken. \`always\` needs no event.
- What a state answers without being left stands inside it.
- From \`in any state\` begins what all states around it answer, but for those that answer the event themselves.
- At a diamond candidates are tried that several events have in common.
- A state that is \`Drawn below\` has a row of its own. What is written on its arrows names the states inside that are meant:
  \`cut: …\` leads from \`cut\`, \`… → cut\` leads to it.
- Names of what leaves: \`io.*\` are orders to the world, all others with a dot are told to the programmer. A name without a dot is
  an action that only the machine sees.
- The colour of an event and of its arrow says who brings it: facts (\`net.*\`, \`wire.*\`, \`stream.*\`, \`answer.*\`, \`server.*\` …),
  commands of the program (\`user.*\`), or time (\`clock.*\`).

Of each machine there are an image, the same as [Mermaid](https://mermaid.js.org) text, and an outline for terminals, which
\`npx statewire diagrams <machine>\` prints. Mermaid can't colour arrows; there the colour of a state says what it waits for:
${Object.entries(COLOURS)
  .map(([kind, colour]) => `\`${colour}\` ${kind}`)
  .join(', ')}.
`;

function section(name: string, { root }: Picture, transitions: number): string {
  const states = within(root);
  const rows = states.slice(1).map(({ id, description }) => `| \`${id.slice(root.id.length + 1)}\` | ${description} |`);
  return [
    `## ${name}`,
    '',
    `${root.description} ${states.length} states, ${transitions} transitions.`,
    '',
    `![The states and transitions of ${name}](${name}.svg)`,
    '',
    `[Image](${name}.svg) · [Mermaid](${name}.mmd) · [outline](${name}.txt)`,
    '',
    '<details><summary>The states of it</summary>',
    '',
    '| state | |',
    '| --- | --- |',
    ...rows,
    '',
    '</details>',
    '',
  ].join('\n');
}
