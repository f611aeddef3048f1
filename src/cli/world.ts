/** What commands have to do with. */

export interface World {
  print(text: string): void;
  complain(text: string): void;
  /** The folder of the package. */
  readonly home: string;
}

/** Carries out a command and returns the exit code: 0 when it is done, 1 when it failed. */
export type Command = (args: readonly string[], world: World) => number;

/** It was asked for in a way that isn't understood: exit code 2. */
export class Misuse extends Error {}
