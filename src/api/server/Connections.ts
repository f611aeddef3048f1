/** A member of a list, with its neighbours. */
export interface Linked<Member> {
  before: Member | undefined;
  after: Member | undefined;
}

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

  /** In one pass, for a `call` that neither adds nor removes any. */
  forEach(call: (connection: Connection) => void): void {
    for (let each = this.first; each !== undefined; each = each.after) call(each);
  }

  private has(connection: Connection): boolean {
    return connection.before !== undefined || this.first === connection;
  }
}
