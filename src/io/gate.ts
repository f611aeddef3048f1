import type { Duplex } from 'node:stream';
import { atTurnEnd } from './clock.js';
import { stop } from './shared-buffer.js';

/** Who may shut the gate: the queue of answers, and the reader of a body. */
export const PIPELINE = 1;
export const READER = 2;
const GONE = 4;

/** Whether a socket is read. It is, when nobody keeps the gate shut. */
export class Gate {
  private readonly socket: Duplex;
  private shutBy = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  shut(by: number): void {
    if (this.shutBy === 0) stop(this.socket);
    this.shutBy |= by;
  }

  /**
   * A program may have paused the socket by itself. When its reader wants more, or when a message is over, it is read on, as in
   * Node: nobody else would notice that the peer has gone.
   */
  wake(): void {
    if (this.shutBy === 0 && this.socket.readableFlowing === false) this.socket.resume();
  }

  wakeAtTurnEnd(): void {
    atTurnEnd(wake, this as Gate);
  }

  open(by: number): void {
    if (this.shutBy === 0) return;
    this.shutBy &= ~by;
    if (this.shutBy === 0) this.socket.resume();
  }

  /** Opens it for good: the socket is somebody else's, whoever still reads a message that came on it. */
  leave(): void {
    this.open(READER | PIPELINE);
    this.shutBy = GONE;
  }
}

function wake(gate: Gate): void {
  gate.wake();
}
