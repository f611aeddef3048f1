/** Makes lines of what hosts say (events/facts.ts), by the tables of waits.ts. */
import type {
  ClientConnectionFacts,
  ConnectionFacts,
  DeadlineFacts,
  ExchangeFacts,
  Facts,
  HandedOverFacts,
  IncomingRequestFacts,
  IncomingResponseFacts,
  RequestFacts,
  ResponseFacts,
  ServerFacts,
} from '../events/facts.js';
import { connectionName, placeName } from '../rules/naming.js';
import { endingOf } from './endings.js';
import type { Ends, Explanation, Wait } from './explanation.js';
import { type Kind, Line } from './line.js';
import { duration, listenerText } from './phrases.js';
import {
  connectionWaits,
  exchangeWaits,
  handedOverWaits,
  messageWaits,
  plainWaits,
  requestWaits,
  serverWaits,
} from './waiting.js';
import type { WaitCode } from './waits.js';

/** The deadline of a request that passes first, if its peer is waited for. */
function missedOf(waits: readonly Wait[], { headersTimeout, requestTimeout }: DeadlineFacts): Ends | undefined {
  if (headersTimeout === undefined && requestTimeout === undefined) return undefined;
  const ends = (timer: string, left: number): Ends => ({ timer, left, isInactivity: false });
  const isHead = waits.some(({ for: code }) => code === 'head' || code === 'firstRequest');
  const isAny = isHead || waits.some(({ for: code }) => code === 'body');
  const head = isHead && headersTimeout !== undefined ? ends('headersTimeout', headersTimeout) : undefined;
  const whole = isAny && requestTimeout !== undefined ? ends('requestTimeout', requestTimeout) : undefined;
  return head !== undefined && (whole === undefined || head.left <= whole.left) ? head : whole;
}

/** The deadline of a server that ends one of the waits first. */
function endsOf(waits: readonly Wait[], facts: ConnectionFacts): Ends | undefined {
  // Ten thousand connections are explained in one call: what is counted or copied is looked at by need.
  const { deadlines, timer } = facts;
  const missed = missedOf(waits, deadlines);
  let first = missed !== undefined && facts.hearsFault ? undefined : missed;
  const consider = (timer: string, left: number | undefined, isInactivity = false): void => {
    if (left !== undefined && (first === undefined || left < first.left)) first = { timer, left, isInactivity };
  };
  const { idle, drain } = deadlines;
  for (const { for: code } of waits) {
    const isIdle = code === 'firstRequest' || code === 'nextRequest';
    if (isIdle && drain !== undefined) consider("the drain's idle time", idle);
    else if (code === 'nextRequest' && !facts.hearsTimeout) consider('keepAliveTimeout', idle);
    if (code === 'peerCloses') consider("the server's patience", idle);
  }
  consider("the drain's deadline", drain);
  if (timer !== undefined) consider(timer, facts.socket.timeout, true);
  return first;
}

/** What of the program's may end a connection: its listeners of 'timeout' and 'clientError'. */
const listenersOf = (facts: ConnectionFacts, waits: readonly Wait[]): string | undefined =>
  either(faultListenerOf(facts, waits), listenerOf(facts, waits));

const either = (one: string | undefined, other: string | undefined): string | undefined =>
  one !== undefined && other !== undefined ? `${one}, or ${other}` : (one ?? other);

/** The program listens to 'clientError', and gets the socket in place of a refusal. */
function faultListenerOf(facts: ConnectionFacts, waits: readonly Wait[]): string | undefined {
  const missed = facts.hearsFault ? missedOf(waits, facts.deadlines) : undefined;
  return missed && `your listener of 'clientError', when ${missed.timer} has passed in ${duration(missed.left)}`;
}

/** The program listens to 'timeout'. */
function listenerOf(facts: ConnectionFacts, waits: readonly Wait[]): string | undefined {
  if (!facts.hearsTimeout) return undefined;
  const { socket, deadlines } = facts;
  if (socket.timeout > 0) return listenerText(socket);
  // It is called for keepAliveTimeout, too.
  const { idle, drain } = deadlines;
  const isIdle = idle !== undefined && drain === undefined && waits.some(({ for: code }) => code === 'nextRequest');
  return isIdle ? `your listener of 'timeout', in ${duration(idle)}` : undefined;
}

function lackOf({ socket, serverTimeout }: ConnectionFacts): string {
  const hasNone = socket.timeout === 0 && serverTimeout > 0;
  return hasNone ? 'its socket has no timeout' : 'server.timeout is 0';
}

const EXCHANGE: Kind<ExchangeFacts> = {
  role: 'server',
  id: ({ response }) => placeName('response', response),
  what: ({ request }) => request.what,
  ends: ({ of }, waits) => endsOf(waits, of),
  besides: ({ of }, waits) => listenersOf(of, waits),
  why: ({ of }) => lackOf(of),
  socket: ({ of }) => of.socket,
};

const CONNECTION_WHAT: Partial<Record<WaitCode, string>> = {
  firstRequest: 'new',
  nextRequest: 'idle',
  head: 'a part of a head',
};

