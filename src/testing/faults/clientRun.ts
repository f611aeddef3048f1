/** A run with a client under test. */
import { HORIZON } from './caller.js';
import { badRequests, hasSign, type Sign, sign, timersLeft } from './judge.js';
import { lineText, requestLines } from './lines.js';
import { http } from './program.js';
import { FAR, type Played, runOut, type Stage } from './stage.js';

/** Calls the program, and looks at what it leaves. */
export async function playClient(stage: Stage): Promise<Played> {
  const first = await playOnce(stage, false);
  const signs = [...first.signs];
  // What is left once may be there for good, as an idle connection of an agent.
  if (first.left.length > 0 && first.signs.length === 0) {
    stage.upstream!.restart();
    const second = await playOnce(stage, true);
    signs.push(...second.left.filter((each) => hasSign(first.left, each)));
  }
  return { signs, moments: [], open: [] };
}

interface PlayedOnce {
  readonly signs: readonly Sign[];
  /** What it has left, which is a leak if it is left each time. */
  readonly left: readonly Sign[];
}

/** @param isAgain whether it was played before */
async function playOnce(stage: Stage, isAgain: boolean): Promise<PlayedOnce> {
  const { scene, make, agent, upstream } = stage;
  scene.emitters.mark();
  const timers = scene.clock.programTimers(FAR);
  const open = openOf(stage);
  const known = new Set(requestLines().keys());
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  try {
    Promise.resolve(make(http, agent)).then(settle, settle);
  } catch {
    settle();
  }
  await scene.settle();
  await runOut(stage, HORIZON, () => !isSettled);
  const lines = [...requestLines()].filter(([id]) => !known.has(id)).map(([, line]) => line);
  const signs = badRequests(upstream!);
  if (!isSettled) {
    const why = lines.length === 0 ? 'no request of it is going on' : lines.map(lineText).join('; ');
    const key = lines.map(({ what, waits }) => `${what} ${waits.map(({ for: code }) => code)}`).join();
    const hang = sign('hang', `the promise of the client never settles: ${why}`, key);
    return { signs: scene.guard.crashes.length === 0 ? [hang, ...signs] : signs, left: [] };
  }
  const left: Sign[] = lines.map((line) =>
    sign(
      'leak',
      `a request goes on after the client is done: ${lineText(line)}`,
      `goes on ${line.what} ${line.waits[0]?.who}`,
    ),
  );
  if (lines.length === 0 && openOf(stage) > open)
    left.push(sign('leak', 'each call of the client leaves an open connection'));
  left.push(...timersLeft(timers, scene.clock.programTimers(FAR), 'the client is done'));
  for (const what of new Set(scene.emitters.grown(isAgain)))
    left.push(sign('leak', `${what} has more listeners after each call`));
  return { signs, left };
}

const openOf = ({ scene }: Stage): number => scene.sockets.filter(({ destroyed }) => !destroyed).length;
