/** What is waited for: what the tables say of a state (waits.ts), and what only the facts of hosts tell apart. */
import { sinceOf } from '../engine/history.js';
import type {
  ConnectionFacts,
  ExchangeFacts,
  Facts,
  HandedOverFacts,
  IncomingRequestFacts,
  IncomingResponseFacts,
  RequestFacts,
  ResponseFacts,
  ServerFacts,
  SocketFacts,
} from '../events/facts.js';
import { connectionName, sideOf } from '../rules/naming.js';
import type { Explanation, Wait } from './explanation.js';
import { CORKED_SOCKET, count, HELD, inSocket, ordinal, readerText, TEXT } from './phrases.js';
import { type Need, needOf, needsOf, type WaitCode } from './waits.js';

type Asked = Exclude<Facts, { kind: 'agent' | 'handedOver' }>;
type MessageFacts = IncomingRequestFacts | IncomingResponseFacts;

function wait({ kind, exchange, track }: Asked, { code, who, region }: Need, text: string = TEXT[code]): Wait {
  if (track === undefined) return { for: code, who, since: undefined, atLeast: true, text };
  const { ms, atLeast } = sinceOf(track, region, sideOf(kind) === 'client' ? undefined : exchange);
  return { for: code, who, since: ms, atLeast, text };
}

type Waits = readonly Wait[];

const none: Waits = [];

/** Most have one: a list that grows from nothing takes four times the memory. */
const add = (waits: Waits, more: Wait): Waits => (waits.length === 0 ? [more] : [...waits, more]);

/** What the peer has to send. */
const SENT: ReadonlySet<WaitCode> = new Set([
  'firstRequest',
  'nextRequest',
  'head',
  'body',
  'continue',
  'response',
  'finalResponse',
]);

/** The peer may have sent it: nobody can know while the program keeps its socket from being read. */
function unlessHeld(waits: Waits, socket: SocketFacts | undefined): Waits {
  if (socket === undefined || !waits.some(isSent)) return waits;
  const { held } = socket;
  if (held === undefined) return waits;
  return waits.map((each) =>
    isSent(each) ? { ...each, who: 'you', text: `${HELD[held]}, and then ${each.text}` } : each,
  );
}

const isSent = (each: Wait): boolean => SENT.has(each.for);

/** What the tables say. */
export function plainWaits(facts: Asked): Waits {
  let waits = none;
  for (const need of needsOf(facts.kind, facts.state)) waits = add(waits, wait(facts, need));
  return waits;
}

/** A part of a response is here, and nobody has begun to read it. */
const isUnheard = ({ kind, reader }: MessageFacts): boolean =>
  kind === 'incomingResponse' && reader.flowing === null && reader.buffered > 0;

const unreadText = ({ reader }: MessageFacts): string => `for you to read the response${readerText(reader)}`;

/** What the reader of a message is waited for; `unread` only if somebody may miss it. */
function readerWaits(message: MessageFacts): Waits {
  let waits = none;
  for (const need of needsOf(message.kind, message.state)) {
    switch (need.code) {
      case 'body': {
        const isBegun = message.state.body !== 'awaiting';
        // Its end comes when the program returns.
        if (!isBegun && !message.hasContent) break;
        const text = isBegun ? undefined : 'for the peer to send the body';
        waits = add(waits, wait(message, need, text));
        if (isUnheard(message))
          waits = add(waits, wait(message, needOf(message.kind, 'unread', 'body'), unreadText(message)));
        break;
      }
      case 'readBody': {
        const text = `${TEXT.readBody}${readerText(message.reader)}; meanwhile the socket is not read`;
        waits = add(waits, wait(message, need, text));
        break;
      }
      case 'unread': {
        const { reader } = message;
        const isMissing = (reader.buffered > 0 || reader.awaitsEnd) && !reader.ended && reader.flowing !== true;
        if (isMissing) waits = add(waits, wait(message, need, `${TEXT.unread}${readerText(reader)}`));
        break;
      }
    }
  }
  return waits;
}

