/**
 * Replays the peer of a server's connection against another handler: the bytes in the chunks in which they came, FIN, resets and
 * timeouts. What it sends is compared with what was sent then, response by response.
 */

import { Socket } from 'node:net';
import { invalidArgValue } from '../api/compat/errors.js';
import { Server } from '../api/server/Server.js';
import type { RequestListener } from '../api/server/types.js';
import { atTurnEndUnseen, now } from '../io/clock.js';
import { chunkOf } from './assemble.js';
import type { Frame } from './frames.js';
import type { Opening } from './opening.js';
import type { RecordedConnection } from './reader.js';
import { type Response, ResponseReader } from './responses.js';
import { type Replayable, run } from './run.js';
import { soon } from './turns.js';
import { different, type Verdict } from './verdict.js';
import * as v from './vocabulary.js';

/** A listener of 'request'. */
export type Handler = RequestListener;

type Done = (error?: Error | null) => void;

/** A socket whose peer is the journal. */
class PeerSocket extends Socket {
  readonly chunks: Buffer[] = [];
  isOver = false;

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    done();
  }

  override _writev(pieces: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    for (const { chunk, encoding } of pieces) {
      this.chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    }
    done();
  }

  override _final(done: Done): void {
    this.isOver = true;
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.isOver = true;
    done(error);
    atTurnEndUnseen(() => this.emit('close', error !== null), undefined);
  }

  override setTimeout(milliseconds: number): this {
    (this as { timeout?: number }).timeout = milliseconds;
    return this;
  }
}

/** The responses of the recorded program, each with the frame that has its first byte. */
function recorded(replayable: Replayable, methods: readonly string[]): { response: Response; at: number }[] {
  const reader = new ResponseReader(methods);
  const found: { response: Response; at: number }[] = [];
  let at = 0;
  run(
    replayable,
    {
      sent(data, encoding) {
        const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data);
        for (const response of reader.feed(bytes)) found.push({ response, at });
      },
      ended() {
        for (const response of reader.finish()) found.push({ response, at });
      },
      reset() {},
    },
    (frame) => {
      at = frame;
    },
  );
  reader.free();
  return found;
}

const methodsOf = (connection: RecordedConnection): string[] =>
  connection.exchanges.map(({ method }) => method ?? 'GET');

export async function replayHandler(
  connection: RecordedConnection,
  replayable: Replayable,
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
  const { frames } = replayable;
  const expected = recorded(replayable, methodsOf(connection));
  const server = new Server(handler);
  const opening = replayable.opening as Opening;
  Object.assign(server, opening.settings);
  const socket = new PeerSocket({ allowHalfOpen: true } as object);
  socket.on('error', () => {});
  const reader = new ResponseReader(methodsOf(connection));
  const got: Response[] = [];
  const take = (): void => {
    for (const chunk of socket.chunks.splice(0)) got.push(...reader.feed(chunk));
  };
  server.emit('connection', socket);
  try {
    for (const [at, frame] of frames.entries()) {
      if (!isOfPeer(frame)) continue;
      const due = expected.filter((each) => each.at < at).length;
      await settle(() => {
        take();
        return got.length >= due || socket.isOver;
      }, patience);
      const found = compare(expected, got, due);
      if (found !== undefined) {
        return different(
          connection.id,
          frames,
          expected[found]?.at ?? at,
          textOf(expected[found]?.response),
          textOf(got[found]),
        );
      }
      apply(socket, frame);
    }
    await settle(() => {
      take();
      return got.length > expected.length;
    }, patience);
    if (socket.isOver) got.push(...reader.finish());
    const found = compare(expected, got, Math.max(expected.length, got.length));
    if (found === undefined) return { same: true, frames: expected.length };
    const at = expected[found]?.at ?? frames.length;
    return different(connection.id, frames, at, textOf(expected[found]?.response), textOf(got[found]));
  } finally {
    reader.free();
    socket.destroy();
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

/** Waits until it is true and some turns have passed, or until the patience is over. */
async function settle(isDone: () => boolean, patience: number): Promise<void> {
  const until = now() + patience;
  for (let quiet = 0; quiet < 4; ) {
    await soon();
    quiet = isDone() || now() > until ? quiet + 1 : 0;
  }
}

/** @returns the first of the responses that differs */
function compare(
  expected: readonly { readonly response: Response }[],
  got: readonly Response[],
  count: number,
): number | undefined {
  for (let i = 0; i < count; i++) {
    const [one, other] = [expected[i]?.response, got[i]];
    if (one === undefined || other === undefined || one.summary !== other.summary) return i;
  }
  return undefined;
}

const textOf = (response: Response | undefined): string => response?.summary ?? 'no response';
