/**
 * A socket as a stream of facts.
 *
 * Subscribing adds our listeners to the socket, unsubscribing removes all of them: so an upgraded socket is handed over
 * clean. All sockets share the listener functions, which find their subscriber on the socket, to keep idle connections
 * cheap. Called on any other object, they do nothing.
 */
import type { Duplex } from 'node:stream';
import { Observable, Subscriber, type TeardownLogic } from 'rxjs';

import type { Held } from '../events/facts.js';
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
import { atTurnEndUnseen, throwAtTurnEnd } from './clock.js';
import { conceal } from './conceal.js';
import { FACT, type Recorded, recorder } from './record.js';
import { atClient, atServer, endShared, giveBack, isReadShared, readShared } from './shared-buffer.js';

const SUBSCRIBER = Symbol('statewire.subscriber');
/** Whether `hideListener` has removed our listener to 'data'. */
const HIDDEN = Symbol('statewire.hidden');
type Bridged = Duplex & { [SUBSCRIBER]?: Subscriber<NetFact>; [HIDDEN]?: boolean };

const listeners: Readonly<Record<string, (this: Bridged, argument: never) => void>> = {
  error(error: Error) {
    notify(this, netFailed(error));
  },
  close() {
    endShared(this);
    notify(this, netClosed);
    // The program may have emitted it on an open socket, or have called this on something else. Its own listeners of 'close'
    // see that socket open, as in Node: agentkeepalive's tests rely on it.
    if (!this.destroyed && this[SUBSCRIBER] !== undefined) atTurnEndUnseen(destroy, this);
  },
  end() {
    notify(this, netEnded);
  },
  drain() {
    notify(this, netDrained);
  },
};

const serverListeners: typeof listeners = {
  ...listeners,
  finish() {
    notify(this, netFinished);
  },
  timeout() {
    this[SUBSCRIBER]?.next(netTimedOut);
  },
};

function destroy(socket: Duplex): void {
  socket.destroy();
}

/** Exceptions are thrown at the end of the turn, after the socket's other listeners, some of which are ours. */
function notify(socket: Bridged, fact: NetFact): void {
  try {
    socket[SUBSCRIBER]?.next(fact);
  } catch (error) {
    throwAtTurnEnd(error);
  }
}

function onData(this: Bridged, chunk: Uint8Array): void {
  notify(this, netBytes(chunk, false));
}

function onLent(socket: Duplex, chunk: Uint8Array): void {
  (socket as Bridged)[SUBSCRIBER]?.next(netBytes(chunk, true));
}

/** Whether our listener to 'data' is there, or only hidden. */
const isListening = (socket: Duplex): boolean =>
  socket.listenerCount('data', onData) > 0 || (socket as Bridged)[HIDDEN] === true;

/** Whether the program listens to 'data', beside us or in our place: then all listeners get the bytes in their order, as in Node. */
function isHeard(socket: Duplex): boolean {
  const listeners = socket.listenerCount('data');
  return listeners > 1 ? !(socket as Bridged)[HIDDEN] : listeners > 0 && !isListening(socket);
}

/** How many listeners a server's socket had before it was ours, if it had some. As in Node, they get no more bytes. */
const earlier = new WeakMap<Duplex, number>();

const listenersOf = (socket: Duplex): number => socket.listenerCount('data') + socket.listenerCount('readable');

/** Whether the program has begun to listen to the bytes of a server's socket. */
function isTaken(socket: Duplex): boolean {
  const others = listenersOf(socket) - Number(isListening(socket));
  return others > 0 && others > (earlier.get(socket) ?? 0);
}

/** What the program does with a socket that we would read; undefined if it leaves it alone. */
export function heldBy(socket: Duplex): Held | undefined {
  if (socket.readableFlowing === false) return socket.listenerCount('readable') > 0 ? 'readable' : 'paused';
  return isListening(socket) ? undefined : 'taken';
}

const serverSharing = atServer(onLent, isTaken);
const clientSharing = atClient(onLent, isHeard);

/**
 * The facts of `socket` from now on, in the order in which they happen. Never completes by itself.
 * @param isServerSide whether the facts include its timeout and our FIN
 */
