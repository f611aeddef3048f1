import type { Duplex } from 'node:stream';

/** A socket that was handed over to the program, as by 'upgrade'. */
export interface Handed {
  readonly socket: Duplex;
  /** The number of its connection. */
  readonly connection: number;
  /** Its method and its path. */
  readonly what: string;
}

type Entry = Omit<Handed, 'socket'> & { readonly socket: WeakRef<Duplex> };

/**
 * The sockets that a server has handed over. Nothing of ours is left on them, so their end is not noticed: the list is searched
 * for closed ones when it has doubled.
 */
export class HandedOver {
  private entries: Entry[] = [];
  private most = 64;

  add({ socket, connection, what }: Handed): void {
    this.entries.push({ socket: new WeakRef(socket), connection, what });
    if (this.entries.length < this.most) return;
    this.entries = this.entries.filter((entry) => open(entry) !== undefined);
    this.most = Math.max(64, 2 * this.entries.length);
  }

  /** Those that are open. */
  *[Symbol.iterator](): Iterator<Handed> {
    for (const entry of this.entries) {
      const socket = open(entry);
      if (socket !== undefined) yield { ...entry, socket };
    }
  }
}

function open({ socket }: Entry): Duplex | undefined {
  const held = socket.deref();
  return held?.destroyed ? undefined : held;
}
