import type { Duplex } from 'node:stream';

/** The error of a socket that a request was offered but has not taken yet: nobody else listens to its 'error'. */
export class EarlyFault {
  private readonly socket: Duplex;
  private emitted: Error | undefined;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('error', this.onError);
  }

  /** The error that was emitted, or is about to be. */
  get error(): Error | null {
    return this.emitted ?? this.socket.errored;
  }

  /** The socket is taken, or given back. A destroyed socket may still emit its error. */
  stop(): void {
    if (!this.socket.destroyed) this.socket.off('error', this.onError);
  }

  private readonly onError = (error: Error): void => {
    this.emitted ??= error;
  };
}
