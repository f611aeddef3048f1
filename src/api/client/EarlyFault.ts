import type { Duplex } from 'node:stream';

/** Why a socket failed that is offered to a request and not taken yet: nobody else listens to its 'error'. */
export class EarlyFault {
  private readonly socket: Duplex;
  private told: Error | undefined;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('error', this.onError);
  }

  /** Told already, or about to be. */
  get error(): Error | null {
    return this.told ?? this.socket.errored;
  }

  /** The socket is taken, or given back. The error of one that was destroyed may still come. */
  stop(): void {
    if (!this.socket.destroyed) this.socket.off('error', this.onError);
  }

  private readonly onError = (error: Error): void => {
    this.told ??= error;
  };
}
