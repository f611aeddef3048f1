/** The length that the head of a message declares, and how much of it was handed over. */
import type { Outgoing } from './OutgoingState.js';

export type Measured = Pick<Outgoing, '_contentLength' | '_hasBody' | 'chunkedEncoding' | '_bytesWritten'>;

/** Whether the head declares the length of the body: it has a Content-Length, and no chunks. */
export function isMeasured(message: Measured): boolean {
  return message._contentLength !== null && message._hasBody && !message.chunkedEncoding;
}

/** Whether less was handed over than the head declares. */
export function isShort(message: Measured): boolean {
  return isMeasured(message) && message._bytesWritten < (message._contentLength as number);
}
