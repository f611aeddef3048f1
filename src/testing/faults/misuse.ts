/** What a program does with a response when it may not: after it has responded, after the peer has gone, against the pressure. */
import { ServerResponse } from '../../api/server/ServerResponse.js';

/** More than this may not wait in a socket, in bytes. As the lint of explain has it. */
const TOO_MUCH = 1 << 20;

const METHODS = ['setHeader', 'appendHeader', 'removeHeader', 'writeHead', 'flushHeaders', 'write', 'end'] as const;
type Method = (typeof METHODS)[number];

/** What is noted of one response. */
interface Record {
  /** The first call after the response was sent, with its error. */
  twice: string | undefined;
  /** The turns in which something was written after the peer had gone. */
  readonly late: Set<number>;
  isFull: boolean;
  /** The most that has waited while it was written to in spite of false. */
  waited: number;
}

/** The responses of runs that are over: what is left of them may still write. */
const past = new WeakSet<ServerResponse>();

export class Misuse {
  readonly responses = new Map<ServerResponse, Record>();
  private readonly undo: () => void;

  /** @param turn the number of the present turn */
  constructor(turn: () => number) {
    const prototype = ServerResponse.prototype as unknown as { [name in Method]: (...args: unknown[]) => unknown };
    const before = METHODS.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)] as const);
    const noting = (name: Method, own: (...args: unknown[]) => unknown): unknown => {
      const call = (res: ServerResponse, args: unknown[]) => this.call(res, name, args, turn(), own);
      return function (this: ServerResponse, ...args: unknown[]) {
        return call(this, args);
      };
    };
    for (const [name] of before) {
      const value = noting(name, prototype[name]);
      Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
    }
    this.undo = () => {
      for (const [name, property] of before) {
        if (property === undefined) Reflect.deleteProperty(prototype, name);
        else Object.defineProperty(prototype, name, property);
      }
    };
  }

  end(): void {
    this.undo();
    for (const response of this.responses.keys()) past.add(response);
  }

  private recordOf(response: ServerResponse): Record {
    const known = this.responses.get(response);
    if (known !== undefined) return known;
    const made: Record = { twice: undefined, late: new Set(), isFull: false, waited: 0 };
    this.responses.set(response, made);
    return made;
  }

  private call(
    response: ServerResponse,
    name: Method,
    args: unknown[],
    turn: number,
    own: (...args: unknown[]) => unknown,
  ): unknown {
    if (past.has(response)) return own.apply(response, args);
    const record = this.recordOf(response);
    const { closed, destroyed, writableEnded, writableFinished } = response;
    const isGone = (closed || destroyed) && !writableEnded;
    const hasData = args[0] !== undefined && args[0] !== null && typeof args[0] !== 'function';
    const isWrite = name === 'write' || (name === 'end' && hasData);
    if (isGone && name === 'write') record.late.add(turn);
    // After the client has left, a second response is lost as the first one was.
    if (isWrite && writableEnded && (writableFinished || !destroyed)) record.twice ??= `${name}() after end()`;
    try {
      const result = own.apply(response, args);
      if (name === 'write' && !isGone) this.weigh(response, record, result);
      return result;
    } catch (error) {
      const { code } = Object(error) as { code?: string };
      if (code === 'ERR_HTTP_HEADERS_SENT') record.twice ??= `${name}() after the head was sent`;
      throw error;
    }
  }

  private weigh(response: ServerResponse, record: Record, result: unknown): void {
    if (record.isFull && response.writableNeedDrain) record.waited = Math.max(record.waited, response.writableLength);
    record.isFull = result === false;
  }

  /** The most that has waited; 0 if it is not too much. */
  waitedOf(response: ServerResponse): number {
    const { waited = 0 } = this.responses.get(response) ?? {};
    return waited > TOO_MUCH ? waited : 0;
  }
}
