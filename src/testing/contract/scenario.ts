/** A scenario of the contract: what is played, and the order of events that the documents demand of it. */
import type { Line, Stage } from './stage.js';

/** Something that the program or the peer does. */
export type Step = (stage: Stage) => void | Promise<void>;

export interface Scenario {
  readonly name: string;
  /** The sentence or section that demands the order. */
  readonly source: string;
  /** Who is examined. */
  readonly side: 'client' | 'server';
  /** The events that are listened to. Of others nothing is demanded. */
  readonly hears: readonly Line[];
  readonly script: readonly Step[];
  readonly order: readonly Line[];
  /** It may end the process of the server, which therefore must be one of its own. */
  readonly isApart?: true;
  /** Statuses that a client receives from the server, and that its connection is closed. */
  readonly wire?: readonly string[];
}
