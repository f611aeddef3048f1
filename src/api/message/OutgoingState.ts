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
  writable: boolean;
  destroyed: boolean;
  chunkedEncoding: boolean;
  shouldKeepAlive: boolean;
  maxRequestsOnConnectionReached: boolean;
  useChunkedEncodingByDefault: boolean;
  /** Writing more or less than Content-Length throws ERR_HTTP_CONTENT_LENGTH_MISMATCH. Default false. */
  strictContentLength: boolean;
  /** `end()` was called. */
  finished: boolean;
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
