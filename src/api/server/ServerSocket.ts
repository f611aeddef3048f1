import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { own } from '../compat/own.js';
import type { ServerResponse } from './ServerResponse.js';

/** What is ours on a socket, as far as it is asked for there. */
interface SocketHost {
  readonly exchanges: {
    /** The socket has closed, and who listens to it has been told. */
    close(): void;
  };
}

/** A socket as we use it: a `net.Socket`, or any Duplex that was handed to the server. */
export type ServerSocket = Duplex &
  Partial<Pick<Socket, 'setTimeout' | 'destroySoon'>> & {
    server?: unknown;
    parser?: unknown;
    timeout?: number;
    _httpMessage?: ServerResponse | null;
    [own]?: SocketHost | undefined;
  };
