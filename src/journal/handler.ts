/**
 * Replays the peer of a server's connection against another handler: the bytes in the chunks in which they came, FIN, resets and
 * timeouts. What it sends is compared with what was sent then, response by response.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { isPromise } from 'node:util/types';
import { invalidArgValue } from '../api/compat/errors.js';
import { Server } from '../api/server/Server.js';
import type { RequestListener } from '../api/server/types.js';
import { now, replaceDate } from '../io/clock.js';
import { type Dialer, useDialer } from '../io/dialer.js';
import { chunkOf } from './assemble.js';
import type { Frame } from './frames.js';
import type { Frames, FrameWindow } from './frameWindow.js';
import { PeerSocket } from './PeerSocket.js';
import type { RecordedConnection } from './reader.js';
import { type Response, ResponseReader } from './responses.js';
import { type Replayable, run, unrecorded } from './run.js';
import { soon } from './turns.js';
import { Upstream } from './upstream.js';
import { different, type Verdict } from './verdict.js';
import * as v from './vocabulary.js';

/** A listener of 'request'. */
export type Handler = RequestListener;

/** A response of the recorded program, and the frame that has its first byte. */
interface Expected {
  readonly response: Response;
  readonly at: number;
}

function recorded(replayable: Replayable, methods: readonly string[]): Expected[] {
  const reader = new ResponseReader(methods);
  const found: Expected[] = [];
  let at = 0;
  // The replay watches parsers, but not this one.
  const add = (read: () => readonly Response[]): void =>
    unrecorded(() => {
      for (const response of read()) found.push({ response, at });
    });
  run(
    replayable,
    {
      sent: (data, encoding) =>
        add(() => reader.feed(typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data))),
      ended: () => add(() => reader.finish()),
      reset() {},
    },
    (frame) => {
      at = frame;
    },
  );
  reader.free();
  return found;
}

/** Only what a replay does is served by its journal. */
const dialers = new AsyncLocalStorage<Dialer>();
let replays = 0;

/** Does `act`, whose clients get the sockets of `dial`. */
async function dialing<T>(dial: Dialer, act: () => Promise<T>): Promise<T> {
  replays++;
  useDialer(() => dialers.getStore()?.());
  try {
    return await dialers.run(dial, act);
  } finally {
    if (--replays === 0) useDialer(undefined);
  }
}

const methodsOf = ({ exchanges }: RecordedConnection): string[] => exchanges.map(({ method }) => method ?? 'GET');

export async function replayHandler(
  connection: RecordedConnection,
  handler: Handler,
  patience: number,
): Promise<Verdict> {
  if (connection.role !== 'server') {
    throw invalidArgValue(
      'options.handler',
      handler,
      `is for connections of servers, and ${connection.id} is a client's`,
    );
  }
  const upstream = await Upstream.of(connection);
  // Twice: what was sent then, and what is sent now.
  const expected = recorded(await connection.streamed(), methodsOf(connection));
  const replayed = new HandlerReplay(
    connection,
    await connection.streamed(),
    handler,
    patience,
    upstream.notes,
    expected,
  );
  try {
    return await dialing(upstream.dial, () => replayed.run());
  } finally {
    replayed.free();
    upstream.free();
  }
}

class HandlerReplay {
  private readonly connection: RecordedConnection;
  private readonly frames: Frames;
  private readonly expected: readonly Expected[];
  private readonly patience: number;
  private readonly notes: string[];
  private readonly socket = new PeerSocket();
  private readonly server: Server;
  private readonly reader: ResponseReader;
  private readonly got: Response[] = [];
  private readonly restoreDate: () => void;
  /** The frame that is played. */
  private at = 0;
  private hasThrown = false;

