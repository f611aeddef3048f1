/**
 * A socket as a stream of facts.
 *
 * The subscription is the bridge: subscribing hangs our listeners on the socket, unsubscribing takes every one of them
 * off, which is how an upgraded socket is handed over clean.
 */
import type { Duplex } from 'node:stream';
import { Observable, Subscriber } from 'rxjs';
import { type NetFact, netBytes, netClosed, netDrained, netEnded, netFailed, netTimedOut } from '../events/net.js';
import { readShared } from './shared-buffer.js';

/**
 * What `socket` tells from now on, in the order in which it happens. Never completes by itself.
 */
export function facts(socket: Duplex): Observable<NetFact> {
  return new Observable((subscriber) => {
    const onData = (chunk: Uint8Array) => subscriber.next(netBytes(chunk, false));
    const giveBack = readShared(socket, (chunk) => subscriber.next(netBytes(chunk, true)));
    const onEnd = () => subscriber.next(netEnded);
    const onError = (error: Error) => subscriber.next(netFailed(error));
    const onClose = () => subscriber.next(netClosed);
    const onTimeout = () => subscriber.next(netTimedOut);
    const onDrain = () => subscriber.next(netDrained);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('end', onEnd);
    socket.on('timeout', onTimeout);
    socket.on('drain', onDrain);
    if (giveBack === undefined) socket.on('data', onData);
    return () => {
      if (giveBack === undefined) socket.off('data', onData);
      else giveBack();
      socket.off('drain', onDrain);
      socket.off('timeout', onTimeout);
      socket.off('end', onEnd);
      socket.off('close', onClose);
      socket.off('error', onError);
    };
  });
}

/** Makes the socket tell its own timeout, as it does when its own timer has run out. */
export function timeOut(socket: Duplex): void {
  socket.emit('timeout');
}

/**
 * A subscriber whose exceptions reach the one who emitted, at once, as those of an event listener do. RxJS's own
 * subscribers report them later, from a timer, where neither 'uncaughtException' order nor async context is Node's.
 */
export class Listener<T> extends Subscriber<T> {
  private readonly take: (value: T) => void;

  constructor(take: (value: T) => void) {
    super();
    this.take = take;
  }

  protected override _next(value: T): void {
    this.take(value);
  }
}
