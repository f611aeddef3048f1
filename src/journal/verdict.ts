/** What a replay says. */
import { describe } from './describe.js';
import type { Frames } from './frameWindow.js';

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
  frames: Frames,
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
      const way: string[] = [];
      for (let index = Math.max(0, at - WAY); index < at; index++) {
        const frame = frames.at(index);
        if (frame !== undefined) way.push(`    ${String(index).padStart(6)}  ${describe(frame)}`);
      }
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
