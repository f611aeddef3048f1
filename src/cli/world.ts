/** The environment of commands. */
export interface World {
  print(text: string): void;
  printError(text: string): void;
  /** The package's folder. */
  readonly home: string;
  /** The folder in which the command runs. */
  readonly here: string;
}

/** Wrong usage: exit code 2. */
export class Misuse extends Error {}
