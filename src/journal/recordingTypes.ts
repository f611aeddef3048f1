/** What a recorder (recording.ts) is made with, and what it remembers of what is to come. */
import type { Ended, Line } from './line.js';
import type { Bytes } from './opening.js';
import type { Ring } from './ring.js';

/** A callback that the engine has deferred. */
export interface Deferred {
  readonly owner: { fire(entry: Deferred): void };
  readonly line: Line;
  readonly id: number;
  readonly call: (subject: never) => void;
  readonly subject: unknown;
}

/** What a recorder is made with. */
export interface RecordingSettings {
  readonly ring: Ring<Line>;
  readonly bytes: Bytes;
  /** How many bytes may be taken by what is known of lines: with more, the oldest frames are given up. */
  readonly linesSize: number;
  onEnd(ended: Ended, line: Line): void;
  onMark(line: Line): void;
}
