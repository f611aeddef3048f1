/**
 * The possible events of a client request's socket and of the peer.
 *
 * The agent owes a socket from the beginning, and again when the request is sent again. While ‘socket’ is emitted only the
 * program acts; waiting pieces are sent after that, unless the request or the socket was destroyed. The peer can send until its
 * FIN, or until the socket closes, is given back or handed over. A request is sent again if the peer of its first socket has
 * sent nothing. A socket that fails before the peer has sent anything delivers nothing more.
 */
import type { RequestEvent } from '../../../src/events/request.js';

type Head = Extract<RequestEvent, { type: 'wire.head' }>;
type Fall = Extract<RequestEvent, { retriable: boolean }>;
type Typed = { readonly type: string };

export interface Peer {
  /** The agent owes a socket. */
  readonly asked: boolean;
  /** The socket is the second one. */
  readonly second: boolean;
  readonly socket: 'none' | 'open' | 'ended' | 'failed' | 'closed';
  /** ‘socket’ was emitted. */
  readonly opened: boolean;
  /** Written pieces go to the socket. */
  readonly writes: boolean;
  readonly parser: 'silent' | 'between' | 'continued' | 'inInterim' | 'inBody' | 'over';
}

export const unassigned: Peer = {
  asked: true,
  second: false,
  socket: 'none',
  opened: false,
  writes: false,
  parser: 'over',
};

export const isHeld = ({ socket }: Peer) => socket !== 'none' && socket !== 'closed';

/** The head of a response with which the connection leaves HTTP. */
export const isProtocolChange = ({ kind }: Head) => kind === 'upgrade' || kind === 'connect';

/** Whether the event is possible now; undefined for events from elsewhere. */
export function mayCome(peer: Peer, sent: Typed): boolean | undefined {
  const event = sent as RequestEvent | { readonly type: 'net.attached' | 'net.shut' | 'wire.body' };
  const { socket, opened, parser } = peer;
  const listens = opened && (parser === 'silent' || parser === 'between');
  switch (event.type) {
    case 'net.attached':
    case 'net.refused':
      return peer.asked;
    case 'net.opened':
      return socket === 'open' && !opened;
    case 'net.timedOut':
      return peer.asked || (isHeld(peer) && opened);
    case 'net.shut':
      return isHeld(peer) && opened;
    case 'net.ended':
      return socket === 'open' && opened && parser !== 'continued' && mayBeDead(peer, event);
    case 'net.failed':
      return isHeld(peer) && socket !== 'failed' && mayBeDead(peer, event);
    case 'net.closed':
      return isHeld(peer) && mayBeDead(peer, event);
    case 'wire.continue':
      return listens;
    case 'wire.head':
      return parser === 'continued' ? event.kind === 'interim' : listens;
    case 'wire.body':
      return parser === 'inBody';
    case 'wire.complete':
      return parser === 'inInterim' || parser === 'inBody';
    case 'wire.malformed':
      return opened && parser !== 'over' && parser !== 'continued';
    default:
      return undefined;
  }
}

const mayBeDead = ({ parser }: Peer, { retriable }: Fall) => !retriable || parser === 'silent';

export function peerAfter(before: Peer, sent: Typed, emitted: readonly Typed[]): Peer {
  const emits = (name: string) => emitted.some((each) => each.type === name);
  if (emits('io.retry'))
    return { asked: true, second: true, socket: 'none', opened: false, writes: false, parser: 'over' };
  if (emits('io.release') || emits('io.detach')) return { ...before, socket: 'none', parser: 'over' };
  if (emits('req.socket')) return { ...before, asked: false, socket: 'open', parser: 'silent' };
  return {
    asked: before.asked && sent.type !== 'net.attached' && sent.type !== 'net.refused',
    second: before.second,
    socket: socketAfter(before, sent),
    opened: before.opened || sent.type === 'net.opened',
    writes: before.writes || emits('io.writeKept'),
    parser: parserAfter(before, sent as RequestEvent),
  };
}

function socketAfter({ socket }: Peer, { type }: Typed): Peer['socket'] {
  if (type === 'net.closed') return 'closed';
  if (type === 'net.failed') return 'failed';
  return type === 'net.ended' ? 'ended' : socket;
}

function parserAfter({ parser }: Peer, event: RequestEvent): Peer['parser'] {
  switch (event.type) {
    case 'wire.continue':
      return 'continued';
    case 'wire.head':
      if (isProtocolChange(event)) return 'over';
      return event.kind === 'interim' ? 'inInterim' : 'inBody';
    case 'wire.complete':
      return 'between';
    case 'wire.malformed':
    case 'net.ended':
    case 'net.closed':
      return 'over';
    case 'net.failed':
      return parser === 'silent' ? 'over' : parser;
    default:
      return parser;
  }
}
