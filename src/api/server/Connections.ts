import type { ConnectionHost } from './ConnectionHost.js';

/**
 * The connections of a server, in the order in which they came: a list whose links are in its members.
 *
 * A Set would keep those that have gone. It replaces its table each few dozen changes, and a table that was replaced leads to
 * its successor; so the first that the collector counts as old keeps all later ones, with the connections that were open when
 * each was replaced, until it collects what is old.
 */
export class Connections {
  size = 0;
  private first: ConnectionHost | undefined;
  private last: ConnectionHost | undefined;

  add(connection: ConnectionHost): void {
    const { last } = this;
    connection.before = last;
    if (last === undefined) this.first = connection;
    else last.behind = connection;
    this.last = connection;
    this.size++;
  }

  /** @returns whether it was there */
  delete(connection: ConnectionHost): boolean {
    if (!this.has(connection)) return false;
    const { before, behind } = connection;
    if (before === undefined) this.first = behind;
    else before.behind = behind;
    if (behind === undefined) this.last = before;
    else behind.before = before;
    connection.before = undefined;
    connection.behind = undefined;
    this.size--;
    return true;
  }

  /** Those that are there now, without those that go meanwhile. */
  *[Symbol.iterator](): Iterator<ConnectionHost> {
    const present: ConnectionHost[] = [];
    for (let each = this.first; each !== undefined; each = each.behind) present.push(each);
    for (const each of present) if (this.has(each)) yield each;
  }

  private has(connection: ConnectionHost): boolean {
    return connection.before !== undefined || this.first === connection;
  }
}
