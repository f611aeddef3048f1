/**
 * What `util.inspect` prints of the public objects: a line that says what they are about and how far they have come. Nothing
 * of a header or a body, and no query: these may be secrets.
 */
import type { Duplex } from 'node:stream';
import type { Agent } from './Agent.js';
import type { ClientRequest } from './ClientRequest.js';
import type { IncomingMessage } from './IncomingMessage.js';
import type { OutgoingHost } from './OutgoingHost.js';
import type { OutgoingMessage } from './OutgoingMessage.js';
import { own } from './own.js';
import type { Server } from './Server.js';

type Part = string | number | false | null | undefined;

/** `<Name subject · part · part>`, without the parts that are not there. */
function line(object: object, subject: Part, ...parts: readonly Part[]): string {
  // A prototype shows itself as the class.
  const name = (object.constructor as { name?: unknown } | undefined)?.name || 'Object';
  const said = parts.filter((part) => part || part === 0).join(' · ');
  const head = subject ? `${String(name)} ${subject}` : String(name);
  return said === '' ? `<${head}>` : `<${head} · ${said}>`;
}

const LONGEST = 80;

/** A target without its query, and without what a user may have as a password. */
function pathOf(target: unknown): string {
  const [path = '', query] = String(target ?? '').split('?', 2);
  const plain = path.replace(/\/\/[^/]*@/, '//').replace(/[^\x21-\x7e]/g, '\ufffd');
  const cut = plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
  return query === undefined ? cut : `${cut}?…`;
}

export function subjectOf(request: { method?: unknown; url?: unknown } | undefined | null): string {
  return request?.method ? `${pathOf(request.method)} ${pathOf(request.url)}` : '';
}

/** The first that is true. */
function first(...candidates: readonly (readonly [holds: unknown, words: string])[]): string | undefined {
  return candidates.find(([holds]) => holds)?.[1];
}

/** Where the region is, by the names of its states. */
function stateOf(host: { readonly actor: { readonly value: unknown } }, region: string): string {
  const value = (host.actor.value as Record<string, unknown>)[region];
  return typeof value === 'string' ? value : Object.keys(value as object).join();
}

const isFull = (host: OutgoingHost): boolean => host.actor.matches('flow.full');

export function describeOutgoing(message: OutgoingMessage): string {
  const host = message[own] as OutgoingHost | undefined;
  if (host === undefined) return line(message, subjectOf(message.req));
  if (message._isRequest) return describeRequest(message as unknown as ClientRequest);
  const isOnLine = host.line !== undefined;
  const at = stateOf(host, 'line');
  return line(
    message,
    subjectOf(message.req),
    stateOf(host, 'message'),
    first(
      [message._closed, 'closed'],
      [message.destroyed, 'destroyed'],
      [at === 'shut' || at === 'kept', 'its socket takes no more'],
      [isFull(host), 'waits for the socket to drain'],
      [at === 'waiting' && isOnLine, 'waits for the responses before it'],
      [at === 'waiting', 'has no socket'],
    ),
  );
}

function describeRequest(request: ClientRequest): string {
  const host = request[own];
  const at = stateOf(host, 'line');
  const answer = stateOf(host, 'answer');
  return line(
    request,
    `${request.method} ${pathOf(request.host)}${pathOf(request._path)}`,
    stateOf(host, 'message'),
    first(
      [request._closed, 'closed'],
      [request.destroyed, 'destroyed'],
      [at === 'unassigned' || at === 'again', 'waits for a socket'],
      [at === 'parted', 'its socket was handed over'],
      [request.socket?.connecting, 'waits for the connection'],
      [isFull(host), 'waits for the socket to drain'],
      [answer === 'reading', 'receives the response'],
      [answer !== 'awaited', 'has the response'],
      [request.finished, 'waits for the response'],
    ),
  );
}

export function describeIncoming(message: IncomingMessage): string {
  const { statusCode, req } = message;
  const subject = statusCode ? `${statusCode}` : subjectOf(message);
  return line(
    message,
    subject,
    statusCode ? req && `${req.method} ${pathOf(req._path)}` : undefined,
    first([message.aborted, 'aborted'], [message.complete, 'complete'], [subject, 'incomplete']),
    first(
      [message.readableEnded, 'read to its end'],
      [message.destroyed, 'destroyed'],
      [message.readableFlowing, 'flows'],
      [message.isPaused(), 'paused'],
      [message.readableLength > 0 || !message.complete, 'waits to be read'],
    ),
  );
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

export function describeServer(server: Server): string {
  const address = server.listening ? server.address() : null;
  const where = typeof address === 'object' && address ? `${hostOf(address.address)}:${address.port}` : address;
  const host = server[own] as Server[typeof own] | undefined;
  const door = host && stateOf(host, 'door');
  return line(
    server,
    where ?? '',
    server.listening ? 'listens' : door === 'closing' ? 'closing' : 'does not listen',
    host && count(host.connections.size, 'connection'),
  );
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);

export function describeAgent(agent: Agent): string {
  const sizeOf = (table: NodeJS.Dict<readonly (Duplex | object)[]> | undefined): number =>
    Object.values(table ?? {}).reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return line(
    agent,
    '',
    `${sizeOf(agent.sockets)} in use`,
    `${sizeOf(agent.freeSockets)} idle`,
    `${count(sizeOf(agent.requests), 'request')} waiting`,
  );
}
