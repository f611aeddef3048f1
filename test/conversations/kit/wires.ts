/** Connections for peers, and a barrier after which no bytes are in transit. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A connected TCP socket with allowHalfOpen. */
export async function dial(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

class Half extends Duplex {
  other: Half | null = null;
  #resume: (() => void) | null = null;

  override _read(): void {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    process.nextTick(() => (this.other === null ? done() : this.other.receive(chunk, done)));
  }

  override _final(done: () => void): void {
    this.#hangUp();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#hangUp();
    done(error);
  }

  receive(chunk: Buffer, done: () => void): void {
    if (this.push(chunk)) done();
    else this.#resume = done;
  }

  /** Like a FIN: ends the readable side of the other half, once. */
  #hangUp(): void {
    this.other?.push(null);
    this.other = null;
  }
}

/** Two Duplex streams, each of which reads what the other writes. */
export function duplexPair(): [Duplex, Duplex] {
  const near = new Half({ allowHalfOpen: true });
  const far = new Half({ allowHalfOpen: true });
  near.other = far;
  far.other = near;
  return [near, far];
}

const ROUND_TRIPS = 12;

/**
 * A fixed number of loopback round trips on a separate connection. Loopback is a queue: what another connection sent before
 * the first trip has been delivered, responded to and closed by the last.
 */
export async function settle(): Promise<void> {
  const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const socket = await dial((echo.address() as AddressInfo).port);
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    socket.write('.');
    await once(socket, 'data');
    await turn();
  }
  socket.destroy();
  echo.close();
}

/** Resolves in the next turn of the event loop, after all ticks and microtasks of this one. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
