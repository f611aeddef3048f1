import type { Server as NetServer } from 'node:net';
import { count, line, stateOf } from '../compat/describe.js';
import { own } from '../compat/own.js';

/** The members of a server that are printed. */
interface Described extends Pick<NetServer, 'listening' | 'address'> {
  /** Missing in the prototype, and before the constructor has set it. */
  readonly [own]:
    | {
        readonly actor: { readonly value: unknown };
        readonly connections: { readonly size: number };
      }
    | undefined;
}

export function describeServer(server: Described): string {
  const host = server[own];
  const door = host && stateOf(host, 'door');
  return line(
    server,
    addressOf(server),
    door === 'draining' || door === 'closing' ? door : server.listening ? 'listens' : 'does not listen',
    host && count(host.connections.size, 'connection'),
  );
}

/** Where it listens; '' while it doesn't. */
export function addressOf(server: Pick<NetServer, 'listening' | 'address'>): string {
  const address = server.listening ? server.address() : null;
  return typeof address === 'object' && address ? `${hostOf(address.address)}:${address.port}` : (address ?? '');
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);
