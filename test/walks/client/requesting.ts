/** The request at the program: models ClientRequest.ts, OutgoingMessage.ts, RequestHost.ts and OutgoingHost.ts. */
import type { MessageEmission } from '../../../src/api/message/OutgoingHost.js';
import { isUnread } from '../kit/readable.js';
import { Sending } from './sending.js';
import { type Call, isRetrying, type Setup } from './setup.js';
import type { Request } from './state.js';
import type { Found } from './wire.js';
import type { World } from './world.js';

/** Longer than a socket's high-water mark. */
export const MUCH = 'x'.repeat(100_000);

export class Requesting {
  readonly #world: World;
  readonly #sending: Sending;

  constructor(world: World) {
    this.#world = world;
    this.#sending = new Sending(world);
  }

  get #request(): Request {
    return this.#world.state.request as Request;
  }

  /** `http.request()`, and the calls after it. */
  begin(setup: Setup): void {
    const world = this.#world;
    const { state } = world;
    const lacksContent = setup.method !== 'POST';
    const request: Request = {
      number: ++state.asked,
      setup,
      headed: false,
      headSent: false,
      hasBody: true,
      lacksContent,
      ended: false,
      destroyed: false,
      aborted: false,
      keeps: setup.giver === 'keeps' || isRetrying(setup),
      makesHead: false,
      bound: false,
      kept: 0,
      pieces: 0,
      keptEnd: false,
      goesOn: false,
      reused: false,
      timedOut: false,
      again: undefined,
      resends: false,
      fault: undefined,
      reason: undefined,
      closed: false,
      withdrawn: false,
      responseCloses: false,
      waited: false,
      plannedOn: undefined,
    };
    state.request = request;
    state.reader = undefined;
    world.response = undefined;
    world.request = world.makeRequest();
    world.record(`> request`);
    if (setup.expects) {
      this.#requireHead(null);
      world.request.send({ type: 'user.flush' });
    }
    if (setup.giver === 'late') state.wanted = true;
    else this.#seekSocket(request);
    for (const call of setup.atOnce) this.call(call);
  }

  #seekSocket(request: Request): void {
    const { state, turns, wire } = this.#world;
    const reuses = state.line?.holder === 'idle' && !state.line.destroyed;
    if (!reuses && request.setup.giver === 'once' && state.sockets > 0) {
      this.#refuse();
      return;
    }
    if (!reuses) wire.begin(request.setup.giver === 'nobody');
    turns.tick(() => {
      if (state.line?.served) request.reused = true;
      this.#world.request?.send({ type: 'net.attached' });
    });
  }

  /** `createConnection` calls back. */
  give(isRefused: boolean): void {
    const { state, turns, wire } = this.#world;
    state.wanted = false;
    if (isRefused) {
      this.#refuse();
      return;
    }
    wire.begin(false);
    turns.tick(() => this.#world.request?.send({ type: 'net.attached' }));
  }

  /** There is no socket for the request. */
  #refuse(): void {
    const request = this.#request;
    request.fault = '"refused"';
    this.#world.turns.tick(() => {
      // An agent doesn't call a request back that has left its queue.
      if (!request.withdrawn || request.setup.giver === 'late') this.#world.request?.send({ type: 'net.refused' });
    });
  }

  get isRetriable(): boolean {
    const { resends, reused } = this.#request;
    return resends && reused && !this.#world.state.line?.hasSpoken;
  }

  fault(code: string, isForced: boolean): void {
    const request = this.#request;
    if (isForced) request.fault = code;
    else request.fault ??= code;
  }

  call(call: Call): void {
    const request = this.#request;
    const world = this.#world;
    if (call === 'make head') {
      request.makesHead = true;
      return;
    }
    const name = call.replace(/\(.*| .*/, '');
    const thrown = this.#carryOut(call, request);
    world.record(`> req${request.number}.${name}${thrown === undefined ? '' : ` throws ${thrown}`}`);
  }

  #carryOut(call: Call, request: Request): string | undefined {
    switch (call) {
      case 'end':
        return this.#end('');
      case 'end text':
        return this.#end('text');
      case 'write':
        return this.#write('text');
      case 'write much':
        return this.#write(MUCH);
      case 'flushHeaders':
        if (!request.headed && !request.destroyed) this.#requireHead(null);
        this.#world.request?.send({ type: 'user.flush' });
        return undefined;
      case 'pipe':
        this.#misuse('ERR_STREAM_CANNOT_PIPE');
        return undefined;
      case 'abort':
        if (request.aborted) return undefined;
        request.aborted = true;
        this.#world.request?.send({
          type: 'user.abort',
          hostOrder: this.#world.inHostOrder,
          ownsSocket: request.setup.giver === 'late',
        });
        this.#destroy(undefined);
        return undefined;
      default:
        this.#destroy(call === 'destroy(error)' ? '"of the request"' : undefined);
        return undefined;
    }
  }

  #destroy(error: string | undefined): void {
    const request = this.#request;
    if (request.destroyed) return;
    request.destroyed = true;
    this.#world.responding.dump();
    request.reason = error;
    this.#world.request?.send({ type: 'user.destroy' });
  }

  #write(text: string): string | undefined {
    const request = this.#request;
    if (!request.ended && !request.destroyed) {
      if (request.lacksContent) this.#expectContent();
      if (!request.headed) this.#requireHead(null);
      if (!request.hasBody) return 'ERR_HTTP_BODY_NOT_ALLOWED';
    }
    this.#world.request?.send({ type: 'user.write', chunk: text, encoding: 'utf8', callback: undefined });
    return undefined;
  }

  #end(text: string): string | undefined {
    const request = this.#request;
    if (request.ended) return text === '' ? undefined : this.#write(text);
    if (text !== '' && request.lacksContent && request.headed) this.#expectContent();
    if (!request.headed) this.#requireHead(text.length);
    if (text !== '' && !request.hasBody) return 'ERR_HTTP_BODY_NOT_ALLOWED';
    request.ended = true;
    this.#world.request?.send({ type: 'user.end', chunk: text || undefined, encoding: 'utf8', callback: undefined });
    return undefined;
  }

  /** A request whose method usually has no content gets some: with another head, if the fixed one was not sent. */
  #expectContent(): void {
    const request = this.#request;
    if (request.headed && request.headSent && !(request.pieces === 1 && !request.keptEnd)) return;
    if (request.headed) {
      request.kept = 0;
      request.pieces = 0;
      request.headSent = false;
    }
    const again = request.headed;
    request.lacksContent = false;
    request.hasBody = true;
    request.headed = false;
    if (again) this.#requireHead(null);
  }

  #requireHead(length: number | null): void {
    const request = this.#request;
    request.headed = true;
    if (request.makesHead) return;
    if (request.lacksContent && !length) request.hasBody = false;
    const last = !request.keeps;
    this.#world.request?.send({ type: 'user.head', last, bodyless: !request.hasBody, switches: false });
  }

  /** The socket times out. */
  timeOut(): void {
    const request = this.#request;
    const world = this.#world;
    world.record(`> req${request.number}.setTimeout`);
    world.turns.turn(() => {
      request.timedOut = true;
      world.response?.send({ type: 'net.timedOut' });
      world.request?.send({ type: 'net.timedOut' });
    });
    world.turns.turn(() => world.record(`> req${request.number}.setTimeout`));
  }

  /** A response head has arrived. */
  receiveHead({ kind, status, keeps }: Found & { readonly type: 'head' }): void {
    const request = this.#request;
    const machine = this.#world.request;
    if (kind === 'final' && !keeps) {
      request.responseCloses = true;
      request.keeps = false;
    }
    if (status === 100) machine?.send({ type: 'wire.continue' });
    const { reads, takesOver, plan } = request.setup;
    const hasListener = kind === 'final' ? reads !== null : kind === 'interim' || takesOver || plan?.event === kind;
    machine?.send({ type: 'wire.head', head: kind, kind, hasListener });
  }

  /** A message of the peer is complete. */
  completed(): void {
    const { state, request } = this.#world;
    const unread = state.reader !== undefined && isUnread(state.reader);
    request?.send({ type: 'wire.complete', keeps: !this.#request.responseCloses, unread });
  }

  responseEnded(): void {
    this.#world.request?.send({ type: 'response.ended', keeps: this.#request.keeps });
  }

  deliver(emission: MessageEmission): void {
    const world = this.#world;
    const { wire, responding, turns } = world;
    const request = this.#request;
    switch (emission.type) {
      case 'io.attach':
        this.#attach(request);
        break;
      case 'req.socket':
        world.emitRequest('socket', wire.name());
        break;
      case 'io.open':
        world.request?.send({ type: 'net.opened', writable: !wire.isGone });
        break;
      case 'io.writeKept':
        this.#sending.writeKept();
        break;
      case 'io.receive':
        responding.begin(emission.upgrades || request.setup.reads !== null, emission.upgrades);
        break;
      case 'req.response':
        this.#respond(request);
        break;
      case 'req.upgrade':
      case 'req.connect':
        world.emitRequest(emission.type.slice(4), `res${world.state.reader?.number}`);
        world.request?.send({ type: 'response.handedOver' });
        break;
      case 'req.error':
        world.emitRequest(
          'error',
          'error' in emission ? `${emission.error}` : this.#errorOf(request, emission.because),
        );
        break;
      case 'req.close':
        request.destroyed = true;
        request.closed = true;
        world.emitRequest('close');
        break;
      case 'io.dump':
        responding.dump();
        break;
      case 'io.awaitReader':
        turns.turn(() => this.#endUnread());
        break;
      case 'io.abort':
        responding.cut(request.reason, emission.hostOrder);
        break;
      case 'io.hangUp':
        wire.end(false);
        break;
      case 'io.endSoon':
        wire.end(true);
        break;
      case 'io.detach':
        world.connection?.send({ type: 'request.upgraded' });
        break;
      case 'io.free':
        wire.free(request.keeps);
        break;
      case 'io.release':
        request.destroyed = true;
        wire.released();
        break;
      case 'io.withdraw':
        request.withdrawn = true;
        break;
      case 'io.returnSocket':
        wire.handBack(request.setup.giver !== 'late');
        break;
      case 'io.retry':
        this.#retry(request);
        break;
      case 'io.destroy':
        wire.destroy(request.reason);
        break;
      case 'io.tickAbort':
        turns.tick(() => world.request?.send({ type: 'clock.aborted' }));
        break;
      case 'io.tick':
        turns.tick(() => world.request?.send({ type: 'clock.tick' }));
        break;
      case 'io.end':
        this.#sending.put((emission.what.chunk as string | undefined) ?? '', true);
        break;
      case 'io.write':
        this.#sending.put(emission.what.chunk as string, false);
        break;
      case 'io.flush':
        this.#sending.put('', false);
        break;
      case 'io.rejectWrite':
        turns.tick(() => this.#refuseWrite(emission.because));
        break;
      case 'io.last':
      case 'io.failCallbacks':
      case 'io.skip':
        break;
      default:
        world.emitRequest(emission.type.slice(4));
    }
  }

  #endUnread(): void {
    const { reader } = this.#world.state;
    if (reader === undefined || !isUnread(reader)) return;
    reader.needsSocket = false;
    this.responseEnded();
  }

  #errorOf({ fault, reason }: Request, because: string): string {
    const known = because === 'fault' ? fault : because === 'destroyed' ? (reason ?? fault) : undefined;
    return known ?? 'ECONNRESET';
  }

  #refuseWrite(because: 'ended' | 'destroyed'): void {
    if (because === 'ended') this.#misuse('ERR_STREAM_WRITE_AFTER_END');
  }

  #misuse(code: string): void {
    this.#world.request?.send({ type: 'user.misused', error: code as unknown as Error });
  }

  #attach(request: Request): void {
    const { state, wire } = this.#world;
    const line = state.line!;
    wire.assign();
    wire.name();
    request.plannedOn ??= line.number;
    request.again ??= isRetrying(request.setup) && request.setup.method !== 'POST';
    if (request.again) request.resends = true;
    this.#sending.begin();
  }

  #respond(request: Request): void {
    const { responding, state } = this.#world;
    const { reads } = request.setup;
    if (reads === null) return;
    const number = state.reader?.number;
    this.#world.record(`req${request.number}.response res${number}`);
    if (reads === 'reads') responding.listenToData();
    this.#world.runPlan('response');
  }

  #retry(request: Request): void {
    request.reused = false;
    request.resends = false;
    request.again = false;
    request.fault = undefined;
    request.bound = false;
    request.pieces = 1;
    request.kept = this.#sending.sent;
    request.keptEnd = request.ended;
    this.#seekSocket(request);
  }
}
