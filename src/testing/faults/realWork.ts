/**
 * What of a run happens outside of its world: files, real sockets, timers that a module has kept from before. It is waited for, and
 * what waits for it is no hang.
 *
 * Node lists its active resources: what is there more than before the run is the run's. That list has no work of the thread pool
 * such as compression, and no idle socket from before the run. So a closer look, for runs that seem to have a defect, notes with
 * async_hooks what the program starts.
 */
import { type AsyncHook, AsyncLocalStorage, createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import process from 'node:process';
import zlib from 'node:zlib';
import { hostNow } from '../../io/clock.js';
import { isInMemory } from '../MemorySocket.js';
import { isUnderWay, laterTurn } from '../transit.js';

/** Node's types of resources that do something once, and are over. */
const ONCE =
  /^(FSREQ|FILEHANDLECLOSEREQ|GET(ADDR|NAME)INFOREQ|QUERYWRAP|(TCP|PIPE)CONNECTWRAP|WRITEWRAP|SHUTDOWNWRAP|UDPSENDWRAP|(?!HTTP)\w+REQUEST$|\w+JOB$|Timeout$)/;
/** Types that may do something at any time, until they are closed. */
const LASTING = /^(TCPWRAP|PIPEWRAP|TLSWRAP|UDPWRAP|PROCESSWRAP|WORKER|HTTP2SESSION|FSEVENTWRAP)$/;
/** What the list of active resources has, and isn't waited for. */
const IGNORED = new Set(['Immediate', 'TickObject', 'TTYWrap', 'MessagePort', 'SignalWrap', 'TCPServerWrap']);

/** All that the program does in a run, and what follows from it, is done in this context. */
const contexts = new AsyncLocalStorage<object>();

function countsOf(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (!IGNORED.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** What stays open until somebody closes it. */
const OPEN = /^(TCPSocketWrap|PipeWrap|TLSWrap|UDPWrap|ProcessWrap|FSEventWrap|StatWatcher)$/;

/** What is open outside, by type. */
export const openOutside = (): ReadonlyMap<string, number> =>
  new Map([...countsOf()].filter(([type]) => OPEN.test(type)));

type Transforming = { _transform(chunk: unknown, encoding: unknown, done: (...args: unknown[]) => void): void };

/** The prototype that all streams of node:zlib have in common. */
function zlibBase(): Transforming {
  let prototype = (zlib as unknown as { Gzip: { prototype: object } }).Gzip.prototype;
  while (!Object.hasOwn(prototype, '_transform')) prototype = Object.getPrototypeOf(prototype);
  return prototype as Transforming;
}

export class RealWork {
  /** Whether the program has done any, as far as it was looked at. */
  hasWorked = false;
  /** Some of it has not ended in time. */
  isOverdue = false;
  private readonly before = countsOf();
  private readonly once = new Map<number, string>();
  private readonly lasting = new Map<number, string>();
  /** Those that have not acted yet: most do, once. */
  private readonly fresh = new Set<number>();
  private readonly hook: AsyncHook | undefined;
  private readonly patience: number;
  private readonly context = {};
  /** Bytes were written to a socket of the host. */
  private hasWritten = false;
  private activity = 0;
  private overdue = '';
  /** Pieces that are being compressed. */
  private compressing = 0;
  private readonly undo: (() => void)[];

  /** @param patience how long it is waited for, in ms of the host */
  constructor(patience: number, isClose: boolean) {
    this.patience = patience;
    this.hook = isClose ? this.look() : undefined;
    this.undo = [this.noteWrites(), this.noteCompression()];
  }

  /** Calls the program. */
  run<T>(call: () => T): T {
    return contexts.run(this.context, call);
  }

  /** Whether the program, or what follows from it, is running. */
  get isInside(): boolean {
    return contexts.getStore() === this.context;
  }

  end(): void {
    this.hook?.disable();
    for (const undo of this.undo) undo();
  }

  /** What is pending now. */
  get pending(): readonly string[] {
    const found = [...this.once.values()];
    for (const [type, count] of countsOf()) {
      if (count > (this.before.get(type) ?? 0)) found.push(type);
    }
    if (this.compressing > 0) found.push('compression');
    return [...new Set(found)].sort();
  }

  /** Whether something outside could still act: then nothing can be said of what waits. */
  get isPossible(): boolean {
    return this.isOverdue || this.hasWritten || this.pending.length > 0;
  }

  /**
   * Waits until something outside has acted.
   * @returns false if nothing is pending, or it takes too long
   */
  async progress(): Promise<boolean> {
    const { pending, activity } = this;
    const waits = pending.length > 0 || this.hasWritten || this.lasting.size > 0;
    if (!waits) return false;
    this.hasWorked = true;
    // What was waited for in vain isn't waited for again.
    const key = `${pending.join()} ${activity}`;
    if (this.overdue === key) return false;
    const begin = hostNow();
    // What lasts need not do anything more.
    const isSure = pending.length > 0 || this.hasWritten || this.fresh.size > 0;
    const limit = isSure ? this.patience : Math.min(100, this.patience);
    while (hostNow() - begin < limit) {
      await laterTurn();
      if (isUnderWay() || this.activity !== activity || this.pending.join() !== pending.join()) return true;
    }
    this.overdue = key;
    if (pending.length > 0) this.isOverdue = true;
    return false;
  }

  private look(): AsyncHook {
    const { once, lasting } = this;
    const over = (id: number): void => {
      if (once.delete(id)) this.activity++;
    };
    return createHook({
      init: (id, type) => {
        const isOnce = ONCE.test(type);
        if ((!isOnce && !LASTING.test(type)) || !this.isInside) return;
        this.hasWorked = true;
        (isOnce ? once : lasting).set(id, type);
        if (!isOnce) this.fresh.add(id);
      },
      before: (id) => {
        if (!lasting.has(id)) return;
        this.activity++;
        this.fresh.delete(id);
      },
      after: over,
      destroy: (id) => {
        over(id);
        lasting.delete(id);
        this.fresh.delete(id);
      },
      promiseResolve: over,
    }).enable();
  }

  /** A socket that was opened before the run is no new resource. */
  private noteWrites(): () => void {
    const { write } = Socket.prototype;
    const note = (socket: Socket): void => {
      if (!isInMemory(socket) && (socket as { fd?: number }).fd === undefined && this.isInside) this.hasWritten = true;
    };
    const noting = function (this: Socket, ...args: unknown[]): boolean {
      note(this);
      return (write as (...all: unknown[]) => boolean).apply(this, args);
    };
    const before = Object.getOwnPropertyDescriptor(Socket.prototype, 'write');
    Object.defineProperty(Socket.prototype, 'write', { value: noting, configurable: true, writable: true });
    return () => {
      if (before === undefined) Reflect.deleteProperty(Socket.prototype, 'write');
      else Object.defineProperty(Socket.prototype, 'write', before);
    };
  }

  private noteCompression(): () => void {
    const prototype = zlibBase();
    const { _transform: own } = prototype;
    const begin = (): (() => void) => {
      if (!this.isInside) return () => {};
      this.hasWorked = true;
      this.compressing++;
      return () => {
        this.compressing--;
        this.activity++;
      };
    };
    prototype._transform = function (chunk, encoding, done) {
      const end = begin();
      own.call(this, chunk, encoding, (...args) => {
        end();
        done(...args);
      });
    };
    return () => {
      prototype._transform = own;
    };
  }
}
