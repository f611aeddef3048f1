/** The laws of server programs. */
import type { ParseError } from '../../src/events/wire.js';
import { common, type Laws, ofServer, some } from './laws.js';
import { fieldOf, type Message, type MethodOf, type Reader, readAll } from './reader.js';
import type { ServerResult } from './server.js';
import { REFUSAL } from './server.js';
import type { Exchange } from './server-acts.js';
import { bytesOf } from './world.js';

const isBodyless = ({ req, res }: Exchange): boolean => req.method === 'HEAD' || [204, 304].includes(res.statusCode);

const writtenOf = (exchange: Exchange): Buffer =>
  isBodyless(exchange) ? Buffer.alloc(0) : Buffer.concat(exchange.written);

const endsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(-part.length).equals(part);

const startsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(0, part.length).equals(part);

/** A sent response and its exchange; undefined for a response created by the server itself. */
interface SentResponse {
  readonly message: Message;
  readonly exchange: Exchange | undefined;
  /** 100 Continue came before it. */
  readonly isContinued: boolean;
}

interface Wire {
  readonly responses: readonly SentResponse[];
  readonly error: Error | undefined;
  readonly bytes: Buffer;
}

const isFinal = ({ head }: Message): boolean => head.statusCode >= 200 || head.statusCode === 101;

const isAfterClose = (error: Error | undefined): error is ParseError =>
  (error as ParseError | undefined)?.code === 'HPE_CLOSED_CONNECTION';

/** By Node's documentation, others may follow the response with "Connection: close" that `maxRequestsPerSocket` demands. */
function readResponses(
  { plan, peer }: ServerResult,
  bytes: Buffer,
  isOver: boolean,
  methodOf: MethodOf,
): Pick<Reader, 'messages' | 'error'> {
  const messages: Message[] = [];
  for (let rest = bytes; ; ) {
    const before = messages.filter(isFinal).length;
    const ofDropped = (count: number) => peer.requests[before + count]?.method ?? 'GET';
    const reader = readAll('response', rest, isOver, (count, head) =>
      head.statusCode === 503 ? ofDropped(count) : methodOf(count, head),
    );
    messages.push(...reader.messages);
    const { error } = reader;
    if (plan.maxRequestsPerSocket === 0 || !isAfterClose(error)) return { messages, error };
    // Its first byte has been read.
    rest = rest.subarray(error.bytesParsed - 1);
  }
}

function read(result: ServerResult, bytes: Buffer, isOver: boolean): Wire {
  const { exchanges, peer } = result;
  const exchangeOf = (message: Message): Exchange | undefined => {
    const index = fieldOf(message, 'x-index');
    return exchanges.find((exchange) => String(exchange.index) === index);
  };
  const methodOf = (_count: number, head: Message['head']): string => {
    const index = fieldOf({ head } as Message, 'x-index');
    // A response without an index is to an upgrade, or an error response.
    return index === undefined
      ? head.statusCode === 200
        ? 'CONNECT'
        : 'GET'
      : (peer.requests[Number(index)]?.method ?? 'GET');
  };
  const { messages, error } = readResponses(result, bytes, isOver, methodOf);
  const responses = messages.flatMap((message, at): SentResponse[] => {
    if (!isFinal(message)) return [];
    const begin = messages.slice(0, at).findLastIndex(isFinal) + 1;
    const isContinued = messages.slice(begin, at).some(({ head }) => head.statusCode === 100);
    return [{ message, exchange: exchangeOf(message), isContinued }];
  });
  return { responses, error, bytes };
}

const wires = new WeakMap<ServerResult, Wire>();

/** Everything sent, parsed once. What a 'clientError' listener has sent comes last, and may come where nothing else may. */
function wireOf(result: ServerResult): Wire {
  const all = bytesOf(result.line);
  const bytes = result.faults > 0 && endsWith(all, REFUSAL) ? all.subarray(0, -REFUSAL.length) : all;
  const wire = wires.get(result) ?? read(result, bytes, result.line.socket.destroyed);
  wires.set(result, wire);
  return wire;
}

const own = (wire: Wire): (SentResponse & { exchange: Exchange })[] =>
  wire.responses.filter(
    (response): response is SentResponse & { exchange: Exchange } => response.exchange !== undefined,
  );

