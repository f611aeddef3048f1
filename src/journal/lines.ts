/** The lines of a recorder. Those of connections that are over go when their frames are overwritten (keeper.ts). */
import { Line } from './line.js';
import type { Ring } from './ring.js';

export class Lines extends Map<number, Line> {
  private readonly ring: Ring<Line>;
  private readonly most: number;
  private limit: number;

  /** @param most with more lines, the oldest frames are given up */
  constructor(ring: Ring<Line>, most: number) {
    super();
    this.ring = ring;
    this.most = most;
    this.limit = most;
  }

  at(number: number): Line {
    return this.get(number) ?? this.begin(number);
  }

  private begin(number: number): Line {
    if (this.size >= this.limit) {
      this.ring.dropOldest();
      // Those of connections that are not over stay, however many they are.
      this.limit = Math.max(this.most, this.size + (this.most >> 3));
    }
    const line = new Line(number);
    line.first = this.ring.number;
    // Unless it begins now, it can be replayed from its first mark at the earliest.
    line.hasLost = number % 2 === 0;
    this.set(number, line);
    return line;
  }
}
