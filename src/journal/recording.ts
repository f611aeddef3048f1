/**
 * The recorder: writes what crosses the boundary as frames (frames.ts) into a ring.
 *
 * Rule 1: there are two sides. An input leads from the world to the engine, a door from the engine to the program; both end. What the
 *         engine does to itself is no input, and what happens on the program's side is none of our business.
 * Rule 2: nothing that it does may throw, or wait.
 */
import type { EventLike } from '../engine/args.js';
import type { Stepper, Stepping } from '../engine/step.js';
import type { NetFact } from '../events/net.js';
import { now } from '../io/clock.js';
import * as record from '../io/record.js';
import { EndedExchange } from './ended.js';
import { kinds } from './flags.js';
import { bytesOf, type Line, lineOf, NOWHERE } from './line.js';
import { Lines } from './lines.js';
import { adopt, isMarkDue, markOf } from './marks.js';
import { calledForNumbers, callNumbers, chartNumber } from './numbers.js';
import type { Bytes } from './opening.js';
import { madeOf, reading } from './reading.js';
import type { Deferred, RecordingSettings } from './recordingTypes.js';
import type { Ring } from './ring.js';
import * as v from './vocabulary.js';
import * as write from './write.js';

// Constants of this file: in the package, those of another file are getters.
const { FACT, CALL, LANDED, OFFER } = record;

const ENGINE = true;
const PROGRAM = false;

/** How many results are in one frame. */
const MOST_ASKS = 24;

export class Recording implements record.Recorder, Stepper {
  readonly lines: Lines;
  /** Steps whose cause was not recorded. */
  lost = 0;
  private readonly ring: Ring<Line>;
  private readonly bytes: Bytes;
  private isStopped = false;
  private line = NOWHERE;
  /** When the input began that is going on, in µs. */
  private now = 0;
  private kind = kinds[0]!;
  private side = PROGRAM;
  private readonly outerLines: Line[] = [];
  private readonly outerSides: boolean[] = [];
  private asks = 1;
  private asking = NOWHERE;
  /** A chunk whose content isn't known yet. */
  private chunk: Buffer | undefined;
  private contents: number[] = [];
  /** Where it leaves HTTP, if that is known. */
  private until: number | undefined;
  private isLate = false;
  private chunkLine = NOWHERE;
  private chunkFlags = 0;
  private readonly onEnd: RecordingSettings['onEnd'];
  private readonly onMark: RecordingSettings['onMark'];

