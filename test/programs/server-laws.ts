/** What holds behind any program of a server. */
import type { ParseError } from '../../src/events/wire.js';
import { common, type Laws, ofServer, some } from './laws.js';
import { fieldOf, type Message, type MethodOf, type Reader, readAll } from './reader.js';
import type { Served } from './server.js';
import { REFUSAL } from './server.js';
import type { Exchange } from './server-acts.js';
import { bytesOf } from './world.js';

const isBodyless = ({ req, res }: Exchange): boolean => req.method === 'HEAD' || [204, 304].includes(res.statusCode);

const askedOf = (exchange: Exchange): Buffer =>
  isBodyless(exchange) ? Buffer.alloc(0) : Buffer.concat(exchange.asked);

const endsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(-part.length).equals(part);

const startsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(0, part.length).equals(part);

/** A response on the wire, and whose it is; undefined for one that the server has made by itself. */
interface Answer {
  readonly message: Message;
  readonly exchange: Exchange | undefined;
}

interface Wire {
  readonly answers: readonly Answer[];
  readonly error: Error | undefined;
  readonly bytes: Buffer;
}

const isFinal = ({ head }: Message): boolean => head.statusCode >= 200 || head.statusCode === 101;

/**
 * Where the 503 of a request begins that was read with the last one of `maxRequestsPerSocket`: Node's document has it stand
 * behind a response that says close.
 */
function surplusAt({ plan }: Served, { error, messages }: Reader): number | undefined {
  const isLast = messages.filter(isFinal).length === plan.maxRequestsPerSocket;
  if (!isLast || (error as ParseError | undefined)?.code !== 'HPE_CLOSED_CONNECTION') return undefined;
  // The first byte of it has been read.
  return (error as ParseError).bytesParsed - 1;
}

function readWithSurplus(
  served: Served,
  bytes: Buffer,
  isOver: boolean,
  methodOf: MethodOf,
): Pick<Reader, 'messages' | 'error'> {
  const reader = readAll('response', bytes, isOver, methodOf);
  const at = surplusAt(served, reader);
  if (at === undefined) return reader;
  const { messages, error } = readAll('response', bytes.subarray(at), isOver);
  if (messages.some(({ head }) => head.statusCode !== 503)) return reader;
  return { messages: [...reader.messages, ...messages], error };
}

function read(served: Served, bytes: Buffer, isOver: boolean): Wire {
  const { exchanges, peer } = served;
  const exchangeOf = (message: Message): Exchange | undefined => {
    const index = fieldOf(message, 'x-index');
    return exchanges.find((exchange) => String(exchange.index) === index);
  };
  const methodOf = (_count: number, head: Message['head']): string => {
    const index = fieldOf({ head } as Message, 'x-index');
    // What has no index is the answer to an upgrade, or a refusal.
    return index === undefined
      ? head.statusCode === 200
        ? 'CONNECT'
        : 'GET'
      : (peer.requests[Number(index)]?.method ?? 'GET');
  };
  const { messages, error } = readWithSurplus(served, bytes, isOver, methodOf);
  const finals = messages.filter(isFinal);
  return { answers: finals.map((message) => ({ message, exchange: exchangeOf(message) })), error, bytes };
}

const wires = new WeakMap<Served, Wire>();

/** All that has left, read once. What a listener of 'clientError' has said stands last, and may stand where nothing else may. */
function wireOf(served: Served): Wire {
  const all = bytesOf(served.line);
  const bytes = served.faults > 0 && endsWith(all, REFUSAL) ? all.subarray(0, -REFUSAL.length) : all;
  const wire = wires.get(served) ?? read(served, bytes, served.line.socket.destroyed);
  wires.set(served, wire);
  return wire;
}

const own = (wire: Wire): (Answer & { exchange: Exchange })[] =>
  wire.answers.filter((answer): answer is Answer & { exchange: Exchange } => answer.exchange !== undefined);

/** A program that writes more or less than it says breaks its message by itself. */
function isMiscounted(exchange: Exchange): boolean {
  const length = Number(
    exchange.res.getHeader('content-length') ?? /content-length: (\d+)/i.exec(exchange.res._header ?? '')?.[1],
  );
  return !isBodyless(exchange) && !Number.isNaN(length) && length !== askedOf(exchange).length;
}

