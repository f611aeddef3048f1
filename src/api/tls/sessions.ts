/**
 * The TLS sessions that an agent keeps, by the names of its connections: a later connection resumes the session, without a full
 * handshake (RFC 8446 §2.2). Packages make such a cache themselves and call the agent's methods on it.
 */

export interface SessionCache {
  readonly map: Record<string, Buffer>;
  /** The names, those of the oldest sessions first. */
  readonly list: string[];
}

/** An agent that keeps sessions. */
interface SessionKeeper {
  readonly maxCachedSessions: number;
  readonly _sessionCache: SessionCache;
}

export function emptyCache(): SessionCache {
  return { map: Object.create(null), list: [] };
}

export function keepSession(
  { maxCachedSessions, _sessionCache: { map, list } }: SessionKeeper,
  name: string,
  session: Buffer,
): void {
  if (maxCachedSessions === 0) return;
  if (map[name] === undefined) {
    if (list.length >= maxCachedSessions) delete map[list.shift() as string];
    list.push(name);
  }
  map[name] = session;
}

export function evictSession({ _sessionCache: { map, list } }: SessionKeeper, name: string): void {
  const at = list.indexOf(name);
  if (at < 0) return;
  list.splice(at, 1);
  delete map[name];
}
