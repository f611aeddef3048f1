/** The positions of a drawing's parts. */
import type { Arrow, State } from './picture.js';
import type { Line } from './text.js';

/** The width of a region, in a drawing that is as wide as a page of a code host. */
export const WIDTH = 804;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

/** A state, with the text in its upper part. */
export interface Box extends Area {
  readonly state: State;
  readonly lines: readonly Line[];
}

/**
 * A node that is no state: the dot before an initial state, the start of an arrow that leaves any inner state, or a choice.
 */
export interface Mark extends Area {
  readonly id: string;
  readonly type: 'initial' | 'anywhere' | 'choice';
}

export interface Label extends Area {
  readonly lines: readonly Line[];
}

export interface Path {
  /** Ids of states or marks. */
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** Undefined for the line from a dot. */
  readonly arrow: Arrow | undefined;
  readonly label: Label | undefined;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Parents before children. */
  readonly boxes: readonly Box[];
  readonly marks: readonly Mark[];
  readonly paths: readonly Path[];
}

/** Space between the border of a state and its text. */
export const PADDING = 9;
