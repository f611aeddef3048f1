/**
 * Writes messages to a socket.
 *
 * A message that ends is written at once, head and body in one piece. While more than one message may become ready in this
 * turn (`batching`: pipelined requests are being handed out), ready messages wait in a batch, which is written at the end of
 * the turn in one write. A batch is text, no longer than the socket's highWaterMark.
 *
 * Pieces of a message leave together at the end of the turn. If nothing of the program waits for them, and no others come, they
 * wait some rounds of ticks more, for the end of the message: that saves a write.
 *
 * What waits longer than in node:http is sent first when the program uses the socket directly, by its `write`, `end`, `destroy` or
 * `cork`, or exits: nothing is lost, overtaken or held.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { canceled, HIDES_CUTS } from './canceled.js';
import { atTurnEnd, now, throwAtTurnEnd } from './clock.js';
import { conceal } from './conceal.js';
import { forgetAtExit, sendAtExit } from './exit.js';
import { joinPieces, partPieces } from './join.js';
import { Queue } from './queue.js';
import { asked, entering, LANDED, OVERTAKEN, type Place, recorder } from './record.js';

/**
 * How many rounds of ticks pieces wait for the end of their message. A stream that is piped ends some ticks after its last piece: one
 * more for each stream between.
 */
const PATIENCE = 3;

export type Encoding = 'latin1' | 'utf8';
export type Written = (error?: Error | null) => void;

/** A message, as the writer sees it. */
export interface Sender {
  /** Called when the kernel has the last byte. */
  sent(error: Error | null | undefined): void;
}

const WRITER = Symbol('statewire.writer');
type Owned = Duplex & { [WRITER]?: Writer };

/** The one writer of `socket`. @param place that of its connection, from its host */
export function writerOf(socket: Duplex, place?: Place): Writer {
  const owned = socket as Owned;
  const writer = owned[WRITER] ?? conceal(socket, WRITER, new Writer(socket));
  if (place !== undefined) writer.place = place;
  return writer;
}

type Method = 'write' | 'end' | 'destroy' | 'cork';

interface Guard {
  readonly flushFirst: unknown;
  readonly before: PropertyDescriptor | undefined;
}

export class Writer {
  /** More messages may become ready in this turn. */
  batching = false;
  /** Where the socket belongs, once a host of ours has it. */
  place: Place | undefined;
  private readonly socket: Duplex;
  private batch = '';
  private batchEncoding: Encoding = 'latin1';
  /** Senders whose last byte is in the batch. */
  private ready: Sender[] | undefined;
  /** Senders whose last byte is in the socket: an item for each write. */
  private readonly flying = new Queue<Sender | Sender[]>();
  /** Senders of a finished write whose `sent` is still to be called. */
  private landing: Sender[] | undefined;
  private landingError: Error | null | undefined;
  /** How many of the latest writes in `flying` the socket has not sent at once. */
  private waiting = 0;
  /** Writes since `see` last looked. */
  private unseen = 0;
  /** A call of the socket's `write` that has a callback is on the stack. */
  private isSending = false;
  private guarded: Map<Method, Guard> | undefined;
  private scheduled = false;
  private corked = false;
  /** The program waits for what is corked to leave: by a callback, or by 'drain'. */
  private isAwaited = false;
  /** How many rounds of ticks it has waited. */
  private rounds = 0;

  /** The callback of writes. Bound, it takes half the memory of a closure. */
  private readonly landed: Written = this.onLanded.bind(this);

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  /**
   * Writes a piece of a message. Pieces of one turn leave together.
   * @returns false if the message should wait for 'drain'
   */
  write(data: string | Uint8Array, encoding: Encoding, written?: Written): boolean {
    if (this.batching && typeof data === 'string' && written === undefined) return this.collect(data, encoding);
    this.leaveFirst();
    this.cork();
    if (written === undefined) return this.give(data, encoding);
    return this.send(data, encoding, { sent: written });
  }

