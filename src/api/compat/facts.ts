/** What streams say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { ReaderFacts, SocketFacts } from '../../events/facts.js';
import type { Gate } from '../../io/gate.js';
import { heldBy } from '../../io/socket.js';
import { isPiped } from './readable.js';

type AnySocket = Duplex &
  Partial<Pick<Socket, 'bytesRead' | 'bytesWritten' | 'connecting' | 'timeout'>> & {
    readonly secureConnecting?: boolean;
  };

/**
 * @param gate of the connection that reads it, if one does: what that holds back, the program doesn't
 * @param timer what destroys it after its inactivity timeout, if something of ours does
 */
export function socketFacts(socket: AnySocket, gate?: AskedGate, timer?: SocketFacts['timer']): SocketFacts {
  return {
    connecting: socket.connecting === true,
    securing: socket.secureConnecting === true,
    ended: socket.writableEnded,
    destroyed: socket.destroyed,
    held: gate === undefined || gate.isShut ? undefined : heldBy(socket),
    inSocket: socket.writableLength,
    received: socket.bytesRead ?? 0,
    sent: socket.bytesWritten ?? 0,
    timeout: socket.timeout ?? 0,
    timer,
  };
}

type AskedGate = Pick<Gate, 'isShut'>;

interface Message {
  readonly upgrade?: unknown;
}

/** Of a message that is no stream yet. `isOver`: it would have ended. */
export function untouchedFacts(message: object, isOver: boolean): ReaderFacts {
  const { upgrade } = message as Message;
  return {
    flowing: isOver || null,
    piped: false,
    buffered: 0,
    awaitsEnd: false,
    ended: isOver,
    upgraded: upgrade === true,
  };
}

export function readerFacts(message: Readable & Message): ReaderFacts {
  return {
    flowing: message.readableFlowing,
    piped: isPiped(message),
    buffered: message.readableLength,
    awaitsEnd: message.listenerCount('end') > 0,
    ended: message.readableEnded,
    upgraded: message.upgrade === true,
  };
}
