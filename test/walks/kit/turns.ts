/** The two queues of an event loop on which the order of events depends. */
type Task = () => void;

export class Turns {
  readonly #ticks: Task[] = [];
  readonly #turns: Task[] = [];

  /** Runs the task after the current one (process.nextTick). */
  tick(task: Task): void {
    this.#ticks.push(task);
  }

  /** Runs the task after all ticks, and before all turns. */
  afterTicks(task: Task): void {
    this.#turns.unshift(task);
  }

  /** Runs the task after all ticks: an event of the system. */
  turn(task: Task): void {
    this.#turns.push(task);
  }

  /** Runs until no task is left. */
  run(): void {
    for (;;) {
      const next = this.#ticks.shift() ?? this.#turns.shift();
      if (next === undefined) return;
      next();
    }
  }
}
