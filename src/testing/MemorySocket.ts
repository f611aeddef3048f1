/**
 * Two sockets that are connected in memory and behave as the ends of a TCP connection.
 *
 * Each end is a `net.Socket` without a handle: this file does the handle's work. Bytes arrive in a later turn. An end takes as
 * much as its reader wants; the other end may be ahead by a window, which stands for the buffers of two kernels.
 */
import type { AddressInfo, Socket } from 'node:net';
import { constants } from 'node:os';
import { validateInteger, validateOptions } from '../api/compat/validate.js';
import { IdleTimer } from '../io/clock.js';
import { InertSocket } from '../io/InertSocket.js';
import { timeOut } from '../io/socket.js';
import { carry } from './transit.js';

type Done = (error?: Error | null) => void;

/** Options of {@link socketPair}. */
export interface SocketPairOptions {
  /** The highWaterMark of both ends, and the number of bytes that an end may send before the other reads. Default: the host's. */
  readonly highWaterMark?: number | undefined;
  /** Port of the second end, the accepting one. Default 80. */
  readonly port?: number | undefined;
}

const HOST = '127.0.0.1';
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;
let calls = 0;

class MemorySocket extends InertSocket {
  #other: MemorySocket | undefined = undefined;
  readonly #here: AddressInfo;
  readonly #there: AddressInfo;
  /** The address of the other end, once it was asked for. */
  #peer: Partial<AddressInfo> | undefined = undefined;
  /** Bytes that have arrived and aren't read. */
  #arrived: Buffer[] = [];
  #isWanted = false;
  /** The other end has sent FIN. */
  #isEnded = false;
  /** This end has sent FIN or RST. */
  #isShut = false;
  /** Bytes that the other end hasn't taken. */
  #unread = 0;
  /** Callback of the write that is ahead by more than the window. */
  #blocked: Done | undefined = undefined;
  readonly #idle: IdleTimer<Socket>;
  #received = 0;
  #sent = 0;

  constructor(here: number, there: number, options: { allowHalfOpen: boolean; highWaterMark?: number | undefined }) {
    super(options as object);
    this.#here = { address: HOST, port: here, family: 'IPv4' };
    this.#there = { address: HOST, port: there, family: 'IPv4' };
    this.#idle = new IdleTimer<Socket>(timeOut, this);
  }

