import { Socket } from 'node:net';

/** A socket without a handle: what would set an option of the handle does nothing. */
export class InertSocket extends Socket {
  override setNoDelay(): this {
    return this;
  }

  override setKeepAlive(): this {
    return this;
  }

  /** The socket doesn't keep the process alive. */
  override ref(): this {
    return this;
  }

  override unref(): this {
    return this;
  }
}
