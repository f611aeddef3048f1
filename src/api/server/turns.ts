/**
 * Between which facts of a read the turn ends, as in Node: a reader that destroys the message with its last part has not read
 * its end.
 *
 * Rule 1: it ends after each part of a body and before what is long. Once the peer has sent that, it ends before each head.
 * Rule 2: it ends nowhere if the bytes come through the stream of the socket.
 * Rule 3: a fault is judged in a turn of its own: what the handler has written is sent before.
 */
import { Socket } from 'node:net';
import type { WireFact } from '../../events/wire.js';
import { isOfNode } from '../../io/shared-buffer.js';
import type { ServerSocket } from './ServerSocket.js';

export interface TurnsHost {
  readonly socket: ServerSocket;
  readonly exchanges: { readonly isDiscarding: boolean };
  /** The peer has sent what is long. */
  sendsLong: boolean;
  /** The bytes have not come through the stream of the socket. */
  readonly lent: boolean;
}

/** Whether it is a head of 32 lines, or has trailers. */
export const isLong = (fact: WireFact): boolean =>
  fact.type === 'wire.head'
    ? fact.head.rawHeaders.length >= 64
    : fact.type === 'wire.complete' && fact.rawTrailers.length > 0;

export function endsBetween(host: TurnsHost, fact: WireFact, next: WireFact): boolean {
  if (!(host.socket instanceof Socket)) return false;
  if (next.type === 'wire.malformed') return fact.type !== 'wire.complete';
  if (!host.lent && isOfNode(host.socket)) return false;
  if (fact.type === 'wire.body') return next.type !== 'wire.body' || !host.exchanges.isDiscarding;
  return isLong(next) || (host.sendsLong && next.type === 'wire.head');
}
