/** The members of an outgoing message that the modules beneath its class use to write head, content and pieces. */
import type { Socket } from 'node:net';
import type { Encoding, Written } from '../../io/writer.js';
import type { HeaderSection } from './HeaderSection.js';

/** A piece of a message, as Node's `outputData` holds it. */
export interface Piece {
  data: string | Uint8Array;
  encoding: Encoding;
  callback: Written | null;
  last?: boolean;
}

/** The members of a message, except its header section. */
export interface OutgoingState {
  /**
   * Pieces that wait for a socket.
   * @internal
   */
  outputData: Piece[];
  /** @internal */
  outputSize: number;
  /** Whether `write()` may be called: false after `destroy()` of a client’s request. Read only. */
  writable: boolean;
  /** `destroy()` was called, or the connection was lost. Read only. */
  destroyed: boolean;
  /** The body is sent in chunks (RFC 9112 §7.1). Known when the head is fixed. */
  chunkedEncoding: boolean;
  /**
   * Whether the connection may be used again after this message. Set it to false for `Connection: close`. Default true.
   */
  shouldKeepAlive: boolean;
  /**
   * This response is the last one that `maxRequestsPerSocket` of its server allows on the connection. Default false.
   */
  maxRequestsOnConnectionReached: boolean;
  /**
   * Whether a body without Content-Length is sent in chunks. Default true; false for requests that usually have no
   * content.
   */
  useChunkedEncodingByDefault: boolean;
  /** Writing more or less than Content-Length throws ERR_HTTP_CONTENT_LENGTH_MISMATCH. Default false. */
  strictContentLength: boolean;
  /** `end()` was called. */
  finished: boolean;
  /** The socket on which the message is sent. null while it has none, and after it was released. */
  socket: Socket | null;
  /** @internal */
  _last: boolean;
  /** @internal */
  _defaultKeepAlive: boolean;
  /** @internal */
  _contentLength: number | null;
  /** @internal */
  _hasBody: boolean;
  /** @internal */
  _headerSent: boolean;
  /** @internal */
  _closed: boolean;
  /** @internal */
  _keepAliveTimeout: number;
  /** @internal */
  _maxRequestsPerSocket: number;
  /** @internal */
  _errored: Error | null | undefined;
  /** @internal */
  _uniqueHeaders: ReadonlySet<string> | null;
  /** @internal */
  _corked: number;
  /** @internal */
  _isRequest: boolean;
  /** @internal */
  _lacksContent: boolean;
  /** @internal */
  _isTunnel: boolean;
  /** @internal */
  _bytesWritten: number;
  /** @internal */
  _highWaterMark: number;
  /** @internal */
  _rejectsBody: boolean;
}

/** A message as its parts use it. */
export interface Outgoing extends HeaderSection, OutgoingState {
  readonly writableHighWaterMark: number;
  /** Absent from an object of the program that lacks our methods. */
  _finish?(): void;
}
