/**
 * A queue that mostly holds one at a time: that one is in a field, an array is made only for more. An array that was used once
 * keeps room for 17, which is as much as anything else that an idle connection costs.
 */
export class Queue<T> {
  /** The oldest; undefined when there is none. */
  first: T | undefined = undefined;
  private others: T[] | undefined = undefined;

  get length(): number {
    return this.first === undefined ? 0 : 1 + (this.others?.length ?? 0);
  }

  get last(): T | undefined {
    return this.others?.at(-1) ?? this.first;
  }

  /** @param index from the oldest, which is 0 */
  at(index: number): T | undefined {
    return index === 0 ? this.first : this.others?.[index - 1];
  }

  push(item: T): void {
    if (this.first === undefined) this.first = item;
    else if (this.others === undefined) this.others = [item];
    else this.others.push(item);
  }

  /** Takes the oldest out. */
  shift(): T | undefined {
    const { first } = this;
    this.first = this.others?.shift();
    if (this.others?.length === 0) this.others = undefined;
    return first;
  }

  /** Takes all out. */
  clear(): T[] {
    const all = [...this];
    this.first = undefined;
    this.others = undefined;
    return all;
  }

  *[Symbol.iterator](): Iterator<T> {
    if (this.first !== undefined) yield this.first;
    if (this.others !== undefined) yield* this.others;
  }
}
