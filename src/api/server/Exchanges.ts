/**
 * The requests of one connection whose responses are due, oldest first. Responses are sent in that order. Two positions move
 * along it: the oldest response has the socket, and the one at `turn` may write (machines/response.turn.ts).
 */
import type { AsyncResource } from 'node:async_hooks';
import { startNowhere } from '../../engine/place.js';
import { carryOut } from '../../engine/program.js';
import type { MessageHead, WireBody, WireComplete } from '../../events/wire.js';
import { Queue } from '../../io/queue.js';
import { asked, CLOSED, entering } from '../../io/record.js';
import { type Writer, writerOf } from '../../io/writer.js';
import { mayHaveContent } from '../../rules/framing.js';
import * as channels from '../compat/diagnostics.js';
import { own } from '../compat/own.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { MessageSocket } from '../message/OutgoingMessage.js';
import type { OwnedMessage, SocketOwner } from '../message/owner.js';
import {
  attach,
  closeRequest,
  closeResponse,
  complete,
  detachFrom,
  enteredScope,
  isAnnounced,
  newScope,
  publishFinish,
  publishStart,
  push,
  sendDrained,
  sendPassed,
  sever,
  within,
} from './exchangeCalls.js';
import { makeRequest, makeResponse } from './messages.js';
import type { ExchangesHost } from './owners.js';
import { hostOf, hostOfRequest } from './prototypes.js';
import type { ServerResponse } from './ServerResponse.js';
import type { ServerSocket } from './ServerSocket.js';

/** As many responses may be due before the peer has to wait; it goes on when half of them were sent. */
const CROWD = 32;

export class Exchanges implements SocketOwner {
  readonly writer: Writer;
  private readonly host: ExchangesHost;
  readonly responses = new Queue<ServerResponse>();
  private turn = 0;
  /** The response made last, until the program or the peer has it. */
  private opened: ServerResponse | undefined;
  /** The request that is read. */
  reading: IncomingMessage | undefined;
  private scope: AsyncResource | undefined;
  private manyExpected = false;
  private passing = false;
  private isWatching = false;
  /** The response that says 101: after it the socket belongs to the program. */
  declare private switching: OwnedMessage | undefined;

  constructor(host: ExchangesHost) {
    this.host = host;
    this.writer = writerOf(host.socket, host.actor);
  }

  get verdict(): number {
    return this.host.verdict;
  }

  get isCrowded(): boolean {
    const due = this.responses.length;
    return due >= CROWD || (due > 1 && this.host.socket.writableNeedDrain);
  }

  /** Whether responses to requests before the one that is read are due. */
  get hasOthers(): boolean {
    const isDueItself = this.responses.last?.req === this.reading && this.reading?.complete === false;
    return this.responses.length > (isDueItself ? 1 : 0);
  }

  /** Whether what is read of it is dropped. */
  get isDiscarding(): boolean {
    return this.reading?._dumped === true;
  }

  /** Whether a 4xx may still be the response to the message that is read. */
  get isUnsent(): boolean {
    const { first } = this.responses;
    if (first !== undefined) return !first._headerSent;
    return this.reading === undefined || this.reading.complete;
  }

  /** More requests may come in this turn: their responses are collected. */
  expectMany(expected: boolean): void {
    this.manyExpected = expected;
    this.setBatching();
    if (!expected) this.writer.flush();
  }

  /** Makes a request and its response. The classes may be the program's own: if they throw, nobody can respond. */
  open(head: MessageHead): void {
    this.opened = undefined;
    try {
      this.opened = this.add(head);
    } catch (error) {
      startNowhere();
      this.host.socket.destroy();
      throw error;
    }
  }

  /** Sends `100 Continue`. */
  continue(): void {
    const { opened } = this;
    if (opened === undefined) return;
    opened._expect_continue = true;
    opened.writeContinue();
  }

  /** Hands the exchange to the program. */
  emit(type: string): void {
    const { opened } = this;
    this.opened = undefined;
    if (opened === undefined) return;
    if (type === 'server.checkContinue') opened._expect_continue = true;
    (opened[own].scope as AsyncResource).runInAsyncScope(this.emitWithin, this, type, opened);
  }

