/** Runs random programs of one role, and reports the smallest one that breaks a law. */
import fc from 'fast-check';
import { type Role, roles } from './roles.js';

export { captureExceptions } from './world.js';

export type RoleName = keyof typeof roles;

export interface Batch {
  readonly role: RoleName;
  readonly runs: number;
  readonly seed: number;
  /** The path to one program, as printed with a failure. */
  readonly path?: string | undefined;
}

/** @returns the broken law and the program; undefined if none was broken */
export async function check({ role: name, runs, seed, path }: Batch): Promise<string | undefined> {
  const { cases, judge, print } = roles[name] as Role<unknown>;
  const property = fc.asyncProperty(cases, async (one) => (await judge(one)) === undefined);
  const { failed, counterexample, counterexamplePath } = await fc.check(property, {
    numRuns: runs,
    seed,
    ...(path !== undefined && { path }),
  });
  if (!failed) return undefined;
  const [one] = counterexample as [unknown];
  const what = await judge(one).catch((error: Error) => error.stack);
  const again = `npm run test:programs -- --role ${name} --seed ${seed} --path ${counterexamplePath}`;
  return `${what ?? 'It breaks no law when it runs again'}\n\n${again}\n\n${print(one)}`;
}