/** The bytes that the peer hasn't read, or the end of the message. What is corked does not leave. */
function peerReadsWait(message: ResponseFacts | RequestFacts, need: Need, socket: SocketFacts | undefined): Wait {
  const { name } = need.region;
  if (message.corked || socket?.corked) {
    return wait(message, needOf(message.kind, 'uncork', name), message.corked ? TEXT.uncork : CORKED_SOCKET);
  }
  const text = name === 'message' ? `${TEXT.peerReads} the end` : TEXT.peerReads;
  return wait(message, need, socket === undefined ? text : `${text}${inSocket(socket)}`);
}

function responseWait(response: ResponseFacts, need: Need, of?: ConnectionFacts, oldest?: Explanation): Wait {
  switch (need.code) {
    case 'turn':
      if (!response.isOwned) return wait(response, needOf('response', 'assign', 'line'));
      return wait(response, need, oldest && `${TEXT.turn} after ${oldest.id} ${oldest.what}`);
    case 'respond': {
      if (response.owesContinue) return wait(response, needOf('response', 'allowContinue', 'message'));
      const isHalfOpen = of?.state.reuse === 'ending';
      return wait(response, need, isHalfOpen ? `${TEXT.respond}: the peer has sent FIN, and still reads` : undefined);
    }
    case 'endResponse':
      if (!response.corked) return wait(response, need);
      return wait(response, needOf('response', 'uncork', 'message'), `${TEXT.uncork} and to end the response`);
    case 'peerReads':
      return peerReadsWait(response, need, of?.socket);
    default:
      return wait(response, need);
  }
}

/** @param oldest the line of the exchange that has the socket, if this is another */
export function exchangeWaits({ request, response, of }: ExchangeFacts, oldest?: Explanation): Waits {
  const { socket } = of;
  if (socket.destroyed) return [wait(response, needOf('response', 'close', 'line'))];
  // A peer that expects 100 Continue sends no body before.
  let waits = response.owesContinue ? none : readerWaits(request);
  for (const need of needsOf('response', response.state)) waits = add(waits, responseWait(response, need, of, oldest));
  return unlessHeld(withoutSoon(waits), socket);
}

/** What this turn ends is said only if nothing else is waited for. */
function withoutSoon(waits: Waits): Waits {
  if (waits.length < 2) return waits;
  const settled = waits.filter(({ for: code }) => code !== 'soon');
  return settled.length > 0 ? settled : waits;
}

/** What isn't said by its exchanges. */
export function connectionWaits(facts: ConnectionFacts): Waits {
  const [need] = needsOf('connection', facts.state);
  if (need === undefined) return none;
  const { socket } = facts;
  if (socket.destroyed) {
    return facts.exchanges.length > 0 ? none : [wait(facts, needOf('connection', 'close', 'transport'))];
  }
  if (need.code === 'close' && need.region.name === 'reading') return [wait(facts, ...givenAway(facts))];
  const { reading } = need.code === 'body' ? facts : { reading: undefined };
  const waits = reading === undefined ? none : readerWaits(reading);
  return unlessHeld(waits.length > 0 ? waits : [wait(facts, need)], socket);
}

/** A listener of 'clientError' has the socket. */
const givenAway = ({ socket }: ConnectionFacts): [Need, string?] =>
  socket.ended
    ? [needOf('connection', 'peerCloses', 'reading')]
    : [
        needOf('connection', 'program', 'reading'),
        "for you to close the socket: your listener of 'clientError' has it",
      ];

/** Of the sockets that are the program's, so many are named. */
const NAMED = 3;

export function serverWaits(facts: ServerFacts): Waits {
  return needsOf('server', facts.state).map((need) => {
    if (need.code === 'connections' && facts.handshakes > 0) return handshakeWait(facts);
    return wait(facts, need, need.code === 'closing' ? closingText(facts) : undefined);
  });
}

