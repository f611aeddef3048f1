/**
 * Reading of all sockets into one buffer.
 *
 * A `net.Socket` allocates 64 KiB for each read, gives most of it back and leaves an ArrayBuffer to the garbage
 * collector: about a tenth of the cost of a small request. Node's own http avoids it inside C++. The documented way is the
 * option `onread` of `net.connect`: a buffer that is read into, and a callback; net has no such option for sockets that
 * a server accepts, so what `onread` does is done here to an accepted one. When a host has changed how that is done,
 * nothing is found and the socket is read as usual.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { conceal } from './conceal.js';

const SIZE = 65536;

type Take = (socket: Duplex, chunk: Uint8Array) => void;

interface ReadableHandle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** Called with each read, in the way of net. */
  onread?(this: ReadableHandle, bytes: unknown): unknown;
}

interface Keys {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** Where `onread` keeps its two parts on a socket. */
function findKeys(): Keys | undefined {
  const buffer = new Uint8Array(1);
  const callback = () => true;
  const probe = new Socket({ onread: { buffer, callback } }) as unknown as Record<symbol, unknown>;
  const keyOf = (value: unknown) => Object.getOwnPropertySymbols(probe).find((key) => probe[key] === value);
  const keys = { buffer: keyOf(buffer), callback: keyOf(callback) };
  return keys.buffer && keys.callback ? (keys as Keys) : undefined;
}

type Slots = Record<symbol, unknown>;

let keys: Keys | undefined | null = null;
let shared: Buffer | undefined;

/** Views of the shared buffer by their length: small reads mostly have one of a few. */
const views: (Buffer | undefined)[] = [];
const LONGEST_KEPT = 4096;

function viewOf(buffer: Buffer, length: number): Buffer {
  if (length > LONGEST_KEPT) return buffer.subarray(0, length);
  let view = views[length];
  if (view === undefined) {
    view = buffer.subarray(0, length);
    views[length] = view;
  }
  return view;
}

/** What net calls with what it has read; `this` is the socket. */
type OnRead = (this: Socket, length: number, buffer: Buffer) => boolean;

/** For a socket that is an ordinary stream again: see `giveBack`. */
const pushCopy: OnRead = function (length, buffer) {
  (this as unknown as Slots)[(keys as Keys).buffer] = null;
  return this.push(Buffer.from(buffer.subarray(0, length)));
};

/** What net had its handles call, of those whose sockets were given back. */
const ownReaders = new WeakMap<ReadableHandle, ReadableHandle['onread']>();

/** The bytes that are emitted have been taken already. */
export let relaying = false;

/** What we have net call. */
const readers = new WeakSet<object>();

/** How sockets of a kind are read. */
export interface Sharing {
  readonly reader: OnRead;
  readonly stops: boolean;
}

/**
 * @param take is given what comes
 * @param isTaken whether those who listen to 'data' have the bytes in place of `take`
 * @param stops whether a program that pauses the socket stops its handle, too: then its peer's end is not seen
 */
export function sharing(take: Take, isTaken: (socket: Duplex) => boolean, stops: boolean): Sharing {
  const reader: OnRead = function (length, buffer) {
    const chunk = viewOf(buffer, length);
    // Somebody else listens to the bytes, too: not one who began to while they were taken, nor whom the socket was given to.
    const heard = this.listenerCount('data');
    const isHeld = !stops && (this.readableFlowing === false || this.readableLength > 0);
    if (isHeld || (heard > 0 && isTaken(this))) return this.push(Buffer.from(chunk));
    const isHeard = heard > 1;
    take(this, chunk);
    if (isHeard && (this as unknown as Slots)[(keys as Keys).callback] === reader) {
      relaying = true;
      try {
        this.emit('data', Buffer.from(chunk));
      } finally {
        relaying = false;
      }
    }
    return true;
  };
  readers.add(reader);
  return { reader, stops };
}

/**
 * Has what comes on `socket` read into a buffer that all sockets share. What others put into the stream (`unshift`,
 * `emit('data')`) still comes as 'data'.
 * @returns false when the socket can't be read so
 */
export function readShared(socket: Duplex, { reader, stops }: Sharing): boolean {
  const handle = (socket as { _handle?: ReadableHandle | null })._handle;
  if (!(socket instanceof Socket) || Object.getPrototypeOf(socket) !== Socket.prototype) return false;
  if (typeof handle?.useUserBuffer !== 'function' || socket.readableFlowing !== null || socket.readableLength > 0) {
    return false;
  }
  if (keys === null) keys = findKeys();
  if (keys === undefined) return false;
  shared ??= Buffer.allocUnsafeSlow(SIZE);
  if (ownReaders.has(handle)) {
    handle.onread = ownReaders.get(handle) as () => unknown;
    ownReaders.delete(handle);
  }
  const slots = socket as unknown as Slots;
  // It holds what others sent.
  conceal(socket, keys.buffer, shared);
  slots[keys.callback] = reader;
  handle.useUserBuffer(shared);
  if (!stops) conceal(socket, 'pause', pauseAlone);
  return true;
}

export function isReadShared(socket: Duplex): boolean {
  return keys ? readers.has((socket as unknown as Slots)[keys.callback] as object) : false;
}

/**
 * Pauses the stream, and not its handle: a socket that is known to have a buffer stops that too, and then doesn't see its peer's
 * end.
 */
function pauseAlone(this: Socket): Socket {
  const slots = this as unknown as Slots;
  const { buffer } = keys as Keys;
  const before = slots[buffer];
  slots[buffer] = null;
  try {
    return Socket.prototype.pause.call(this);
  } finally {
    slots[buffer] = before;
  }
}

/**
 * Makes a socket that was read so an ordinary stream again. Its handle goes on reading into the shared buffer. But a socket that
 * is known to have one stops its handle whenever it is paused: so it has one only from the beginning of a read until its
 * bytes have been copied.
 */
export function giveBack(socket: Duplex): void {
  const handle = (socket as { _handle?: ReadableHandle | null })._handle;
  if (!isReadShared(socket)) return;
  const { buffer, callback } = keys as Keys;
  const slots = socket as unknown as Slots;
  slots[callback] = pushCopy;
  if (socket.pause === pauseAlone) Reflect.deleteProperty(socket, 'pause');
  const own = handle?.onread;
  if (handle === null || handle === undefined || typeof own !== 'function') return;
  slots[buffer] = null;
  ownReaders.set(handle, own);
  const onRead: typeof own = function (bytes) {
    slots[buffer] = shared;
    try {
      return own.call(this, bytes);
    } finally {
      // Unless the socket has been taken for another connection meanwhile.
      if (handle.onread === onRead) slots[buffer] = null;
    }
  };
  handle.onread = onRead;
}

/** Pauses a socket, and its handle with it where it is read so: for who reads it, not for a program. */
export function stop(socket: Duplex): void {
  if (socket.pause === pauseAlone) Socket.prototype.pause.call(socket as Socket);
  else socket.pause();
}
