/** What was on the wire, and when: found by a replay that somebody looks on. */
import { chunkOf, failure, isInput, lengthOfHttp } from './assemble.js';
import { describe } from './describe.js';
import { JournalError } from './errors.js';
import type { Frame } from './frames.js';
import type { Wire } from './ReplaySocket.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { type Replayable, runInParts } from './run.js';
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

const hasHole = (frame: Frame): boolean => frame.pieces.some(({ bytes, length }) => bytes === undefined && length > 0);

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

/** After so many bytes a part of a replay is over. What the rest of a moment takes is counted, too. */
const PART = 1 << 20;
const REST = 512;

/**
 * The moments of a connection, in parts: between them, HTTP may be read.
 * @param onFrame called with each frame, and whether it is one of its own, before a moment with what it has caused is yielded
 * @throws STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function* momentsOf(
  connection: RecordedConnection,
  onFrame?: (frame: Frame, isOwn: boolean) => void,
): AsyncGenerator<readonly Moment[], void> {
  validateConnection(connection);
  yield* play(connection, await connection.streamed(), onFrame);
}

/**
 * What was on the wire of a connection, in memory.
 * @param most how many bytes it may take
 * @throws STATEWIRE_JOURNAL_INCOMPLETE, STATEWIRE_JOURNAL_TOO_LARGE
 */
export async function wireOf(
  connection: RecordedConnection,
  most = Number.POSITIVE_INFINITY,
  onFrame?: (frame: Frame) => void,
): Promise<Moment[]> {
  const found: Moment[] = [];
  let size = 0;
  for await (const moments of momentsOf(connection, onFrame)) {
    for (const each of moments) {
      if (!ON_WIRE.has(each.what)) continue;
      found.push(each);
      size += (each.bytes?.length ?? 0) + REST;
    }
    if (size <= most) continue;
    const message = `${connection.id} is too large: more than ${most >> 20} MiB were on its wire`;
    throw new JournalError('STATEWIRE_JOURNAL_TOO_LARGE', message);
  }
  return found;
}

const ON_WIRE: ReadonlySet<Moment['what']> = new Set(['in', 'out', 'fin', 'reset', 'timeout', 'sent fin']);

function* play(
  { owns }: RecordedConnection,
  replayable: Replayable,
  onFrame?: (frame: Frame, isOwn: boolean) => void,
): Generator<readonly Moment[], void> {
  const { frames } = replayable;
  let moments: Moment[] = [];
  let size = 0;
  /** How many of its frames, and of all, were replayed. */
  let index = 0;
  let seen = 0;
  let begins: number | undefined;
  let time = 0;
  const visit = (moment: Moment): void => {
    moments.push(moment);
    size += (moment.bytes?.length ?? 0) + REST;
  };
  const take = (): readonly Moment[] => {
    const taken = moments;
    moments = [];
    size = 0;
    return taken;
  };
  const advance = (until: number): void => {
    for (; seen < until; seen++) {
      const frame = frames.at(seen);
      if (frame === undefined) return;
      const isOwn = owns(frame);
      onFrame?.(frame, isOwn);
      if (!isOwn) continue;
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
  const wire: Wire = {
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
  };
  const difference = yield* runInParts(replayable, () => size > PART, take, wire, advance);
  advance(difference?.at ?? frames.length);
  yield take();
}
