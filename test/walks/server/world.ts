/**
 * A server's connection and its surroundings without sockets, one exchange at a time: the machines of the connection, of
 * the request and of the answer, as they run, and what `net.Socket`, `stream.Readable` and the hosts of the machines do
 * between them.
 */
import type { ConnectionEmission, ConnectionEvent } from '../../../src/events/connection.js';
import type { IncomingEmission, IncomingEvent, OutgoingEmission, OutgoingEvent } from '../../../src/events/message.js';
import { Machine } from '../kit/machine.js';
import { HIGH_WATER_MARK } from '../kit/readable.js';
import { DATA } from '../kit/told.js';
import { Turns } from '../kit/turns.js';
import { Answering } from './answering.js';
import { Requested } from './requested.js';
import type { Call } from './setup.js';
import { copyOf, EMPTY, type State } from './state.js';
import { Wire } from './wire.js';

export type ConnectionMachine = Machine<ConnectionEvent, ConnectionEmission>;
export type RequestMachine = Machine<IncomingEvent, IncomingEmission>;
export type ResponseMachine = Machine<OutgoingEvent, OutgoingEmission>;

export class World {
  readonly state: State;
  /** What was told since the last act. */
  readonly log: string[] = [];
  /** Which transitions were taken since. */
  readonly taken = new Set<string>();
  readonly turns = new Turns();
  readonly wire = new Wire(this);
  readonly requested = new Requested(this);
  readonly answering = new Answering(this);
  readonly connection: ConnectionMachine;
  request: RequestMachine | undefined;
  response: ResponseMachine | undefined;
  #key: string | undefined;

  constructor(before?: World) {
    this.state = copyOf(before?.state ?? EMPTY);
    const deliver = (emission: ConnectionEmission) => this.wire.deliver(emission);
    this.connection = new Machine('connection', deliver, this.taken, before?.connection.at);
    if (before?.request !== undefined) this.request = this.makeRequest(before.request.at);
    if (before?.response !== undefined) this.response = this.makeResponse(before.response.at);
  }

  makeRequest(at?: RequestMachine['at']): RequestMachine {
    return new Machine('incomingRequest', (emission) => this.requested.deliver(emission), this.taken, at);
  }

  makeResponse(at?: ResponseMachine['at']): ResponseMachine {
    return new Machine('response', (emission) => this.answering.deliver(emission), this.taken, at);
  }

  /** Takes an act, and lets come what follows. */
  after(act: (world: World) => void): World {
    const next = new World(this);
    act(next);
    next.turns.run();
    return next;
  }

  get parted(): string | undefined {
    return this.state.parted;
  }

  tell(line: string): void {
    this.log.push(line);
  }

  tellData(name: string, text: string): void {
    this.log.push(`${name}${DATA}${text}`);
  }

  /** What the listener of an event does, once. */
  heard(event: string): void {
    const { exchange, setup } = this.state;
    if (setup?.plan?.event !== event || exchange === undefined || exchange.waited) return;
    exchange.waited = true;
    for (const call of setup.plan.calls) this.call(call);
  }

  call(call: Call): void {
    if (call.startsWith('req.')) this.requested.call(call);
    else if (call.startsWith('res.')) this.answering.call(call);
    else this.wire.call(call);
  }

  /** All that the future depends on, as a text; of lengths only what they decide. */
  get key(): string {
    this.#key ??= this.#describe();
    return this.#key;
  }

  #describe(): string {
    const { connection, request, response } = this;
    const { setup, exchange, reader, requests, ...rest } = this.state;
    const held = reader?.buffer.length ?? 0;
    return JSON.stringify([
      [connection.key, request?.key, response?.key],
      { ...rest, setup: setup?.name, requests: Math.min(requests, 2) },
      exchange && { ...exchange, number: 0 },
      reader && {
        ...reader,
        number: Math.min(reader.number, 1),
        buffer: Math.sign(held) + Math.sign(held - HIGH_WATER_MARK),
      },
    ]);
  }
}
