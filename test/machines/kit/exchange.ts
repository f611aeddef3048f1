/**
 * The machines of a client's request and of its response, bound to each other as their hosts bind them (RequestHost.ts,
 * IncomingHost.ts), without a socket, a parser or a stream. The response is read as it arrives.
 *
 * Tasks that hosts defer to the end of the turn wait in a queue: `clock.tick` runs the first, `clock.turn` all, including
 * those deferred meanwhile. The head of a response that contains close is `closing`.
 */
import type { AnyStateMachine } from 'xstate';
import { type Actor, type EventLike, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';
import { incomingResponseMachine } from '../../../src/machines/incoming-response.js';
import { requestMachine } from '../../../src/machines/request.js';
import type { Subject } from './course.js';

type Machine = Actor<object, EventLike, EventLike>;
type Deliver = (emitted: EventLike) => void;

/** The two machines, or replacements for them. */
export interface Pair {
  readonly request: AnyStateMachine;
  readonly response: AnyStateMachine;
}

export const pair: Pair = { request: requestMachine, response: incomingResponseMachine };

const begin = (machine: AnyStateMachine, deliver: Deliver): Machine =>
  start(compile(machine) as unknown as Chart<object, EventLike, EventLike, undefined>, { deliver });

/** A deferred task; a plain string, so that two exchanges can be compared. */
type Later = 'request tick' | 'abort tick' | 'response tick' | 'end' | 'closed' | 'error' | 'close';

export class Exchange implements Subject {
  private readonly request: Machine;
  private response: Machine | undefined;
  private keeps = true;
  /** The reader was destroyed before its end: its ‘close’ waits for that of the socket. */
  private closesLater = false;
  /** The stream of the response was destroyed with an error, which is emitted before its ‘close’. */
  private fails = false;
  private readonly queue: Later[] = [];
  private readonly deliver: Deliver;
  private readonly machines: Pair;

  /** @param deliver receives the emissions of both machines and of the response's stream, and `later` for deferred tasks */
  constructor(deliver: Deliver, machines: Pair = pair) {
    this.deliver = deliver;
    this.machines = machines;
    this.request = begin(machines.request, (each) => this.passOn(each, (emitted) => this.carryOut(emitted)));
  }

  get situation(): unknown {
    return [this.request.value, this.response?.value, this.keeps, this.closesLater, this.fails, this.queue];
  }

  matches(path: string): boolean {
    return this.request.matches(path);
  }

  send(event: EventLike): void {
    switch (event.type) {
      case 'clock.tick':
        this.tick();
        break;
      case 'clock.turn':
        while (this.queue.length > 0) this.tick();
        break;
      case 'wire.body':
      case 'reader.destroy':
        this.response?.send(event.type === 'wire.body' ? event : destroyed);
        break;
      case 'wire.complete':
        this.response?.send(event);
        this.request.send(event);
        break;
      case 'net.closed':
        this.request.send(event);
        if (this.closesLater) this.defer('close');
        this.closesLater = false;
        break;
      case 'net.timedOut':
        this.request.send(event);
        this.response?.send(event);
        break;
      default:
        this.request.send(event);
    }
  }

  private passOn(emitted: EventLike, carryOut: Deliver): void {
    this.deliver(emitted);
    carryOut(emitted);
  }

  /** Carries out the orders of the request. */
  private carryOut(emitted: EventLike): void {
    switch (emitted.type) {
      case 'io.receive': {
        const { head, upgrades } = emitted as EventLike & { head: unknown; upgrades: boolean };
        this.keeps = head !== 'closing';
        if (!upgrades) this.begin();
        break;
      }
      case 'req.upgrade':
      case 'req.connect':
        this.request.send({ type: 'response.handedOver' });
        break;
      case 'io.abort':
        this.response?.send({ ...emitted, type: 'net.closed' });
        break;
      case 'io.tickAbort':
        this.defer('abort tick');
        break;
      case 'io.tick':
        this.defer('request tick');
        break;
    }
  }

  private begin(): void {
    const deliver = (each: EventLike) => this.passOn(each, (emitted) => this.carryOutForResponse(emitted));
    this.response = begin(this.machines.response, deliver);
  }

  /** Carries out the orders of the response. */
  private carryOutForResponse({ type }: EventLike): void {
    switch (type) {
      case 'io.push':
        this.deliver({ type: 'res.data' });
        break;
      case 'io.pushEnd':
        this.defer('end');
        break;
      case 'io.abort':
        this.fails = true;
        this.response?.send(destroyed);
        break;
      case 'io.cancel':
        this.request.send({ type: 'response.cancelled' });
        break;
      case 'io.emitError':
        this.defer('error');
        break;
      case 'io.reportCut':
        this.request.send({ type: 'response.failed' });
        break;
      case 'io.tick':
        this.defer('response tick');
        break;
      case 'io.close':
        this.defer('closed');
        break;
      case 'io.closeWithSocket':
        this.closesLater = true;
        break;
    }
  }

  private defer(what: Later): void {
    this.queue.push(what);
    this.deliver({ type: 'later' });
  }

  private tick(): void {
    switch (this.queue.shift()) {
      case 'request tick':
        this.request.send({ type: 'clock.tick' });
        break;
      case 'abort tick':
        this.request.send({ type: 'clock.aborted' });
        break;
      case 'response tick':
        this.response?.send({ type: 'clock.tick' });
        break;
      case 'end':
        this.end();
        break;
      case 'closed':
        this.defer('close');
        break;
      case 'error':
        this.deliver({ type: 'res.error' });
        break;
      case 'close':
        if (this.fails) this.deliver({ type: 'res.error' });
        this.deliver({ type: 'res.close' });
        break;
    }
  }

  /** A stream that was destroyed meanwhile doesn't end; a stream that has ended is destroyed. */
  private end(): void {
    if (!this.response?.matches('reader.open')) return;
    const ended = { type: 'response.ended', keeps: this.keeps };
    this.deliver({ type: 'res.end' });
    this.request.send(ended);
    this.response.send(consumed);
  }
}

const destroyed = { type: 'user.destroy', consumed: false };
const consumed = { type: 'user.destroy', consumed: true };