  constructor({ ring, bytes, linesSize, onEnd, onMark }: RecordingSettings) {
    this.ring = ring;
    this.bytes = bytes;
    this.lines = new Lines(ring, linesSize);
    this.onEnd = onEnd;
    this.onMark = onMark;
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Begins a frame with room for `room` bytes. */
  private begin(kind: number, line: Line, room: number): write.Pen {
    if (this.outerLines.length === 0) this.readClock();
    if (this.chunk !== undefined) this.writeChunk();
    if (this.asks !== 1) this.writeAsks();
    return this.frame(kind, line, room);
  }

  /** Once an input, before the engine does it: what it causes has the same time. */
  private readClock(): void {
    this.now = Math.floor(now() * 1000);
  }

  private frame(kind: number, line: Line, room: number): write.Pen {
    const { ring } = this;
    ring.begin(kind, line.number, this.now, room);
    if (line.last !== ring.number) {
      line.last = ring.number;
      ring.note(line);
    }
    line.sinceMark += room;
    return ring.pen;
  }

  private writeAsks(): void {
    const { asks } = this;
    this.asks = 1;
    this.frame(v.ASK, this.asking, 8).number(asks);
  }

  private push(line: Line, side: boolean): void {
    if (this.outerLines.length === 0) this.readClock();
    this.outerLines.push(this.line);
    this.outerSides.push(this.side);
    this.line = line;
    this.side = side;
  }

  leave(): void {
    // A chunk may be overwritten by the next one.
    if (this.chunk !== undefined) this.writeChunk();
    this.line = this.outerLines.pop() ?? NOWHERE;
    this.side = this.outerSides.pop() ?? PROGRAM;
  }

  enter(place: record.Place, kind: number, detail: unknown, subject?: object): boolean {
    const number = lineOf(place.connection, place.exchange);
    const isOwn = this.side === ENGINE && number === this.line.number;
    if (isOwn && kind !== FACT && kind !== LANDED) return false;
    if (number === 0) {
      this.push(NOWHERE, ENGINE);
      return true;
    }
    const line = this.lines.at(number);
    this.note(line, place, kind, detail, subject, isOwn ? v.NESTED : 0);
    this.push(line, ENGINE);
    return true;
  }

  private note(line: Line, place: record.Place, kind: number, detail: unknown, subject: unknown, nested: number): void {
    switch (kind) {
      case FACT:
        this.noteFact(line, place, detail as NetFact, nested);
        break;
      case CALL:
        this.noteCall(line, place as Stepping, detail as EventLike, subject as write.Outgoing);
        break;
      case LANDED:
        this.begin(v.LANDED | nested, line, 1).byte(detail ? 1 : 0);
        break;
      case OFFER:
        write.offer(this.begin(v.OFFER, line, 64), place.connection && place.exchange, detail as write.Offered);
        break;
      default:
        write.other(this.begin(v.OTHER, line, 24), kind, place.exchange, chartNumber(place as Stepping), detail);
    }
  }

  private noteFact(line: Line, place: record.Place, fact: NetFact, nested: number): void {
    if (fact.type !== 'net.bytes') {
      write.fact(this.begin(v.FACT | nested, line, 520), fact);
      if (fact.type === 'net.closed') line.close();
      return;
    }
    if (this.chunk !== undefined) this.writeChunk();
    if (this.asks !== 1) this.writeAsks();
    if (line.host === undefined && !line.isClosed) adopt(line, place);
    if (nested === 0 && isMarkDue(line, this.ring)) this.mark(line, false);
    this.chunk = fact.chunk as Buffer;
    this.chunkLine = line;
    this.chunkFlags = nested;
    if (this.contents.length > 0) this.contents = [];
    const { feeding, isIgnoring } = reading(line.host);
    this.isLate = feeding === true;
    this.until = isIgnoring === true ? 0 : undefined;
  }

  /** Notes the state of a connection between two exchanges: frames before it are needed no longer. */
  private mark(line: Line, isAssigned: boolean): void {
    const text = markOf(line, isAssigned);
    if (text === undefined) return;
    this.begin(v.MARK, line, text.length * 3 + 8).utf8(text);
    line.sinceMark = 0;
    // What the request has done before it got the connection is needed, too.
    line.first = isAssigned ? Math.min(this.line.first, this.ring.number) : this.ring.number;
    line.hasLost = false;
    if (line.before.length > 0) line.before = [];
    this.onMark(line);
  }

  private writeChunk(): void {
    const chunk = this.chunk as Buffer;
    this.chunk = undefined;
    const line = this.chunkLine;
    const bytes = bytesOf(line, this.bytes, this.ring.onFull);
    const pieces = write.piecesOf(chunk.length, this.contents, this.until, this.isLate, bytes);
    const { longest } = this.ring;
    let from = 0;
    let left = pieces;
    while (write.sizeOf(left) > longest) {
      const { first, rest } = write.split(left, longest);
      from = write.pieces(this.frame(v.MORE, line, write.sizeOf(first) + 5 * first.length + 8), chunk, from, first);
      left = rest;
    }
    write.pieces(this.frame(v.IN | this.chunkFlags, line, write.sizeOf(left) + 5 * left.length + 8), chunk, from, left);
  }

  /** For the parser: a part of the chunk is content. */
  content(part: Uint8Array): void {
    const { chunk } = this;
    if (chunk === undefined || part.buffer !== chunk.buffer || part.length === 0) return;
    this.contents.push(part.byteOffset - chunk.byteOffset, part.length);
  }

  /** For the parser: the chunk leaves HTTP. */
  left(rest: Uint8Array): void {
    const { chunk } = this;
    if (chunk !== undefined && rest.buffer === chunk.buffer) this.until = rest.byteOffset - chunk.byteOffset;
  }

  private noteCall(line: Line, actor: Stepping, event: EventLike, message: write.Outgoing): void {
    const code = callNumbers.get(event.type);
    if (code === undefined) return;
    const bytes = bytesOf(line, this.bytes, this.ring.onFull);
    const given = write.givenOf(event, bytes);
    const { longest } = this.ring;
    // The room is for text in UTF-8.
    if (given !== undefined && !given.isHole && given.size > longest) {
      for (const part of write.parts(given, longest))
        write.pieces(this.begin(v.MORE, line, part.length + 16), part, 0, [part.length]);
      given.isElsewhere = true;
    }
    const head = event.type === 'user.head' ? (message._header ?? '') : '';
    const trailer = event.type === 'user.end' ? String(message._trailer ?? '') : '';
    if (head.length > longest || trailer.length * 3 > longest) {
      this.lose(line, write.TOO_LONG);
      return;
    }
    const size = given === undefined || given.isElsewhere || given.isHole ? 0 : given.size;
    const pen = this.begin(v.CALL, line, head.length + trailer.length * 3 + size + 96);
    write.call(pen, actor.exchange, chartNumber(actor), code, event, message, given, bytes);
  }

  /** Something is missing: what follows can't be replayed. */
  private lose(line: Line, reason: number): void {
    this.lost++;
    const pen = this.begin(v.GAP, line, 8);
    pen.byte(reason);
    pen.number(1);
  }

  ask(found: boolean): boolean {
    if (this.side !== ENGINE || this.line === NOWHERE) return found;
    if (this.asks !== 1 && (this.asking !== this.line || this.asks >= 1 << MOST_ASKS)) {
      if (this.chunk !== undefined) this.writeChunk();
      this.writeAsks();
    }
    this.asking = this.line;
    this.asks = this.asks * 2 + (found ? 1 : 0);
    return found;
  }

  door<T, R>(kind: number, detail: unknown, call: (on: T) => R, on: T): R {
    const { line } = this;
    if (this.side !== ENGINE || line === NOWHERE) return call(on);
    write.door(
      this.begin(v.DOOR, line, 24),
      kind,
      calledForNumbers.get(detail as string),
      detail,
      bytesOf(line, this.bytes, this.ring.onFull),
    );
    this.push(line, PROGRAM);
    let result = 2;
    try {
      const returned = call(on);
      result = (returned as unknown) === false ? 0 : 1;
      return returned;
    } finally {
      this.leave();
      this.begin(v.RETURN, line, 1).byte(result);
    }
  }

  wrote(place: record.Place, data: string | Uint8Array, encoding: string, accepted: boolean): boolean {
    const number = lineOf(place.connection, place.exchange);
    if (number === 0) return accepted;
    const line = this.lines.at(number);
    write.wrote(this.begin(v.WROTE, line, 24), data, encoding, accepted, bytesOf(line, this.bytes, this.ring.onFull));
    return accepted;
  }

  date(text: string): string {
    if (this.side === ENGINE && this.line !== NOWHERE) this.begin(v.DATE, this.line, 40).utf8(text);
    return text;
  }

  defer<T>(
    post: (call: (subject: never) => void, subject: unknown) => void,
    call: (subject: T) => void,
    subject: T,
  ): void {
    const { line } = this;
    if (this.side !== ENGINE || line === NOWHERE) {
      post(call as (subject: never) => void, subject);
      return;
    }
    line.waiting++;
    const entry: Deferred = { owner: this, line, id: ++line.deferred, call: call as (subject: never) => void, subject };
    post(fire as (subject: never) => void, entry);
  }

  postpone(post: (call: () => void) => void, call: () => void): void {
    this.defer((fired, entry) => post(() => fired(entry as never)), callIt, call);
  }

  fire({ line, id, call, subject }: Deferred): void {
    line.waiting--;
    if (this.isStopped) {
      call(subject as never);
      return;
    }
    this.begin(v.DEFERRED, line, 8).number(id);
    this.push(line, ENGINE);
    try {
      call(subject as never);
    } finally {
      this.leave();
    }
  }

  started(): void {}

  step<TEvent extends EventLike>(actor: Stepping, event: TEvent): TEvent {
    const number = lineOf(actor.connection, actor.exchange);
    if (number === 0) return event;
    const line = number === this.line.number ? this.line : this.lines.at(number);
    const kind = this.kind.after(event.type);
    if (kind === undefined) return event;
    this.kind = kind;
    if (this.side !== ENGINE) this.lose(line, write.UNCAUSED);
    else if (event.type === 'request.assigned' && isMarkDue(line, this.ring)) this.mark(line, true);
    const pen = this.begin(v.STEP, line, 16);
    pen.number(actor.exchange);
    pen.byte(chartNumber(actor));
    pen.byte(kind.code);
    if (kind.hasFlags) pen.number(kind.pack(event));
    return event;
  }

  open(host: record.Recorded, socket: object, isServerSide: boolean): void {
    const line = this.lines.at(lineOf(host.actor.connection, 0));
    line.begin(host, write.openingOf(host, socket, isServerSide));
    line.hasLost = false;
    const text = JSON.stringify(line.opening);
    this.begin(v.OPEN, line, text.length * 3 + 8).utf8(text);
  }

  made(place: record.Place, message: object, options: object): void {
    const line = this.lines.at(lineOf(place.connection, place.exchange));
    const text = JSON.stringify(madeOf(place, message, options));
    if (text.length * 3 > this.ring.longest) this.lose(line, write.TOO_LONG);
    else this.begin(v.MADE, line, text.length * 3 + 8).utf8(text);
  }

  attach(connection: number, number: number, place: record.Place, limit: number): void {
    const line = this.lines.at(place.connection * 2);
    const isAgain = connection > 0;
    if (!isAgain) this.lines.get(number * 2 + 1)?.join(line);
    const pen = this.begin(v.POOL, line, 32);
    pen.number(isAgain ? 0 : number);
    pen.number(place.exchange);
    pen.number(limit > 0 && limit < 2 ** 31 ? Math.floor(limit) : 0);
    if (isAgain) {
      line.continues(connection * 2);
      pen.number(connection);
      pen.number(number);
    } else if (this.line.number === number * 2 + 1) this.line = line;
  }

  ended(place: record.Place, verdict: number, ms: number, summary: record.Summed): void {
    const { connection, exchange } = place;
    const number = lineOf(connection, exchange);
    if (number === 0) return;
    const line = this.lines.at(number);
    const chart = chartNumber(place as Stepping);
    const ended = new EndedExchange(place, chart, verdict, ms, summary, this.bytes);
    const room = 96 + 3 * (ended.what.length + (ended.path?.length ?? 0) + (ended.method?.length ?? 0));
    write.ended(this.begin(v.END, line, room), exchange, chart, ended);
    this.lines.addEnded(line, ended);
    if (number % 2 === 1) line.close();
    this.onEnd(ended, line);
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.chunk !== undefined) this.writeChunk();
    if (this.asks !== 1) this.writeAsks();
  }
}

function fire(entry: Deferred): void {
  entry.owner.fire(entry);
}

const callIt = (call: () => void): void => call();
