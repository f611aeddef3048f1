/** A scenario of the contract: its script, and the order of events that the documents demand. */
import type { Line, Stage } from './stage.js';

/** An action of the program or the peer. */
export type Step = (stage: Stage) => void | Promise<void>;

export interface Scenario {
  readonly name: string;
  /** The sentence or section that demands the order. */
  readonly source: string;
  /** The side under test. */
  readonly side: 'client' | 'server';
  /** The events with a listener. Others are not part of the order. */
  readonly listensTo: readonly Line[];
  readonly script: readonly Step[];
  readonly order: readonly Line[];
  /** The order of every host, where that is another one. */
  readonly hostOrder?: readonly Line[];
  /** It may end the server's process, so the server needs a separate one. */
  readonly isApart?: true;
  /** The statuses that the client receives, and `closed` for the end of its connection. */
  readonly wire?: readonly string[];
}
