/** Whether a server's socket may be closed as soon as its FIN is sent. RFC 9112 §9.6. */

/** What a system sends without waiting for the peer, in bytes: ten segments (RFC 6928 §2). */
const SENT_AT_ONCE = 14_600;

/** A connection whose FIN was sent. */
interface Parting {
  /** The peer has declared its last request. */
  readonly isLastOfPeer: boolean;
  /** What the peer has sent nevertheless. */
  readonly excess: object | undefined;
  /** How many bytes the peer was sent. */
  readonly socket: { readonly bytesWritten?: number | undefined };
}

/**
 * A socket that is closed with unread input is reset. That costs a peer nothing if it sends no more, and little if all was sent.
 *
 * @param isWhole whether no message of the peer has begun that is not whole
 */
export const isSettled = ({ isLastOfPeer, excess, socket }: Parting, isWhole: boolean): boolean =>
  isLastOfPeer && isWhole && excess === undefined && (socket.bytesWritten ?? 0) <= SENT_AT_ONCE;