function handshakeWait({ handshakes }: ServerFacts): Wait {
  const text = `for ${count(handshakes, 'peer')} to finish the TLS handshake; handshakeTimeout ends it`;
  return { for: 'handshake', who: 'peer', since: undefined, atLeast: false, text };
}

/** A closing server waits for upgraded sockets, too, and only the program can close these. */
function closingText({ state, size, handshakes, handedOver }: ServerFacts): string {
  const taking = state.door === 'draining' ? '; new ones are still taken, until its grace is over' : '';
  const handed = [...handedOver].map(({ connection, what }) => `${connectionName('server', connection)} ${what}`);
  const secured = handshakes === 0 ? '' : `, ${handshakes} of them in the TLS handshake`;
  const text = `for ${count(size + handshakes + handed.length, 'connection')} to close${secured}${taking}`;
  if (handed.length === 0) return text;
  const more = handed.length > NAMED ? ` and ${handed.length - NAMED} more` : '';
  return `${text}; upgraded, for you to close: ${handed.slice(0, NAMED).join(', ')}${more}`;
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

export function requestWaits(facts: RequestFacts): Waits {
  const { socket } = facts;
  const needs = needsOf('request', facts.state);
  if (socket?.destroyed && needs.length > 0) return [wait(facts, needOf('request', 'close', 'line'))];
  const isConnecting = socket?.connecting === true || socket?.securing === true;
  const code = socket?.connecting === true ? 'connect' : 'handshake';
  let waits = isConnecting ? [wait(facts, needOf('request', code, 'line'))] : none;
  for (const need of needs) {
    // It waits for neither before there is a connection.
    if (isConnecting && (need.code === 'response' || need.code === 'peerReads')) continue;
    if (need.code === 'body' && facts.response !== undefined) {
      const reads = readerWaits(facts.response);
      waits = reads.length > 0 ? [...waits, ...reads] : add(waits, wait(facts, need));
    } else waits = add(waits, requestWait(facts, need, isConnecting));
  }
  return unlessHeld(withoutSoon(waits), socket);
}

/** A peer may wait for the rest of a body that never comes. */
function responseText({ lacking }: RequestFacts): string | undefined {
  if (lacking === undefined) return undefined;
  const { given, declared } = lacking;
  return `${TEXT.response}, who may wait for more: you have ended the body after ${given} of the ${declared} bytes of its Content-Length`;
}

function requestWait(facts: RequestFacts, need: Need, isConnecting: boolean): Wait {
  switch (need.code) {
    case 'socket':
      return wait(facts, need, queueText(facts));
    case 'peerReads':
      return peerReadsWait(facts, need, facts.socket);
    case 'response':
      return wait(facts, need, responseText(facts));
    case 'endRequest':
      if (facts.corked) {
        return wait(facts, needOf('request', 'uncork', 'message'), `${TEXT.uncork} and to end the request`);
      }
      if (facts.awaitsContinue && !isConnecting) return wait(facts, needOf('request', 'continue', 'message'));
      return wait(facts, need);
    case 'unread': {
      const { response } = facts;
      // It is read in this turn.
      if (response?.reader.flowing === true) return wait(facts, needOf('request', 'soon', 'response'));
      const reader = response === undefined ? '' : readerText(response.reader);
      return wait(facts, need, `for you to read the response, which holds its socket${reader}`);
    }
    default:
      return wait(facts, need);
  }
}

/** The socket is the program's, until it is closed. */
export function handedOverWaits({ since, socket }: HandedOverFacts): Waits {
  if (socket.destroyed) return none;
  return [{ for: 'program', who: 'you', since, atLeast: false, text: TEXT.program }];
}

/** Of a message that belongs to no exchange of a connection. */
export function messageWaits(facts: MessageFacts | ResponseFacts): Waits {
  if (facts.kind === 'response') return needsOf('response', facts.state).map((need) => responseWait(facts, need));
  // The socket of its message is the program's.
  if (facts.reader.upgraded) return [wait(facts, needOf(facts.kind, 'program', 'body'))];
  return plainWaits(facts);
}
