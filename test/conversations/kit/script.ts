/** Follows a script from top to bottom: peers speak, the program acts, and both are waited for. */
import { GAVE_UP } from './log.js';
import type { Peer } from './peer.js';
import type { Recorder } from './recorder.js';
import type { AnyStep } from './steps.js';
import { settle, turn } from './wires.js';

/** How long a line of the script may wait, in milliseconds, before the run is given up. */
const PATIENCE = 10_000;

/** Those who act in a script. */
export interface Actors {
  readonly recorder: Recorder;
  /** The peer of that name; a promise while it isn't connected yet. */
  peer(name: string): Peer | Promise<Peer>;
  /** Carries out a step of the program's side. */
  act(step: AnyStep): void;
}

/** Resolves at the end of the script, or where it can't be followed any further; the log says so. */
export async function follow(script: readonly AnyStep[], actors: Actors): Promise<void> {
  let speaker = 'a';
  try {
    for (const line of script) {
      if (line[0] === 'as') speaker = line[1] as string;
      const waiting = say(line, speaker, actors);
      if (waiting !== null) await waiting;
    }
  } catch (reason) {
    if (!(reason instanceof Error) || !reason.message.startsWith(GAVE_UP)) throw reason;
    actors.recorder.note(reason.message);
  }
}

/** Null when the line is done at once: nothing may come between such a line and the next. */
function say(line: AnyStep, speaker: string, actors: Actors): Promise<void> | null {
  const [verb, ...args] = line;
  if (verb in AWAITED) return pause(line, AWAITED[verb as keyof typeof AWAITED](args, actors));
  if (!(verb in SPOKEN)) {
    actors.act(line);
    return null;
  }
  const speak = SPOKEN[verb as keyof typeof SPOKEN];
  const peer = actors.peer(speaker);
  if ('then' in peer) return pause(line, peer).then(() => say(line, speaker, actors) ?? undefined);
  const speaking = speak(peer, args[0] as string);
  return speaking instanceof Promise ? pause(line, speaking) : null;
}

/** What is waited for whoever speaks. */
const AWAITED = {
  settle: () => settle(),
  'await event': ([name, count = 1]: readonly unknown[], { recorder }: Actors) =>
    new Promise<void>((resolve) => recorder.when(name as string, count as number, resolve)),
};

/** What a peer does. */
const SPOKEN = {
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

/** Waits, with patience, and lets the turn end in which it came. */
async function pause([verb, argument]: AnyStep, waiting: Promise<unknown>): Promise<void> {
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${GAVE_UP} ${verb} ${argument ?? ''}`)), PATIENCE);
    waiting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
  await turn();
}
