/** Finds and runs the command. Exit codes: 0 success, 1 failure, 2 wrong usage. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completions } from './completions.js';
import { diagrams } from './diagrams.js';
import { explain } from './explain.js';
import { faults } from './faults.js';
import { guess } from './guess.js';
import { journal } from './journal.js';
import { type Command, columns, HELP, helpOf, misuse, type Option, optionsText, parse } from './spec.js';
import { Misuse, type World } from './world.js';

const commands: readonly Command[] = [
  diagrams,
  explain,
  faults,
  journal,
  completions(() => commands),
  {
    name: 'help',
    summary: 'print what a command does',
    usage: '[command]',
    text: 'Prints what a command does, or which commands there are.',
    options: [],
    operands: () => commands.map(({ name }) => name),
    run({ operands: [name, ...more] }, world) {
      if (more.length > 0) throw new Misuse(`help takes one command, not ${more.length + 1}`);
      world.print(name === undefined ? usage() : helpOf(commandOf(name)));
      return 0;
    },
  },
];

const OPTIONS: readonly Option[] = [
  { ...HELP, text: 'print this help; statewire <command> --help prints more' },
  { name: 'version', short: 'v', text: 'print the version' },
];

function usage(): string {
  return `statewire runs node:http's API on statecharts. This command shows them.

Usage: statewire <command> [options]

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

Options:
${optionsText(OPTIONS)}

For example:
${columns([
  ['statewire diagrams', 'lists the machines'],
  ['statewire diagrams response', 'prints one as text'],
  ['statewire diagrams response --region line --format svg', 'prints an image of one region'],
  ['statewire explain 4711 --longer-than 5s', 'prints what the connections of a process wait for'],
  ['statewire faults ./app.js --script requests.http', 'runs a server with every failure of its clients'],
  ["statewire journal list night.swj --ending 'R*'", 'lists what peers have reset, in a recorded journal'],
  ['STATEWIRE_TRACE=1 node app.js', 'prints what the machines do, if it imports statewire'],
  ['STATEWIRE_TRACE=1 node --import statewire/register app.js', 'the same if it imports node:http'],
])}
`;
}

export async function run(args: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(args, world);
  } catch (error) {
    world.printError(`statewire: ${(error as Error).message}\n`);
    return error instanceof Misuse ? 2 : 1;
  }
}

function dispatch([name, ...rest]: readonly string[], world: World): number | Promise<number> {
  switch (name) {
    case undefined:
    case '-h':
    case '--help':
      world.print(usage());
      return 0;
    case '-v':
    case '--version':
      world.print(`${versionOf(world)}\n`);
      return 0;
    default: {
      const command = commandOf(name);
      const parsed = parse(command, rest);
      if (!parsed.has('help')) return command.run(parsed, world);
      world.print(command.name === 'help' ? usage() : helpOf(command));
      return 0;
    }
  }
}

function commandOf(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  const flags = OPTIONS.map((option) => `--${option.name}`);
  if (name.startsWith('-')) throw misuse(`unknown option '${name}'${guess(name, flags)}`);
  throw misuse(`unknown command '${name}'${guess(name, names) || `; there are ${names.join(', ')}`}`);
}

function versionOf({ home }: World): string {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return version;
}
