/** Runs a script from top to bottom: actions of the peers and of the program, and waits for both. */
import { GAVE_UP } from './log.js';
import type { Peer } from './peer.js';
import type { Recorder } from './recorder.js';
import type { AnyStep } from './steps.js';
import { settle, turn } from './wires.js';

/** How long a line of the script may wait before the run gives up, in milliseconds. */
const PATIENCE = 10_000;

/** What a script needs of its run. */
export interface ScriptRun {
  readonly recorder: Recorder;
  /** The peer of that name; a promise until it is connected. */
  peer(name: string): Peer | Promise<Peer>;
  /** Performs a step of the program's side. */
  act(step: AnyStep): void;
}

/** Resolves at the end of the script, or where it cannot continue, which the log then states. */
export async function follow(script: readonly AnyStep[], run: ScriptRun): Promise<void> {
  let peerName = 'a';
  try {
    for (const line of script) {
      if (line[0] === 'as') peerName = line[1] as string;
      const waiting = followLine(line, peerName, run);
      if (waiting !== null) await waiting;
    }
  } catch (reason) {
    if (!(reason instanceof Error) || !reason.message.startsWith(GAVE_UP)) throw reason;
    run.recorder.note(reason.message);
  }
}

/** Null if the line is done at once: nothing may happen between such a line and the next. */
function followLine(line: AnyStep, peerName: string, run: ScriptRun): Promise<void> | null {
  const [verb, ...args] = line;
  if (verb in WAITS) return pause(line, WAITS[verb as keyof typeof WAITS](args, run));
  if (!(verb in PEER_ACTIONS)) {
    run.act(line);
    return null;
  }
  const action = PEER_ACTIONS[verb as keyof typeof PEER_ACTIONS];
  const peer = run.peer(peerName);
  if ('then' in peer) return pause(line, peer).then(() => followLine(line, peerName, run) ?? undefined);
  const result = action(peer, args[0] as string);
  return result instanceof Promise ? pause(line, result) : null;
}

/** Waits that concern no peer. */
const WAITS = {
  settle: () => settle(),
  'await event': ([name, count = 1]: readonly unknown[], { recorder }: ScriptRun) =>
    new Promise<void>((resolve) => recorder.when(name as string, count as number, resolve)),
};

/** What a peer does. */
const PEER_ACTIONS = {
  as: () => {},
  send: (peer: Peer, bytes: string | Uint8Array) => peer.send(bytes),
  trickle: (peer: Peer, bytes: string) => peer.trickle(bytes),
  end: (peer: Peer) => peer.end(),
  reset: (peer: Peer) => peer.reset(),
  pause: (peer: Peer) => peer.pause(),
  resume: (peer: Peer) => peer.resume(),
  'await bytes': (peer: Peer, text: string) => peer.bytes(text),
  'await close': (peer: Peer) => peer.closed(),
};

/** Waits with a time limit, then for the end of the turn. */
async function pause([verb, argument]: AnyStep, waiting: Promise<unknown>): Promise<void> {
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${GAVE_UP} ${verb} ${argument ?? ''}`)), PATIENCE);
    waiting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
  await turn();
}
