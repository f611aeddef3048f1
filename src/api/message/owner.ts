/** The interface between an outgoing message and the owner of its socket. */
import type { Writer } from '../../io/writer.js';

/** A message: the members that the owner reads. */
export interface OwnedMessage {
  /** It contains `Connection: close`: nothing is sent after it. */
  readonly _last: boolean;
}

/** The owner of a socket, which is called as its messages progress. */
export interface SocketOwner {
  readonly writer: Writer;
  /** How the connection ends, as far as it is known: rules/ending.ts. */
  readonly verdict: number;
  /** The next response may write. */
  passTurn(): void;
  /** The kernel has the last byte of the message. */
  released(message: OwnedMessage): void;
  /** A message contains `Connection: close`. */
  last(): void;
  /** The message switches protocols. */
  switched(message: OwnedMessage): void;
}
