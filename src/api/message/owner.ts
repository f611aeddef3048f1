/** What an outgoing message has to do with the owner of its socket. */

/** A message, as far as the owner looks at it. */
export interface OwnedMessage {
  /** It says close: nothing leaves behind it. */
  readonly _last: boolean;
}

/** The owner of a socket, who is called as its messages get on. */
export interface SocketOwner {
  /** The last byte is handed over: the next message may write. */
  ended(message: OwnedMessage): void;
  /** The kernel has the last byte. */
  released(message: OwnedMessage): void;
  /** The message says close. */
  last(message: OwnedMessage): void;
  /** The message says 101. */
  switched?(message: OwnedMessage): void;
}
