/** The writes of a request: models OutgoingHost.ts and the writer of its socket. */
import { HIGH_WATER_MARK } from '../kit/readable.js';
import type { Request } from './state.js';
import type { World } from './world.js';

/** Characters of a request that are kept to be sent again. */
const LONGEST_KEPT = 64 * 1024;

export class Sending {
  readonly #world: World;
  /** The number of characters that may have to be written again. */
  sent = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get #request(): Request {
    return this.#world.state.request as Request;
  }

  /** On a new socket. */
  begin(): void {
    this.sent = 0;
  }

  /** The request may write: kept pieces are written first. */
  writeKept(): void {
    const request = this.#request;
    request.bound = true;
    if (request.pieces === 0) return;
    const { kept, keptEnd } = request;
    request.kept = 0;
    request.pieces = 0;
    request.keptEnd = false;
    this.#hand(kept, keptEnd);
    if (request.goesOn) this.#world.request?.send({ type: 'net.drained' });
  }

  /** The request writes. */
  put(text: string, isLast: boolean): void {
    const request = this.#request;
    const head = request.headed && !request.headSent ? 200 : 0;
    request.headSent = request.headed;
    if (request.bound) {
      if (request.resends) this.#record(head + text.length);
      this.#hand(head + text.length, isLast);
      return;
    }
    request.kept += head + text.length;
    request.pieces++;
    request.keptEnd ||= isLast;
    request.goesOn = request.kept < HIGH_WATER_MARK;
    if (!request.goesOn) this.#world.request?.send({ type: 'net.full' });
  }

  #record(length: number): void {
    this.sent += length;
    if (this.sent > LONGEST_KEPT) this.#request.resends = false;
  }

  /** Writes to the socket. */
  #hand(length: number, isLast: boolean): void {
    const request = this.#request;
    const { wire, request: machine } = this.#world;
    request.goesOn = length < HIGH_WATER_MARK;
    if (!request.goesOn && !isLast) machine?.send({ type: 'net.full' });
    const drains = !request.goesOn;
    wire.whenFlushed(() => {
      if (drains) machine?.send({ type: 'net.drained' });
      if (isLast) machine?.send({ type: 'net.flushed', hasListener: true });
    });
  }
}
