/**
 * The requests of one connection whose answers are not out, oldest first.
 *
 * Answers leave in that order. Two positions move along it: the answer that has the socket, always the oldest, and the
 * one that may write (`turn`): the oldest that hasn't handed over its last byte.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { carryOut, keep } from '../../engine/program.js';
import type { MessageHead, WireBody, WireComplete } from '../../events/wire.js';
import { Queue } from '../../io/queue.js';
import { type Writer, writerOf } from '../../io/writer.js';
import { mayHaveContent } from '../../rules/framing.js';
import * as channels from '../compat/diagnostics.js';
import { durationOf, limitOf } from '../compat/limits.js';
import { hasListeners } from '../compat/listeners.js';
import { own } from '../compat/own.js';
import { withEntered } from '../compat/scope.js';
import { forward } from '../message/forward.js';
import { fillRequest, type IncomingMessage } from '../message/IncomingMessage.js';
import type { MessageSocket } from '../message/OutgoingMessage.js';
import type { OwnedMessage, SocketOwner } from '../message/owner.js';
import { attach, complete, push, sendClosed, sendDrained, sever, within } from './exchangeCalls.js';
import type { ExchangesHost } from './owners.js';
import type { ServerResponse } from './ServerResponse.js';
import type { ServerSocket } from './ServerSocket.js';

/** As many answers may be due before the peer has to wait; half as many let it go on. */
const CROWD = 32;

const resource = { requireManualDestroy: true };
const newScope = () => new AsyncResource('HTTPINCOMINGMESSAGE', resource);

export class Exchanges implements SocketOwner {
  private readonly host: ExchangesHost;
  private readonly writer: Writer;
  private readonly responses = new Queue<ServerResponse>();
  private turn = 0;
  /** The request that is being read. */
  private reading: IncomingMessage | undefined;
  private scope: AsyncResource | undefined;
  private manyExpected = false;
  private passing = false;
  private isWatching = false;
  /** The response that says 101: behind it the socket is its program's. */
  private switching: OwnedMessage | undefined;

  constructor(host: ExchangesHost) {
    this.host = host;
    this.writer = writerOf(host.socket);
  }

  get isCrowded(): boolean {
    const due = this.responses.length;
    return due >= CROWD || (due > 1 && this.host.socket.writableNeedDrain);
  }

  /** Whether requests before the one that is being read are still to be answered. */
  get hasOthers(): boolean {
    const due = this.responses.length;
    const isDueItself = due > 0 && this.responses.last?.req === this.reading && !this.reading?.complete;
    return due > (isDueItself ? 1 : 0);
  }

  /** Whether the request that is being read is read by somebody, as it comes. */
  get isFlowing(): boolean {
    return this.reading?.readableFlowing === true;
  }

  /** Whether its reader is to have a part of it when this turn is over: in Node, before the message is. */
  get isAboutToFlow(): boolean {
    return this.isFlowing && (this.reading as IncomingMessage).readableLength > 0;
  }

  /** Whether a refusal may still be the answer to the message that is being read. */
  get isUnsent(): boolean {
    const oldest = this.responses.first;
    if (oldest !== undefined) return !oldest._headerSent;
    return this.reading === undefined || this.reading.complete;
  }

  /** More requests may come in this turn: their answers are collected. */
  expectMany(expected: boolean): void {
    this.manyExpected = expected;
    this.setBatching();
    if (!expected) this.writer.flush();
  }

  /** Makes the request and its answer, and hands them to the programmer. */
  open(head: MessageHead, type: string, continues = false): void {
    const response = this.make(head);
    if (type !== 'server.request' || continues) response._expect_continue = type !== 'server.checkExpectation';
    if (continues) response.writeContinue();
    (this.scope as AsyncResource).runInAsyncScope(this.emit, this, type, response);
  }

  private emit(type: string, response: ServerResponse): void {
    forward(this.host.server, type, response.req, response);
    if (response._closed) return;
    const { scope } = response[own];
    const entered = withEntered(scope as AsyncResource, newScope);
    response[own].scope = entered;
    if (this.scope === scope) this.scope = entered;
  }

  /** Answers the request here; the programmer doesn't see it. */
  respond(head: MessageHead, status: number): void {
    const response = this.make(head);
    // Behind the 400 nothing is read, of the request neither.
    if (status === 400) {
      response.req[own].sever();
      this.forget();
    }
    this.give(response, status, status === 400 ? ['Connection', 'close'] : []);
  }

