/** Makes the two messages of an exchange, from the server's classes and settings. */
import type { Socket } from 'node:net';
import { startAt, startNowhere } from '../../engine/place.js';
import type { MessageHead } from '../../events/wire.js';
import { durationOf, limitOf } from '../compat/limits.js';
import { own } from '../compat/own.js';
import { expectUntouched, fillRequest, type IncomingMessage } from '../message/IncomingMessage.js';
import type { ExchangesHost } from './owners.js';
import { guard } from './prototypes.js';
import type { ServerResponse } from './ServerResponse.js';

export function makeRequest(
  { server, socket, gate, actor, requests }: ExchangesHost,
  head: MessageHead,
): IncomingMessage {
  const asked = server._askedAbout(head);
  asked?.[own].actor.move(actor.connection, requests, actor.track);
  startAt(actor.connection, requests, actor.track);
  expectUntouched(server._isGuarded === false && head.method === 'GET');
  const request = asked ?? new server._IncomingMessage(socket as Socket);
  expectUntouched(false);
  startNowhere();
  request.joinDuplicateHeaders = server.joinDuplicateHeaders;
  fillRequest(request, head);
  request[own].gate = gate;
  return request;
}

export function makeResponse(host: ExchangesHost, request: IncomingMessage): ServerResponse {
  const { server } = host;
  const response = construct(host, request);
  response._keepAliveTimeout = durationOf(server.keepAliveTimeout);
  response._maxRequestsPerSocket = limitOf(server.maxRequestsPerSocket);
  response.maxRequestsOnConnectionReached = host.isLimited;
  response.shouldKeepAlive = host.persists;
  server._isGuarded ??= guard(response);
  if (server._uniqueHeaders !== null) response._uniqueHeaders = server._uniqueHeaders;
  return response;
}

/** The class may be the program's own: if it throws, nobody will read the request. */
function construct({ server, socket, actor, requests }: ExchangesHost, request: IncomingMessage): ServerResponse {
  startAt(actor.connection, requests, actor.track);
  try {
    return new server._ServerResponse(request, {
      highWaterMark: socket.writableHighWaterMark,
      rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites,
    });
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    startNowhere();
  }
}
