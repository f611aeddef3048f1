/** A member of a list, with its neighbours. */
export interface Linked<Member> {
  before: Member | undefined;
  after: Member | undefined;
}

/** So many are touched before they are used: more than a processor fetches at once, and few enough for its cache. */
const BATCH = 128;

/**
 * The connections of a server, in the order of their arrival: a list whose members contain its links.
 *
 * A Set would retain closed connections. It replaces its table every few dozen changes, and a replaced table references its
 * successor. So the first table in the old generation retains all later ones, with the connections that were open when each
 * was replaced, until the next major garbage collection.
 */
export class Connections<Connection extends Linked<Connection>> {
  size = 0;
  private first: Connection | undefined;
  private last: Connection | undefined;
  /** Kept, so that V8 leaves none of the looks out. */
  private touched = 0;

  add(connection: Connection): void {
    const { last } = this;
    connection.before = last;
    if (last === undefined) this.first = connection;
    else last.after = connection;
    this.last = connection;
    this.size++;
  }

  /** @returns whether it was in the list */
  delete(connection: Connection): boolean {
    if (!this.has(connection)) return false;
    const { before, after } = connection;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    connection.before = undefined;
    connection.after = undefined;
    this.size--;
    return true;
  }

  /** The current members, without those that are removed during the iteration. */
  *[Symbol.iterator](): Iterator<Connection> {
    const present: Connection[] = [];
    for (let each = this.first; each !== undefined; each = each.after) present.push(each);
    for (const each of present) if (this.has(each)) yield each;
  }

  /**
   * In one pass, for a `call` that neither adds nor removes any. Thousands of connections are not in the processor's caches, and
   * `call` would wait for each of a dozen objects. `touch` only looks at these objects, for many connections in a row: the
   * processor fetches them at the same time.
   * @param touch returns something that depends on what it has looked at
   */
  forEach(call: (connection: Connection) => void, touch: (connection: Connection) => number): void {
    const batch: Connection[] = [];
    for (let each = this.first; each !== undefined; ) {
      batch.length = 0;
      for (; each !== undefined && batch.length < BATCH; each = each.after) batch.push(each);
      for (const one of batch) this.touched += touch(one);
      for (const one of batch) call(one);
    }
  }

  private has(connection: Connection): boolean {
    return connection.before !== undefined || this.first === connection;
  }
}
