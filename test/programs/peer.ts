/** A peer that speaks in bytes: in pieces, with pauses, and not always as it should. */
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { type Act, type Actor, act, type Pause, type Program } from './act.js';

export interface Peer extends Actor {
  readonly socket: Socket;
}

/** What a peer does, and how long it waits before that. */
export interface Step {
  readonly pause: Pause | undefined;
  readonly act: Act<Peer>;
}

/** What goes wrong with the bytes, if anything does: something is said in between, or the rest is not said. */
export interface Spoil {
  readonly at: number;
  readonly garbage: string;
}

export const spoils: fc.Arbitrary<Spoil | undefined> = fc.option(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), garbage: fc.constantFrom('\0\0\0', '\r\n\r\n', '') }),
  { nil: undefined, freq: 5 },
);

export function spoil(bytes: string, spoilt: Spoil | undefined): string {
  if (spoilt === undefined) return bytes;
  const place = Math.floor(spoilt.at * bytes.length);
  return bytes.slice(0, place) + spoilt.garbage + (spoilt.garbage === '' ? '' : bytes.slice(place));
}

/** As a literal, long runs as what they are. */
const quote = (bytes: string): string =>
  JSON.stringify(bytes).replaceAll(/x{50,}|z{50,}/g, (run) => `" + '${run[0]}'.repeat(${run.length}) + "`);

const say = (bytes: string): Act<Peer> =>
  act(`peer.write(${quote(bytes)}, 'latin1');`, ({ socket }) => {
    if (socket.writable) socket.write(bytes, 'latin1');
  });

/** Says the bytes in pieces. `begins`: how long it waits before the first. */
export function piecesOf(
  bytes: string,
  cuts: readonly (readonly [share: number, pause: Pause | undefined])[],
  begins?: Pause,
): Step[] {
  const places = cuts.map(([share, pause]) => ({ place: Math.floor(share * bytes.length), pause }));
  places.sort((a, b) => a.place - b.place);
  const steps: Step[] = [];
  let from = 0;
  let pause = begins;
  for (const { place, pause: next } of [...places, { place: bytes.length, pause: undefined }]) {
    if (place === from) continue;
    steps.push({ pause, act: say(bytes.slice(from, place)) });
    from = place;
    pause = next;
  }
  return steps;
}

/** Does what a peer does, in its time. */
export async function follow(peer: Peer, script: readonly Step[]): Promise<void> {
  for (const { pause, act: done } of script) {
    if (pause !== undefined) await peer.world.pass(pause);
    done.run(peer);
  }
}

export const scriptOf = (script: readonly Step[]): Program<Peer> =>
  script.flatMap(({ pause, act: done }) =>
    pause === undefined ? [done] : [act<Peer>(`await pass(${JSON.stringify(pause)});`, () => {}), done],
  );
