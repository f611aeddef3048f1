/** The other end of a connection: sends raw bytes, records the received bytes and how the connection was closed. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Ended, GAVE_UP, type PeerLog, withoutDates } from './log.js';
import { turn } from './wires.js';

interface Waiter {
  readonly isDue: () => boolean;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
  readonly what: string;
}

export class Peer {
  readonly #stream: Duplex;
  #received = '';
  /** What has arrived since the text awaited last, but for what was searched in vain. */
  #unread = '';
  #ended: Ended = 'open';
  #waiters: Waiter[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      this.#received += text;
      this.#unread += text;
      this.#wake();
    });
    stream.on('end', () => this.#end('fin'));
    stream.on('error', () => this.#end('reset'));
  }

  send(bytes: string | Uint8Array): void {
    this.#stream.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** One write per byte, each in a turn of its own. */
  async trickle(bytes: string): Promise<void> {
    for (const byte of bytes) {
      this.send(byte);
      await turn();
    }
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    if ('resetAndDestroy' in this.#stream) (this.#stream as Socket).resetAndDestroy();
    else this.#stream.destroy();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Resolves when the text has arrived, after the text awaited before. */
  bytes(text: string): Promise<void> {
    const isDue = () => {
      const at = this.#unread.indexOf(text);
      this.#unread = this.#unread.slice(at < 0 ? Math.max(0, this.#unread.length - text.length + 1) : at + text.length);
      return at >= 0;
    };
    return this.#until(isDue, `the bytes ${JSON.stringify(text)}`);
  }

  closed(): Promise<void> {
    return this.#until(() => this.#ended !== 'open', 'the close');
  }

  log(): PeerLog {
    return { received: withoutDates(this.#received), ended: this.#ended };
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #until(isDue: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ isDue, resolve, reject, what });
      this.#wake();
    });
  }

  #end(how: Ended): void {
    if (this.#ended === 'open') this.#ended = how;
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.isDue()) waiter.resolve();
      else if (this.#ended !== 'open') waiter.reject(new Error(`${GAVE_UP} ${waiter.what}: closed`));
      else this.#waiters.push(waiter);
    }
  }
}
