/** `statewire diagrams`: the diagrams of the machines, from the package. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, Misuse } from './world.js';

const USAGE = `Usage: statewire diagrams [machine...] [options]

Prints the statecharts of machines, or writes them to a folder. Without a machine, it lists all or writes all.

Options:
  --format <format>   text (the default for printing), mermaid or svg
  --out <folder>      write <machine>.txt, .mmd and .svg there, or only the given format
  -h, --help          print this help
`;

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['text', '.txt'],
  ['mermaid', '.mmd'],
  ['svg', '.svg'],
]);

export const diagrams: Command = (args, { print, home }) => {
  const { help, format, out, machines } = parse(args);
  if (help) {
    print(USAGE);
    return 0;
  }
  const folder = join(home, 'diagrams');
  const known = machinesIn(folder);
  const unknown = machines.find((machine) => !known.includes(machine));
  if (unknown !== undefined) throw new Misuse(`unknown machine '${unknown}'; the machines are: ${known.join(', ')}`);
  const extension = format === undefined ? undefined : extensionOf(format);
  if (out !== undefined) {
    const extensions = extension === undefined ? [...EXTENSIONS.values()] : [extension];
    const names = (machines.length === 0 ? known : machines).flatMap((name) => extensions.map((each) => name + each));
    for (const path of copy(folder, names, out)) print(`${path}\n`);
  } else if (machines.length === 0) {
    for (const machine of known) print(`${titleOf(folder, machine)}\n`);
  } else {
    const files = machines.map((machine) => join(folder, machine + (extension ?? '.txt')));
    print(files.map((file) => readFileSync(file, 'utf8')).join('\n'));
  }
  return 0;
};

interface Request {
  readonly help: boolean;
  readonly format: string | undefined;
  readonly out: string | undefined;
  readonly machines: readonly string[];
}

function parse(args: readonly string[]): Request {
  const options = {
    format: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { help: values.help, format: values.format, out: values.out, machines: positionals };
  } catch (error) {
    throw new Misuse(`${(error as Error).message}\n\n${USAGE.trimEnd()}`);
  }
}

function extensionOf(format: string): string {
  const extension = EXTENSIONS.get(format);
  if (extension === undefined) {
    throw new Misuse(`unknown format '${format}'; the formats are: ${[...EXTENSIONS.keys()].join(', ')}`);
  }
  return extension;
}

function machinesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return names.map((name) => name.slice(0, -'.txt'.length)).sort();
}

/** The first line of its text: its name and description. */
function titleOf(folder: string, machine: string): string {
  return readFileSync(join(folder, `${machine}.txt`), 'utf8').split('\n', 1)[0]!;
}

function copy(from: string, names: readonly string[], to: string): string[] {
  mkdirSync(to, { recursive: true });
  return names.map((name) => {
    const path = join(to, name);
    copyFileSync(join(from, name), path);
    return path;
  });
}
