/** What a request of a client and its connection say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Place } from '../../engine/place.js';
import type {
  ClientConnectionFacts,
  IncomingResponseFacts,
  PooledFacts,
  QueueFacts,
  RequestFacts,
  SocketFacts,
} from '../../events/facts.js';
import type { AgentRequest } from '../agent/Asking.js';
import { queueFacts } from '../agent/facts.js';
import { pathOf } from '../compat/describe.js';
import { socketFacts } from '../compat/facts.js';
import type { own } from '../compat/own.js';
import { askerOf } from '../process/chains.js';
import { factsOf, View } from '../process/known.js';
import { type Printed, urlOf } from './url.js';

type Running = Place & { readonly value: unknown };

/** The members of a request that are looked at. */
interface AskedMessage extends Printed, Omit<AgentRequest, typeof own> {
  readonly agent: Parameters<typeof queueFacts>[0];
  readonly socket: Socket | null;
  readonly res: object | null;
  readonly _corked: number;
  readonly _header: string | null;
  hasHeader(name: string): boolean;
}

interface AskedRequest {
  readonly actor: Running;
  /** `hasContinued`: the peer has sent 100 Continue. */
  readonly connection: { readonly hasContinued: boolean } | undefined;
  readonly final: number | undefined;
}

export class RequestView extends View<RequestFacts['state'], AskedRequest> implements RequestFacts {
  private readonly message: AskedMessage;
  private known: QueueFacts | undefined;

  constructor(host: AskedRequest, message: AskedMessage) {
    super(host);
    this.message = message;
    this.known = undefined;
  }

  get kind(): 'request' {
    return 'request';
  }

  get what(): string {
    return urlOf(this.message);
  }

  get socket(): SocketFacts | undefined {
    const { socket } = this.message;
    return socket ? socketFacts(socket) : undefined;
  }

  get queue(): QueueFacts | undefined {
    const { message } = this;
    return message.socket ? undefined : (this.known ?? queueFacts(message.agent, message as AgentRequest));
  }

  set queue(known: QueueFacts | undefined) {
    this.known = known;
  }

  get response(): IncomingResponseFacts | undefined {
    return factsOf(this.message.res) as IncomingResponseFacts | undefined;
  }

  get corked(): boolean {
    return this.message._corked > 0;
  }

  get awaitsContinue(): boolean {
    const { host, message } = this;
    return host.connection?.hasContinued !== true && message._header !== null && message.hasHeader('expect');
  }

  get askedBy(): string | undefined {
    return askerOf(this.host.actor);
  }

  get verdict(): number | undefined {
    return this.host.final;
  }
}

interface AskedConnection {
  readonly actor: Running;
  readonly socket: Duplex & Partial<Pick<Socket, 'remoteAddress' | 'remotePort'>>;
  readonly requestFacts: RequestFacts | undefined;
  readonly verdict: number;
}

export class ClientConnectionView
  extends View<ClientConnectionFacts['state'], AskedConnection>
  implements ClientConnectionFacts
{
  pooled: PooledFacts | undefined;

  constructor(host: AskedConnection) {
    super(host);
    this.pooled = undefined;
  }

  get kind(): 'clientConnection' {
    return 'clientConnection';
  }

  get what(): string {
    const { remoteAddress, remotePort } = this.host.socket;
    return pathOf(remoteAddress === undefined ? '' : `${remoteAddress}:${remotePort}`);
  }

  get socket(): SocketFacts {
    return socketFacts(this.host.socket);
  }

  get request(): RequestFacts | undefined {
    return this.host.requestFacts;
  }

  get verdict(): number | undefined {
    return this.host.verdict === 0 ? undefined : this.host.verdict;
  }
}
