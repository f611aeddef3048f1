/** `statewire diagrams`: the machines as text, Mermaid, SVG or JSON. */
import { resolve } from 'node:path';
import { type DrawnMachine, rowsOf } from './drawing/drawings.js';
import { mermaid } from './drawing/mermaid.js';
import { outline } from './drawing/outline.js';
import { contains, type Picture, type State, within } from './drawing/picture.js';
import { regionsOf } from './drawing/scene.js';
import { svg } from './drawing/svg.js';
import { readDrawings, writeFiles } from './files.js';
import { guess, unknown } from './guess.js';
import type { Command, Option, Parsed, Spec } from './spec.js';
import { Misuse, type World } from './world.js';

const FORMATS = { text: '.txt', mermaid: '.mmd', svg: '.svg' } as const;
type Format = keyof typeof FORMATS;
const formats = Object.keys(FORMATS) as Format[];

const isFormat = (text: string): text is Format => Object.hasOwn(FORMATS, text);

const machinesOf = (home: string): string[] => Object.keys(readDrawings(home));

function regionNames(home: string): string[] {
  const names = Object.values(readDrawings(home)).flatMap(({ picture }) => namesOfRegions(picture));
  return [...new Set(names)];
}

const options: readonly Option[] = [
  { name: 'region', value: 'name', multiple: true, text: 'only this region of them', values: regionNames },
  { name: 'format', value: 'format', text: 'text (the default for printing), mermaid or svg', values: () => formats },
  {
    name: 'out',
    value: 'folder',
    text: 'write files there: in each format, or only the given one',
    values: () => 'folder',
  },
  { name: 'json', text: 'print the states and arrows as JSON; without a machine, a list of the machines' },
];

const spec: Spec = {
  name: 'diagrams',
  summary: 'print the statecharts of statewire, or write them to a folder',
  usage: '[machine...] [options]',
  text: `Prints the statecharts of machines, or writes them to a folder. Without a machine, it lists all, or writes all. An image shows
one region; several images are written as files, without --out to the current folder.`,
  options,
  operands: machinesOf,
};

export const diagrams: Command = { ...spec, run };

/** A machine, or one region of it. */
interface Subject {
  readonly machine: DrawnMachine;
  readonly picture: Picture;
}

function run(parsed: Parsed, world: World): number {
  const format = formatOf(parsed.one('format'));
  const out = parsed.one('out');
  if (out === '') throw new Misuse('--out names no folder');
  const drawings = readDrawings(world.home);
  const names = parsed.operands.map((name) => known('machine', name, Object.keys(drawings)));
  const chosen = names.length === 0 ? Object.keys(drawings) : [...new Set(names)];
  const machines = chosen.map((name) => drawings[name]!);
  const regions = parsed.all('region');
  const subjects = subjectsOf(machines, regions, names.length > 0);
  const isAll = names.length === 0 && regions.length === 0;
  if (parsed.has('json')) {
    if (format !== undefined || out !== undefined) throw new Misuse('--json prints: it takes no --format and no --out');
    printJson(world, subjects, isAll);
  } else if (out !== undefined) {
    const wanted = format === undefined ? formats : [format];
    write(world, resolve(world.here, out), new Map(wanted.flatMap((each) => filesOf(subjects, each))), out);
  } else if (isAll && format === undefined) world.print(listOf(subjects));
  else print(world, subjects, format ?? 'text');
  return 0;
}

function print(world: World, subjects: readonly Subject[], format: Format): void {
  const files = filesOf(subjects, format);
  if (format === 'svg' && files.length > 1) write(world, world.here, new Map(files), '');
  else world.print(files.map(([, text]) => text).join('\n'));
}

/** @param folder as it is printed */
function write(world: World, path: string, files: ReadonlyMap<string, string>, folder: string): void {
  writeFiles(path, files);
  for (const name of files.keys()) world.print(`${folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`}\n`);
}

/** A file for each subject, and in SVG for each of its regions. */
function filesOf(subjects: readonly Subject[], format: Format): [name: string, text: string][] {
  const ending = FORMATS[format];
  return subjects.flatMap(({ machine, picture }): [string, string][] => {
    if (format === 'svg') return regionsOf(picture).map((each) => [each.state.id + ending, svg(rowsOf(each, machine))]);
    return [[picture.root.id + ending, format === 'text' ? outline(picture) : mermaid(picture)]];
  });
}

function listOf(subjects: readonly Subject[]): string {
  return subjects
    .map(({ picture }) => {
      const regions = namesOfRegions(picture);
      const { name, description } = picture.root;
      return `${name}  ${description}${regions.length === 0 ? '' : `\n    ${regions.join(', ')}`}\n`;
    })
    .join('');
}

function printJson(world: World, subjects: readonly Subject[], isList: boolean): void {
  const described = isList
    ? subjects.map(({ picture }) => ({
        name: picture.root.name,
        description: picture.root.description,
        regions: namesOfRegions(picture),
        states: within(picture.root).length,
      }))
    : subjects.map(({ picture }) => picture);
  world.print(`${JSON.stringify(described, null, 2)}\n`);
}

function formatOf(given: string | undefined): Format | undefined {
  if (given === undefined || isFormat(given)) return given;
  throw unknown('format', given, formats);
}

function known(kind: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  throw unknown(kind, name, names);
}

function withoutRegion(machine: string, name: string, names: readonly string[]): Misuse {
  const known = names.length === 0 ? 'It has none' : `Its regions are: ${names.join(', ')}`;
  return new Misuse(`${machine} has no region '${name}'${guess(name, names)}\n${known}`);
}

const regionStates = ({ root }: Picture): readonly State[] => (root.type === 'parallel' ? root.states : []);

const namesOfRegions = (picture: Picture): string[] => regionStates(picture).map(({ name }) => name);

/** The machines, or these regions of them. Machines that were named must have them; of all machines, one must. */
function subjectsOf(machines: readonly DrawnMachine[], regions: readonly string[], areNamed: boolean): Subject[] {
  if (regions.length === 0) return machines.map((machine) => ({ machine, picture: machine.picture }));
  const all = machines.flatMap(({ picture }) => namesOfRegions(picture));
  if (!areNamed) for (const name of regions) known('region', name, [...new Set(all)]);
  return machines.flatMap((machine) => {
    const { picture } = machine;
    const found = regionStates(picture).filter(({ name }) => regions.includes(name));
    if (areNamed && found.length === 0) throw withoutRegion(picture.root.name, regions[0]!, namesOfRegions(picture));
    return found.map((root) => ({
      machine,
      picture: {
        root,
        arrows: picture.arrows.filter(({ from, to }) => contains(root.id, from) && contains(root.id, to)),
      },
    }));
  });
}