const CONNECTION: Kind<ConnectionFacts> = {
  role: 'server',
  id: (facts) => placeName('connection', facts),
  what: ({ reading }, [first]) => reading?.what ?? (first && CONNECTION_WHAT[first.for]) ?? '',
  ends: (facts, waits) => endsOf(waits, facts),
  besides: listenersOf,
  why: (facts, waits) => (waits.some(({ for: code }) => code === 'program') ? undefined : lackOf(facts)),
  ended: endingOf,
  socket: ({ socket }) => socket,
};

/** What of the program's may end a request. */
function ownEnds({ socket, hearsTimeout, hasSignal }: RequestFacts): string | undefined {
  const listener = hearsTimeout && socket !== undefined && socket.timeout > 0 ? listenerText(socket) : undefined;
  const signal = hasSignal ? 'your signal' : undefined;
  return either(listener, signal);
}

const REQUEST: Kind<RequestFacts> = {
  role: 'client',
  id: (facts) => placeName('request', facts),
  what: ({ what }) => what,
  besides: ownEnds,
  why({ socket, hasTimeout, hearsTimeout }) {
    const isUnheard = socket !== undefined && hasTimeout && !hearsTimeout;
    return isUnheard ? `nobody listens to its 'timeout' of ${duration(socket.timeout)}` : undefined;
  },
  ended: endingOf,
  askedBy: ({ askedBy }) => askedBy,
  socket: ({ socket }) => socket,
};

const CLIENT_CONNECTION: Kind<ClientConnectionFacts> = {
  role: 'client',
  id: (facts) => placeName('clientConnection', facts),
  what: ({ what }) => what,
  ends({ pooled }) {
    const left = pooled?.idleLeft;
    return left === undefined ? undefined : { timer: "the agent's idle timeout", left, isInactivity: false };
  },
  ended: endingOf,
  socket: ({ socket }) => socket,
};

const HANDED_OVER: Kind<HandedOverFacts> = {
  role: 'server',
  id: ({ connection }) => connectionName('server', connection),
  what: ({ what }) => what,
  ended: () => 'is closed',
  socket: ({ socket }) => socket,
};

const SERVER: Kind<ServerFacts> = {
  role: 'server',
  id: () => '-',
  what: ({ what }) => `server ${what}`.trimEnd(),
};

type MessageFacts = IncomingRequestFacts | IncomingResponseFacts | ResponseFacts;

/** A message that belongs to no exchange of a connection any more, or that the program has made. */
const MESSAGE: Kind<MessageFacts> = {
  role: 'server',
  id: (facts) => placeName(facts.kind, facts),
  what: ({ what }) => (what === '' ? 'a message that you have made' : what),
  ended: endingOf,
};

const MESSAGE_OF_CLIENT: Kind<MessageFacts> = { ...MESSAGE, role: 'client' };

/** A line for each exchange, and one for the connection if it waits for something else. */
function addConnection(facts: ConnectionFacts, lines: Explanation[]): void {
  let oldest: Explanation | undefined;
  let previous: Line<ExchangeFacts> | undefined;
  for (const exchange of facts.exchanges) {
    previous = new Line(EXCHANGE, exchange, exchangeWaits(exchange, oldest), previous);
    oldest ??= previous;
    lines.push(previous);
  }
  const waits = connectionWaits(facts);
  if (waits.length > 0 || oldest === undefined) lines.push(new Line(CONNECTION, facts, waits));
}

function addClientConnection(facts: ClientConnectionFacts, lines: Explanation[]): void {
  const { request } = facts;
  lines.push(request === undefined ? new Line(CLIENT_CONNECTION, facts, plainWaits(facts)) : requestLine(request));
}

const requestLine = (facts: RequestFacts): Explanation => new Line(REQUEST, facts, requestWaits(facts));

export const serverLine = (facts: ServerFacts): Explanation => new Line(SERVER, facts, serverWaits(facts));

/** The server itself, if it doesn't just take connections; then its connections. */
function addServer(facts: ServerFacts, lines: Explanation[]): void {
  if (facts.state.door !== 'listening' || facts.size === 0 || facts.handshakes > 0) lines.push(serverLine(facts));
  facts.eachConnection((connection) => addConnection(connection, lines));
}

/** Adds what waits, and what is over, to `lines`. */
export function addLines(facts: Facts, lines: Explanation[]): void {
  switch (facts.kind) {
    case 'server':
      addServer(facts, lines);
      break;
    case 'agent':
      for (const connection of facts.connections) addClientConnection(connection, lines);
      for (const request of facts.requests) lines.push(requestLine(request));
      break;
    case 'connection':
      addConnection(facts, lines);
      break;
    case 'clientConnection':
      addClientConnection(facts, lines);
      break;
    case 'handedOver':
      lines.push(new Line(HANDED_OVER, facts, handedOverWaits(facts)));
      break;
    case 'request':
      lines.push(requestLine(facts));
      break;
    default:
      lines.push(new Line(facts.kind === 'incomingResponse' ? MESSAGE_OF_CLIENT : MESSAGE, facts, messageWaits(facts)));
  }
}

export function linesOf(facts: Facts): Explanation[] {
  const lines: Explanation[] = [];
  addLines(facts, lines);
  return lines;
}
