/** What a request of a client and its connection say about themselves, for `explain`. */
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { Place } from '../../engine/place.js';
import type {
  ClientConnectionFacts,
  IncomingResponseFacts,
  PooledFacts,
  QueueFacts,
  RequestFacts,
  SocketFacts,
} from '../../events/facts.js';
import type { Gate } from '../../io/gate.js';
import type { Writer } from '../../io/writer.js';
import type { AgentRequest } from '../agent/Asking.js';
import { queueFacts } from '../agent/facts.js';
import { pathOf } from '../compat/describe.js';
import { SocketView } from '../compat/facts.js';
import type { own } from '../compat/own.js';
import { isShort, type Measured } from '../message/measured.js';
import { askerOf } from '../process/chains.js';
import { factsOf, View } from '../process/known.js';
import { hasSignal } from './signals.js';
import { type Printed, urlOf } from './url.js';

type Running = Place & { readonly value: unknown };

type Tables = Parameters<typeof queueFacts>[0];
type AskedAgent = Tables & ({ readonly options?: { readonly timeout?: unknown } | undefined } | null | undefined);
type Heard = Pick<Readable, 'listenerCount'>;

/** The members of a request that are looked at. */
interface AskedMessage extends Printed, Heard, Measured, Omit<AgentRequest, typeof own> {
  readonly agent: AskedAgent;
  readonly socket: Socket | null;
  readonly res: Heard | null;
  readonly _corked: number;
  readonly _header: string | null;
  hasHeader(name: string): boolean;
}

interface AskedRequest {
  readonly actor: Running;
  /** `hasContinued`: the peer has sent 100 Continue. */
  readonly connection: { readonly hasContinued: boolean; readonly gate: Gate; readonly writer: Writer } | undefined;
  readonly final: number | undefined;
  readonly kept: number;
  readonly isOverrun: boolean;
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
    const { gate, writer } = this.host.connection ?? {};
    return socket ? new SocketView(socket, gate, writer) : undefined;
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

  get kept(): number {
    return this.host.kept;
  }

  get isOverrun(): boolean {
    return this.host.isOverrun;
  }

  get corked(): boolean {
    return this.message._corked > 0;
  }

  get awaitsContinue(): boolean {
    const { host, message } = this;
    const hasCome = host.connection?.hasContinued === true || message.res !== null;
    return !hasCome && message._header !== null && message.hasHeader('expect');
  }

  get hasTimeout(): boolean {
    const { socket, agent } = this.message;
    const timeout = socket?.timeout ?? 0;
    return timeout > 0 && timeout !== agent?.options?.timeout;
  }

  get hearsTimeout(): boolean {
    const { message } = this;
    return [message, message.res].some((each) => (each?.listenerCount('timeout') ?? 0) > 0);
  }

  get hasSignal(): boolean {
    return hasSignal(this.message);
  }

  get lacking(): RequestFacts['lacking'] {
    const { _bytesWritten: given, _contentLength: declared } = this.message;
    return isShort(this.message) ? { given, declared: declared as number } : undefined;
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
    return new SocketView(this.host.socket);
  }

  get request(): RequestFacts | undefined {
    return this.host.requestFacts;
  }

  get verdict(): number | undefined {
    return this.host.verdict === 0 ? undefined : this.host.verdict;
  }
}
