import type { Duplex } from 'node:stream';
import { count, line } from '../compat/describe.js';
import type { Agent } from './Agent.js';

export function describeAgent(agent: Agent): string {
  const sizeOf = (table: NodeJS.Dict<readonly (Duplex | object)[]> | undefined): number =>
    Object.values(table ?? {}).reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return line(
    agent,
    '',
    `${sizeOf(agent.sockets)} in use`,
    `${sizeOf(agent.freeSockets)} idle`,
    `${count(sizeOf(agent.requests), 'request')} waiting`,
  );
}
