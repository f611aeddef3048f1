/**
 * A client and its surroundings without sockets: the production machines of the request, its response and the connection, and
 * models of `net.Socket`, `stream.Readable`, the agent and the hosts between them.
 *
 * One act is taken at a time, with everything that follows from it. The recorded lines are the log that a real run must have.
 */

import type { MessageEmission, MessageEvent } from '../../../src/api/message/OutgoingHost.js';
import type { ClientConnectionEmission, ClientConnectionEvent } from '../../../src/events/client-connection.js';
import type { IncomingEmission, IncomingEvent } from '../../../src/events/message.js';
import { DATA } from '../kit/log.js';
import { Machine } from '../kit/machine.js';
import { HIGH_WATER_MARK } from '../kit/readable.js';
import { Turns } from '../kit/turns.js';
import { Requesting } from './requesting.js';
import { Response } from './response.js';
import type { Call } from './setup.js';
import { copyOf, EMPTY, type Line, type State } from './state.js';
import { Wire } from './wire.js';

export type ConnectionMachine = Machine<ClientConnectionEvent, ClientConnectionEmission>;
export type RequestMachine = Machine<MessageEvent, MessageEmission>;
export type ResponseMachine = Machine<IncomingEvent, IncomingEmission>;

export class World {
  readonly state: State;
  /** The lines since the last act. */
  readonly log: string[] = [];
  /** The transitions since the last act. */
  readonly taken = new Set<string>();
  readonly turns = new Turns();
  readonly requesting = new Requesting(this);
  readonly responding = new Response(this);
  readonly wire = new Wire(this);
  #key: string | undefined;
  connection: ConnectionMachine | undefined;
  request: RequestMachine | undefined;
  response: ResponseMachine | undefined;
  constructor(before: World | { readonly state: State } = { state: EMPTY }) {
    this.state = copyOf(before.state);
    if (!(before instanceof World)) return;
    const { connection, request, response } = before;
    if (connection !== undefined) this.connection = this.makeConnection(connection.at);
    if (request !== undefined) this.request = this.makeRequest(request.at);
    if (response !== undefined) this.response = this.makeResponse(response.at);
  }

  makeConnection(at?: ConnectionMachine['at']): ConnectionMachine {
    return new Machine('clientConnection', (order) => this.wire.deliver(order), this.taken, at);
  }

  makeRequest(at?: RequestMachine['at']): RequestMachine {
    return new Machine('request', (emission) => this.requesting.deliver(emission), this.taken, at);
  }

  makeResponse(at?: ResponseMachine['at']): ResponseMachine {
    return new Machine('incomingResponse', (emission) => this.responding.deliver(emission), this.taken, at);
  }

  /** Takes an act, and runs everything that follows. */
  after(act: (world: World) => void): World {
    const next = new World(this);
    act(next);
    next.turns.run();
    return next;
  }

  get inHostOrder(): boolean {
    return this.state.hostOrder;
  }

  get parted(): string | undefined {
    return this.state.parted;
  }

  record(line: string): void {
    this.log.push(line);
  }

  /** Records a part of a body; adjacent parts become one line of the log, see `logOf`. */
  recordData(name: string, text: string): void {
    this.log.push(`${name}${DATA}${text}`);
  }

  /** An event of the request, and what its listener does. */
  emitRequest(event: string, ...words: string[]): void {
    const { request } = this.state;
    if (request === undefined) return;
    this.record([`req${request.number}.${event}`, ...words].join(' '));
    this.runPlan(event);
  }

  /** Makes the planned calls in the listener of an event, once. */
  runPlan(event: string): void {
    const { request } = this.state;
    const { plan = null } = request?.setup ?? {};
    if (plan?.event !== event || request === undefined) return;
    if (event.includes('.')) {
      if (request.waited) return;
      request.waited = true;
    }
    for (const call of plan.calls) this.call(call);
  }

  /** The same for an event of the socket. */
  runSocketPlan({ number }: Line, event: string): void {
    if (number === this.state.request?.plannedOn) this.runPlan(event);
  }

  call(call: Call): void {
    if (call.startsWith('res.')) this.responding.call(call);
    else if (call === 'socket.emit') this.wire.remove();
    else if (call === 'socket.destroy' || call === 'agent.destroy') {
      this.wire.destroy();
      this.record(`> ${call === 'agent.destroy' ? 'agent' : this.wire.name()}.destroy`);
    } else this.requesting.call(call);
  }

  /** Everything that the future depends on, as text; lengths are reduced to what they decide. */
  get key(): string {
    this.#key ??= this.#describe();
    return this.#key;
  }

  #describe(): string {
    const { connection, request, response } = this;
    const { request: asked, reader, line, ...rest } = this.state;
    return JSON.stringify([
      [connection?.key, request?.key, response?.key],
      { ...rest, sockets: 0, readers: 0 },
      asked && {
        ...asked,
        setup: asked.setup.name,
        plannedOn: asked.plannedOn === line?.number,
        kept: asked.kept < HIGH_WATER_MARK,
        pieces: Math.min(2, asked.pieces),
      },
      reader && {
        ...reader,
        number: Math.min(reader.number, 1),
        buffer: Math.sign(reader.buffer.length) + Math.sign(reader.buffer.length - HIGH_WATER_MARK),
      },
      line && { ...line, number: Math.min(line.number, 1) },
    ]);
  }
}