export function facts(socket: Duplex, isServerSide: boolean): Observable<NetFact> {
  const own = isServerSide ? serverListeners : listeners;
  return new Observable((subscriber) => {
    conceal(socket, SUBSCRIBER, subscriber);
    if (recorder !== undefined && subscriber instanceof Listener) recorder.open(subscriber, socket, isServerSide);
    for (const event of Object.keys(own)) socket.on(event, own[event] as () => void);
    const others = listenersOf(socket);
    if (isServerSide && others > 0) earlier.set(socket, others);
    readShared(socket, isServerSide ? serverSharing : clientSharing);
    socket.on('data', onData);
    return leave.bind(socket);
  });
}

/** Removes our listeners. Bound to its socket, it takes half the memory of a closure. */
function leave(this: Duplex): void {
  for (const [event, listener] of Object.entries(serverListeners)) this.off(event, listener as () => void);
  this.off('data', onData);
  giveBack(this);
}

/**
 * Removes our listener to 'data' from a socket whose bytes arrive without it. node-fetch 2 takes a chunked response for cut if
 * its socket has such a listener after the response's end.
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

const clientListeners = Object.entries({ ...listeners, data: onData as () => void });

/**
 * Makes a client's listeners the last ones again: the program may have added others, or removed ours. Node adds its own for each
 * request.
 */
export function listenAgain(socket: Bridged): void {
  const { _events: events } = socket as unknown as { readonly _events: Readonly<Record<string, unknown>> };
  if (socket[HIDDEN]) socket[HIDDEN] = false;
  for (const [event, listener] of clientListeners) {
    const held = events[event];
    if (held !== listener && !(Array.isArray(held) && held.at(-1) === listener))
      socket.off(event, listener).on(event, listener);
  }
}

/** Removes our listeners to 'data' and 'end' from a socket that is of no more use. As in Node: some programs count listeners. */
export function stopReading(socket: Duplex): void {
  socket.off('data', onData);
  socket.off('end', listeners.end as () => void);
}

/** The events that Node doesn't listen to while no message uses the socket. */
const exchanging = { data: onData, end: listeners.end as () => void, drain: listeners.drain as () => void };

/** Calls `call(subject)` with only those of our listeners that Node has, too, while no message uses the socket. */
export function betweenMessages<T>(socket: Bridged, call: (subject: T) => void, subject: T): void {
  const held = Object.entries(exchanging).filter(([event, listener]) => socket.listenerCount(event, listener) > 0);
  for (const [event, listener] of held) socket.off(event, listener);
  try {
    call(subject);
  } finally {
    // Unless the program has taken the socket for itself meanwhile.
    if (!socket[SUBSCRIBER]?.closed) for (const [event, listener] of held) socket.on(event, listener);
  }
}

/** Emits 'timeout' on the socket, as it does itself when its timer expires. */
export function timeOut(socket: Duplex): void {
  socket.emit('timeout');
}

/**
 * A subscriber whose exceptions reach the emitter at once, as those of an event listener do. RxJS's own subscribers report them
 * later from a timer, where neither the order of 'uncaughtException' nor the async context is Node's.
 */
export abstract class Listener extends Subscriber<NetFact> implements Recorded {
  abstract readonly actor: Recorded['actor'];
  /** Ends the subscription. There is only one, and RxJS's list of them would be as large as a parser. */
  private teardown: (() => void) | undefined;

  abstract take(fact: NetFact): void;

  override add(teardown: TeardownLogic): void {
    if (this.closed) (teardown as () => void)();
    else this.teardown = teardown as () => void;
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.teardown?.();
    this.teardown = undefined;
  }

  protected override _next(fact: NetFact): void {
    const journal = recorder;
    if (journal === undefined || !journal.enter(this.actor, FACT, fact)) {
      this.take(fact);
      return;
    }
    try {
      this.take(fact);
    } finally {
      journal.leave();
    }
  }
}

/** Destroys the socket once everything written was sent. A Duplex other than a `net.Socket` closes by itself. */
export function endSoon(socket: Duplex & { destroySoon?(): void }): void {
  if (socket.destroySoon) socket.destroySoon();
  else socket.end();
}

/** Destroys the socket for a fault of its peer: no such fault ends the process, even if the program has removed all listeners of 'error'. */
export function destroyForFault(socket: Duplex, error: Error): void {
  if (socket.listenerCount('error') === 0) socket.on('error', ignore);
  socket.destroy(error);
}

function ignore(): void {}