  /** Writes the last piece of a message, after `head`. `sender.sent` is called when it has left. */
  end(data: string | Uint8Array, encoding: Encoding, sender: Sender, head = ''): boolean {
    if (this.batching && typeof data === 'string') {
      if (head !== '') this.collect(head, 'latin1');
      return this.collect(data, encoding, sender);
    }
    if (data.length === 0 && head === '' && this.isEnded()) {
      atTurnEnd(noteSent, sender);
      return true;
    }
    const isApart = !this.corked && (head !== '' || this.batch !== '');
    if (isApart) this.socket.cork();
    this.flush(Number(isApart));
    if (head !== '') this.give(head, 'latin1');
    const accepted = this.send(data, encoding, sender);
    if (isApart) this.socket.uncork();
    this.undoCorks();
    if (this.corked) this.uncork();
    else this.see();
    return accepted;
  }

  /**
   * Hands the batch to the socket.
   * @param corks how many times the caller has corked it
   * @returns false if the socket will emit 'drain'
   */
  flush(corks = 0): boolean {
    if (this.batch === '' && this.ready === undefined) return true;
    const { batch, batchEncoding, ready } = this;
    this.batch = '';
    if (ready === undefined) return this.give(batch, batchEncoding);
    this.ready = undefined;
    const accepted = this.send(batch, batchEncoding, ready);
    this.undoCorks(corks);
    if (!this.corked) this.see();
    return accepted;
  }

  /** As in Node, the end of a message leaves even if the program has corked the socket: its corks are undone. */
  private undoCorks(others = 0): void {
    const { socket } = this;
    const ours = others + Number(this.corked);
    while (socket.writableCorked > ours) socket.uncork();
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
    let accepted: boolean;
    try {
      accepted = this.give(data, encoding, this.landed);
    } finally {
      this.isSending = wasSending;
    }
    // A plain Writable, as in tests: each end is followed by an empty write, as before Node 24; some rely on it.
    if (typeof (this.socket as Partial<Duplex>).read !== 'function') this.socket.write('');
    return accepted;
  }

  private give(data: string | Uint8Array, encoding: Encoding, landed?: Written): boolean {
    const { socket, place } = this;
    let accepted =
      landed === undefined ? socket.write(data as string, encoding) : socket.write(data as string, encoding, landed);
    if (recorder !== undefined && place !== undefined) accepted = recorder.wrote(place, data, encoding, accepted);
    if (landed !== undefined || !accepted) this.isAwaited = true;
    return accepted;
  }

  /** Checks whether the socket has sent the writes since the last check. */
  private see(): void {
    if (asked(this.socket.writableLength > 0)) this.waiting += this.unseen;
    this.unseen = 0;
  }

  /**
   * The callback of a write. If it threw, the stream would neither call the next callback nor end. A program's own socket may
   * call back before `write()` returns, for which our code isn't ready: then the call is handled at the end of the turn, as a
   * stream would do.
   */
  private onLanded(error?: Error | null): void {
    if (this.isSending) {
      atTurnEnd(this.landed, error);
      return;
    }
    const { place } = this;
    const journal = place === undefined ? undefined : recorder;
    const isInput = journal?.enter(place as Place, LANDED, error, this) === true;
    try {
      this.land(error);
    } catch (thrown) {
      throwAtTurnEnd(thrown);
    }
    if (isInput) journal?.leave();
  }

  private land(reported: Error | null | undefined): void {
    const senders = this.flying.shift();
    // A program's own socket may call back more often than it should.
    if (senders === undefined) return;
    let error = reported;
    if (this.waiting > this.flying.length) {
      this.waiting = this.flying.length;
      now();
      const isHidden = HIDES_CUTS && !reported && this.socket.destroyed && this.socket instanceof Socket;
      if (asked(isHidden)) error = canceled();
    }
    if (this.landing === undefined && !Array.isArray(senders)) {
      senders.sent(error);
      return;
    }
    this.landingError = error;
    if (this.landing !== undefined) this.landing.push(...[senders].flat());
    else {
      this.landing = senders as Sender[];
      this.notifyNext();
    }
  }

