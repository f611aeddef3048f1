/** Makes explanations of what hosts say (events/facts.ts), by the tables of waits.ts. */
import { type Since, sinceOf } from '../engine/history.js';
import type {
  ClientConnectionFacts,
  ConnectionFacts,
  DeadlineFacts,
  ExchangeFacts,
  Facts,
  IncomingRequestFacts,
  IncomingResponseFacts,
  RequestFacts,
  ResponseFacts,
  ServerFacts,
  SocketFacts,
} from '../events/facts.js';
import { placeName, sideOf } from '../rules/naming.js';
import { endingOf } from './endings.js';
import type { Ends, Explanation, Wait } from './explanation.js';
import { inSocket, lineOf, ordinal, readerText, TEXT } from './phrases.js';
import { type Row, rowsOf, WAITS, type WaitCode } from './waits.js';

type Actor = Exclude<Facts, { kind: 'agent' }>;
type Draft = Pick<Explanation, 'id' | 'role' | 'what'> & Partial<Explanation>;

const NO_COUNTS = { inSocket: 0, received: 0, sent: 0 };

class Line implements Explanation {
  readonly id: string;
  readonly role: 'server' | 'client';
  readonly what: string;
  readonly waits: readonly Wait[];
  readonly ends: Ends | undefined;
  readonly ended: string | undefined;
  readonly after: readonly string[];
  readonly askedBy: string | undefined;
  readonly counts: Explanation['counts'];

  constructor({ id, role, what, waits = [], ends, ended, after = [], askedBy, counts = NO_COUNTS }: Draft) {
    this.id = id;
    this.role = role;
    this.what = what;
    this.waits = waits;
    this.ends = ends;
    this.ended = ended;
    this.after = after;
    this.askedBy = askedBy;
    this.counts = counts;
  }

  toString(): string {
    return lineOf(this);
  }
}

const countsOf = (socket: SocketFacts | undefined): Explanation['counts'] =>
  socket === undefined ? NO_COUNTS : { inSocket: socket.inSocket, received: socket.received, sent: socket.sent };

const idOf = (actor: Actor): string => placeName(actor.kind, actor);

function since({ kind, exchange, track }: Actor, region: string): Since {
  if (track === undefined) return { ms: undefined, atLeast: true };
  return sinceOf(track, kind, sideOf(kind) === 'client' ? undefined : exchange, region);
}

function wait(actor: Actor, code: WaitCode, region: string, text: string): Wait {
  const { ms, atLeast } = since(actor, region);
  return { for: code, who: WAITS[code], since: ms, atLeast, text };
}

const isWait = (row: Row): row is Row & { says: WaitCode } => row.says !== 'over' && row.says !== 'elsewhere';

function plain(actor: Actor): Wait[] {
  return rowsOf(actor.kind, actor.state)
    .filter(isWait)
    .map(({ says, since: region }) => {
      const isEnded = says === 'peerReads' && region === 'message';
      return wait(actor, says, region, isEnded ? `${TEXT.peerReads} the end` : TEXT[says]);
    });
}

/** What the reader of a message is waited for; `unread` only if somebody may miss it. */
function readerWaits(message: IncomingRequestFacts | IncomingResponseFacts): Wait[] {
  const { reader } = message;
  return plain(message).flatMap((each) => {
    if (each.for === 'body')
      return [message.state.body === 'awaiting' ? { ...each, text: 'for the peer to send the body' } : each];
    if (each.for === 'readBody') {
      return [
        {
          ...each,
          text: `${each.text}${readerText(reader)}; meanwhile the socket is not read`,
        },
      ];
    }
    if (each.for !== 'unread') return [];
    const misses = reader.buffered > 0 || reader.awaitsEnd;
    return misses && !reader.ended && reader.flowing !== true
      ? [{ ...each, text: `${each.text}${readerText(reader)}` }]
      : [];
  });
}

const PEERS: ReadonlySet<WaitCode> = new Set(['body', 'head', 'firstRequest']);

