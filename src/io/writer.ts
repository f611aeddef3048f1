/**
 * The way out of a socket.
 *
 * A message that ends is written at once, head and body in one piece. While more than one message may become ready in
 * this turn (`batching`: pipelined requests are being handed out) what is ready waits in a batch, which leaves in one
 * write when the turn is over. A batch is text, no longer than the socket's highWaterMark.
 *
 * While a batch waits, the socket's own `write`, `end` and `destroy` flush it first, so that a listener who turns to
 * the socket itself neither loses an answer nor overtakes it.
 */
import { Socket } from 'node:net';
import { constants } from 'node:os';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import { atTurnEnd, throwAtTurnEnd } from './clock.js';
import { conceal } from './conceal.js';
import { Queue } from './queue.js';

export type Encoding = 'latin1' | 'utf8';
export type Written = (error?: Error | null) => void;

/** Something that wants to know when its last byte has left. */
export interface Sender {
  /** The kernel has the last byte. */
  sent(error: Error | null | undefined): void;
}

/** Before Node 22, a socket that is destroyed calls back without an error for what it has not sent. */
const HIDES_CUTS = Number.parseInt(process.versions.node, 10) < 22;

const WRITER = Symbol('statewire.writer');
type Owned = Duplex & { [WRITER]?: Writer };

/** The writer of `socket`: there is one. */
export function writerOf(socket: Duplex): Writer {
  const owned = socket as Owned;
  return owned[WRITER] ?? conceal(socket, WRITER, new Writer(socket));
}

interface Guard {
  readonly method: 'write' | 'end' | 'destroy';
  readonly flushFirst: unknown;
  readonly before: PropertyDescriptor | undefined;
}

export class Writer {
  /** More messages may become ready in this turn. */
  batching = false;
  private readonly socket: Duplex;
  private batch = '';
  private batchEncoding: Encoding = 'latin1';
  /** Those whose last byte is in the batch. */
  private ready: Sender[] | undefined;
  /** Those whose last byte is with the socket, by write. */
  private readonly flying = new Queue<Sender | Sender[]>();
  /** Those whose last byte has left, and who are still to be told. */
  private landing: Sender[] | undefined;
  private landingError: Error | null | undefined;
  /** Of those that are flying, the last ones: the socket did not send them at once. */
  private waiting = 0;
  /** Handed to the socket since it was last seen whether that sends them at once. */
  private unseen = 0;
  /** The socket is being given something that it calls back for. */
  private isSending = false;
  private guards: Guard[] | undefined;
  private scheduled = false;
  private corked = false;

  /** It can only be written, as in tests: what ends is followed by an empty piece, as before Node 24; some count on it. */
  private readonly isSink: boolean;

  constructor(socket: Duplex) {
    this.socket = socket;
    this.isSink = typeof (socket as Partial<Duplex>).read !== 'function';
  }

  /**
   * Writes a piece of a message. Pieces of one turn leave together.
   * @returns false when the writer should wait for 'drain'
   */
  write(data: string | Uint8Array, encoding: Encoding, written?: Written): boolean {
    if (this.batching && typeof data === 'string' && written === undefined) return this.collect(data, encoding);
    this.flush();
    this.cork();
    if (written === undefined) return this.socket.write(data as string, encoding);
    return this.send(data, encoding, { sent: written });
  }

  /** Writes the last piece of a message, behind `head`; `sender` is told when it has left. */
  end(data: string | Uint8Array, encoding: Encoding, sender: Sender, head = ''): boolean {
    if (this.batching && typeof data === 'string') {
      if (head !== '') this.collect(head, 'latin1');
      return this.collect(data, encoding, sender);
    }
    const isApart = head !== '' || this.batch !== '';
    if (isApart) this.socket.cork();
    this.flush();
    if (head !== '') this.socket.write(head, 'latin1');
    const goesOn = this.send(data, encoding, sender);
    if (isApart) this.socket.uncork();
    this.uncork();
    this.see();
    return goesOn;
  }

  /**
   * Hands the batch to the socket.
   * @returns false when the socket will tell 'drain'
   */
  flush(): boolean {
    if (this.batch === '' && this.ready === undefined) return true;
    const { batch, batchEncoding, ready } = this;
    this.batch = '';
    if (ready === undefined) return this.socket.write(batch, batchEncoding);
    this.ready = undefined;
    const goesOn = this.send(batch, batchEncoding, ready);
    if (!this.corked) this.see();
    return goesOn;
  }

  /** For the end of the turn. */
  flushScheduled(): void {
    this.scheduled = false;
    this.flush();
  }

