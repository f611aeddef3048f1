/** Frames of one connection, with what belongs together joined. */
import type { Frame, Payload, Piece } from './frames.js';
import * as v from './vocabulary.js';

/** Joins the frames that bring the bytes of another one (MORE) with that. */
export class Joiner {
  private readonly waiting = new Map<number, Piece[]>();

  /** @returns the whole frame; undefined if more follows */
  join(frame: Frame): Frame | undefined {
    if (frame.kind === v.MORE) {
      const known = this.waiting.get(frame.line);
      if (known === undefined) this.waiting.set(frame.line, [...frame.pieces]);
      else known.push(...frame.pieces);
      return undefined;
    }
    // What was before it belongs to nothing that follows.
    if (frame.kind === v.GAP) this.waiting.delete(frame.line);
    const isIn = frame.kind === v.IN;
    const isCall = frame.payload !== undefined && frame.payload.form > 3;
    if (!isIn && !isCall) return frame;
    const before = this.waiting.get(frame.line);
    if (before === undefined) return frame;
    this.waiting.delete(frame.line);
    if (isIn) {
      const pieces = [...before, ...frame.pieces];
      return { ...frame, pieces, length: pieces.reduce((sum, { length }) => sum + length, 0) };
    }
    const payload: Payload = {
      ...(frame.payload as Payload),
      form: (frame.payload as Payload).form & 3,
      bytes: Buffer.concat(before.map(({ bytes }) => bytes ?? Buffer.alloc(0))),
    };
    return { ...frame, payload };
  }
}

const INPUTS: ReadonlySet<number> = new Set([
  v.OPEN,
  v.IN,
  v.FACT,
  v.CALL,
  v.LANDED,
  v.DEFERRED,
  v.OFFER,
  v.OTHER,
  v.MADE,
]);

/** Whether the world, or the program, does it. */
export const isInput = (frame: Frame): boolean => INPUTS.has(frame.kind);

/** The bytes of a chunk. Content that was not kept is `x`. */
export function chunkOf({ pieces, length }: Pick<Frame, 'pieces' | 'length'>): Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first?.bytes !== undefined) return first.bytes;
  return Buffer.concat(
    pieces.map(({ bytes, length: size }) => bytes ?? Buffer.alloc(size, 'x')),
    length,
  );
}

const isEnd = ({ length, bytes }: Piece): boolean => length === 0 && bytes !== undefined;

/** How many bytes of a chunk are HTTP: those before an empty piece. */
export function lengthOfHttp({ pieces, length }: Pick<Frame, 'pieces' | 'length'>): number {
  const end = pieces.findIndex(isEnd);
  return end === -1 ? length : pieces.slice(0, end).reduce((sum, piece) => sum + piece.length, 0);
}

/** Whether the connection leaves HTTP in the chunk, or has done so before. */
export const leavesHttp = ({ pieces }: Pick<Frame, 'pieces'>): boolean => pieces.some(isEnd);

/** Whether the chunk came while another was being handed out: where it leaves HTTP is not known. */
export const isLate = ({ pieces }: Pick<Frame, 'pieces'>): boolean =>
  pieces.some(({ length, bytes }) => length === 0 && bytes === undefined);

/** What was handed over. A part that was not kept is text of the same size. */
export function dataOf({ form, bytes, length, characters }: Payload): string | Buffer | undefined {
  if (form === 0) return undefined;
  if (form === 3) return bytes ?? Buffer.alloc(length, 'x');
  if (bytes !== undefined) return bytes.toString(form === 2 ? 'utf8' : 'latin1');
  const extra = length - characters;
  const threes = Math.floor(extra / 2);
  return (
    '\u20ac'.repeat(threes) + '\u00e9'.repeat(extra % 2) + 'x'.repeat(Math.max(0, characters - threes - (extra % 2)))
  );
}

/** An error as it was recorded. */
export const failure = (code: string, message: string): Error =>
  Object.assign(new Error(message || code || 'as recorded'), code === '' ? {} : { code });
