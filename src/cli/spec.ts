/** What a command takes. Its help, the parser of its arguments and the completions of shells are made from this. */
import { parseArgs } from 'node:util';
import { guess } from './guess.js';
import { Misuse, type World } from './world.js';

export interface Spec {
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** After the name, in the first line of its help. */
  readonly usage: string;
  /** What it does, in a paragraph. */
  readonly text: string;
  readonly options: readonly Option[];
  /** What its arguments may be. `home` is the package's folder. */
  operands(home: string): readonly string[];
  /** Its arguments are files. */
  readonly takesFiles?: true;
}

/** A command, and what `help` and completions say about it. */
export interface Command extends Spec {
  /** Returns the exit code: 0 for success, 1 for failure. `--help` was handled. */
  run(parsed: Parsed, world: World): number | Promise<number>;
}

export interface Option {
  readonly name: string;
  readonly short?: string;
  readonly text: string;
  /** What its value is called; an option without takes none. */
  readonly value?: string;
  /** It may be given several times. */
  readonly multiple?: true;
  /** What its value may be; `folder`: any folder; `file`: any file. */
  values?(home: string): readonly string[] | 'folder' | 'file';
}

export const HELP: Option = { name: 'help', short: 'h', text: 'print this help' };

/** `-h, --help`, `    --out <folder>`. */
function flagText({ name, short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
}

/** Two columns, without a line end. */
export function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n');
}

export function optionsText(options: readonly Option[]): string {
  return columns(options.map((option) => [flagText(option), option.text]));
}

export function helpOf({ name, usage, text, options }: Spec): string {
  return `Usage: statewire ${name} ${usage}\n\n${text}\n\nOptions:\n${optionsText([...options, HELP])}\n`;
}

/** What was wrong, and how to get the help. Without a command, that of all. */
export function misuse(what: string, command?: string): Misuse {
  return new Misuse(`${what}\nFor help: npx statewire ${command === undefined ? '' : `${command} `}--help`);
}

export interface Parsed {
  readonly operands: readonly string[];
  has(name: string): boolean;
  one(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** @throws Misuse */
export function parse(spec: Spec, args: readonly string[]): Parsed {
  const options = Object.fromEntries(
    [...spec.options, HELP].map(({ name, short, value, multiple = false }) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        multiple,
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const all = (name: string): string[] => [values[name] ?? []].flat().filter((value) => typeof value === 'string');
    return { operands: positionals, has: (name) => name in values, one: (name) => all(name).at(-1), all };
  } catch (error) {
    throw misuse(reasonOf(error as NodeJS.ErrnoException, spec), spec.name);
  }
}

/** What `parseArgs` refuses, in the words of the command. */
function reasonOf({ code, message }: NodeJS.ErrnoException, { options }: Spec): string {
  const all = [...options, HELP];
  const [, flag = ''] = /'(?:-\w, )?(-[^' ]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const flags = all.map(({ name }) => `--${name}`);
    return `unknown option '${flag}'${guess(flag, flags)}`;
  }
  const option = all.find(({ name }) => flag === `--${name}`);
  if (option === undefined) return message.split('\n', 1)[0]!;
  return option.value === undefined ? `${flag} takes no value` : `${flag} takes a value: ${flag}=<${option.value}>`;
}
