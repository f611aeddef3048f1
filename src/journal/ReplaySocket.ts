/**
 * The socket of a replay: it sends and receives nothing. What its hosts are given and what they read of it comes from the journal; it
 * notes what they do to it.
 */
import { InertSocket } from '../io/InertSocket.js';
import type { Opening } from './opening.js';

/** What happens on the wire, for those who look on. */
export interface Wire {
  sent(data: string | Uint8Array, encoding: BufferEncoding): void;
  ended(): void;
  reset(): void;
}

export class ReplaySocket extends InertSocket {
  wire: Wire | undefined;

  constructor({ mark, remote, local, isTls }: Pick<Opening, 'mark' | 'remote' | 'local' | 'isTls'>) {
    super();
    const value = (given: unknown) => ({ value: given, configurable: true });
    Object.defineProperties(this, {
      remoteAddress: value(remote?.[0]),
      remotePort: value(remote?.[1]),
      localAddress: value(local?.[0]),
      localPort: value(local?.[1]),
      writableHighWaterMark: value(mark),
      writableLength: value(0),
      ...(isTls ? { encrypted: value(true) } : {}),
    });
  }

  override write(data: unknown, encoding?: unknown): boolean {
    this.wire?.sent(data as string, encoding as BufferEncoding);
    return true;
  }

  override end(): this {
    this.wire?.ended();
    return this;
  }

  override destroySoon(): void {
    this.wire?.ended();
  }

  override destroy(error?: Error): this {
    if (error === undefined) this.wire?.ended();
    else this.wire?.reset();
    return this;
  }

  override cork(): void {}
  override uncork(): void {}

  override pause(): this {
    return this;
  }

  override resume(): this {
    return this;
  }

  override setTimeout(): this {
    return this;
  }
}
