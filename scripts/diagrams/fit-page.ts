/** The page that shows how the machines meet: `docs/how-it-fits.md`. */

import type { Picture } from '../../src/cli/drawing/picture.js';
import type { Observation } from '../../src/engine/tap.js';
import { typeOf } from '../../src/testing/render.js';
import { kindOf } from './compose.js';
import { addresseeOf, isOutside, type Link, linksOf, prefixOf, SIDES, senderOf, textsOf } from './fit.js';

/** @param seen what happened while a server had one GET */
export function fitPage(pictures: ReadonlyMap<string, Picture>, seen: readonly Observation[]): string {
  const links = linksOf(pictures);
  const steps = seen.filter(({ chart, emitted }) => isOfExchange(chart) && emitted.length > 0);
  return [
    HEAD,
    ...kinds(links, steps),
    '',
    '<details><summary>The same drawing as Mermaid text</summary>',
    '',
    '```mermaid',
    ...mermaidOf(links),
    '```',
    '',
    '</details>',
    '',
    GET,
    ...steps.map(rowOf),
    '',
    FOOT,
  ].join('\n');
}

const HEAD = `# How the machines meet

Generated from the charts by \`npm run diagrams\`; a test fails when it is stale. Don't edit.

![Who sends what to whom: the program above, the world below, and the seven machines in between](how-it-fits.svg)

A machine takes an event, moves to its next state and emits. It calls nobody: its host (in \`src/api\`) sends it its events, and
delivers what it emits.
`;

const GET = `## One GET

A connection is open. A GET comes, and the handler calls \`res.end('hello')\`. These are the events that make a machine of the server
emit something; the others are left out.

| from | to | event | emits |
| --- | --- | --- | --- |`;

const FOOT = `[Architecture](architecture.md#one-get) follows the same GET through the files. [Diagrams](../diagrams/README.md) show what a
machine does with each event, and [event order](event-order.md) which event a program sees first.
`;

/** What a fact, a command, an order and an emission is, with the families of each. */
function kinds(links: readonly Link[], steps: readonly Observation[]): string[] {
  const events = links.flatMap((link) => link.events);
  const emitted = links.flatMap((link) => link.emitted);
  const isCommand = (event: string) => kindOf(event) === 'command';
  const isOrder = (emission: string) => addresseeOf(emission) === 'world';
  const isEvent = (emission: string) => !isOrder(emission);
  const sample = steps.flatMap((step) => step.emitted.map(typeOf)).find(isEvent)!;
  return [
    `- A **fact** is something that has happened: ${families(events.filter((event) => !isCommand(event)))}.`,
    '  The prefix is the sender: a machine, or a part of the world or of the program.',
    `- A **command** is a call that the program makes: ${families(events.filter(isCommand))}.`,
    `- An **emission** is anything that a machine emits. It is an order, or it is for the program: ${families(emitted.filter(isEvent))}.`,
    `  The program sees the event after the dot: \`${sample}\` is '${afterDot(sample)}'.`,
    `- An **order** is an emission for the world: ${families(emitted.filter(isOrder))}. The host carries it out, and the result is a fact.`,
  ];
}

function families(names: readonly string[]): string {
  return [...new Set(names.map(prefixOf))]
    .sort()
    .map((prefix) => `\`${prefix}.*\``)
    .join(', ');
}

function afterDot(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** A line for each machine between the program and the world, and one for each pair of machines. */
function mermaidOf(links: readonly Link[]): string[] {
  const between = (machine: string, other: string) =>
    links.filter((link) => link.machine === machine && link.other === other);
  const machines = Object.values(SIDES).flat();
  return [
    'flowchart TB',
    ...Object.entries(SIDES).map(([side, names], index) => `  subgraph s${index}["${side}"]; ${names.join('; ')}; end`),
    ...machines.flatMap((machine) => {
      const above = between(machine, 'program').map((link) => `program ${mermaidArrow(link)} `);
      const below = between(machine, 'world').map((link) => ` ${mermaidArrow(link)} world`);
      return `  ${above.join('')}${machine}${below.join('')}`;
    }),
    ...links
      .filter(({ other }) => !isOutside(other))
      .map((link) => `  ${link.other} ${mermaidArrow(link)} ${link.machine}`),
  ];
}

/** It leads down, with what the machine is sent, and what it emits after a slash. */
function mermaidArrow({ other, events, emitted }: Link): string {
  const texts = [textsOf(events, !isOutside(other)), textsOf(emitted, false)].map((each) => each.join(', '));
  const isMutual = events.length > 0 && emitted.length > 0;
  return `${isMutual ? '<-->' : '-->'}|"${texts.filter((text) => text !== '').join(' / ')}"|`;
}

function rowOf({ chart, event, emitted }: Observation): string {
  const emissions = emitted.map((emission) => `\`${typeOf(emission)}\``).join(' ');
  return `| ${senderOf(event.type, chart)} | ${chart} | \`${event.type}\` | ${emissions} |`;
}

/** Whether it has a part in what happens on one connection of a server. */
function isOfExchange(chart: string): boolean {
  return chart !== 'server' && Object.values(SIDES)[0]!.includes(chart);
}
