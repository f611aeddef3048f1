import type { Duplex } from 'node:stream';
import { stop } from './shared-buffer.js';

/** Who may shut the gate: the queue of responses, and the reader of a body. */
export const PIPELINE = 1;
export const READER = 2;
const LEFT = 4;

/** Whether a socket is read: it is, unless someone keeps the gate shut. */
export class Gate {
  private readonly socket: Duplex;
  private shutBy = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  get isShut(): boolean {
    return this.shutBy !== 0;
  }

  shut(by: number): void {
    if (this.shutBy === 0) stop(this.socket);
    this.shutBy |= by;
  }

  /**
   * Resumes a socket that the program has paused. As in Node, this happens when a reader wants more and when a message is
   * over: otherwise the peer's FIN would go unnoticed.
   */
  wake(): void {
    if (this.shutBy === 0 && this.socket.readableFlowing === false) this.socket.resume();
  }

  open(by: number): void {
    if (this.shutBy === 0) return;
    this.shutBy &= ~by;
    if (this.shutBy === 0) this.socket.resume();
  }

  /** Opens the gate for good: the socket has a new owner, and readers of its earlier messages no longer stop it. */
  leave(): void {
    this.open(READER | PIPELINE);
    this.shutBy = LEFT;
  }
}
