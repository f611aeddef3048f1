/** What streams say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { ReaderFacts, SocketFacts } from '../../events/facts.js';

type AnySocket = Duplex & Partial<Pick<Socket, 'bytesRead' | 'bytesWritten' | 'connecting' | 'timeout'>>;

export function socketFacts(socket: AnySocket, endsWithTimeout: boolean): SocketFacts {
  return {
    connecting: socket.connecting === true,
    inSocket: socket.writableLength,
    received: socket.bytesRead ?? 0,
    sent: socket.bytesWritten ?? 0,
    timeout: socket.timeout ?? 0,
    endsWithTimeout,
  };
}

export function readerFacts(message: Readable & { upgrade?: unknown }): ReaderFacts {
  return {
    flowing: message.readableFlowing,
    buffered: message.readableLength,
    awaitsEnd: message.listenerCount('end') > 0,
    ended: message.readableEnded,
    upgraded: message.upgrade === true,
  };
}