/** The deadline that ends one of the waits first. */
function endsOf(waits: readonly Wait[], deadlines: DeadlineFacts, socket: SocketFacts): Ends | undefined {
  let first: Ends | undefined;
  const consider = (timer: string, left: number | undefined, isInactivity = false): void => {
    if (left !== undefined && (first === undefined || left < first.left)) first = { timer, left, isInactivity };
  };
  for (const { for: code } of waits) {
    if (code === 'head' || code === 'firstRequest') consider('headersTimeout', deadlines.headersTimeout);
    if (PEERS.has(code)) consider('requestTimeout', deadlines.requestTimeout);
    if (code === 'nextRequest') consider('keepAliveTimeout', deadlines.keepAliveTimeout);
  }
  if (socket.endsWithTimeout) consider('server.timeout', socket.timeout, true);
  return first;
}

function responseWaits(
  response: ResponseFacts,
  socket?: SocketFacts,
  before?: Explanation,
  isHalfOpen = false,
): Wait[] {
  return plain(response).map((each) => {
    switch (each.for) {
      case 'turn':
        if (!response.isOwned) return wait(response, 'assign', 'line', TEXT.assign);
        return before === undefined ? each : { ...each, text: `${each.text} after ${before.id} ${before.what}` };
      case 'respond':
        if (response.owesContinue) return wait(response, 'allowContinue', 'message', TEXT.allowContinue);
        return isHalfOpen ? { ...each, text: `${each.text}: the peer has sent FIN, and still reads` } : each;
      case 'endResponse':
        return response.corked ? wait(response, 'uncork', 'message', `${TEXT.uncork} and to end the response`) : each;
      case 'peerReads':
        return socket === undefined ? each : { ...each, text: `${each.text}${inSocket(socket)}` };
      default:
        return each;
    }
  });
}

function exchangeLine(
  { request, response }: ExchangeFacts,
  { socket, deadlines, state }: ConnectionFacts,
  others: readonly Explanation[],
): Explanation {
  // A peer that expects 100 Continue sends no body before.
  const reads = response.owesContinue ? [] : readerWaits(request);
  const all = [...reads, ...responseWaits(response, socket, others[0], state.reuse === 'ending')];
  const settled = all.filter(({ for: code }) => code !== 'soon');
  const waits = settled.length > 0 ? settled : all;
  return new Line({
    id: idOf(response),
    role: 'server',
    what: request.what,
    waits,
    ends: endsOf(waits, deadlines, socket),
    after: others.map(({ id }) => id),
    counts: countsOf(socket),
  });
}

const CONNECTION_WHAT: Partial<Record<WaitCode, string>> = {
  firstRequest: 'new',
  nextRequest: 'idle',
  head: 'a part of a head',
};

/** A line for each exchange, and one for the connection if it waits for something else. */
function connectionLines(facts: ConnectionFacts): Explanation[] {
  const lines: Explanation[] = [];
  for (const exchange of facts.exchanges) lines.push(exchangeLine(exchange, facts, [...lines]));
  const { reading, deadlines, socket } = facts;
  const own = plain(facts).map((each) =>
    each.for === 'body' && reading !== undefined ? (readerWaits(reading)[0] ?? each) : each,
  );
  const [first] = own;
  if (first === undefined && lines.length > 0) return lines;
  const what = reading?.what ?? (first && CONNECTION_WHAT[first.for]) ?? '';
  const ended = first === undefined ? endingOf(facts) : undefined;
  const common = { id: idOf(facts), role: 'server', what, counts: countsOf(socket) } as const;
  lines.push(new Line({ ...common, waits: own, ends: endsOf(own, deadlines, socket), ended }));
  return lines;
}

function queueText({ queue }: RequestFacts): string {
  if (queue === undefined) return `${TEXT.socket} from createConnection`;
  const { position, maxSockets, maxTotalSockets } = queue;
  if (position === 0) return `${TEXT.socket}: its agent opens a connection`;
  const place = [
    Number.isFinite(maxSockets) ? `maxSockets ${maxSockets}` : '',
    Number.isFinite(maxTotalSockets) ? `maxTotalSockets ${maxTotalSockets}` : '',
    `${ordinal(position)} in the queue`,
  ];
  return `${TEXT.socket}: ${place.filter((part) => part !== '').join(', ')}`;
}

