/** The story of a connection: its bytes beside its transitions. */
import { reasonOf } from './describe.js';
import type { RecordedConnection } from './reader.js';
import { replayStates } from './replayStates.js';
import { momentsOf } from './timeline.js';
import * as v from './vocabulary.js';

const WIDTH = 60;

/** The bytes as text of one line. */
function shown(bytes: Buffer): string {
  const text = bytes.subarray(0, WIDTH * 2).toString('latin1');
  const line = JSON.stringify(text).slice(1, -1);
  const escaped = line.replace(/[\u007f-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
  return escaped.length > WIDTH ? `${escaped.slice(0, WIDTH - 1)}…` : escaped;
}

const stateText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '');

/** A line of a story. */
export interface StoryLine {
  /** The index of the frame. */
  readonly frame: number;
  /** In ms since the connection began. */
  readonly at: number;
  /** `in`, `out`, or the id of an actor. */
  readonly who: string;
  /** What has happened. */
  readonly text: string;
}

/**
 * What has happened on a connection, in order. If it can't be replayed, without what was sent.
 * @throws rejects with errors of the file system
 */
export async function storyOf(connection: RecordedConnection): Promise<readonly StoryLine[]> {
  const steps = new Map((await replayStates(connection)).map((step) => [step.frame, step]));
  const lines: StoryLine[] = [];
  const add = (frame: number, at: number, who: string, text: string): void => {
    const step = steps.get(frame);
    if (step !== undefined && who === 'step') {
      const { id, chart, event, from, to, emitted } = step;
      const shown = emitted.filter(({ type }) => !type.startsWith('io.')).map(({ type }) => type);
      const change = stateText(from) === stateText(to) ? '' : `  → ${stateText(to)}`;
      lines.push({
        frame,
        at,
        who: id,
        text: `${chart}  ${event.type}${change}${shown.length > 0 ? `  ⇒ ${shown.join(' ')}` : ''}`,
      });
    } else lines.push({ frame, at, who, text });
  };
  try {
    for await (const moments of momentsOf(connection)) {
      for (const { frame, at, what, bytes, text } of moments) {
        if (bytes !== undefined) add(frame, at / 1000, what, shown(bytes));
        else add(frame, at / 1000, what === 'timeout' ? 'step' : what, text);
      }
    }
  } catch {
    lines.length = 0;
    let index = 0;
    let begins: number | undefined;
    for (const frame of connection.each()) {
      begins ??= frame.at;
      const at = (frame.at - begins) / 1000;
      if (frame.kind === v.STEP) add(index, at, 'step', '');
      else if (frame.kind === v.IN) add(index, at, 'in', `${frame.length} bytes`);
      else if (frame.kind === v.GAP) add(index, at, '-', `missing: ${reasonOf(frame)}`);
      index++;
    }
  }
  return lines;
}
