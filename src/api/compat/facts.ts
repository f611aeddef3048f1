/** What streams say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { ReaderFacts, SocketFacts } from '../../events/facts.js';
import type { Gate } from '../../io/gate.js';
import { heldBy } from '../../io/socket.js';
import type { Writer } from '../../io/writer.js';
import { isPiped } from './readable.js';

type AnySocket = Duplex &
  Partial<Pick<Socket, 'bytesRead' | 'bytesWritten' | 'connecting' | 'timeout'>> & {
    readonly secureConnecting?: boolean;
  };

/** Each fact is looked up by need: most lines of `explain.all()` are not printed, and a count of bytes asks libuv. */
export class SocketView implements SocketFacts {
  private readonly socket: AnySocket;
  private readonly gate: Pick<Gate, 'isShut'> | undefined;
  private readonly writer: Pick<Writer, 'isCorking'> | undefined;

  /** @param gate, writer of the connection that uses it, if one does: what those hold back, the program doesn't */
  constructor(socket: AnySocket, gate?: Pick<Gate, 'isShut'>, writer?: Pick<Writer, 'isCorking'>) {
    this.socket = socket;
    this.gate = gate;
    this.writer = writer;
  }

  get connecting(): boolean {
    return this.socket.connecting === true;
  }

  get securing(): boolean {
    return this.socket.secureConnecting === true;
  }

  get ended(): boolean {
    return this.socket.writableEnded;
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  get held(): SocketFacts['held'] {
    const { gate, socket } = this;
    return gate === undefined || gate.isShut ? undefined : heldBy(socket);
  }

  get corked(): boolean {
    const { writer, socket } = this;
    return writer !== undefined && socket.writableCorked > (writer.isCorking ? 1 : 0);
  }

  get inSocket(): number {
    return this.socket.writableLength;
  }

  get received(): number {
    return this.socket.bytesRead ?? 0;
  }

  get sent(): number {
    return this.socket.bytesWritten ?? 0;
  }

  get timeout(): number {
    return this.socket.timeout ?? 0;
  }
}

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
