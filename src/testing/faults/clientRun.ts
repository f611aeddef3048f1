/** A run with a client under test. */
import { Buffer } from 'node:buffer';
import { HORIZON } from './caller.js';
import { Idle } from './idle.js';
import { badRequests, hasSign, isCut, type Sign, sign, timersLeft } from './judge.js';
import { lineText, requestLines } from './lines.js';
import { http } from './program.js';
import { FAR, type Played, runOut, type Stage } from './stage.js';
import type { Upstream } from './upstream.js';

/** Calls the program, and looks at what it leaves. */
export async function playClient(stage: Stage): Promise<Played> {
  const { scene, upstream } = stage;
  const idle = new Idle();
  const call = async (isAgain: boolean): Promise<PlayedOnce> => {
    if (isAgain) upstream!.restart();
    const played = await playOnce(stage, isAgain);
    if (requestLines().size === 0) idle.note(scene.sockets);
    return played;
  };
  const first = await call(false);
  const { prints } = scene;
  const signs = [...first.signs];
  const isSound = (): boolean => signs.length === 0 && scene.guard.crashes.length === 0;
  // What is left once may be there for good, as an idle connection of an agent. And a call may take from the next one what it needs.
  if (isSound()) {
    const second = await call(true);
    signs.push(...second.left.filter((each) => hasSign(first.left, each)));
    signs.push(...second.signs.filter(({ verdict }) => verdict === 'hang').map(again));
    if (isSound() && idle.hasGrown) {
      await call(true);
      signs.push(...idle.signs(() => true));
    }
  }
  const { rejection } = first;
  const oddities = rejection === undefined ? [] : [`the promise of the client is rejected: ${rejection}`];
  return { signs, moments: [], open: [], prints, oddities, keeps: [] };
}

const again = ({ text, key }: Sign): Sign => ({
  verdict: 'hang',
  text: `when it is called again, ${text}`,
  key,
});

interface PlayedOnce {
  readonly signs: readonly Sign[];
  /** What it has left, which is a leak if it is left each time. */
  readonly left: readonly Sign[];
  /** With what its promise was rejected. */
  readonly rejection: string | undefined;
}

/** @param isAgain whether it was played before */
async function playOnce(stage: Stage, isAgain: boolean): Promise<PlayedOnce> {
  const { scene, make, agent, upstream } = stage;
  scene.emitters.mark();
  const timers = scene.clock.programTimers(FAR);
  const open = openOf(stage);
  const known = new Set(requestLines().keys());
  let isSettled = false;
  let value: unknown;
  let rejection: string | undefined;
  const settle = (result?: unknown): void => {
    isSettled = true;
    value = result;
  };
  const fail = (error: unknown): void => {
    settle();
    rejection = String(error);
  };
  try {
    Promise.resolve(make(http, agent)).then(settle, fail);
  } catch (error) {
    fail(error);
  }
  await scene.settle();
  await runOut(stage, HORIZON, () => !isSettled);
  const lines = [...requestLines()].filter(([id]) => !known.has(id)).map(([, line]) => line);
  const signs = [...badRequests(upstream!), ...cutValue(value, upstream!)];
  if (!isSettled) {
    const why = lines.length === 0 ? 'no request of it is going on' : lines.map(lineText).join('; ');
    const key = lines.map(({ what, waits }) => `${what} ${waits.map(({ for: code }) => code)}`).join();
    const hang = sign('hang', `the promise of the client never settles: ${why}`, key);
    return { signs: scene.guard.crashes.length === 0 ? [hang, ...signs] : signs, left: [], rejection };
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
  return { signs, left, rejection };
}

/** A client that gives a part of a response for the whole. */
function cutValue(value: unknown, upstream: Upstream): Sign[] {
  const isText = typeof value === 'string';
  if (!isText && !(value instanceof Uint8Array)) return [];
  const bytes = isText ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
  if (!isCut(bytes, upstream)) return [];
  const text = `a response that was cut after ${bytes.length} bytes is taken for whole: the promise of the client is fulfilled with them`;
  return [sign('bytes', text)];
}

const openOf = ({ scene }: Stage): number => scene.sockets.filter(({ destroyed }) => !destroyed).length;
