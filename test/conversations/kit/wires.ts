/** Where peers come from, and the barrier that tells when nothing is on its way any more. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A TCP connection to the port, half-open allowed, connected. */
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

  /** What a socket's FIN is: the other half's reading ends, once. */
  #hangUp(): void {
    this.other?.push(null);
    this.other = null;
  }
}

/** Two Duplex streams, each reading what the other writes. */
export function duplexPair(): [Duplex, Duplex] {
  const near = new Half({ allowHalfOpen: true });
  const far = new Half({ allowHalfOpen: true });
  near.other = far;
  far.other = near;
  return [near, far];
}

const ROUND_TRIPS = 12;

/**
 * A fixed number of loopback round trips on a connection of its own. Loopback is a queue: what was sent on another
 * connection before the first trip has been delivered, answered and closed by the last.
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

/** The next turn of the event loop: all ticks and microtasks of this one are over. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
