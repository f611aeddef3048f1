/** `src/testing/emissions.ts`: the names of what each machine emits, for `follows`. */
import { type Picture, within } from '../../src/cli/drawing/picture.js';

const HEAD = `/** What each machine emits, its orders last. Written by \`npm run diagrams\`; don't edit. */
import type { ChartName, EmissionOf } from '../events/charts.js';

type Names = { readonly [Name in ChartName]: readonly EmissionOf<Name>['type'][] };

`;

/** Of a line. */
const WIDTH = 120;

export function names(pictures: ReadonlyMap<string, Picture>): string {
  const entries = [...pictures].map(([machine, picture]) => {
    const texts = namesIn(picture).map((name) => `'${name}'`);
    const line = `  ${machine}: [${texts.join(', ')}],`;
    return line.length <= WIDTH ? line : `  ${machine}: [\n${texts.map((text) => `    ${text},\n`).join('')}  ],`;
  });
  return `${HEAD}export const emissionNames: Names = {\n${entries.join('\n')}\n};\n`;
}

/** The outputs that are emissions: their names have a dot. Those that one action chooses from are joined. */
function namesIn({ root, arrows }: Picture): string[] {
  const reactions = [...within(root).flatMap(({ notes }) => notes), ...arrows.flatMap((arrow) => arrow.reactions)];
  const outputs = reactions.flatMap((reaction) => reaction.outputs).flatMap((output) => output.split(' or '));
  const found = [...new Set(outputs.filter((output) => output.includes('.')))].sort();
  const isOrder = (name: string): boolean => name.startsWith('io.');
  return [...found.filter((name) => !isOrder(name)), ...found.filter(isOrder)];
}
