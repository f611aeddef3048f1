/** The environment of commands. */

export interface World {
  print(text: string): void;
  printError(text: string): void;
  /** The package's folder. */
  readonly home: string;
}

/** Runs a command and returns the exit code: 0 for success, 1 for failure. */
export type Command = (args: readonly string[], world: World) => number;

/** Wrong usage: exit code 2. */
export class Misuse extends Error {}