  private emitWithin(type: string, response: ServerResponse): void {
    forward(this.host.server, type, response.req, response);
    if (!response._closed) this.keepEntered(response);
  }

  /** The exchange goes on in the context that a listener has entered. */
  private keepEntered(response: ServerResponse): void {
    const outgoing = hostOf(response);
    const scope = enteredScope(outgoing.scope as AsyncResource);
    if (this.scope === outgoing.scope) this.scope = scope;
    outgoing.scope = scope;
  }

  /** Tracing tools enter a context here. */
  private announce(response: ServerResponse): void {
    publishStart(response, this.host.socket, this.host.server);
    this.keepEntered(response);
  }

  /** One request too many for this connection. */
  emitDropped(type: string): void {
    if (this.opened !== undefined) forward(this.host.server, type, this.opened.req, this.host.socket);
  }

  /** Responds here; the program doesn't see it. */
  respond(status: number, closes: boolean): void {
    const { opened } = this;
    this.opened = undefined;
    if (opened === undefined) return;
    hostOf(opened).refuse();
    if (closes) {
      // The rest of the request is not read either.
      opened.req[own].sever();
      this.forget();
    }
    try {
      opened.writeHead(status, closes ? ['Connection', 'close'] : []);
      opened.end();
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  private add(head: MessageHead): ServerResponse {
    const { server, socket } = this.host;
    const request = makeRequest(this.host, head);
    const response = makeResponse(this.host, request);
    const outgoing = response[own];
    outgoing.owner = this;
    outgoing.scope = newScope(outgoing.actor, response);
    this.scope = outgoing.scope;
    this.reading = request;
    this.host.incoming = request;
    if (server._optimizesEmpty && !mayHaveContent(head.rawHeaders)) request[own].endSilently();
    if (!this.isWatching) socket.on('close', closeResponses);
    this.isWatching = true;
    this.responses.push(response);
    this.setBatching();
    const isOldest = this.responses.length === 1;
    if (!isOldest && this.turn === this.responses.length - 1) sendPassed(response);
    if (isAnnounced()) outgoing.scope.runInAsyncScope(this.announce, this, response);
    if (isOldest) this.attach(response);
    return response;
  }

  read(fact: WireBody): void {
    if (this.reading?.complete !== false) return;
    (this.scope as AsyncResource).runInAsyncScope(push, undefined, this.reading, fact);
  }

  complete({ rawTrailers }: WireComplete): void {
    const { reading } = this;
    // Nobody wants what follows the last request.
    if (reading === undefined || reading.complete) return;
    if (hostOfRequest(reading).hasListeners) {
      (this.scope as AsyncResource).runInAsyncScope(complete, undefined, reading, rawTrailers);
    } else complete(reading, rawTrailers);
    if (this.responses.last?.req !== reading) this.forget();
  }

  /** A loop, not a recursion: a response whose turn comes may have ended already, and so may hundreds after it. */
  passTurn(): void {
    this.turn++;
    if (this.passing || this.turn >= this.responses.length) return;
    this.passing = true;
    try {
      let at: number;
      do {
        at = this.turn;
        const next = this.responses.at(at);
        if (next !== undefined) within(next, sendPassed, next);
      } while (this.turn !== at);
    } finally {
      this.passing = false;
    }
  }

  last(): void {
    this.host.send({ type: 'response.last' });
  }

  switched(message: OwnedMessage): void {
    this.switching = message;
    this.host.send({ type: 'response.switched' });
  }

  released(message: OwnedMessage): void {
    const response = this.responses.shift() as ServerResponse;
    const request = response.req;
    this.turn--;
    this.setBatching();
    if (channels.responseFinish.hasSubscribers) within(response, publishFinish, request, response);
    detachFrom(response, this.host.socket as MessageSocket);
    hostOfRequest(request).responseFinished(response);
    if (request === this.reading && request.complete) this.forget();
    const due = this.responses.length;
    this.host.send({
      type: 'response.finished',
      last: message._last,
      switched: message === this.switching,
      more: due > 0,
      crowded: due > CROWD / 2,
    });
  }

  /** An idle connection holds nothing of its last exchange. */
  private forget(): void {
    if (this.reading !== undefined && hostOfRequest(this.reading).isDestroyed) this.host.incoming = null;
    this.reading = undefined;
    this.scope = undefined;
  }

  /** The oldest response gets the socket. */
  attachOldest(): void {
    if (this.responses.first !== undefined) this.attach(this.responses.first);
  }

  private attach(response: ServerResponse): void {
    try {
      attach(response, this.host.socket as MessageSocket);
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  drained(): void {
    const response = this.responses.at(Math.min(this.turn, this.responses.length - 1));
    if (response !== undefined) within(response, sendDrained, response);
  }

  /** Whether the head of the last response that is due may still contain `Connection: close`. */
  get isOpenEnded(): boolean {
    const { last } = this.responses;
    return last !== undefined && last._header === null && !last.hasHeader('connection');
  }

  /** The last response that is due contains `Connection: close`. */
  markLast(): void {
    (this.responses.last as ServerResponse).shouldKeepAlive = false;
  }

  /** Whether anybody listens to 'timeout'. */
  hasTimeoutListener(): boolean {
    const hears = (request?: IncomingMessage) => request !== undefined && hostOfRequest(request).hearsTimeout;
    return this.hasOtherTimeoutListener || hears(this.reading) || [...this.responses].some(({ req }) => hears(req));
  }

  /** On the response that has the socket, or on the server. */
  private get hasOtherTimeoutListener(): boolean {
    return (this.responses.first?.listenerCount('timeout') ?? 0) > 0 || this.host.server.listenerCount('timeout') > 0;
  }

  /**
   * On the request that arrives, and on the response that has the socket. Requests that are whole are told only if nobody else
   * listens: Node tells them nothing, and closes the connection.
   */
  emitTimeout(): void {
    const { socket } = this.host;
    const oldest = this.responses.first;
    const tellsAll = asked(!this.hasOtherTimeoutListener);
    this.forEachOpen((request) => {
      if (tellsAll || !request.complete) forward(request, 'req.timeout', socket);
    });
    if (oldest !== undefined) within(oldest, forward, oldest, 'res.timeout', socket);
  }

  /** The rest of the request that is read will not come. */
  cut(): void {
    if (this.reading?.complete !== false) return;
    (this.scope as AsyncResource).runInAsyncScope(sever, undefined, this.reading);
  }

  /** Makes a request after which the connection leaves HTTP. */
  reserve(head: MessageHead): IncomingMessage {
    try {
      const request = makeRequest(this.host, head);
      request.upgrade = true;
      request[own].complete();
      return request;
    } catch (error) {
      startNowhere();
      this.host.socket.destroy();
      throw error;
    }
  }

  /** Nothing more can be sent, but what the program has written and corked. */
  shut(): void {
    for (const response of this.responses) hostOf(response).uncork();
    this.flush();
    for (const response of this.responses) hostOf(response).shut();
  }

  flush(): void {
    this.writer.flush();
    this.writer.uncork();
  }

  /** The socket has closed: the requests end. */
  abandon(): void {
    this.forEachOpen(closeRequest);
  }

  /** Calls for each request whose response is due, and for the one that isn't whole. */
  private forEachOpen(call: (request: IncomingMessage) => void): void {
    const { reading, scope, responses } = this;
    const hasResponded = reading !== undefined && responses.last?.req !== reading;
    for (const response of [...responses]) within(response, call, response.req);
    if (hasResponded) (scope as AsyncResource).runInAsyncScope(call, undefined, reading);
  }

  /** Then their responses end, once the listeners of the socket's own 'close' were called. */
  close(): void {
    const open = this.responses.clear();
    this.turn = 0;
    carryOut(this.closeAll, this as Exchanges, open, undefined);
  }

  private closeAll(open: readonly ServerResponse[]): void {
    for (const response of open) within(response, closeResponse, response);
  }

  detach(): void {
    this.host.gate.leave();
    this.host.socket.off('close', closeResponses);
    this.writer.free();
  }

  private setBatching(): void {
    this.writer.batching = this.manyExpected || this.responses.length > 1;
  }
}

function closeResponses(this: ServerSocket): void {
  const { [own]: host } = this; // Others may call it on something else.
  if (host?.exchanges) entering(host.actor, CLOSED, undefined, () => host.exchanges.close());
}