/** A program that writes more or less than its Content-Length breaks its own message. */
function isMiscounted(exchange: Exchange): boolean {
  const length = Number(
    exchange.res.getHeader('content-length') ?? /content-length: (\d+)/i.exec(exchange.res._header ?? '')?.[1],
  );
  return !isBodyless(exchange) && !Number.isNaN(length) && length !== writtenOf(exchange).length;
}

/** A body delimited only by close looks complete when it is cut. */
const isDelimited = (message: Message, { res }: Exchange): boolean =>
  res.writableFinished || ['content-length', 'transfer-encoding'].some((name) => fieldOf(message, name) !== undefined);

export const serverLaws: Laws<ServerResult> = {
  ...common,
  ...ofServer,

  'sent bytes are complete messages': (result) => {
    const { error, responses } = wireOf(result);
    const last = own(wireOf(result)).at(-1)?.exchange;
    if (error !== undefined && !(last !== undefined && isMiscounted(last))) return String(error);
    return some(
      responses.slice(0, -1),
      ({ message }) => !message.isWhole,
      ({ exchange }) => `response ${exchange?.index} is cut, but another follows`,
    );
  },

  'responses are sent in request order': (result) => {
    const left = own(wireOf(result)).map(({ exchange }) => exchange.index);
    const due = result.exchanges.map(({ index }) => index).slice(0, left.length);
    return String(left) === String(due) ? undefined : `${left} instead of ${due}`;
  },

  'a sent body is what was written': (result) =>
    some(
      own(wireOf(result)),
      ({ message, exchange }) => {
        const written = writtenOf(exchange);
        if (isMiscounted(exchange)) return !startsWith(written, message.body);
        const isWhole = message.isWhole && exchange.res.writableEnded && isDelimited(message, exchange);
        return isWhole ? !written.equals(message.body) : !startsWith(written, message.body);
      },
      ({ message, exchange }) =>
        `response ${exchange.index} has ${message.body.length} of ${writtenOf(exchange).length} bytes`,
    ),

  "a cut message has no 'finish'": (result) =>
    some(
      result.exchanges,
      (exchange) => {
        const isFinished = exchange.seen?.res.events.includes('finish') ?? exchange.res.writableFinished;
        const left = own(wireOf(result)).find((response) => response.exchange === exchange);
        return isFinished && !isMiscounted(exchange) && left?.message.isWhole !== true;
      },
      ({ index }) => `response ${index} has finished, but was not sent completely`,
    ),

  'a reader receives what was sent': ({ exchanges, peer }) =>
    some(
      exchanges,
      ({ got, index }) =>
        got !== undefined && !peer.isCorrupted && !startsWith(peer.requests[index]!.body, Buffer.concat(got)),
      ({ index }) => `the body of request ${index} differs from what was sent`,
    ),

  'a complete body was read to its end': ({ exchanges, peer }) =>
    some(
      exchanges,
      ({ got, index, req, isDumped }) =>
        got !== undefined &&
        !isDumped &&
        !peer.isCorrupted &&
        req.readableEnded &&
        req.complete &&
        got.length > 0 &&
        Buffer.concat(got).length !== peer.requests[index]!.body.length,
      ({ index }) => `request ${index} has ended without the rest of its body`,
    ),

  'nothing is lost without damage': (result) => {
    const { sent, isClosed, ended } = result.snapshot;
    const isHalfOpen = result.plan.httpAllowHalfOpen;
    if (result.snapshot.damage.some((what) => !(isHalfOpen && what === 'peer.end();'))) return undefined;
    const left = own(read(result, sent, isClosed));
    for (const [at, exchange] of result.exchanges.entries()) {
      const isLast = at === result.exchanges.length - 1;
      if (!ended.has(exchange) || isMiscounted(exchange) || (isLast && !exchange.req.complete)) return undefined;
      const message = left[at]?.message;
      if (message?.isWhole !== true) return `response ${exchange.index} has ended, but was not sent completely`;
      if (!message.head.shouldKeepAlive) return undefined;
    }
    return undefined;
  },

  'the last response ends the connection': (result) =>
    result.plan.maxRequestsPerSocket > 0 || result.snapshot.isShut
      ? undefined
      : some(
          own(read(result, result.snapshot.sent, false)),
          ({ message, exchange }) =>
            message.isWhole && fieldOf(message, 'connection') === 'close' && exchange.res.writableFinished,
          ({ exchange }) => `response ${exchange.index} is the last, and the connection is open`,
        ),

  'each request is handed out': (result) => {
    const { plan, peer, exchanges, snapshot } = result;
    const { keepAliveTimeout } = plan.options;
    // A peer pauses for less.
    const isPatient = (keepAliveTimeout === 0 || (keepAliveTimeout as number) >= 4000) && plan.timeout === 0;
    const isCalm = isPatient && plan.maxRequestsPerSocket === 0 && !peer.isCorrupted && snapshot.damage.length === 0;
    if (!isCalm || snapshot.isShut || snapshot.isUnaware || result.world.paused.has(result.line.socket))
      return undefined;
    const left = own(read(result, snapshot.sent, false));
    const isDone = exchanges.every(
      ({ index, req, res }) =>
        req.complete &&
        left.some(
          ({ message, exchange }) =>
            exchange.index === index && message.isWhole && message.head.shouldKeepAlive && res.writableFinished,
        ),
    );
    const next = peer.requests[exchanges.length];
    const isOrdinary = (text: string): boolean => /^(GET|HEAD|POST)/.test(text) && !/expect|upgrade/i.test(text);
    if (!isDone || next === undefined) return undefined;
    const isLost = peer.requests.slice(0, exchanges.length + 1).every(({ text }) => isOrdinary(text));
    return isLost ? `request ${exchanges.length} never came` : undefined;
  },

  'a client that waits for 100 Continue gets it': (result) =>
    result.plan.listens.includes('checkContinue')
      ? undefined
      : some(
          own(wireOf(result)),
          ({ exchange, isContinued }) => exchange.req.headers.expect === '100-continue' && !isContinued,
          ({ exchange }) => `response ${exchange.index}`,
        ),

  'a socket that leaves HTTP has no listener of ours, and all that follows': ({ handedOver, peer, caller }) =>
    some(
      handedOver,
      ({ index, listeners, got }) => {
        const before = peer.requests.slice(0, index + 1).map(({ text }) => text);
        const head = before.at(-1)?.indexOf('\r\n\r\n') ?? 0;
        const begin = before.slice(0, -1).join('').length + head + 4;
        return listeners > 0 || (!peer.isCorrupted && !startsWith(bytesOf(caller).subarray(begin), Buffer.concat(got)));
      },
      ({ index, listeners }) => `that of request ${index}: ${listeners} listeners`,
    ),

  'a socket that leaves HTTP gets all that has come': ({ handedOver, peer, snapshot, world, line }) => {
    if (peer.isCorrupted || snapshot.damage.length > 0 || world.paused.has(line.socket)) return undefined;
    return some(
      handedOver,
      ({ index, got }) => {
        const before = peer.requests.slice(0, index + 1).map(({ text }) => text);
        const begin = before.slice(0, -1).join('').length + before.at(-1)!.indexOf('\r\n\r\n') + 4;
        return Buffer.concat(got).length !== line.socket.bytesRead - begin;
      },
      ({ index, got }) => `request ${index} is followed by ${Buffer.concat(got).length} bytes`,
    );
  },

  'a request that FIN cuts closes': ({ snapshot: { uncut } }) =>
    some(
      uncut,
      () => true,
      ({ index }) => `request ${index} goes on`,
    ),

  'a request that is late closes': ({ snapshot: { late } }) =>
    some(
      late,
      () => true,
      ({ index }) => `request ${index} goes on`,
    ),

  'a connection that nobody uses is read': ({ snapshot: { isDeaf } }) => (isDeaf ? 'it is paused' : undefined),

  'a response accepts more when its socket has drained': ({ snapshot: { full } }) =>
    some(
      full,
      () => true,
      ({ index }) => `response ${index} is full`,
    ),

  'an idle connection is closed in time': ({ snapshot, plan, handedOver }) => {
    const { isBusy, isClosed, isUnaware, damage } = snapshot;
    const { keepAliveTimeout, requestTimeout } = plan.options;
    const isKept =
      keepAliveTimeout === 0 || requestTimeout === 0 || plan.onFault === 'nothing' || handedOver.length > 0;
    if (isClosed || isBusy || isUnaware || isKept) return undefined;
    return `it is open after ${damage.join(', ') || 'no damage'}`;
  },
};