/** What only the close of the connection delimits looks whole when it is cut. */
const isDelimited = (message: Message, { res }: Exchange): boolean =>
  res.writableFinished || ['content-length', 'transfer-encoding'].some((name) => fieldOf(message, name) !== undefined);

export const serverLaws: Laws<Served> = {
  ...common,
  ...ofServer,

  'bytes out are whole messages': (served) => {
    const { error, answers } = wireOf(served);
    const last = own(wireOf(served)).at(-1)?.exchange;
    if (error !== undefined && !(last !== undefined && isMiscounted(last))) return String(error);
    return some(
      answers.slice(0, -1),
      ({ message }) => !message.isWhole,
      ({ exchange }) => `response ${exchange?.index} is cut, and another follows`,
    );
  },

  'responses leave in the order of their requests': (served) => {
    const left = own(wireOf(served)).map(({ exchange }) => exchange.index);
    const due = served.exchanges.map(({ index }) => index).slice(0, left.length);
    return String(left) === String(due) ? undefined : `${left}, and not ${due}`;
  },

  'a body is what was written': (served) =>
    some(
      own(wireOf(served)),
      ({ message, exchange }) => {
        const asked = askedOf(exchange);
        if (isMiscounted(exchange)) return !startsWith(asked, message.body);
        const isWhole = message.isWhole && exchange.res.writableEnded && isDelimited(message, exchange);
        return isWhole ? !asked.equals(message.body) : !startsWith(asked, message.body);
      },
      ({ message, exchange }) =>
        `response ${exchange.index} has ${message.body.length} of ${askedOf(exchange).length} bytes`,
    ),

  "no 'finish' behind a cut": (served) =>
    some(
      served.exchanges,
      (exchange) => {
        const isFinished = exchange.seen?.res.events.includes('finish') ?? exchange.res.writableFinished;
        const left = own(wireOf(served)).find((answer) => answer.exchange === exchange);
        return isFinished && !isMiscounted(exchange) && left?.message.isWhole !== true;
      },
      ({ index }) => `response ${index} is finished, and isn't out`,
    ),

  'a reader has what was sent': ({ exchanges, peer }) =>
    some(
      exchanges,
      ({ got, index }) =>
        got !== undefined && !peer.isSpoilt && !startsWith(peer.requests[index]!.body, Buffer.concat(got)),
      ({ index }) => `the body of request ${index} begins in its middle`,
    ),

  'a body that is complete was read to its end': ({ exchanges, peer }) =>
    some(
      exchanges,
      ({ got, index, req, isLate }) =>
        got !== undefined &&
        !isLate &&
        !peer.isSpoilt &&
        req.readableEnded &&
        req.complete &&
        got.length > 0 &&
        Buffer.concat(got).length !== peer.requests[index]!.body.length,
      ({ index }) => `request ${index} has ended without the rest of its body`,
    ),

  'nothing is lost where nothing was broken': (served) => {
    const { sent, isClosed, ended } = served.halfway;
    const isHalfOpen = served.plan.httpAllowHalfOpen;
    if (served.halfway.damage.some((what) => !(isHalfOpen && what === 'peer.end();'))) return undefined;
    const left = own(read(served, sent, isClosed));
    for (const [at, exchange] of served.exchanges.entries()) {
      const isLast = at === served.exchanges.length - 1;
      if (!ended.has(exchange) || isMiscounted(exchange) || (isLast && !exchange.req.complete)) return undefined;
      const message = left[at]?.message;
      if (message?.isWhole !== true) return `response ${exchange.index} has ended, and isn't out`;
      if (!message.head.shouldKeepAlive) return undefined;
    }
    return undefined;
  },

  'a connection that serves nobody is closed in time': ({ halfway, plan, parted }) => {
    const { isBusy, isClosed, isShunned, damage } = halfway;
    const { keepAliveTimeout, requestTimeout } = plan.options;
    const isKept = keepAliveTimeout === 0 || requestTimeout === 0 || plan.onFault === 'nothing' || parted.length > 0;
    if (isClosed || isBusy || isShunned || isKept) return undefined;
    return `it is open behind ${damage.join(', ') || 'nothing'}`;
  },
};
