/** A raw peer: it sends bytes in pieces, with pauses, and not always correctly. */
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { type Act, act, type Pause, type Program, type Subject } from './act.js';

export interface Peer extends Subject {
  readonly socket: Socket;
}

/** What a peer does, and how long it waits first. */
export interface Step {
  readonly pause: Pause | undefined;
  readonly act: Act<Peer>;
}

/** What corrupts the bytes: something is inserted, or the rest is missing. */
export interface Corruption {
  readonly at: number;
  readonly garbage: string;
}

export const corruptions: fc.Arbitrary<Corruption | undefined> = fc.option(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), garbage: fc.constantFrom('\0\0\0', '\r\n\r\n', '') }),
  { nil: undefined, freq: 5 },
);

export function corrupt(bytes: string, corruption: Corruption | undefined): string {
  if (corruption === undefined) return bytes;
  const place = Math.floor(corruption.at * bytes.length);
  return bytes.slice(0, place) + corruption.garbage + (corruption.garbage === '' ? '' : bytes.slice(place));
}

/** The bytes as a literal, with long runs as `repeat()`. */
const quote = (bytes: string): string =>
  JSON.stringify(bytes).replaceAll(/x{50,}|z{50,}/g, (run) => `" + '${run[0]}'.repeat(${run.length}) + "`);

const send = (bytes: string): Act<Peer> =>
  act(`peer.write(${quote(bytes)}, 'latin1');`, ({ socket }) => {
    if (socket.writable) socket.write(bytes, 'latin1');
  });

/** Sends the bytes in pieces. `begins`: how long to wait before the first. */
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
    steps.push({ pause, act: send(bytes.slice(from, place)) });
    from = place;
    pause = next;
  }
  return steps;
}

/** Runs the script of a peer. */
export async function follow(peer: Peer, script: readonly Step[]): Promise<void> {
  for (const { pause, act: done } of script) {
    if (pause !== undefined) await peer.world.wait(pause);
    done.run(peer);
  }
}

export const scriptOf = (script: readonly Step[]): Program<Peer> =>
  script.flatMap(({ pause, act: done }) =>
    pause === undefined ? [done] : [act<Peer>(`await wait(${JSON.stringify(pause)});`, () => {}), done],
  );
