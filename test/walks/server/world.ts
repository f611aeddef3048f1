/**
 * A server's connection and its surroundings without sockets: the production machines of the server, the connection, its
 * requests and their responses, and models of `net.Socket`, `stream.Readable` and the hosts between them.
 */
import { DATA } from '../kit/log.js';
import { Turns } from '../kit/turns.js';
import type { Call } from './calls.js';
import { Door } from './door.js';
import { Exchange, newFacts } from './exchange.js';
import { Host } from './host.js';
import { Queue } from './queue.js';
import type { Setup } from './setup.js';
import { Socket } from './socket.js';
import { EMPTY, type State } from './state.js';
import { Writer } from './writer.js';

export class World {
  readonly state: State;
  /** The lines since the last act. */
  readonly log: string[] = [];
  /** The transitions since the last act. */
  readonly taken = new Set<string>();
  readonly turns = new Turns();
  readonly door: Door;
  readonly host: Host;
  readonly socket = new Socket(this);
  readonly writer = new Writer(this);
  readonly queue = new Queue(this);
  /** The due exchanges, and earlier ones until another was added. */
  exchanges: readonly Exchange[];
  #key: string | undefined;

  constructor(before?: World) {
    this.state = { ...(before?.state ?? EMPTY) };
    this.door = new Door(this, before?.door.machine.at);
    this.host = new Host(this, before?.host.machine.at);
    this.exchanges = before?.exchanges.map((exchange) => exchange.copyFor(this)) ?? [];
  }

  /** Takes an act, and runs everything that follows. */
  after(act: (world: World) => void): World {
    const next = new World(this);
    act(next);
    next.turns.run();
    return next;
  }

  get parted(): string | undefined {
    return this.state.parted;
  }

  get setup(): Setup {
    return this.state.setup as Setup;
  }

  record(line: string): void {
    this.log.push(line);
  }

  recordData(name: string, text: string): void {
    this.log.push(`${name}${DATA}${text}`);
  }

  /** Makes the planned calls in the listener of an event, once. */
  runPlan(event: string, exchange: Exchange): void {
    const { plan } = this.setup;
    if (plan?.event !== event || exchange.facts.waited) return;
    exchange.facts.waited = true;
    for (const call of plan.calls) this.call(call, exchange);
  }

  /** A call of the program on a request or on its response. */
  call(call: Call, { requested, responding }: Exchange): void {
    if (call.startsWith('req.')) requested.call(call);
    else responding.call(call);
  }

  /** A request for another protocol, which waits: it gets no response. */
  reserve(): void {
    const facts = newFacts({ id: 0, method: '', chunks: true, keeps: true });
    new Exchange(this, facts).requested.complete();
  }

  /** Everything that the future depends on, as text; lengths are reduced to what they decide. */
  get key(): string {
    this.#key ??= this.#describe();
    return this.#key;
  }

  #describe(): string {
    const { setup, requests, exchanges, stuck, ...rest } = this.state;
    const ids = this.exchanges.map(({ facts }) => facts.id);
    return JSON.stringify([
      [this.door.machine.key, this.host.machine.key],
      { ...rest, setup: setup?.name, requests: Math.min(requests, 2) },
      stuck.map(({ lasts, ...write }) => ({ ...write, lasts: lasts.map((id) => ids.indexOf(id)) })),
      this.exchanges.map(({ key }) => key),
    ]);
  }
}
