/**
 * Reads all sockets into one buffer.
 *
 * A `net.Socket` allocates 64 KiB for each read, returns most of it and leaves an ArrayBuffer to the garbage collector: about
 * a tenth of the cost of a small request. Node's own http avoids this in C++. The documented way is the option `onread` of
 * `net.connect`: a buffer to read into, and a callback. net has no such option for accepted sockets, so this file sets on a
 * socket what `onread` sets. If a host implements `onread` differently, the keys aren't found and sockets are read as usual.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { atTurnEndUnseen } from './clock.js';
import { conceal } from './conceal.js';

const SIZE = 65536;

type Take = (socket: Duplex, chunk: Uint8Array) => void;

interface ReadableHandle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** net's own callback for each read. */
  onread?(this: ReadableHandle, bytes: unknown): unknown;
}

/** The keys under which a socket keeps the two parts of `onread`. */
declare const BUFFER: unique symbol;
declare const CALLBACK: unique symbol;

interface Keys {
  readonly buffer: typeof BUFFER;
  readonly callback: typeof CALLBACK;
}

type Slotted = Duplex & { [BUFFER]?: unknown; [CALLBACK]?: unknown };

function findKeys(): Keys | undefined {
  const buffer = new Uint8Array(1);
  const callback = () => true;
  const probe = new Socket({ onread: { buffer, callback } });
  const keyOf = (value: unknown) =>
    Object.getOwnPropertySymbols(probe).find((key) => Reflect.get(probe, key) === value);
  const keys = { buffer: keyOf(buffer), callback: keyOf(callback) };
  return keys.buffer && keys.callback ? (keys as Keys) : undefined;
}

let keys: Keys | undefined | null = null;
let shared: Buffer | undefined;

/**
 * What a connected socket has in place of the buffer: net only asks whether it has one. The shared one has bytes of other connections,
 * which nobody who prints a socket may see; and hiding a property that net has made takes 3 us. A socket that is connecting has the
 * shared one, hidden: if an address fails, net gives it to the handle for the next one.
 */
const token = new Uint8Array(0);

/** Views of the shared buffer by length: small reads have only a few lengths. */
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

/** The callback that net calls with the bytes that it has read; `this` is the socket. */
type OnRead = (this: Socket, length: number, buffer: Buffer) => boolean;

/** For a socket that is an ordinary stream again. See `giveBack`. */
const pushCopy: OnRead = function (length, buffer) {
  (this as Slotted)[(keys as Keys).buffer] = null;
  return this.push(Buffer.from(buffer.subarray(0, length)));
};

/** net's own callbacks, by the handles of sockets that were given back. */
const ownReaders = new WeakMap<ReadableHandle, ReadableHandle['onread']>();

const { emit } = Socket.prototype;

/** Whether bytes go through the stream: for the listeners of 'readable', or until the program reads on. */
function isHeld(socket: Socket, stops: boolean): boolean {
  if (socket.readableFlowing === false) return !stops || socket.listenerCount('readable') > 0;
  // A program that has replaced `emit` of a client's socket sees 'data'.
  return !stops && (socket.readableLength > 0 || socket.emit !== emit);
}

/** Our callbacks. */
const readers = new WeakSet<object>();

/** How one kind of socket is read. */
export interface Sharing {
  readonly reader: OnRead;
  readonly stops: boolean;
}

/**
 * @param take receives the bytes
 * @param isShown whether the bytes are emitted as 'data', in place of that
 * @param stops whether a program that pauses the socket also stops its handle: then the peer's FIN goes unnoticed
 */
export function sharing(take: Take, isShown: (socket: Duplex) => boolean, stops: boolean): Sharing {
  const reader: OnRead = function (length) {
    const chunk = viewOf(shared as Buffer, length);
    if (isHeld(this, stops) || isShown(this)) return this.push(Buffer.from(chunk));
    take(this, chunk);
    return true;
  };
  readers.add(reader);
  return { reader, stops };
}

/**
 * Makes net read `socket` into the buffer that all sockets share. Bytes that others put into the stream (`unshift`,
 * `emit('data')`) are still emitted as 'data'.
 * @returns false if this socket can't be read so
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
  const slots = socket as Slotted;
  slots[keys.callback] = reader;
  handle.useUserBuffer(shared);
  if (stops) atTurnEndUnseen(lendBuffer, socket);
  else {
    lendBuffer(socket);
    conceal(socket, 'pause', pauseAlone);
  }
  return true;
}

/** A tick later at a server: a `pause()` in 'connection' doesn't stop the handle, and one in a tick does, as in Node. */
function lendBuffer(socket: Socket): void {
  if (!isReadShared(socket) || socket.destroyed) return;
  const slots = socket as Slotted;
  const buffer: Keys['buffer'] = (keys as Keys).buffer;
  if (socket.connecting) conceal(socket, buffer, shared);
  else slots[buffer] = token;
}

/** The socket has closed: connected again, it reads as usual. */
export function endShared(socket: Duplex): void {
  if (isReadShared(socket)) (socket as Slotted)[(keys as Keys).buffer] = null;
}

export function isReadShared(socket: Duplex): boolean {
  return keys ? readers.has((socket as Slotted)[keys.callback] as object) : false;
}

/**
 * Pauses the stream but not its handle. While a socket has a buffer of its own, `pause()` stops the handle too, and the peer's
 * FIN goes unnoticed.
 */
function pauseAlone(this: Socket): Socket {
  const slots = this as Slotted;
  const key: Keys['buffer'] = (keys as Keys).buffer;
  const before = slots[key];
  slots[key] = null;
  try {
    return Socket.prototype.pause.call(this);
  } finally {
    slots[key] = before;
  }
}

/**
 * Makes such a socket an ordinary stream again. Its handle still reads into the shared buffer. But while a socket has a buffer
 * of its own, pausing it stops the handle: so it has one only from the start of a read until the bytes are copied.
 */
export function giveBack(socket: Duplex): void {
  const handle = (socket as { _handle?: ReadableHandle | null })._handle;
  if (!isReadShared(socket)) return;
  const found = keys as Keys;
  const slots = socket as Slotted;
  slots[found.callback] = pushCopy;
  if (socket.pause === pauseAlone) Reflect.deleteProperty(socket, 'pause');
  const own = handle?.onread;
  if (handle === null || handle === undefined || typeof own !== 'function') return;
  slots[found.buffer] = null;
  ownReaders.set(handle, own);
  const onRead: typeof own = function (bytes) {
    slots[found.buffer] = shared;
    try {
      return own.call(this, bytes);
    } finally {
      // Unless the socket has been taken for another connection in between.
      if (handle.onread === onRead) slots[found.buffer] = null;
    }
  };
  handle.onread = onRead;
}

/** Pauses a socket and its handle, for our own back-pressure. A program's `pause()` may leave the handle reading. */
export function stop(socket: Duplex): void {
  if (socket.pause === pauseAlone) Socket.prototype.pause.call(socket as Socket);
  else socket.pause();
}