  private send(data: string | Uint8Array, encoding: Encoding, senders: Sender | Sender[]): boolean {
    this.flying.push(senders);
    this.unseen++;
    const wasSending = this.isSending;
    this.isSending = true;
    let goesOn: boolean;
    try {
      goesOn = this.socket.write(data as string, encoding, this.landed);
    } finally {
      this.isSending = wasSending;
    }
    if (this.isSink) this.socket.write('');
    return goesOn;
  }

  /** Looks whether the socket has sent what it was given. */
  private see(): void {
    if (HIDES_CUTS && this.socket.writableLength > 0) this.waiting += this.unseen;
    this.unseen = 0;
  }

  /**
   * A callback that throws would keep the stream from the next one, and from its end. A socket of a program's own may call
   * back before its `write()` has returned: who writes isn't ready for that, so it is heard when the turn is over, as a
   * stream would have it.
   */
  private readonly landed: Written = (error) => {
    if (this.isSending) {
      atTurnEnd(this.landed, error);
      return;
    }
    try {
      this.land(error);
    } catch (thrown) {
      throwAtTurnEnd(thrown);
    }
  };

  private land(told: Error | null | undefined): void {
    const senders = this.flying.shift();
    // Such a socket may call back once too often.
    if (senders === undefined) return;
    let error = told;
    if (this.waiting > this.flying.length) {
      this.waiting = this.flying.length;
      if (!told && this.socket.destroyed && this.socket instanceof Socket) error = canceled();
    }
    if (this.landing === undefined && !Array.isArray(senders)) {
      senders.sent(error);
      return;
    }
    this.landingError = error;
    if (this.landing !== undefined) this.landing.push(...[senders].flat());
    else {
      this.landing = senders as Sender[];
      this.tellNext();
    }
  }

  /** Tells those who have landed one after the other, each in a turn of its own, as if each had written alone. */
  tellNext(): void {
    const sender = this.landing?.shift();
    if (sender === undefined) {
      this.landing = undefined;
      return;
    }
    try {
      sender.sent(this.landingError);
    } finally {
      atTurnEnd(tellNext, this);
    }
  }

  private collect(data: string, encoding: Encoding, sender?: Sender): boolean {
    if (encoding !== this.batchEncoding) this.flush();
    this.batchEncoding = encoding;
    this.batch += data;
    if (sender !== undefined) {
      this.ready ??= [];
      this.ready.push(sender);
    }
    if (this.batch.length + this.socket.writableLength >= this.socket.writableHighWaterMark) {
      // A socket that isn't corked may take it at once, and ask who writes more for no pause.
      if (sender === undefined) this.cork();
      return this.flush();
    }
    if (this.guards === undefined) this.guard();
    if (!this.scheduled) {
      this.scheduled = true;
      atTurnEnd(flushScheduled, this);
    }
    return true;
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.socket.cork();
    atTurnEnd(uncork, this);
  }

  /** Lets what is corked leave. */
  uncork(): void {
    if (!this.corked) return;
    this.corked = false;
    this.socket.uncork();
    this.see();
  }

  private guard(): void {
    this.guards = [];
    const { socket } = this;
    for (const method of ['write', 'end', 'destroy'] as const) {
      const plain = socket[method] as (...args: unknown[]) => unknown;
      const flushFirst = (...args: unknown[]) => {
        this.flush();
        return plain.apply(socket, args);
      };
      this.guards.push({ method, flushFirst, before: Object.getOwnPropertyDescriptor(socket, method) });
      Object.defineProperty(socket, method, { value: flushFirst, writable: true, configurable: true });
    }
  }

  /** Puts back what was there, unless somebody has put something else there since. */
  private unguard(): void {
    for (const { method, flushFirst, before } of this.guards ?? []) {
      if (this.socket[method] !== flushFirst) continue;
      if (before) Object.defineProperty(this.socket, method, before);
      else delete (this.socket as never)[method];
    }
  }

  /** Takes everything of ours off the socket. */
  free(): void {
    this.batching = false;
    this.flush();
    this.uncork();
    this.unguard();
    delete (this.socket as Owned)[WRITER];
  }
}

/** What later hosts call back with. */
function canceled(): Error {
  const errno = -constants.errno.ECANCELED;
  return Object.assign(new Error('write ECANCELED'), { errno, code: 'ECANCELED', syscall: 'write' });
}

function flushScheduled(writer: Writer): void {
  writer.flushScheduled();
}

function tellNext(writer: Writer): void {
  writer.tellNext();
}

function uncork(writer: Writer): void {
  writer.uncork();
}
