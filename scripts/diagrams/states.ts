/** `src/events/states.ts`: the states of each machine as types, for programs that use a tap. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

const HEAD = `/** The states of each machine, as its actors have them in \`from\` and \`to\`. Written by \`npm run diagrams\`; don't edit. */\n`;

/** Of a line, as the formatter has it, without the marks around a union. */
const WIDTH = 117;

export function states(machines: Readonly<Record<string, AnyStateMachine>>): string {
  const entries = Object.entries(machines).map(
    ([name, { root }]) => `${comment(root, '  ')}  ${name}: ${typeOf(root, '  ')};`,
  );
  return `${HEAD}export interface States {\n${entries.join('\n')}\n}\n`;
}

const comment = ({ description = '' }: AnyStateNode, indent: string): string =>
  description === '' ? '' : `${indent}/** ${description} */\n`;

const spaced = (type: string): string => (type.startsWith('\n') ? type : ` ${type}`);

/** The type of a state with children: an object with its regions, or a union of its states. */
function typeOf(node: AnyStateNode, indent: string): string {
  const deeper = `${indent}  `;
  const children = Object.values(node.states);
  if (node.type === 'parallel') {
    const regions = children.map(
      (region) => `${comment(region, deeper)}${deeper}${region.key}:${spaced(typeOf(region, deeper))};`,
    );
    return `{\n${regions.join('\n')}\n${indent}}`;
  }
  // XState's value of a region without states.
  if (children.length === 0) return 'Record<string, never>';
  const names = children.map((child) =>
    child.type === 'compound' ? `{ ${child.key}: ${typeOf(child, deeper)} }` : `'${child.key}'`,
  );
  const line = names.join(' | ');
  return node.key.length + line.length < WIDTH - indent.length ? line : ['', ...names].join(`\n${deeper}| `);
}
