/** What a replay says. */
import { describe } from './describe.js';
import type { Frame } from './frames.js';

/** The replay is as the journal. */
export interface Same {
  /** It is. */
  readonly same: true;
  /** How many frames were compared; with a handler, how many responses. */
  readonly frames: number;
}

/** The replay has left the journal. What comes after that was not looked at. */
export interface Different {
  /** It is not. */
  readonly same: false;
  /** The index of the frame that was expected. */
  readonly at: number;
  /** What the journal has there, in words. */
  readonly expected: string;
  /** What came. */
  readonly got: string;
  /** A text of some lines: what was expected, what came, and the way there. */
  explain(): string;
}

/** What a replay has found. */
export type Verdict = Same | Different;

const WAY = 12;

export function different(
  id: string,
  frames: readonly Frame[],
  at: number,
  expected: string,
  got: string,
  notes: readonly string[] = [],
): Different {
  return {
    same: false,
    at,
    expected,
    got,
    explain() {
      const way = frames.slice(Math.max(0, at - WAY), at).map((frame, i) => {
        const index = Math.max(0, at - WAY) + i;
        return `    ${String(index).padStart(6)}  ${describe(frame)}`;
      });
      const said = notes.map((note) => `  note      ${note}`);
      const lines = [
        `${id} leaves its journal at frame ${at}`,
        `  expected  ${expected}`,
        `  got       ${got}`,
        ...said,
      ];
      return [...lines, ...(way.length === 0 ? ['  at the start'] : ['  by way of', ...way])].join('\n');
    },
  };
}
