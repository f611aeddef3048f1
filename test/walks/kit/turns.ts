/** The two queues of an event loop, as far as an order of events depends on them. */
type Task = () => void;

export class Turns {
  readonly #ticks: Task[] = [];
  readonly #turns: Task[] = [];

  /** When what runs now is over (process.nextTick). */
  tick(task: Task): void {
    this.#ticks.push(task);
  }

  /** When all ticks are over, too, and before all turns. */
  afterTicks(task: Task): void {
    this.#turns.unshift(task);
  }

  /** When all ticks are over, too: what the system tells. */
  turn(task: Task): void {
    this.#turns.push(task);
  }

  /** Until nothing is left to do. */
  run(): void {
    for (;;) {
      const next = this.#ticks.shift() ?? this.#turns.shift();
      if (next === undefined) return;
      next();
    }
  }
}