function requestWaits(facts: RequestFacts): Wait[] {
  const { socket, response } = facts;
  const connecting = socket?.connecting === true;
  const reads = response === undefined ? [] : readerWaits(response);
  const waits = plain(facts).flatMap((each): Wait[] => {
    switch (each.for) {
      case 'socket':
        return [{ ...each, text: queueText(facts) }];
      case 'body':
        return reads.length > 0 ? reads : [each];
      case 'response':
        return connecting ? [] : [each];
      case 'peerReads':
        return connecting ? [] : [{ ...each, text: `${each.text}${socket === undefined ? '' : inSocket(socket)}` }];
      case 'endRequest':
        if (facts.corked) return [wait(facts, 'uncork', 'message', `${TEXT.uncork} and to end the request`)];
        return facts.awaitsContinue && !connecting ? [wait(facts, 'continue', 'message', TEXT.continue)] : [each];
      case 'unread':
        return [
          {
            ...each,
            text: `for you to read the response, which holds its socket${response === undefined ? '' : readerText(response.reader)}`,
          },
        ];
      default:
        return [each];
    }
  });
  const connects = connecting ? [wait(facts, 'connect', 'line', TEXT.connect)] : [];
  return [...connects, ...waits];
}

function requestLine(facts: RequestFacts): Explanation {
  const waits = requestWaits(facts);
  return new Line({
    id: idOf(facts),
    role: 'client',
    what: facts.what,
    waits,
    ended: waits.length === 0 ? endingOf(facts) : undefined,
    askedBy: facts.askedBy,
    counts: countsOf(facts.socket),
  });
}

function clientConnectionLines(facts: ClientConnectionFacts): Explanation[] {
  if (facts.request !== undefined) return [requestLine(facts.request)];
  const waits = plain(facts);
  const left = facts.idleLeft;
  return [
    new Line({
      id: idOf(facts),
      role: 'client',
      what: facts.what,
      waits,
      ends: left === undefined ? undefined : { timer: "the agent's idle timeout", left, isInactivity: false },
      ended: waits.length === 0 ? endingOf(facts) : undefined,
      counts: countsOf(facts.socket),
    }),
  ];
}

/** The server itself, if it doesn't just take connections; then its connections. */
function serverLines(facts: ServerFacts): Explanation[] {
  const { connections, what, state } = facts;
  const lines = connections.flatMap(connectionLines);
  if (state.door === 'listening' && lines.length > 0) return lines;
  const count = connections.length === 1 ? 'connection' : 'connections';
  const waits = plain(facts).map((each) =>
    each.for === 'closing' ? { ...each, text: `for ${connections.length} ${count} to close` } : each,
  );
  return [new Line({ id: '-', role: 'server', what: `server ${what}`.trimEnd(), waits }), ...lines];
}

/** The socket of its message is the program's. */
function upgradeWaits(facts: IncomingRequestFacts | IncomingResponseFacts): Wait[] | undefined {
  return facts.reader.upgraded ? [wait(facts, 'program', 'body', TEXT.program)] : undefined;
}

/** A message that belongs to no exchange of a connection any more, or that the program has made. */
function messageLine(facts: IncomingRequestFacts | IncomingResponseFacts | ResponseFacts): Explanation {
  const all = facts.kind === 'response' ? responseWaits(facts) : (upgradeWaits(facts) ?? plain(facts));
  const what = facts.what === '' ? 'a message that you have made' : facts.what;
  const ended = all.length === 0 ? endingOf(facts) : undefined;
  return new Line({ id: idOf(facts), role: sideOf(facts.kind), what, waits: all, ended });
}

export function linesOf(facts: Facts): Explanation[] {
  switch (facts.kind) {
    case 'server':
      return serverLines(facts);
    case 'agent':
      return [...facts.connections.flatMap(clientConnectionLines), ...facts.requests.map(requestLine)];
    case 'connection':
      return connectionLines(facts);
    case 'clientConnection':
      return clientConnectionLines(facts);
    case 'request':
      return [requestLine(facts)];
    default:
      return [messageLine(facts)];
  }
}
