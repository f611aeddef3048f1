/** Programs that run with the host's node:https and with statewire/https. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import * as hostHttp from 'node:http';
import hostExports, * as host from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import statewire from '../../src/https.js';
import * as statewireHttp from '../../src/index.js';
import { comparing } from '../facade/kit/twice.js';

export type Https = typeof host;

export const https = { host, statewire: statewire as unknown as Https } as const;

/** The module of node:http that belongs to a module of node:https. */
export const httpOf = (face: Https): typeof hostHttp =>
  face === host ? hostHttp : (statewireHttp as unknown as typeof hostHttp);

export const isHost = (face: Https): boolean => face === host;

/** The exports of a module as an object that can be changed. */
export const exportsOf = (face: Https): { globalAgent: Https['globalAgent'] } =>
  isHost(face) ? hostExports : (statewire as unknown as Https);

/** `program` returns what is compared: plain data, never empty. */
export const twice = comparing<Https>(https);

const file = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures', name));

/** Certificates of one authority: `server` is localhost, a.test and 127.0.0.1, `other` b.test. */
export const ca = file('ca.crt');
export const server = { key: file('server.key'), cert: file('server.crt') };
export const other = { key: file('other.key'), cert: file('other.crt') };
export const client = { key: file('client.key'), cert: file('client.crt') };
/** `client` with the passphrase `secret`. */
export const clientBundle = file('client.pfx');

export async function listen(made: NetServer): Promise<number> {
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return (made.address() as AddressInfo).port;
}

/** A client that is not under test: a connected TLS socket. */
export async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca, servername: 'localhost', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** All that the socket receives until it closes. */
export async function received(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text.replaceAll(/Date: [^\r]*\r\n/g, '');
}

/** The body of the response. */
export async function bodyOf(request: ClientRequest): Promise<string> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

export interface Serving {
  readonly server: host.Server;
  readonly port: number;
  /** Resolves when all connections are closed. */
  close(): Promise<void>;
}

/** A server of the host, for a client under test. */
export async function serve(options: host.ServerOptions, handler: hostHttp.RequestListener): Promise<Serving> {
  const made = host.createServer({ ...server, ...options }, handler);
  const port = await listen(made);
  return {
    server: made,
    port,
    close: () =>
      new Promise((resolve) => {
        made.close(() => resolve());
        made.closeAllConnections();
      }),
  };
}
