import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { own } from '../compat/own.js';
import type { ConnectionHost } from './ConnectionHost.js';
import type { ServerResponse } from './ServerResponse.js';

/** A socket as we use it: a `net.Socket`, or any Duplex that was handed to the server. */
export type ServerSocket = Duplex &
  Partial<Pick<Socket, 'setTimeout' | 'destroySoon'>> & {
    server?: unknown;
    parser?: unknown;
    timeout?: number;
    _httpMessage?: ServerResponse | null;
    [own]?: ConnectionHost;
  };
