/**
 * A queue that mostly holds one item. The first item is in a field; only more items need an array. A used array keeps room
 * for 17 items, which is as large as any other part of an idle connection.
 */
export class Queue<T> {
  /** The oldest item; undefined if the queue is empty. */
  first: T | undefined = undefined;
  private others: T[] | undefined = undefined;

  get length(): number {
    return this.first === undefined ? 0 : 1 + (this.others?.length ?? 0);
  }

  get last(): T | undefined {
    return this.others?.at(-1) ?? this.first;
  }

  /** @param index 0 is the oldest item */
  at(index: number): T | undefined {
    return index === 0 ? this.first : this.others?.[index - 1];
  }

  push(item: T): void {
    if (this.first === undefined) this.first = item;
    else if (this.others === undefined) this.others = [item];
    else this.others.push(item);
  }

  /** Removes the oldest item. */
  shift(): T | undefined {
    const { first } = this;
    this.first = this.others?.shift();
    if (this.others?.length === 0) this.others = undefined;
    return first;
  }

  /** Removes all items. */
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
