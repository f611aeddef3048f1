/** Records the transitions that the production machines actually take. */
import { tap } from '../../../src/engine/tap.js';
import { takenBy } from './machine.js';

/** The transitions that are taken while `run` runs. */
export async function takenDuring(run: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const stop = tap(({ actor, chart, event, from }) => {
    if (event.type === 'xstate.init') return;
    for (const transition of takenBy(chart, from, event, (actor as { context: unknown }).context))
      taken.add(transition);
  });
  try {
    await run();
  } finally {
    stop();
  }
  return taken;
}