  /** One request too many for this connection: Node's document has it told, and answered by 503. */
  drop(head: MessageHead): void {
    const response = this.make(head);
    const { server, socket } = this.host;
    forward(server, 'server.dropRequest', response.req, socket);
    this.give(response, 503, []);
  }

  /** As `add`. The classes of the messages may be a program's own: when they throw nobody can answer. */
  private make(head: MessageHead): ServerResponse {
    try {
      return this.add(head);
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  private give(response: ServerResponse, status: number, headers: string[]): void {
    try {
      response.writeHead(status, headers);
      response.end();
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  receive(head: MessageHead): IncomingMessage {
    const { server, socket } = this.host;
    const request = server._askedAbout(head) ?? new server._IncomingMessage(socket as Socket);
    fillRequest(request, head);
    request.joinDuplicateHeaders = server.joinDuplicateHeaders;
    const incoming = request[own];
    incoming.gate = this.host.gate;
    return request;
  }

  private add(head: MessageHead): ServerResponse {
    const { server, socket, requests } = this.host;
    const request = this.receive(head);
    const response = this.makeResponse(request);
    const limit = limitOf(server.maxRequestsPerSocket);
    response._keepAliveTimeout = durationOf(server.keepAliveTimeout);
    response._maxRequestsPerSocket = limit;
    response.maxRequestsOnConnectionReached = limit > 0 && requests >= limit;
    response.shouldKeepAlive = this.host.persists;
    if (server._uniqueHeaders !== null) response._uniqueHeaders = server._uniqueHeaders;
    const outgoing = response[own];
    outgoing.owner = this;
    outgoing.scope = newScope();
    this.scope = outgoing.scope;
    this.reading = request;
    this.host.incoming = request;
    if (server._optimizesEmpty && !mayHaveContent(head.rawHeaders)) request[own].endSilently();
    if (!this.isWatching) socket.on('close', closeResponses);
    this.isWatching = true;
    this.responses.push(response);
    this.setBatching();
    if (this.turn === this.responses.length - 1) outgoing.takeTurn(this.writer);
    if (channels.responseCreated.hasSubscribers) channels.responseCreated.publish({ request, response });
    if (channels.requestStart.hasSubscribers) channels.requestStart.publish({ request, response, socket, server });
    if (this.responses.length === 1) this.attach(response);
    return response;
  }

  private makeResponse(request: IncomingMessage): ServerResponse {
    const { server, socket } = this.host;
    try {
      return new server._ServerResponse(request, {
        highWaterMark: socket.writableHighWaterMark,
        rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites,
      }) as ServerResponse;
    } catch (error) {
      request.destroy();
      throw error;
    }
  }

  read(fact: WireBody): void {
    if (this.reading === undefined || this.reading.complete) return;
    (this.scope as AsyncResource).runInAsyncScope(push, undefined, this.reading, fact);
  }

  complete(fact: WireComplete): void {
    const { reading } = this;
    // What comes behind the last request that was wanted belongs to nobody.
    if (reading === undefined || reading.complete) return;
    if (fact.rawTrailers.length > 0) reading[own].setTrailers(fact.rawTrailers as string[]);
    if (reading[own].hasListeners) (this.scope as AsyncResource).runInAsyncScope(complete, undefined, reading);
    else complete(reading);
    if (this.responses.last?.req !== reading) this.forget();
  }

  ended(): void {
    if (this.passing) return;
    this.passing = true;
    try {
      while (this.passTurn()) {}
    } finally {
      this.passing = false;
    }
  }

  /** Lets the next answer write, if the one before has handed over its last byte. */
  private passTurn(): boolean {
    const before = this.responses.at(this.turn);
    // RFC 9112 §9.6: nothing is sent behind an answer that says close.
    if (before === undefined || !before[own].ended || before._last || before === this.switching) return false;
    const next = this.responses.at(this.turn + 1);
    // With its turn the socket goes: nothing of it leaves, and nothing behind it.
    if (next?.destroyed) return false;
    this.turn++;
    next?.[own].takeTurn(this.writer);
    return true;
  }

  last(): void {
    this.host.actor.send({ type: 'response.last' });
  }

  /** `message` says 101: what follows is not HTTP, in neither direction. */
  switched(message: OwnedMessage): void {
    this.switching = message;
    this.host.actor.send({ type: 'response.switched' });
  }

  released(message: OwnedMessage): void {
    const { host } = this;
    const response = this.responses.shift() as ServerResponse;
    const request = response.req;
    this.turn--;
    this.setBatching();
    if (channels.responseFinish.hasSubscribers) publish(channels.responseFinish, request, response);
    this.detachFrom(response);
    request[own].responseFinished(hasListeners(response));
    if (request === this.reading && request.complete) this.forget();
    const due = this.responses.length;
    host.actor.send({ type: 'response.finished', last: message._last, more: due > 0, crowded: due > CROWD / 2 });
    if (due > 0 && !message._last && message !== this.switching) this.attach(this.responses.first as ServerResponse);
  }

  /** The method may be a program's own. */
  private detachFrom(response: ServerResponse): void {
    const socket = this.host.socket as MessageSocket;
    try {
      response.detachSocket(socket);
    } catch (error) {
      keep(error);
      socket._httpMessage = null;
      response.socket = null;
    }
  }

  /** An idle connection holds nothing of its last exchange. */
  private forget(): void {
    if (this.reading?.destroyed) this.host.incoming = null;
    this.reading = undefined;
    this.scope = undefined;
  }

  private attach(response: ServerResponse): void {
    try {
      within(response, attach, response, this.host.socket as MessageSocket);
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  drained(): void {
    const response = this.responses.at(Math.min(this.turn, this.responses.length - 1));
    if (response === undefined) return;
    within(response, sendDrained, response);
  }

  /** Whether the last response that is due may still say whether another request may follow. */
  get isOpenEnded(): boolean {
    const { last } = this.responses;
    return last !== undefined && last._header === null && !last.hasHeader('connection');
  }

  sayClose(): void {
    (this.responses.last as ServerResponse).shouldKeepAlive = false;
  }

  hasTimeoutListener(): boolean {
    const oldest = this.responses.first;
    if ((oldest?.listenerCount('timeout') ?? 0) > 0 || this.host.server.listenerCount('timeout') > 0) return true;
    let hasListener = false;
    this.forEachOpen((request) => {
      hasListener ||= request.listenerCount('timeout') > 0;
    });
    return hasListener;
  }

  /** A request is told whether it was read or not. Of the answers, that which has the socket. */
  emitTimeout(): void {
    const { socket } = this.host;
    const oldest = this.responses.first;
    this.forEachOpen((request) => forward(request, 'req.timeout', socket));
    if (oldest !== undefined) within(oldest, forward, oldest, 'res.timeout', socket);
  }

  /** The rest of the request that is being read won't come. */
  cut(): void {
    const { reading } = this;
    if (reading === undefined || reading.complete) return;
    (this.scope as AsyncResource).runInAsyncScope(sever, undefined, reading);
  }

  /** Makes a request behind which the connection leaves HTTP: there is no more of it. */
  reserve(head: MessageHead): IncomingMessage {
    try {
      const request = this.receive(head);
      request.upgrade = true;
      request[own].complete();
      return request;
    } catch (error) {
      this.host.socket.destroy();
      throw error;
    }
  }

  /** Nothing more can be sent: what is written from now on is kept, and goes nowhere. */
  shut(): void {
    this.flush();
    for (const response of this.responses) response[own].shut();
  }

  flush(): void {
    this.writer.flush();
    this.writer.uncork();
  }

  /** The transport is gone. */
  abandon(): void {
    this.forEachOpen(sendClosed);
  }

  /** Calls for each request whose answer isn't out, and for the one that isn't whole. */
  private forEachOpen(call: (request: IncomingMessage) => void): void {
    const { reading, scope, responses } = this;
    const hasResponded = reading !== undefined && responses.last?.req !== reading;
    for (const response of [...responses]) within(response, call, response.req);
    if (hasResponded) (scope as AsyncResource).runInAsyncScope(call, undefined, reading);
  }

  /** The rest of `abandon`, when those who listen to the socket itself have been told. */
  close(): void {
    const open = this.responses.clear();
    this.turn = 0;
    carryOut(this.closeAll, this as Exchanges, open, undefined);
  }

  private closeAll(open: readonly ServerResponse[]): void {
    for (const response of open) within(response, sendClosed, response);
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
  // By others it may be called on something else.
  this[own]?.exchanges?.close();
}

function publish(channel: typeof channels.requestStart, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  channel.publish({ request, response, socket, server: (socket as { server?: unknown }).server });
}
