/** Where the peers of a client listen. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Door {
  /** 0 where there is none. */
  readonly port: number;
  /** The options that make a request come here. */
  readonly options: Readonly<Record<string, unknown>>;
  onconnection: (socket: Socket) => void;
  /** The text without what is another one in each run. */
  mask(text: string): string;
  close(): void;
}

let paths = 0;

/** 'tcp' is loopback; at 'nobody', connections are refused. */
export async function openDoor(kind: 'tcp' | 'unix' | 'nobody'): Promise<Door> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  const path = join(tmpdir(), `conversation-${process.pid}-${paths++}.sock`);
  if (kind === 'unix') server.listen(path);
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = kind === 'unix' ? 0 : (server.address() as AddressInfo).port;
  if (kind === 'nobody') server.close();
  const door: Door = {
    port,
    options: kind === 'unix' ? { socketPath: path } : { host: '127.0.0.1', port },
    onconnection: () => {},
    mask: (text) => text.replaceAll(`:${port}`, ':<port>').replaceAll(path, '<path>'),
    close: () => void server.close(() => {}),
  };
  server.on('connection', (socket) => door.onconnection(socket));
  return door;
}
