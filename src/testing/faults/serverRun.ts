/** A run with a server under test. */
import type { Explanation } from '../../explain/explanation.js';
import { Caller } from './caller.js';
import { descriptors } from './descriptors.js';
import { countsOf } from './emitters.js';
import { badResponses, hasSign, type Sign, sign, type Timers, timersLeft } from './judge.js';
import { exchangesOf, isYours, lineText, requestLines } from './lines.js';
import { http, Served, serverOf } from './program.js';
import type { Script } from './script.js';
import { FAR, type Played, runOut, type Stage } from './stage.js';

/** What may be left of an exchange, counted. */
interface Rest {
  readonly timers: Timers;
  readonly requests: ReadonlyMap<string, Explanation>;
  readonly descriptors: number | undefined;
  readonly emitters: readonly string[];
}

/** How long what follows from the end of a connection may take, in ms. */
const AFTERWARDS = 60_000;

export async function playServer(stage: Stage, script: Script): Promise<Played> {
  const { scene, agent, make } = stage;
  const { server, close } = await serverOf(await make(http, agent));
  await scene.settle();
  const served = new Served(server);
  try {
    await scene.settle();
    const first = await playOnce(stage, served, script, false);
    const signs = [...first.signs];
    // What is left once may be there for good, as a table that is filled by the first request.
    if (first.left.length > 0 && !served.isClosing) {
      stage.upstream?.restart();
      const second = await playOnce({ ...stage, notes: false }, served, script, true);
      signs.push(...second.left.filter((each) => hasSign(first.left, each)));
    }
    if (served.closings > 0) signs.push(sign('hang', 'the server was closed, and is never done with it'));
    return { signs, moments: first.moments, open: first.open };
  } finally {
    scene.guard.isOver = true;
    served.end();
    await close?.();
  }
}

interface PlayedOnce extends Played {
  /** What it has left, which is a leak if it is left each time. */
  readonly left: readonly Sign[];
}

/** @param isAgain whether it was played before */
async function playOnce(stage: Stage, served: Served, script: Script, isAgain: boolean): Promise<PlayedOnce> {
  const { scene } = stage;
  const { server } = served;
  const { caller, called } = scene.connect();
  scene.peers.push(caller);
  scene.sockets.push(called);
  scene.emitters.mark();
  const before = restOf(stage, isAgain);
  let idles: readonly ReadonlyMap<string | symbol, number>[] = [];
  let open: readonly string[] = [];
  const onRead = (): void => {
    if (exchangesOf(server).length === 0 && !called.destroyed) idles = [...idles, countsOf(called)];
  };
  const onLeave = (): void => {
    open = hangsOf(stage, served, peer).map(({ key }) => key);
  };
  const peer = new Caller(scene, caller, served, script, onRead, onLeave);
  caller.once('connect', () => served.accept(called));
  await scene.settle();
  await peer.play(script, stage.notes);
  if (!peer.isStuck) await runOut(stage);
  const hangs = hangsOf(stage, served, peer);
  const bytes = badResponses(peer, scene);
  caller.destroy();
  await scene.settle();
  await runOut(stage, AFTERWARDS);
  const unsettled = served.takeUnsettled();
  peer.reader.free();
  return {
    signs: [...hangs, ...bytes, ...(hangs.length > 0 ? [] : unsettledSigns(unsettled)), ...kept(idles)],
    left: hangs.length > 0 ? [] : leftOf(before, restOf(stage, isAgain)),
    moments: peer.moments,
    open,
  };
}

const unsettledSigns = (requests: readonly string[]): Sign[] =>
  [...new Set(requests)].map((what) => sign('leak', `the promise of the handler of ${what} never settles`));

/** What the program has to do, and doesn't. */
function hangsOf({ scene, accepted }: Stage, { server }: Served, peer: Caller): Sign[] {
  if (peer.socket.destroyed || peer.isPaused) return [];
  const lines = exchangesOf(server).filter(isYours);
  if (lines.length === 0 || scene.guard.crashes.length > 0) return [];
  const asked = [...requestLines().values()].map(lineText);
  const [line] = lines as [Explanation];
  const waits = line.waits.map(({ for: code }) => code).join();
  const hang = sign('hang', [lineText(line), ...asked].join('; meanwhile '), `${line.what} ${waits}`);
  return accepted.has(hang.key) && !peer.hasLeft ? [] : [hang];
}

function restOf({ scene }: Stage, isAgain: boolean): Rest {
  return {
    timers: scene.clock.programTimers(FAR),
    requests: requestLines(),
    descriptors: descriptors(),
    emitters: scene.emitters.grown(isAgain),
  };
}

function leftOf(before: Rest, after: Rest): Sign[] {
  const left = timersLeft(before.timers, after.timers, 'the exchange');
  for (const [id, line] of after.requests) {
    if (before.requests.has(id)) continue;
    const text = `a request goes on after the exchange that has asked it: ${lineText(line)}`;
    left.push(sign('leak', text, `goes on ${line.what} ${line.waits[0]?.who}`));
  }
  if (after.descriptors !== undefined && after.descriptors > before.descriptors!)
    left.push(sign('leak', 'a descriptor, such as that of a file, is open after the exchange'));
  for (const what of new Set(after.emitters)) left.push(sign('leak', `${what} has more listeners after each exchange`));
  return left;
}

/** More listeners on an idle connection after each exchange. */
function kept(idles: readonly ReadonlyMap<string | symbol, number>[]): Sign[] {
  const [one, two, three] = idles.slice(-3);
  if (three === undefined) return [];
  return [...three.keys()]
    .filter((event) => {
      const counts = [one, two, three].map((each) => each!.get(event) ?? 0) as [number, number, number];
      return counts[0] < counts[1] && counts[1] < counts[2];
    })
    .map((event) => sign('leak', `the socket has more listeners of '${String(event)}' after each exchange`));
}
