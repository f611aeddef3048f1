/**
 * The socket of a client's request and the peer at its other end: what they can say.
 *
 * The agent owes a socket from the beginning, and again when the request is to be sent again. While ‘socket’ is told only
 * the user speaks; what waited leaves behind that, unless the request or the socket was destroyed. The peer is heard until
 * its FIN or the socket's close, and until the socket is given back or handed over. A request is sent again when the peer
 * of its first socket has said nothing. A socket that has failed on a silent peer has nothing to say.
 */
import type { RequestEvent } from '../../../src/events/request.js';

type Head = Extract<RequestEvent, { type: 'wire.head' }>;
type Fall = Extract<RequestEvent, { retriable: boolean }>;
type Told = { readonly type: string };

export interface Peer {
  /** The agent owes a socket. */
  readonly asked: boolean;
  /** The socket is the second one. */
  readonly second: boolean;
  readonly socket: 'none' | 'open' | 'ended' | 'failed' | 'closed';
  /** ‘socket’ was emitted. */
  readonly opened: boolean;
  /** What is written goes to the socket. */
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

/** The head of an answer with which the connection leaves HTTP. */
export const isProtocolChange = ({ kind }: Head) => kind === 'upgrade' || kind === 'connect';

/** Whether the event can come now; undefined of an event of others. */
export function mayCome(peer: Peer, told: Told): boolean | undefined {
  const event = told as RequestEvent | { readonly type: 'net.attached' | 'net.shut' | 'wire.body' };
  const { socket, opened, parser } = peer;
  const listens = opened && (parser === 'silent' || parser === 'between');
  switch (event.type) {
    case 'net.attached':
    case 'net.refused':
      return peer.asked;
    case 'net.opened':
      return socket === 'open' && !opened;
    case 'net.timedOut':
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

export function peerAfter(before: Peer, told: Told, emitted: readonly Told[]): Peer {
  const emits = (name: string) => emitted.some((each) => each.type === name);
  if (emits('io.retry'))
    return { asked: true, second: true, socket: 'none', opened: false, writes: false, parser: 'over' };
  if (emits('io.release') || emits('io.detach')) return { ...before, socket: 'none', parser: 'over' };
  if (emits('req.socket')) return { ...before, asked: false, socket: 'open', parser: 'silent' };
  return {
    asked: before.asked && told.type !== 'net.attached' && told.type !== 'net.refused',
    second: before.second,
    socket: socketAfter(before, told),
    opened: before.opened || told.type === 'net.opened',
    writes: before.writes || emits('io.writeKept'),
    parser: parserAfter(before, told as RequestEvent),
  };
}

function socketAfter({ socket }: Peer, { type }: Told): Peer['socket'] {
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
