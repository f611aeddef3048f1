/** What was on the wire, and when: found by a replay that somebody looks on. */
import { chunkOf, failure, isInput, lengthOfHttp } from './assemble.js';
import { describe } from './describe.js';
import type { Frame } from './frames.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { type Replayable, run } from './run.js';
import * as v from './vocabulary.js';

/** Something that has happened. */
export interface Moment {
  /** The index of the frame. */
  readonly frame: number;
  /** In µs since the connection began. */
  readonly at: number;
  readonly what:
    | 'in'
    | 'out'
    | 'fin'
    | 'reset'
    | 'timeout'
    | 'sent fin'
    | 'sent reset'
    | 'open'
    | 'step'
    | 'program'
    | 'end';
  /** Of 'in' and 'out'. Content that was not kept is `x`. */
  readonly bytes?: Buffer;
  /** Of 'in': how many of them are HTTP. */
  readonly http?: number;
  /** Whether some of the bytes were not kept. */
  readonly hasHoles?: boolean;
  /** Of 'reset': what the program got. */
  readonly error?: Error;
  readonly text: string;
}

export interface Timeline {
  readonly moments: readonly Moment[];
  readonly frames: readonly Frame[];
  /** And those of the connections that were replayed with it. */
  readonly all: readonly Frame[];
}

const hasHole = (frame: Frame): boolean => frame.pieces.some(({ bytes }) => bytes === undefined);

function momentOf(frame: Frame, index: number, at: number): Moment | undefined {
  const text = describe(frame);
  switch (frame.kind) {
    case v.IN:
      return {
        ...{ frame: index, at, what: 'in', bytes: chunkOf(frame), http: lengthOfHttp(frame) },
        ...{ hasHoles: hasHole(frame), text },
      };
    case v.OPEN:
      return { frame: index, at, what: 'open', text };
    case v.FACT: {
      const type = v.FACTS[frame.code];
      if (type === 'net.ended') return { frame: index, at, what: 'fin', text };
      if (type === 'net.failed') {
        return { frame: index, at, what: 'reset', text, error: failure(frame.text, frame.more) };
      }
      if (type === 'net.timedOut') return { frame: index, at, what: 'timeout', text };
      return { frame: index, at, what: 'step', text };
    }
    case v.STEP:
      return { frame: index, at, what: 'step', text };
    case v.END:
      return { frame: index, at, what: 'end', text };
    case v.DOOR:
      return { frame: index, at, what: 'program', text };
    default:
      return isInput(frame) ? { frame: index, at, what: 'program', text } : undefined;
  }
}

/**
 * All moments of a connection, in memory.
 * @throws STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function timelineOf(connection: RecordedConnection): Promise<Timeline> {
  validateConnection(connection);
  const replayable = await connection.replayable();
  const { frames: all } = replayable;
  const moments: Moment[] = [];
  play(connection, replayable, (moment) => moments.push(moment));
  return { moments, frames: all.filter(connection.owns), all };
}

/**
 * One moment after the other. `visit` must not read HTTP: it is called while the engine works.
 * @throws STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function eachMoment(connection: RecordedConnection, visit: (moment: Moment) => void): Promise<void> {
  validateConnection(connection);
  play(connection, await connection.streamed(), visit);
}

function play({ owns }: RecordedConnection, replayable: Replayable, visit: (moment: Moment) => void): void {
  const { frames } = replayable;
  /** How many of its frames, and of all, were replayed. */
  let index = 0;
  let seen = 0;
  let begins: number | undefined;
  let time = 0;
  const advance = (until: number): void => {
    for (; seen < until; seen++) {
      const frame = frames.at(seen);
      if (frame === undefined) return;
      if (!owns(frame)) continue;
      begins ??= frame.at;
      time = frame.at - begins;
      const found = momentOf(frame, index, time);
      index++;
      if (found !== undefined) visit(found);
    }
  };
  const add = (what: Moment['what'], text: string, bytes?: Buffer): void => {
    const next = frames.at(seen);
    const at = next === undefined || begins === undefined ? time : next.at - begins;
    visit({ frame: index, at, what, text, ...(bytes === undefined ? {} : { bytes }) });
  };
  let isOver = false;
  const difference = run(
    replayable,
    {
      sent(data, encoding) {
        const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data);
        if (bytes.length > 0) add('out', `out: ${bytes.length} bytes`, bytes);
      },
      ended() {
        if (!isOver) add('sent fin', 'we send FIN');
        isOver = true;
      },
      reset() {
        if (!isOver) add('sent reset', 'we destroy the socket');
        isOver = true;
      },
    },
    advance,
  );
  advance(difference?.at ?? frames.length);
}