  /** Calls `sent` of the landed senders one after the other, each in a separate turn, as if each had written alone. */
  notifyNext(): void {
    const sender = this.landing?.shift();
    if (sender === undefined) {
      this.landing = undefined;
      return;
    }
    try {
      sender.sent(this.landingError);
    } finally {
      atTurnEnd(notifyNext, this);
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
    const isFull = this.batch.length + this.socket.writableLength >= this.socket.writableHighWaterMark;
    if (asked(isFull)) {
      // A socket that isn't corked may send this at once, and would then not ask the message to wait.
      if (sender === undefined) this.cork();
      return this.flush();
    }
    if (!this.guarded?.has('write')) this.guard('write', 'end', 'destroy');
    if (!this.scheduled) {
      this.scheduled = true;
      atTurnEnd(flushScheduled, this);
    }
    return true;
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.isAwaited = false;
    this.rounds = 0;
    joinPieces(this.socket);
    this.socket.cork();
    atTurnEnd(endRound, this);
  }

  /** The end of a turn in which the socket was corked. */
  endRound(): void {
    if (!this.corked) return;
    if (this.isAwaited || this.rounds === PATIENCE) this.uncork();
    else {
      this.rounds++;
      sendAtExit(this);
      if (!this.guarded?.has('cork')) this.guard('destroy', 'cork');
      atTurnEnd(endRound, this);
    }
  }

  /** The socket takes nothing more, and is not destroyed. */
  isEnded(): boolean {
    const { socket } = this;
    return asked(!socket.writable && !socket.destroyed);
  }

  /** The socket has handed everything to the system. */
  isEmpty(): boolean {
    return asked(this.socket.writableLength === 0);
  }

  /** It keeps the socket corked for now. */
  get isCorking(): boolean {
    return this.corked;
  }

  /** Sends what is corked. */
  uncork(): void {
    if (!this.corked) return;
    this.corked = false;
    if (this.rounds > 0) forgetAtExit(this);
    this.socket.uncork();
    this.see();
  }

  /** Something waits here that would have left in node:http. */
  private get isOverdue(): boolean {
    return this.batch !== '' || this.ready !== undefined || this.isLate;
  }

  /** Something is corked since an earlier turn. */
  private get isLate(): boolean {
    return this.corked && this.rounds > 0;
  }

  /** Sends what is overdue. */
  leaveFirst(): void {
    this.flush();
    if (this.isLate) this.uncork();
  }

  /** Sends what is overdue, because of something that doesn't come from our connections. */
  beOvertaken(): void {
    if (this.place === undefined) this.leaveFirst();
    else entering(this.place, OVERTAKEN, undefined, leaveFirst, this);
  }

  private guard(...methods: Method[]): void {
    const { socket } = this;
    this.guarded ??= new Map();
    for (const method of methods) {
      if (this.guarded.has(method)) continue;
      const plain = socket[method] as (...args: unknown[]) => unknown;
      const flushFirst = (...args: unknown[]) => {
        // We cork it ourselves for a batch.
        if (method === 'cork' ? this.isLate : this.isOverdue) this.beOvertaken();
        return plain.apply(socket, args);
      };
      this.guarded.set(method, { flushFirst, before: Object.getOwnPropertyDescriptor(socket, method) });
      Object.defineProperty(socket, method, { value: flushFirst, writable: true, configurable: true });
    }
  }

  /** Restores the socket's own methods, unless they have been replaced since. */
  private unguard(): void {
    for (const [method, { flushFirst, before }] of this.guarded ?? []) {
      if (this.socket[method] !== flushFirst) continue;
      if (before) Object.defineProperty(this.socket, method, before);
      else Reflect.deleteProperty(this.socket, method);
    }
  }

  /** Removes everything of ours from the socket. */
  free(): void {
    this.batching = false;
    this.flush();
    this.uncork();
    this.unguard();
    partPieces(this.socket);
    delete (this.socket as Owned)[WRITER];
  }
}

/** Of a message that was sent whole before its end was known. */
function noteSent(sender: Sender): void {
  sender.sent(null);
}

function flushScheduled(writer: Writer): void {
  writer.flushScheduled();
}

function notifyNext(writer: Writer): void {
  writer.notifyNext();
}

function leaveFirst(writer: Writer): void {
  writer.leaveFirst();
}

function endRound(writer: Writer): void {
  writer.endRound();
}
