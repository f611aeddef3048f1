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
import { conceal } from './conceal.js';

const SIZE = 65536;

type Take = (socket: Duplex, chunk: Uint8Array) => void;

interface ReadableHandle {
  useUserBuffer?(buffer: Uint8Array): void;
  readStart?(): void;
  readStop?(): void;
  /** Whether net believes that it reads. */
  reading?: boolean;
  /** net's own callback for each read. */
  onread?(this: ReadableHandle, bytes: unknown): unknown;
}

const handleOf = (socket: Duplex) => (socket as { _handle?: ReadableHandle | null })._handle;

/** The keys under which a socket keeps the two parts of `onread`. */
declare const BUFFER: unique symbol;
declare const CALLBACK: unique symbol;

interface Keys {
  readonly buffer: typeof BUFFER;
  readonly callback: typeof CALLBACK;
}

type Slotted = Duplex & { [BUFFER]?: unknown; [CALLBACK]?: unknown };

/** Sets the buffer that net believes a socket to have. */
function setBuffer(socket: Slotted, buffer: unknown): void {
  socket[(keys as Keys).buffer] = buffer;
}

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
  setBuffer(this, null);
  return this.push(Buffer.from(buffer.subarray(0, length)));
};

const { emit } = Socket.prototype;

/** How one kind of socket is read. */
export interface Sharing {
  readonly reader: OnRead;
  /** Called at 'pause'. */
  readonly onPause: ((this: Socket) => void) | undefined;
}

const sharings = new Map<unknown, Sharing>();

/**
 * How a client's sockets are read. The peer's FIN is noticed even when the program has paused the socket.
 * @param take receives the bytes
 * @param isListenedTo whether the program has listeners for the bytes: then they go through the stream
 */
export function atClient(take: Take, isListenedTo: (socket: Duplex) => boolean): Sharing {
  return sharing(function (length) {
    // Bytes wait in the stream, or have to. A program that has replaced `emit` sees 'data'.
    const isHeld = this.readableFlowing === false || this.readableLength > 0 || this.emit !== emit;
    if (isHeld || isListenedTo(this)) return this.push(copyOf(length));
    take(this, viewOf(shared as Buffer, length));
    return true;
  });
}

/**
 * How a server's sockets are read. As in Node, 'pause' stops the handle: the peer's FIN goes unnoticed. Once the program listens to the
 * bytes, the socket is an ordinary stream for good.
 */
export function atServer(take: Take, isListenedTo: (socket: Duplex) => boolean): Sharing {
  const reader: OnRead = function (length) {
    if (isListenedTo(this)) giveBack(this);
    else if (this.readableLength === 0) {
      take(this, viewOf(shared as Buffer, length));
      return true;
    }
    return this.push(copyOf(length));
  };
  return sharing(reader, function () {
    const handle = handleOf(this);
    if (handle?.reading && !isListenedTo(this)) handle.readStop?.();
  });
}

function sharing(reader: OnRead, onPause?: (this: Socket) => void): Sharing {
  const made = { reader, onPause };
  sharings.set(reader, made);
  return made;
}

const copyOf = (length: number): Buffer => Buffer.from(viewOf(shared as Buffer, length));

/** Whether it is a socket of net's or tls's own class: others may have methods of their own. */
export function isOfNode(socket: Duplex): socket is Socket {
  if (!(socket instanceof Socket)) return false;
  const prototype: unknown = Object.getPrototypeOf(socket);
  return (
    prototype === Socket.prototype || ('encrypted' in socket && Object.getPrototypeOf(prototype) === Socket.prototype)
  );
}

/**
 * Makes net read `socket` into the buffer that all sockets share. Bytes that others put into the stream (`unshift`,
 * `emit('data')`) are still emitted as 'data'.
 * @returns false if this socket can't be read so
 */
