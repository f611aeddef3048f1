/** A socket of a program whose peer is a journal. */
import { atTurnEndUnseen } from '../io/clock.js';
import { InertSocket } from '../io/InertSocket.js';

type Done = (error?: Error | null) => void;

export class PeerSocket extends InertSocket {
  /** What the program has written. */
  readonly chunks: Buffer[] = [];
  /** Nothing more will be written: the program has sent FIN, or destroyed the socket. */
  isOver = false;
  hasSentFin = false;
  /** Called after each write. */
  onWrite: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.note(chunk, encoding);
    done();
    this.onWrite?.();
  }

  override _writev(pieces: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    for (const { chunk, encoding } of pieces) this.note(chunk, encoding);
    done();
    this.onWrite?.();
  }

  private note(chunk: Buffer | string, encoding: BufferEncoding): void {
    this.chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
  }

  override _final(done: Done): void {
    this.isOver = true;
    this.hasSentFin = true;
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
