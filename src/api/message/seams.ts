/**
 * Undocumented methods of Node's OutgoingMessage that programs call. Our code does not need them.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type Encoding, type Written, writerOf } from '../../io/writer.js';
import { own } from '../compat/own.js';
import { listed } from './HeaderSection.js';
import { headHasLeft } from './headText.js';
import type { HeaderValue } from './lines.js';
import type { Hosted } from './OutgoingHost.js';

/**
 * Sends text unframed, after the head.
 * @returns false when the writer should wait for 'drain'
 */
function _send(
  this: Hosted,
  data: string | Uint8Array,
  encoding: BufferEncoding | null | undefined,
  callback: Written | null | undefined,
  _byteLength?: number,
): boolean {
  if (this.destroyed) return false;
  const host = this[own];
  host.checkLine();
  if (this._header !== null) this._bytesWritten += Buffer.byteLength(data, encoding ?? 'latin1');
  host.put(data, (encoding ?? 'latin1') as Encoding, host.owe(callback));
  return host.goesOn;
}

/** Sends waiting pieces if the message has a socket. */
function _flush(this: Hosted): void {
  this[own].checkLine();
}

/** Sends waiting pieces to that socket. */
function _flushOutput(this: Hosted, socket: Duplex): boolean {
  const host = this[own];
  host.writeKept(writerOf(socket));
  return host.goesOn;
}

/** @throws ERR_HTTP_HEADERS_SENT */
function _renderHeaders(this: Hosted): Record<string, HeaderValue> {
  if (this._header !== null) throw headHasLeft(this, 'render');
  return Object.fromEntries(listed(this._fields).map(({ name, value }) => [name, value]));
}

/** Members that few messages set have their default on the prototype. */
export const rare = {
  _errored: null,
  _uniqueHeaders: null,
  _corked: 0,
  _isRequest: false,
  _lacksContent: false,
  _isTunnel: false,
};

export const seams = { _renderHeaders, _send, _flush, _flushOutput };
