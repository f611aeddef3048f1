import { count, line } from '../compat/describe.js';

/** The tables of an agent. An object that was never set up, such as the prototype, has none. */
interface DescribedAgent {
  readonly sockets: NodeJS.Dict<readonly object[]> | undefined;
  readonly freeSockets: NodeJS.Dict<readonly object[]> | undefined;
  readonly requests: NodeJS.Dict<readonly object[]> | undefined;
}

export function describeAgent(agent: DescribedAgent): string {
  const sizeOf = (table: NodeJS.Dict<readonly object[]> | undefined): number =>
    Object.values(table ?? {}).reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return line(
    agent,
    '',
    `${sizeOf(agent.sockets)} in use`,
    `${sizeOf(agent.freeSockets)} idle`,
    `${count(sizeOf(agent.requests), 'request')} waiting`,
  );
}
