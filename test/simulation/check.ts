/** Simulates cities, and reports the smallest one that breaks a law. */
import fc from 'fast-check';
import { type City, cities, judge } from './city.js';

export { captureExceptions } from '../programs/world.js';

export interface Batch {
  readonly seed: number;
  readonly runs: number;
  /** The path to one city, as printed with a failure. */
  readonly path?: string | undefined;
  /** A failure is not made smaller. */
  readonly isShort?: boolean | undefined;
}

export interface Checked {
  readonly connections: number;
  readonly failure: string | undefined;
}

export async function check({ seed, runs, path, isShort = false }: Batch): Promise<Checked> {
  let connections = 0;
  const property = fc.asyncProperty(cities, async (city) => {
    const judged = await judge(city);
    connections += judged.connections;
    return judged.broken === undefined;
  });
  const { failed, counterexample, counterexamplePath } = await fc.check(property, {
    numRuns: runs,
    seed,
    ...(path !== undefined && { path }),
    interruptAfterTimeLimit: 600_000,
    markInterruptAsFailure: true,
    endOnFailure: isShort,
  });
  if (!failed) return { connections, failure: undefined };
  if (counterexample === null) throw new Error(`The cities of seed ${seed} take longer than ten minutes`);
  const [city] = counterexample;
  const what = await judge(city).then(
    (judged) => judged.broken,
    (error: Error) => error.stack,
  );
  const again = `npm run simulate -- --seed ${seed} --path ${counterexamplePath}`;
  return { connections, failure: `${what ?? 'It breaks no law when it runs again'}\n\n${again}\n\n${printed(city)}` };
}

/** The programs and the network, as text. */
function printed(city: City): string {
  const textOf = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'text' in value ? (value as { text: string }).text : value;
  return JSON.stringify(city, textOf, 2).replaceAll('\\n', '\n');
}
