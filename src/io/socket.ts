/**
 * A socket as a stream of facts.
 *
 * The subscription is the bridge: subscribing hangs our listeners on the socket, unsubscribing takes every one of them
 * off, which is how an upgraded socket is handed over clean. The listeners are the same functions for all sockets, and
 * find their subscriber on the socket: an idle connection should cost little. Called by others on something else, they do
 * nothing.
 */
import type { Duplex } from 'node:stream';
import { Observable, Subscriber, type TeardownLogic } from 'rxjs';

import {
  type NetFact,
  netBytes,
  netClosed,
  netDrained,
  netEnded,
  netFailed,
  netFinished,
  netTimedOut,
} from '../events/net.js';
import { throwAtTurnEnd } from './clock.js';
import { conceal } from './conceal.js';
import { giveBack, isReadShared, readShared, relaying, sharing } from './shared-buffer.js';

const SUBSCRIBER = Symbol('statewire.subscriber');
/** On a socket whose listener to 'data' we take off ourselves: whether it is off. */
const HIDDEN = Symbol('statewire.hidden');
type Bridged = Duplex & { [SUBSCRIBER]?: Subscriber<NetFact>; [HIDDEN]?: boolean };

const listeners: Readonly<Record<string, (this: Bridged, argument: never) => void>> = {
  error(error: Error) {
    tell(this, netFailed(error));
  },
  close() {
    tell(this, netClosed);
  },
  end() {
    tell(this, netEnded);
  },
  drain() {
    tell(this, netDrained);
  },
};

const serversListeners: typeof listeners = {
  ...listeners,
  finish() {
    tell(this, netFinished);
  },
  timeout() {
    this[SUBSCRIBER]?.next(netTimedOut);
  },
};

/** What is thrown meanwhile is thrown behind the other listeners of the socket, some of which are ours. */
function tell(socket: Bridged, fact: NetFact): void {
  try {
    socket[SUBSCRIBER]?.next(fact);
  } catch (error) {
    throwAtTurnEnd(error);
  }
}

function onData(this: Bridged, chunk: Uint8Array): void {
  if (!relaying) tell(this, netBytes(chunk, false));
}

function onLent(socket: Duplex, chunk: Uint8Array): void {
  (socket as Bridged)[SUBSCRIBER]?.next(netBytes(chunk, true));
}

/** Whether a program has put a listener to 'data' in the place of ours: the bytes are its own, as in Node. */
function isTaken(socket: Duplex): boolean {
  return socket.listenerCount('data', onData) === 0 && !(socket as Bridged)[HIDDEN];
}

/** As node:http has it: at a server a program's `pause()` stops all, at a client it doesn't keep the peer's end from being seen. */
const atServer = sharing(onLent, isTaken, true);
const atClient = sharing(onLent, isTaken, false);

/**
 * What `socket` tells from now on, in the order in which it happens. Never completes by itself.
 * @param isServers whether it tells its timeout and our FIN, too
 */
export function facts(socket: Duplex, isServers: boolean): Observable<NetFact> {
  const heard = isServers ? serversListeners : listeners;
  return new Observable((subscriber) => {
    conceal(socket, SUBSCRIBER, subscriber);
    for (const event of Object.keys(heard)) socket.on(event, heard[event] as () => void);
    readShared(socket, isServers ? atServer : atClient);
    socket.on('data', onData);
    return () => {
      for (const event of Object.keys(heard)) socket.off(event, heard[event] as () => void);
      socket.off('data', onData);
      giveBack(socket);
      forgetReading(socket);
    };
  });
}

/**
 * Without listeners to 'data' a stream flows on, and what comes before its next owner listens would be lost. Nor is it for that
 * owner to see that there were any (`readableDidRead`).
 */
function forgetReading(socket: Duplex): void {
  (socket as { readableFlowing: boolean | null }).readableFlowing = null;
  (socket as unknown as { _readableState: { dataEmitted: boolean } })._readableState.dataEmitted = false;
}

/**
 * Takes our listener to 'data' off a socket that tells its bytes without it. A chunked answer that has one on its
 * socket behind its end passes for one that was cut: with node-fetch 2, that is how a cut answer is known.
 */
export function hideListener(socket: Duplex): boolean {
  const hides = isReadShared(socket);
  if (hides) {
    if ((socket as Bridged)[HIDDEN] === undefined) conceal(socket, HIDDEN, true);
    else (socket as Bridged)[HIDDEN] = true;
    socket.off('data', onData);
  }
  return hides;
}

/** Puts it back. */
export function showListener(socket: Duplex): void {
  (socket as Bridged)[HIDDEN] = false;
  socket.on('data', onData);
}

/** Takes our listeners to what the peer says off a socket that is of no more use. As in Node: some count who listens. */
export function stopReading(socket: Duplex): void {
  socket.off('data', onData);
  socket.off('end', listeners.end as () => void);
}

/** What Node has no listeners to on a socket that no message uses. */
const exchanging = { data: onData, end: listeners.end as () => void, drain: listeners.drain as () => void };

/** Calls `call(subject)` while we listen as Node does to a socket that no message uses. */
export function betweenMessages<T>(socket: Duplex, call: (subject: T) => void, subject: T): void {
  const held = Object.entries(exchanging).filter(([event, listener]) => socket.listenerCount(event, listener) > 0);
  for (const [event, listener] of held) socket.off(event, listener);
  try {
    call(subject);
  } finally {
    for (const [event, listener] of held) socket.on(event, listener);
  }
}

/** Makes the socket tell its own timeout, as it does when its own timer has run out. */
export function timeOut(socket: Duplex): void {
  socket.emit('timeout');
}

/** Somebody who takes what an observable tells. */
export interface Taker<T> {
  take(value: T): void;
}

/**
 * A subscriber whose exceptions reach the one who emitted, at once, as those of an event listener do. RxJS's own
 * subscribers report them later, from a timer, where neither 'uncaughtException' order nor async context is Node's.
 */
export class Listener<T> extends Subscriber<T> {
  private readonly taker: Taker<T>;
  /** What ends the subscription. There is one, and the list that RxJS would make for it is as large as a parser. */
  private teardown: (() => void) | undefined;

  constructor(taker: Taker<T>) {
    super();
    this.taker = taker;
  }

  override add(teardown: TeardownLogic): void {
    if (this.closed) (teardown as () => void)();
    else this.teardown = teardown as () => void;
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.teardown?.();
    this.teardown = undefined;
  }

  protected override _next(value: T): void {
    this.taker.take(value);
  }
}
