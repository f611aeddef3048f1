/** The server on which the peers of a client listen. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from './transport.js';

export interface PeerServer {
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Request options for this server. */
  readonly options: Readonly<Record<string, unknown>>;
  onconnection: (socket: Socket) => void;
  /** Replaces what differs from run to run. */
  mask(text: string): string;
  close(): void;
}

let paths = 0;

/** 'tcp' listens on loopback; 'nobody' refuses connections. */
export async function openPeerServer(kind: 'tcp' | 'unix' | 'nobody', transport: Transport): Promise<PeerServer> {
  const server = transport.peers();
  const path = join(tmpdir(), `conversation-${process.pid}-${paths++}.sock`);
  if (kind === 'unix') server.listen(path);
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = kind === 'unix' ? 0 : (server.address() as AddressInfo).port;
  if (kind === 'nobody') server.close();
  const peerServer: PeerServer = {
    port,
    options: kind === 'unix' ? { socketPath: path } : { host: '127.0.0.1', port },
    onconnection: () => {},
    mask: (text) => text.replaceAll(`:${port}`, ':<port>').replaceAll(path, '<path>'),
    close: () => void server.close(() => {}),
  };
  server.on(transport.opened, (socket: Socket) => peerServer.onconnection(socket));
  return peerServer;
}