  /** `net.Socket` reads these from its handle. */
  static {
    const counted = (count: (socket: MemorySocket) => unknown): PropertyDescriptor => ({
      get(this: MemorySocket) {
        return count(this);
      },
    });
    Object.defineProperties(MemorySocket.prototype, {
      bytesRead: counted((socket) => socket.#received),
      bytesWritten: counted((socket) => socket.#sent),
      pending: counted((socket) => socket.connecting),
      localAddress: counted((socket) => socket.#local.address),
      localPort: counted((socket) => socket.#local.port),
      localFamily: counted((socket) => socket.#local.family),
      remoteAddress: counted((socket) => socket.#remote.address),
      remotePort: counted((socket) => socket.#remote.port),
      remoteFamily: counted((socket) => socket.#remote.family),
    });
  }

  /** As of a handle: a socket that is closed has no address. */
  get #local(): Partial<AddressInfo> {
    return this.destroyed ? {} : this.#here;
  }

  /** A socket remembers that of the other end, once it was asked for. */
  get #remote(): Partial<AddressInfo> {
    if (!this.destroyed) this.#peer ??= this.#there;
    return this.#peer ?? {};
  }

  /** The handshake fails: the socket emits the error in a later turn. */
  static refuse(caller: MemorySocket, error: Error): void {
    (caller as { connecting: boolean }).connecting = true;
    caller.#isShut = true;
    carry(() => {
      (caller as { connecting: boolean }).connecting = false;
      caller.destroy(error);
    });
  }

  /** The handshake: `caller` emits 'connect' in a later turn. */
  static connect(caller: MemorySocket, called: MemorySocket): void {
    caller.#other = called;
    called.#other = caller;
    const state = caller as { connecting: boolean };
    state.connecting = true;
    carry(() => {
      state.connecting = false;
      called.#listen();
      if (caller.destroyed) return;
      caller.#touch();
      caller.emit('connect');
      caller.emit('ready');
      caller.#listen();
    });
  }

  /** As of a handle: the end of the peer is noticed, and bytes are taken, though nobody reads them yet. */
  #listen(): void {
    if (!this.isPaused()) this.read(0);
  }

  override _read(): void {
    this.#isWanted = true;
    this.#flow();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    if (this.#whenConnected(() => this._write(chunk, encoding, done), done)) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this.#touch();
    this.#sent += bytes.length;
    this.#unread += bytes.length;
    this.#send((other) => other.#take(bytes));
    if (this.#unread <= this.writableHighWaterMark) done();
    else this.#blocked = done;
  }

  override _writev(pieces: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    const bytes = pieces.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this._write(Buffer.concat(bytes), 'latin1', done);
  }

  override _final(done: Done): void {
    if (this.#whenConnected(() => this._final(done), done)) return;
    this.#shut();
    carry(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#idle.free();
    // As in TCP: closing with unread bytes resets the connection.
    if (this.#arrived.length > 0) this.#reset();
    else this.#shut();
    this.#arrived = [];
    const blocked = this.#blocked;
    this.#blocked = undefined;
    done(error);
    // In a separate turn: an exception of the write's callback must not prevent 'close'.
    if (blocked !== undefined) carry(() => blocked(error ?? failure('write', 'ECANCELED')));
    carry(() => this.emit('close', error !== null));
  }

  override resetAndDestroy(): this {
    if (this.#whenConnected(() => this.resetAndDestroy(), ignore)) return this;
    this.#reset();
    this.destroy();
    return this;
  }

  /**
   * Calls `act` after 'connect', or `fail` if the socket closes before.
   * @returns whether `act` has to wait
   */
  #whenConnected(act: () => void, fail: Done): boolean {
    if (!this.connecting) return false;
    const onClose = () => fail(failure('write', 'ECANCELED'));
    this.once('connect', () => {
      this.off('close', onClose);
      act();
    });
    this.once('close', onClose);
    return true;
  }

  /** Calls `arrive` with the other end, in a later turn. */
  #send(arrive: (other: MemorySocket) => void): void {
    const other = this.#other as MemorySocket;
    carry(() => arrive(other));
  }

  #shut(): void {
    if (this.#isShut) return;
    this.#isShut = true;
    this.#send((other) => other.#takeEnd());
  }

  #reset(): void {
    this.#isShut = true;
    this.#send((other) => other.#takeReset());
  }

  /** Takes bytes of the other end. A closed socket responds with a reset. */
  #take(bytes: Buffer): void {
    if (this.destroyed) {
      this.#reset();
      return;
    }
    this.#touch();
    this.#received += bytes.length;
    this.#arrived.push(bytes);
    this.#flow();
  }

  #takeEnd(): void {
    this.#isEnded = true;
    this.#flow();
  }

  #takeReset(): void {
    this.#arrived = [];
    this.#isShut = true;
    this.destroy(failure('read', 'ECONNRESET'));
  }

  #flow(): void {
    while (this.#isWanted && this.#arrived.length > 0) {
      const bytes = this.#next();
      this.#send((other) => other.#taken(bytes.length));
      this.#isWanted = this.push(bytes);
    }
    if (this.#isEnded && this.#isWanted && this.#arrived.length === 0) {
      this.#isWanted = false;
      this.push(null);
      this.read(0);
    }
  }

  /** What arrived first; of that no more than fits into the buffer, if nobody reads. */
  #next(): Buffer {
    const bytes = this.#arrived.shift() as Buffer;
    const room =
      this.readableFlowing === null ? Math.max(1, this.readableHighWaterMark - this.readableLength) : Infinity;
    if (bytes.length <= room) return bytes;
    this.#arrived.unshift(bytes.subarray(room));
    return bytes.subarray(0, room);
  }

  #taken(bytes: number): void {
    this.#unread -= bytes;
    const blocked = this.#blocked;
    if (blocked === undefined || this.#unread > this.writableHighWaterMark) return;
    this.#blocked = undefined;
    this.#touch();
    blocked();
  }

  /** Something has happened: the idle time starts again. */
  #touch(): void {
    if (this.timeout && !this.destroyed) this.#idle.start(this.timeout);
  }

  override setTimeout(milliseconds: number, listener?: () => void): this {
    if (this.destroyed) return this;
    (this as { timeout?: number }).timeout = milliseconds;
    // A running timer with a longer period would fire too late.
    this.#idle.free();
    this.#touch();
    if (listener !== undefined) {
      if (milliseconds > 0) this.once('timeout', listener);
      else this.off('timeout', listener);
    }
    return this;
  }

  override address(): AddressInfo | Record<string, never> {
    return this.#local as AddressInfo;
  }
}

/** A socket whose connection can't be opened. */
export function refusedSocket(error: Error): Socket {
  const socket = new MemorySocket(FIRST_PORT, 80, { allowHalfOpen: false });
  MemorySocket.refuse(socket, error);
  return socket;
}

/** Whether it is an end of a pair. */
export const isInMemory = (socket: unknown): boolean => socket instanceof MemorySocket;

function ignore(): void {}

function failure(syscall: string, code: 'ECONNRESET' | 'ECANCELED'): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { errno: -constants.errno[code], code, syscall });
}

/**
 * A pair of sockets that are connected in memory: they use no port, and nothing leaves the process.
 *
 * They behave as the ends of a TCP connection: FIN (`end`), reset (`resetAndDestroy` causes ECONNRESET at the other end, and
 * so does a write to a closed end), back-pressure, `setTimeout`, addresses. The first end is the connecting one: as with
 * `net.connect`, it is `connecting`, emits 'connect' in a later turn, and doesn't allow half-open connections. The second end
 * is the accepting one: like the connections of an HTTP server, it allows them. Times are those of the
 * {@link virtualClock}, if there is one.
 *
 * `server.emit('connection', called)` passes one to a server, `request({ createConnection: () => caller })` to a request. See
 * docs/testing.md.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function socketPair(options: SocketPairOptions = {}): [caller: Socket, called: Socket] {
  validateOptions(options, ['highWaterMark', 'port']);
  const { highWaterMark, port = 80 } = options;
  if (highWaterMark !== undefined) validateInteger(highWaterMark, 'options.highWaterMark', 0);
  validateInteger(port, 'options.port', 0, 65_535);
  const own = FIRST_PORT + (calls++ % PORTS);
  const caller = new MemorySocket(own, port, { allowHalfOpen: false, highWaterMark });
  const called = new MemorySocket(port, own, { allowHalfOpen: true, highWaterMark });
  MemorySocket.connect(caller, called);
  return [caller, called];
}
