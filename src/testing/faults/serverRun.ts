/** A run with a server under test. */
import type { Explanation } from '../../explain/explanation.js';
import { Caller } from './caller.js';
import { descriptors } from './descriptors.js';
import { Idle } from './idle.js';
import {
  badRequests,
  badResponses,
  cutResponses,
  hasSign,
  oddities,
  type Sign,
  sign,
  type Timers,
  timersLeft,
} from './judge.js';
import { exchangesOf, isYours, lineText, requestLines } from './lines.js';
import { http, Served, serverOf } from './program.js';
import { openOutside } from './realWork.js';
import type { Script } from './script.js';
import { FAR, type Played, runOut, type Stage } from './stage.js';

/** What may be left of an exchange, counted. */
interface Rest {
  readonly timers: Timers;
  readonly requests: ReadonlyMap<string, Explanation>;
  readonly descriptors: number | undefined;
  readonly emitters: readonly string[];
  readonly outside: ReadonlyMap<string, number>;
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
    const { prints } = scene;
    const keeps = first.left.flatMap(({ outside = [] }) => outside);
    const signs = [...first.signs];
    // What is left once may be there for good, as a table that is filled by the first request.
    if (first.left.length > 0 && !served.isClosing) {
      stage.upstream?.restart();
      const second = await playOnce({ ...stage, notes: false }, served, script, true);
      signs.push(...second.left.filter((each) => hasSign(first.left, each)));
    }
    if (served.closings > 0) signs.push(sign('hang', 'the server was closed, and is never done with it'));
    return { signs, moments: first.moments, open: first.open, prints, oddities: first.oddities, keeps };
  } finally {
    scene.guard.isOver = true;
    served.end();
    await close?.();
  }
}

interface PlayedOnce extends Omit<Played, 'prints' | 'keeps'> {
  /** What it has left, which is a leak if it is left each time. */
  readonly left: readonly Sign[];
}

/** @param isAgain whether it was played before */
async function playOnce(stage: Stage, served: Served, script: Script, isAgain: boolean): Promise<PlayedOnce> {
  const { scene } = stage;
  scene.emitters.mark();
  const before = restOf(stage, isAgain);
  const peers: Peer[] = [];
  const idle = new Idle();
  let isStuck = false;
  for (const [from, part] of connectionsOf(script)) {
    const peer = await join(stage, served, part, peers, idle);
    await peer.caller.play(part, stage.notes, from);
    ({ isStuck } = peer.caller);
    if (isStuck) break;
  }
  if (!isStuck) await runOut(stage);
  const hangs = hangsOf(stage, served, peers);
  const bytes = peers.flatMap(({ caller }) => badResponses(caller, scene));
  const { upstream } = stage;
  if (upstream !== undefined) {
    bytes.push(...badRequests(upstream, served.takeCount()));
    bytes.push(...peers.flatMap(({ caller }) => cutResponses(caller, upstream)));
  }
  for (const { caller } of peers) caller.socket.destroy();
  await scene.settle();
  await runOut(stage, AFTERWARDS);
  const unsettled = served.takeUnsettled();
  for (const { caller } of peers) caller.reader.free();
  const called = peers.map(({ caller }) => caller.called);
  const listeners = idle.signs((socket) => !called.includes(socket));
  return {
    signs: [...hangs, ...bytes, ...(hangs.length > 0 ? [] : unsettledSigns(unsettled)), ...listeners],
    // What hangs only when it is played again hangs by what the first one has left.
    left: hangs.length > 0 && !isAgain ? [] : leftOf(before, restOf(stage, isAgain), stage.keeps),
    moments: peers.flatMap(({ caller }) => caller.moments),
    open: peers.flatMap(({ open }) => open),
    oddities: peers.flatMap(({ caller }) => oddities(caller)),
  };
}

/** A client. */
interface Peer {
  readonly caller: Caller;
  /** What was open when it left: the keys of signs. */
  open: readonly string[];
}

