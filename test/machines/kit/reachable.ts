/** What a machine reaches in its world. */
import { compile } from '../../../src/engine/compile.js';
import type { StateValue } from '../../../src/engine/model.js';
import type { ChartName } from '../../../src/events/charts.js';
import { machines } from '../../../src/machines/index.js';
import { alphabets } from '../../../src/testing/alphabet.js';
import { typeOf } from '../../../src/testing/render.js';
import { Walker } from '../../../src/testing/walker.js';
import { after, boundless, mayCome, worlds } from '../../../src/testing/world.js';

export interface Step {
  /** undefined for the first. */
  readonly from: StateValue | undefined;
  readonly type: string;
  readonly to: StateValue;
}

/** Each step from each situation that the machine reaches. */
export function* stepsOf(name: ChartName): Generator<Step> {
  const walker = new Walker(compile(machines[name] as never) as never);
  const world = worlds[name] ?? boundless;
  type Place = { situation: typeof walker.first.situation; facts: ReadonlySet<string> };
  const seen = new Set<string>();
  const places: Place[] = [];
  const reach = ({ situation, emitted }: typeof walker.first, facts: ReadonlySet<string>, type: string) => {
    const next = after(world, facts, [type, ...emitted.map(typeOf)]);
    const key = `${situation.configuration.index} ${JSON.stringify(situation.context)} ${[...next].sort()}`;
    if (!seen.has(key)) places.push({ situation, facts: next });
    seen.add(key);
    return situation.configuration.value;
  };
  yield { from: undefined, type: 'xstate.init', to: reach(walker.first, new Set(world.begins), 'xstate.init') };
  for (let at = 0; at < places.length; at++) {
    const { situation, facts } = places[at]!;
    const from = situation.configuration.value;
    for (const event of alphabets[name]!.events) {
      if (mayCome(world, facts, event.type))
        yield { from, type: event.type, to: reach(walker.step(situation, event), facts, event.type) };
    }
  }
}

/** The states of all configurations that the machine reaches. */
export const statesOf = (name: ChartName): StateValue[] => [...new Set([...stepsOf(name)].map(({ to }) => to))];
