/** The environment of commands. */
export interface World {
  print(text: string): void;
  printError(text: string): void;
  /** For what prints much: resolves when there is room for more. */
  readonly hasRoom?: () => unknown;
  /** Whether what is printed goes to a terminal. */
  readonly isTerminal: boolean;
  /** Whether errors and progress do. Default false. */
  readonly isErrorTerminal?: boolean;
  /** The package's folder. */
  readonly home: string;
  /** The folder in which the command runs. */
  readonly here: string;
}

/** Wrong usage: exit code 2. */
export class Misuse extends Error {}
