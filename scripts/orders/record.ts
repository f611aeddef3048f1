/**
 * Records a scenario in order: the transitions of the machines, the program's calls, the events that it receives, and the bytes
 * on the wire.
 *
 * The wire is seen from the end of the side under test: bytes are recorded when they are written and when they are read.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Observation, tap } from '../../src/engine/tap.js';

/** Who emits an event: a message, or the server. */
export type Emitter = 'req' | 'res' | 'server';

/** Whose method the program calls. */
export type Called = 'req' | 'res' | 'socket';

export type Entry =
  /** The program calls a method, or does something else that affects the request. */
  | { readonly kind: 'call'; readonly of: Called; readonly text: string }
  | { readonly kind: 'event'; readonly by: Emitter; readonly event: string; readonly detail: string }
  | { readonly kind: 'step'; readonly observation: Observation }
  /** What this end of the connection sends and receives. */
  | { readonly kind: 'wire'; readonly way: 'out' | 'in'; readonly bytes: string }
  | {
      readonly kind: 'line';
      readonly way: 'out' | 'in';
      readonly what: 'connected' | 'refused' | 'reset' | 'FIN' | 'closed';
    };

type Method = (...args: never[]) => unknown;

export class Recorder {
  readonly entries: Entry[] = [];
  private readonly stop = tap((observation) => this.add({ kind: 'step', observation }));

  end(): void {
    this.stop();
  }

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Records when the request is ended, and the events of the request and its response. */
  watchRequest(request: EventEmitter): void {
    this.around(request, 'end', (call) => {
      this.add({ kind: 'call', of: 'req', text: 'end()' });
      return call();
    });
    this.watchEvents('req', request, (event, [response]) => {
      if (event === 'response') this.watchEvents('res', response as EventEmitter);
    });
  }

  /** Records the events of a server and of its messages, and what their listeners call. */
  watchServer(server: EventEmitter): void {
    this.watchEvents('server', server, (event, args) => {
      const [first, second] = args as [EventEmitter, EventEmitter];
      switch (event) {
        case 'request':
        case 'checkContinue':
        case 'checkExpectation':
          this.watchEvents('req', first);
          this.watchEvents('res', second);
          this.watchCalls('res', second, ['writeContinue', 'write', 'end']);
          break;
        case 'upgrade':
        case 'connect':
        case 'clientError':
          this.watchCalls('socket', second, ['end']);
          break;
      }
    });
  }

  /** Of a socket only the first call is the program's: the engine ends it, too. */
  private watchCalls(of: Called, target: EventEmitter, names: readonly string[]): void {
    let calls = 0;
    for (const name of names) {
      this.around(target, name, (call) => {
        if (of !== 'socket') this.add({ kind: 'call', of, text: `${name}()` });
        else if (++calls === 1) this.add({ kind: 'call', of, text: `socket.${name}()` });
        return call();
      });
    }
  }

  /** @param before is called before the listeners of an event */
  private watchEvents(
    by: Emitter,
    target: EventEmitter,
    before?: (event: string, args: readonly unknown[]) => void,
  ): void {
    this.around(target, 'emit', (call, event, ...args) => {
      before?.(event as string, args);
      const detail = event === 'error' ? detailOf(args[0] as NodeJS.ErrnoException) : '';
      this.add({ kind: 'event', by, event: event as string, detail });
      return call();
    });
  }

  watchSocket(socket: Socket): void {
    socket.prependOnceListener('connect', () => this.add({ kind: 'line', way: 'in', what: 'connected' }));
    this.around(socket, '_write', (call, chunk, encoding) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : (chunk as Buffer);
      if (!socket.connecting) this.add({ kind: 'wire', way: 'out', bytes: bytes.toString('latin1') });
      return call();
    });
    this.around(socket, 'push', (call, chunk) => {
      if (socket.destroyed) return call();
      if (chunk === null) this.add({ kind: 'line', way: 'in', what: 'FIN' });
      else this.add({ kind: 'wire', way: 'in', bytes: (chunk as Buffer).toString('latin1') });
      return call();
    });
    this.around(socket, '_final', (call) => {
      if (!socket.connecting) this.add({ kind: 'line', way: 'out', what: 'FIN' });
      return call();
    });
    this.around(socket, '_destroy', (call, error) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') this.add({ kind: 'line', way: 'in', what: 'refused' });
      else if (code === 'ECONNRESET') this.add({ kind: 'line', way: 'in', what: 'reset' });
      else if (!socket.writableFinished) this.add({ kind: 'line', way: 'out', what: 'closed' });
      return call();
    });
  }

  private around(target: object, name: string, instead: (call: () => unknown, ...args: unknown[]) => unknown): void {
    const method = Reflect.get(target, name) as Method;
    Object.defineProperty(target, name, {
      value: (...args: unknown[]) => instead(() => Reflect.apply(method, target, args), ...args),
      configurable: true,
      writable: true,
    });
  }
}

/** A reset has several meanings, which the message distinguishes. */
function detailOf({ code, message }: NodeJS.ErrnoException): string {
  return code === undefined || code === 'ECONNRESET' ? message : code;
}