export function readShared(socket: Duplex, { reader, onPause }: Sharing): boolean {
  const handle = handleOf(socket);
  if (!isOfNode(socket) || typeof handle?.useUserBuffer !== 'function') return false;
  if (keys === null) keys = findKeys();
  if (keys === undefined) return false;
  shared ??= Buffer.allocUnsafeSlow(SIZE);
  takeBack(handle);
  (socket as Slotted)[keys.callback] = reader;
  handle.useUserBuffer(shared);
  if (socket.connecting) conceal(socket, keys.buffer, shared);
  else setBuffer(socket, token);
  socket.pause = pauseAlone;
  if (onPause) socket.on('pause', onPause).on('resume', startHandle);
  return true;
}

/** net believes that the handle reads, which 'pause' has stopped. */
function startHandle(this: Socket): void {
  const handle = handleOf(this);
  if (handle?.reading) handle.readStart?.();
}

/** The socket has closed: connected again, it reads as usual. */
export function endShared(socket: Duplex): void {
  if (isReadShared(socket)) setBuffer(socket, null);
}

function sharingOf(socket: Duplex): Sharing | undefined {
  return keys ? sharings.get((socket as Slotted)[keys.callback]) : undefined;
}

export const isReadShared = (socket: Duplex): boolean => sharingOf(socket) !== undefined;

/**
 * Pauses the stream but not its handle. While a socket has a buffer of its own, `pause()` stops the handle too, and the peer's
 * FIN goes unnoticed.
 */
function pauseAlone(this: Socket): Socket {
  const before = (this as Slotted)[(keys as Keys).buffer];
  setBuffer(this, null);
  try {
    return Socket.prototype.pause.call(this);
  } finally {
    setBuffer(this, before);
  }
}

/** The handles of sockets that were given back. */
const givenBack = new WeakSet<ReadableHandle>();

/**
 * Makes such a socket an ordinary stream again. Its handle still reads into the shared buffer. But while a socket has a buffer
 * of its own, pausing it stops the handle: so it has one only from the start of a read until the bytes are copied.
 */
export function giveBack(socket: Duplex): void {
  const shares = sharingOf(socket);
  if (shares === undefined) return;
  const handle = handleOf(socket);
  (socket as Slotted)[(keys as Keys).callback] = pushCopy;
  if (socket.pause === pauseAlone) Reflect.deleteProperty(socket, 'pause');
  if (shares.onPause) {
    socket.off('pause', shares.onPause).off('resume', startHandle);
    startHandle.call(socket as Socket);
  }
  if (!handle?.onread) return;
  setBuffer(socket, null);
  lendForEachRead(handle, socket);
}

/** A later socket of this handle is read so, too: `new net.Socket({ handle })` sets another callback. */
function lendForEachRead(handle: ReadableHandle, socket: Duplex): void {
  const isOwner = (key: symbol) => Reflect.get(handle, key) === socket;
  const ownerKey = Object.getOwnPropertySymbols(handle).find(isOwner);
  let { onread } = handle;
  handle.onread = function (bytes) {
    const owner = (ownerKey ? Reflect.get(handle, ownerKey) : socket) as Slotted;
    owner[(keys as Keys).callback] ??= pushCopy;
    setBuffer(owner, shared);
    try {
      return onread?.call(this, bytes);
    } finally {
      // Unless the socket has been taken for another connection in between.
      if (givenBack.has(handle)) setBuffer(owner, null);
    }
  };
  givenBack.add(handle);
  Object.defineProperty(handle, 'onread', {
    configurable: true,
    get: () => onread,
    set: (value) => {
      onread = value;
    },
  });
}

function takeBack(handle: ReadableHandle): void {
  if (!givenBack.delete(handle)) return;
  const { onread } = handle;
  Reflect.deleteProperty(handle, 'onread');
  Object.assign(handle, { onread });
}

/** Pauses a socket and its handle, for our own back-pressure. A program's `pause()` may leave the handle reading. */
export function stop(socket: Duplex): void {
  if (socket.pause === pauseAlone) Socket.prototype.pause.call(socket as Socket);
  else socket.pause();
}
