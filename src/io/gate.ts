import type { Duplex } from 'node:stream';

/** Who may shut the gate: the queue of answers, and the reader of a body. */
export const PIPELINE = 1;
export const READER = 2;

/** Whether a socket is read. It is, when nobody keeps the gate shut. */
export class Gate {
  private readonly socket: Duplex;
  private shutBy = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  shut(by: number): void {
    if (this.shutBy === 0) this.socket.pause();
    this.shutBy |= by;
  }

  open(by: number): void {
    if (this.shutBy === 0) return;
    this.shutBy &= ~by;
    if (this.shutBy === 0) this.socket.resume();
  }
}
