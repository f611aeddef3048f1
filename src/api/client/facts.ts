/** What a request of a client and its connection say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Place } from '../../engine/place.js';
import type { ClientConnectionFacts, IncomingResponseFacts, RequestFacts } from '../../events/facts.js';
import type { AgentRequest } from '../agent/Asking.js';
import { queueFacts } from '../agent/facts.js';
import { pathOf } from '../compat/describe.js';
import { socketFacts } from '../compat/facts.js';
import { own } from '../compat/own.js';
import { askerOf } from '../process/chains.js';
import { type Asked, placeFacts } from '../process/known.js';
import { type Printed, urlOf } from './url.js';

type Running = Place & { readonly value: unknown };

/** The members of a request that are looked at. */
interface AskedRequest extends Printed, Omit<AgentRequest, typeof own> {
  readonly agent: Parameters<typeof queueFacts>[0];
  readonly socket: Socket | null;
  readonly res: { readonly [own]: Asked } | null;
  readonly _corked: number;
  readonly _header: string | null;
  hasHeader(name: string): boolean;
}

interface AskedConnection {
  readonly actor: Running;
  readonly socket: Duplex & Partial<Pick<Socket, 'remoteAddress' | 'remotePort'>>;
  readonly requestFacts: RequestFacts | undefined;
}

export function requestFacts(message: AskedRequest, actor: Running, hasContinued = false): RequestFacts {
  const { res, socket } = message;
  return {
    kind: 'request',
    ...placeFacts(actor),
    what: urlOf(message),
    state: actor.value as RequestFacts['state'],
    socket: socket ? socketFacts(socket, false) : undefined,
    queue: socket ? undefined : queueFacts(message.agent, message as AgentRequest),
    response: res === null ? undefined : (res[own].facts() as IncomingResponseFacts),
    corked: message._corked > 0,
    awaitsContinue: !hasContinued && message._header !== null && message.hasHeader('expect'),
    askedBy: askerOf(actor),
  };
}

export function clientConnectionFacts({
  actor,
  socket,
  requestFacts: request,
}: AskedConnection): ClientConnectionFacts {
  const { remoteAddress, remotePort } = socket;
  return {
    kind: 'clientConnection',
    ...placeFacts(actor),
    what: pathOf(remoteAddress === undefined ? '' : `${remoteAddress}:${remotePort}`),
    state: actor.value as ClientConnectionFacts['state'],
    socket: socketFacts(socket, false),
    request,
    idleLeft: undefined,
  };
}
