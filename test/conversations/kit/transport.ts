/** What carries the bytes of conversations: TCP, or TLS over it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { dial } from './wires.js';

export interface Transport {
  /** The options of the server under test. */
  readonly options: object;
  /** The event by which a server gets a socket that carries HTTP. */
  readonly opened: 'connection' | 'secureConnection';
  /** A peer's connection to the server under test, with allowHalfOpen. */
  dial(port: number): Promise<Socket>;
  /** The server on which the peers of a client listen. */
  peers(): net.Server;
}

export const TCP: Transport = {
  options: {},
  opened: 'connection',
  dial,
  peers: () => net.createServer({ allowHalfOpen: true, noDelay: true }),
};

const fixture = (name: string): Buffer => readFileSync(new URL(`../../https/fixtures/${name}`, import.meta.url));
const certified = { key: fixture('server.key'), cert: fixture('server.crt') };

export const TLS: Transport = {
  options: certified,
  opened: 'secureConnection',
  async dial(port) {
    const options = { port, host: '127.0.0.1', ca: fixture('ca.crt'), allowHalfOpen: true };
    const socket = tls.connect(options).setNoDelay(true);
    await once(socket, 'secureConnect');
    return socket;
  },
  peers: () => tls.createServer({ ...certified, allowHalfOpen: true, noDelay: true }),
};
