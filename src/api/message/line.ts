/** What an outgoing message has to do with the owner of its socket. */
import type { Encoding, Written } from '../../io/writer.js';
import type { OutgoingMessage } from './OutgoingMessage.js';

/** A piece of a message, as Node's `outputData` holds it. */
export interface Piece {
  data: string | Uint8Array;
  encoding: Encoding;
  callback: Written | null;
  last?: boolean;
}

/** The owner of the socket, who is told how its messages get on. */
export interface Line {
  /** The last byte is handed over: the next message may write. */
  ended(message: OutgoingMessage): void;
  /** The kernel has the last byte. */
  released(message: OutgoingMessage): void;
  /** The message says close. */
  last(message: OutgoingMessage): void;
  /** The message says 101. */
  switched?(message: OutgoingMessage): void;
}