  constructor(
    connection: RecordedConnection,
    replayable: Replayable,
    handler: Handler,
    patience: number,
    notes: string[],
    expected: readonly Expected[],
  ) {
    this.connection = connection;
    this.frames = replayable.frames;
    this.patience = patience;
    this.notes = notes;
    this.expected = expected;
    this.reader = new ResponseReader(methodsOf(connection));
    this.server = new Server(((req, res) => this.guard(() => handler(req, res))) as Handler);
    Object.assign(this.server, replayable.openings.get(replayable.line)?.settings);
    this.socket.on('error', () => {});
    this.restoreDate = replaceDate(() => this.date);
  }

  /** That of the frame which is played. */
  private get date(): number {
    const [begins] = this.connection.span;
    return this.connection.since.valueOf() + ((this.frames.at(this.at)?.at ?? begins) - begins) / 1000;
  }

  /** What a handler throws is a part of the verdict, and not the end of the process. */
  private guard(call: () => unknown): void {
    const note = (error: unknown): void => {
      this.hasThrown = true;
      this.notes.push(`the handler has thrown ${String(error)}`);
    };
    try {
      const returned = call();
      if (isPromise(returned)) returned.catch(note);
    } catch (error) {
      note(error);
    }
  }

  async run(): Promise<Verdict> {
    this.server.emit('connection', this.socket);
    for (let at = 0, frame = this.frames.at(0); frame !== undefined; frame = this.frames.at(++at)) {
      this.at = at;
      if (!isOfPeer(frame)) continue;
      const due = this.expected.filter((each) => each.at < at).length;
      await this.settle(() => this.got.length >= due);
      const found = this.compare(due);
      if (found !== undefined) return this.differ(found, at);
      apply(this.socket, frame);
    }
    await this.settle(() => this.got.length > this.expected.length);
    if (this.socket.hasSentFin) this.got.push(...this.reader.finish());
    const found = this.compare(Math.max(this.expected.length, this.got.length));
    return found === undefined ? { same: true, frames: this.expected.length } : this.differ(found, this.frames.length);
  }

  /** Waits until it is true and some turns have passed, or until the patience is over. */
  private async settle(isDone: () => boolean): Promise<void> {
    const until = now() + this.patience;
    for (let quiet = 0; quiet < 4; ) {
      await soon();
      for (const chunk of this.socket.chunks.splice(0)) this.got.push(...this.reader.feed(chunk));
      quiet = isDone() || this.socket.isOver || this.hasThrown || now() > until ? quiet + 1 : 0;
    }
  }

  /** @returns the first of so many responses that differs */
  private compare(count: number): number | undefined {
    for (let i = 0; i < count; i++) {
      const [one, other] = [this.expected[i]?.response, this.got[i]];
      if (one === undefined || other === undefined || one.summary !== other.summary) return i;
    }
    return undefined;
  }

  private differ(found: number, at: number): Verdict {
    const expected = this.expected[found];
    const place = expected?.at ?? at;
    const texts = [textOf(expected?.response), textOf(this.got[found])] as const;
    return different(this.connection.id, this.frames, place, ...texts, this.notes);
  }

  free(): void {
    this.restoreDate();
    this.reader.free();
    this.socket.destroy();
    (this.frames as FrameWindow).close?.();
  }
}

const isOfPeer = (frame: Frame): boolean =>
  frame.kind === v.IN ||
  (frame.kind === v.FACT && ['net.ended', 'net.failed', 'net.timedOut'].includes(v.FACTS[frame.code] as string));

function apply(socket: PeerSocket, frame: Frame): void {
  if (socket.destroyed) return;
  if (frame.kind === v.IN) socket.push(Buffer.from(chunkOf(frame)));
  else if (v.FACTS[frame.code] === 'net.ended') socket.push(null);
  else if (v.FACTS[frame.code] === 'net.timedOut') socket.emit('timeout');
  else socket.destroy(Object.assign(new Error(frame.more || 'read ECONNRESET'), { code: frame.text || 'ECONNRESET' }));
}

const textOf = (response: Response | undefined): string => response?.summary ?? 'no response';
