/** The folder `diagrams/`: a file for each machine, and a page that shows them all. */
import type { AnyStateMachine, EventObject } from 'xstate';
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../test/machines/alphabet.js';
import { statesOf, transitionsOf } from './chart.js';
import { emissionsOf } from './emissions.js';
import { COLOURS, mermaid } from './mermaid.js';

/** File names and what is in the files. */
export function diagramFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, machine] of Object.entries(machines)) files.set(`${name}.mmd`, diagramOf(name, machine));
  files.set('README.md', page(files));
  return files;
}

function diagramOf(name: string, machine: AnyStateMachine): string {
  const events = alphabets[name]!.events as readonly EventObject[];
  return mermaid(machine, emissionsOf(machine, events));
}

const head = `# Diagrams

Generated from the machines that run, by \`npm run diagrams\`; \`npm run check\` fails when they are stale. Don't edit.

- An edge says \`event rank [guard] / what leaves\`. Where an event has several candidates in a state they are tried in the
  order of their ranks, and the first that passes is taken. \`always\` needs no event.
- What a state answers without being left stands inside it.
- Names of what leaves: \`io.*\` are orders to the world; all others are told to the programmer.
- The colour of a state says what it waits for:
${legend()}
`;

function legend(): string {
  const meanings: Record<keyof typeof COLOURS, string> = {
    facts: 'facts (`net.*`, `wire.*`, `stream.*`, `answer.*`, `server.*`)',
    commands: 'commands (`user.*`)',
    time: 'time (`clock.*`)',
    several: 'several of these',
    nothing: 'nothing more',
  };
  return Object.entries(COLOURS)
    .map(([kind, colour]) => `  \`${colour}\` ${meanings[kind as keyof typeof COLOURS]}`)
    .join(' ·\n');
}

function page(files: ReadonlyMap<string, string>): string {
  const sections = Object.entries(machines).map(([name, machine]) => {
    const states = statesOf(machine);
    const transitions = states.flatMap(transitionsOf);
    const counts = `${states.length} states, ${transitions.length} transitions: [${name}.mmd](${name}.mmd).`;
    return `## ${name}\n\n${machine.root.description} ${counts}\n\n\`\`\`mermaid\n${files.get(`${name}.mmd`)}\`\`\`\n`;
  });
  return [head, ...sections].join('\n');
}
