import { count, line, stateOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import type { Server } from './Server.js';

export function describeServer(server: Server): string {
  const address = server.listening ? server.address() : null;
  const where = typeof address === 'object' && address ? `${hostOf(address.address)}:${address.port}` : address;
  const host = server[own] as Server[typeof own] | undefined;
  const door = host && stateOf(host, 'door');
  return line(
    server,
    where ?? '',
    server.listening ? 'listens' : door === 'closing' ? 'closing' : 'does not listen',
    host && count(host.connections.size, 'connection'),
  );
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);
