/** The listeners of connections whenever they are idle: there must not be more after each exchange. */
import type { Socket } from 'node:net';
import { countsOf } from './emitters.js';
import { type Sign, sign } from './judge.js';

type Counts = ReadonlyMap<string | symbol, number>;

export class Idle {
  private readonly noted = new Map<Socket, Counts[]>();

  /** Called when an exchange is over. */
  note(sockets: readonly Socket[]): void {
    for (const socket of sockets) {
      if (socket.destroyed) continue;
      const counts = this.noted.get(socket) ?? [];
      counts.push(countsOf(socket));
      this.noted.set(socket, counts);
    }
  }

  /** Whether there are more listeners than the time before. */
  get hasGrown(): boolean {
    return [...this.noted.values()].some((counts) => {
      const [one, two] = counts.slice(-2);
      return one !== undefined && two !== undefined && grown([one, two]).length > 0;
    });
  }

  /** @param isOwn whether it is a connection that the program has opened */
  signs(isOwn: (socket: Socket) => boolean): Sign[] {
    return [...this.noted].flatMap(([socket, counts]) => {
      const last = counts.slice(-3);
      const what = isOwn(socket) ? 'the kept socket of an agent' : 'the socket';
      return last.length < 3
        ? []
        : grown(last).map((event) =>
            sign('leak', `${what} has more listeners of '${String(event)}' after each exchange`),
          );
    });
  }
}

/** The events that have more listeners each time. */
function grown(counts: readonly Counts[]): (string | symbol)[] {
  const last = counts.at(-1) as Counts;
  return [...last.keys()].filter((event) =>
    counts.every((each, at) => at === 0 || (counts[at - 1]!.get(event) ?? 0) < (each.get(event) ?? 0)),
  );
}
