import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Place } from '../../io/record.js';
import type { own } from '../compat/own.js';
import type { ServerResponse } from './ServerResponse.js';

/** Our data on a socket: the members that its users read. */
interface SocketHost {
  readonly actor: Place;
  readonly exchanges: {
    /** The socket has closed and emitted 'close'. */
    close(): void;
  };
}

/** A socket: a `net.Socket`, or any Duplex that was handed to the server. */
export type ServerSocket = Duplex &
  Partial<Pick<Socket, 'setTimeout' | 'destroySoon' | 'bytesRead' | 'bytesWritten'>> & {
    server?: unknown;
    parser?: unknown;
    timeout?: number;
    _httpMessage?: ServerResponse | null;
    [own]?: SocketHost | undefined;
  };
