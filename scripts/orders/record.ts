/**
 * What happens in a scene, in the order in which it happens: what the program calls, what it is told, what the machines
 * do, and what crosses the wire.
 *
 * The wire is seen from the end of statewire: bytes stand where they are written, and where they are read.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Observation, tap } from '../../src/engine/tap.js';

/** Who is examined has these messages. */
export type Message = 'req' | 'res';

export type Entry =
  /** The program calls a method of a message, or does something else that tells on it. */
  | { readonly kind: 'call'; readonly of: Message; readonly text: string }
  | { readonly kind: 'told'; readonly by: Message | 'server'; readonly event: string; readonly detail: string }
  | { readonly kind: 'step'; readonly observation: Observation }
  /** What statewire's end of the connection says and hears. */
  | { readonly kind: 'wire'; readonly way: 'out' | 'in'; readonly bytes: string }
  | { readonly kind: 'line'; readonly way: 'out' | 'in'; readonly what: 'connected' | 'refused' | 'FIN' | 'closed' };

type Method = (...args: never[]) => unknown;

export class Recorder {
  readonly entries: Entry[] = [];
  private depth = 0;
  private readonly stop = tap((observation) => this.add({ kind: 'step', observation }));

  end(): void {
    this.stop();
  }

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Records calls of these methods; not those that one of them makes. */
  watchCalls(of: Message, target: object, methods: readonly string[]): void {
    for (const method of methods) {
      this.around(target, method, (call) => {
        if (this.depth === 0) this.add({ kind: 'call', of, text: `${method}()` });
        this.depth++;
        try {
          return call();
        } finally {
          this.depth--;
        }
      });
    }
  }

  /** Records what it tells. `also` sees the arguments before the listeners do. */
  watchEvents(
    by: Message | 'server',
    target: EventEmitter,
    also: (event: string, args: readonly unknown[]) => void,
  ): void {
    this.around(target, 'emit', (call, event, ...args) => {
      also(event as string, args);
      const detail = event === 'error' ? detailOf(args[0] as NodeJS.ErrnoException) : '';
      this.add({ kind: 'told', by, event: event as string, detail });
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
      const isRefused = (error as NodeJS.ErrnoException | null)?.code === 'ECONNREFUSED';
      if (isRefused) this.add({ kind: 'line', way: 'in', what: 'refused' });
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

/** A reset has many meanings, and the message tells which. */
function detailOf({ code, message }: NodeJS.ErrnoException): string {
  return code === undefined || code === 'ECONNRESET' ? message : code;
}
