/**
 * How the rules name the end of a client's request, in every state and at every step that its machine reaches. test/endings/rules.txt
 * has the names, for review: a branch of a rule that is turned round changes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stateText } from '../../src/engine/text.js';
import type { StateOf } from '../../src/events/charts.js';
import { cutsResponse, IN, isGivenUp, isWhole, requestEndedIn } from '../../src/rules/ending.js';
import { statesOf, stepsOf } from '../machines/kit/reachable.js';

type State = StateOf<'request'>;

const states = statesOf('request') as unknown as State[];

/** A heading, and each line with all that is said of it. */
function table(heading: string, entries: readonly (readonly [line: string, said: string])[]): string[] {
  const lines = new Map<string, Set<string>>();
  for (const [line, said] of entries) lines.set(line, (lines.get(line) ?? new Set()).add(said));
  const texts = [...lines].map(([line, said]) => `  ${line}: ${[...said].sort().join(', ')}`);
  return [`${heading}:`, ...texts.sort()];
}

/** What the rules look at beside `message`. */
const partnersOf = ({ response, line }: State): string => {
  const states = line === 'upgraded' || line === 'released' ? { response, line } : { response };
  return stateText(states as never);
};

it('the end of a request has the name that the list gives (if not: UPDATE=1)', () => {
  const file = new URL('./rules.txt', import.meta.url);
  const situations = [
    ['waiting in the queue of its agent', { isQueued: true, isConnected: false }],
    ['without a connection', { isQueued: false, isConnected: false }],
    ['on a connection', { isQueued: false, isConnected: true }],
  ] as const;
  const named = situations.flatMap(([heading, situation]) =>
    table(
      `Ended ${heading}`,
      states.map((state) => {
        const when = requestEndedIn(state, situation);
        return [`${when} (${IN[when]}), in ${partnersOf(state)}`, state.message] as const;
      }),
    ),
  );
  const whole = states.filter(isWhole).map((state) => [partnersOf(state), state.message] as const);
  const cut = [...stepsOf('request')].flatMap(({ from, type, to }) => {
    const [before, after] = [from, to] as unknown as State[];
    if (before === undefined || isGivenUp(before, after!) || !cutsResponse(before, type, after!)) return [];
    return [[type, `${stateText({ response: before.response } as never)} → ${String(after!.response)}`] as const];
  });
  const lines = [
    ...named,
    ...table('Whole, when its socket closes', whole),
    ...table('Cut, although its line stays, by', cut),
  ];
  const text = `${lines.join('\n')}\n`;
  if (process.env['UPDATE']) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
