/** Finds and runs the command. Exit codes: 0 success, 1 failure, 2 wrong usage. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagrams } from './diagrams.js';
import { type Command, Misuse, type World } from './world.js';

const USAGE = `Usage: statewire <command> [options]

Commands:
  diagrams   print the statecharts of statewire, or write them to a folder

Options:
  -h, --help      print this help; statewire <command> --help prints more
  -v, --version   print the version
`;

const commands: ReadonlyMap<string, Command> = new Map([['diagrams', diagrams]]);

export function run(args: readonly string[], world: World): number {
  try {
    return dispatch(args, world);
  } catch (error) {
    world.printError(`statewire: ${(error as Error).message}\n`);
    return error instanceof Misuse ? 2 : 1;
  }
}

function dispatch([name, ...rest]: readonly string[], world: World): number {
  if (name === undefined) throw new Misuse(`missing command\n\n${USAGE.trimEnd()}`);
  if (name === '-h' || name === '--help') {
    world.print(USAGE);
    return 0;
  }
  if (name === '-v' || name === '--version') {
    world.print(`${versionOf(world)}\n`);
    return 0;
  }
  const command = commands.get(name);
  if (command === undefined) {
    throw new Misuse(`unknown command '${name}'; the commands are: ${[...commands.keys()].join(', ')}`);
  }
  return command(rest, world);
}

function versionOf({ home }: World): string {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return version;
}
