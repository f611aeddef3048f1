/** The names of connections and exchanges in lines of text: traces, explanations, drains. */

/** Where an actor belongs: see engine/place.ts. */
interface Place {
  readonly connection: number;
  readonly exchange: number;
}

export type Side = 'server' | 'client';

/** The machines of a client; the others are a server's. */
const ofClient: ReadonlySet<string> = new Set(['request', 'clientConnection', 'incomingResponse']);

/** @param chart the id of a machine */
export const sideOf = (chart: string): Side => (ofClient.has(chart) ? 'client' : 'server');

/** `s12`: a server's connection. */
export const connectionName = (side: Side, connection: number): string => `${side[0]}${connection}`;

/**
 * `s12`, `c7`, `c7.3`; `q5` without a connection; `-` for a server, and for a message that the program has made.
 * @param chart the id of the actor's machine
 */
export function placeName(chart: string, { connection, exchange }: Place): string {
  if (connection === 0) return exchange === 0 ? '-' : `q${exchange}`;
  const name = connectionName(sideOf(chart), connection);
  return exchange === 0 ? name : `${name}.${exchange}`;
}