/** The parts of a script that clients play one after the other, each with the index of its first step. */
function connectionsOf(script: Script): (readonly [number, Script])[] {
  const starts = script.flatMap((step, at) => (step.do === 'connect' ? [at + 1] : []));
  return [0, ...starts].map((from, index) => [from, script.slice(from, (starts[index] ?? Infinity) - 1)]);
}

/** A client connects. */
async function join(stage: Stage, served: Served, script: Script, peers: Peer[], idle: Idle): Promise<Peer> {
  const { scene } = stage;
  const { caller: socket, called } = scene.connect();
  scene.peers.push(socket);
  scene.sockets.push(called);
  const onRead = (): void => {
    if (exchangesOf(served.server).length === 0 && requestLines().size === 0) idle.note(scene.sockets);
  };
  const onLeave = (): void => {
    peer.open = hangsOf(stage, served, peers).map(({ key }) => key);
  };
  const caller = new Caller(scene, [socket, called], served, script, onRead, onLeave);
  const peer: Peer = { caller, open: [] };
  peers.push(peer);
  socket.once('connect', () => served.accept(called));
  await scene.settle();
  return peer;
}

const unsettledSigns = (requests: readonly string[]): Sign[] =>
  [...new Set(requests)].map((what) => sign('leak', `the promise of the handler of ${what} never settles`));

/** What the program has to do, and doesn't. */
function hangsOf({ scene, accepted }: Stage, { server }: Served, peers: readonly Peer[]): Sign[] {
  const there = peers.map(({ caller }) => caller).filter(({ socket }) => !socket.destroyed);
  if (there.length === 0 || there.some(({ isPaused }) => isPaused)) return [];
  const lines = exchangesOf(server).filter(isYours);
  if (lines.length === 0 || scene.guard.crashes.length > 0) return [];
  const asked = [...requestLines().values()].map(lineText);
  const [line] = lines as [Explanation];
  const waits = line.waits.map(({ for: code }) => code).join();
  const hang = sign('hang', [lineText(line), ...asked].join('; meanwhile '), `${line.what} ${waits}`);
  return accepted.has(hang.key) && !there.some(({ hasLeft }) => hasLeft) ? [] : [hang];
}

function restOf({ scene }: Stage, isAgain: boolean): Rest {
  return {
    timers: scene.clock.programTimers(FAR),
    requests: requestLines(),
    descriptors: descriptors(),
    emitters: scene.emitters.grown(isAgain),
    outside: openOutside(),
  };
}

/** What nobody outside ends. */
const OUTSIDE: Readonly<Record<string, string>> = {
  TCPSocketWrap: 'a socket of the host',
  TLSWrap: 'a socket of TLS',
  PipeWrap: 'a pipe',
  UDPWrap: 'a socket of UDP',
  ProcessWrap: 'another process',
  FSEventWrap: 'a watcher of files',
  StatWatcher: 'a watcher of a file',
};
const ENDLESS = /^(FSEventWrap|StatWatcher)$/;

/** @param keeps what the program leaves open outside without a fault: it may be ended from there */
function leftOf(before: Rest, after: Rest, keeps: ReadonlySet<string> | undefined): Sign[] {
  const left = timersLeft(before.timers, after.timers, 'the exchange');
  for (const [id, line] of after.requests) {
    if (before.requests.has(id)) continue;
    const text = `a request goes on after the exchange that has asked it: ${lineText(line)}`;
    left.push(sign('leak', text, `goes on ${line.what} ${line.waits[0]?.who}`));
  }
  for (const [type, count] of after.outside) {
    if (count <= (before.outside.get(type) ?? 0)) continue;
    const text = `${OUTSIDE[type] ?? type} is open after the exchange`;
    left.push({ ...sign('leak', text), isSure: ENDLESS.test(type) || keeps?.has(type) === false, outside: type });
  }
  if (after.descriptors !== undefined && after.descriptors > before.descriptors!)
    left.push(sign('leak', 'a descriptor, such as that of a file, is open after the exchange'));
  for (const what of new Set(after.emitters)) left.push(sign('leak', `${what} has more listeners after each exchange`));
  return left;
}
