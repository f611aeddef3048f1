/** The laws of client programs. */
import { getEventListeners } from 'node:events';
import type { ClientRun, Link } from './client.js';
import type { ClientExchange } from './client-acts.js';
import { common, type Laws, some } from './laws.js';
import { type Message, type Reader, readAll } from './reader.js';
import { bytesOf } from './world.js';

/** The messages on a connection, in both directions. */
interface ConnectionLog {
  readonly requests: Reader;
  readonly responses: Reader;
}

function connectionLogOf({ caller, called }: Link): ConnectionLog {
  const requests = readAll('request', bytesOf(caller), caller.socket.destroyed);
  const methodOf = (index: number) => requests.messages[index]?.head.method ?? 'GET';
  return { requests, responses: readAll('response', bytesOf(called), called.socket.destroyed, methodOf) };
}

const logs = new WeakMap<ClientRun, readonly ConnectionLog[]>();

function connectionLogsOf(run: ClientRun): readonly ConnectionLog[] {
  const all = logs.get(run) ?? run.links.map(connectionLogOf);
  logs.set(run, all);
  return all;
}

const indexOf = ({ head }: Message): number => Number(/(\d+)(:80)?$/.exec(head.url)?.[1]);

interface Sent {
  readonly message: Message;
  readonly one: ClientExchange;
}

/** The requests that were sent. */
const sentOf = (run: ClientRun): Sent[] =>
  connectionLogsOf(run).flatMap(({ requests }) =>
    requests.messages.flatMap((message) => {
      const one = run.exchanges.find(({ index }) => index === indexOf(message));
      return one === undefined ? [] : [{ message, one }];
    }),
  );

/** The peer's response to a request, on the last connection that carried it. */
function responseTo(run: ClientRun, { index }: ClientExchange): Message | undefined {
  for (const { requests, responses } of connectionLogsOf(run).toReversed()) {
    const at = requests.messages.findIndex((message) => indexOf(message) === index);
    if (at >= 0) return responses.messages.filter(({ head }) => head.statusCode >= 200)[at];
  }
  return undefined;
}

const writtenOf = ({ written }: ClientExchange): Buffer => Buffer.concat(written);

const startsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(0, part.length).equals(part);

/** A program that writes more or less than its Content-Length breaks its own message. */
function isMiscounted(one: ClientExchange): boolean {
  const length = /content-length: (\d+)/i.exec(one.req._header ?? '')?.[1];
  return length !== undefined && Number(length) !== writtenOf(one).length;
}

export const clientLaws: Laws<ClientRun> = {
  ...common,

  'sent bytes are complete messages': (run) =>
    some(
      connectionLogsOf(run),
      ({ requests: { messages, error } }) => {
        const last = sentOf(run).find(({ message }) => message === messages.at(-1));
        const isOurs = error !== undefined && !(last !== undefined && isMiscounted(last.one));
        return isOurs || messages.slice(0, -1).some(({ isWhole }) => !isWhole);
      },
      ({ requests: { error, messages } }) => String(error ?? messages.map(({ isWhole }) => isWhole)),
    ),

  'a request is sent once': (run) =>
    some(
      run.exchanges,
      (one) => sentOf(run).filter((sent) => sent.one === one).length > (run.plan.agent?.retryReused ? 2 : 1),
      ({ index }) => `request ${index} was sent twice`,
    ),

  'a sent body is what was written': (run) =>
    some(
      sentOf(run),
      ({ message, one }) => {
        const body = writtenOf(one);
        if (isMiscounted(one) || one.req.method === 'CONNECT') return false;
        return message.isWhole && one.req.writableEnded ? !body.equals(message.body) : !startsWith(body, message.body);
      },
      ({ message, one }) => `request ${one.index} has ${message.body.length} of ${writtenOf(one).length} bytes`,
    ),

  "a cut message has no 'finish'": (run) =>
    some(
      run.exchanges,
      (one) =>
        one.seen.events.includes('finish') &&
        !isMiscounted(one) &&
        !sentOf(run).some((sent) => sent.one === one && sent.message.isWhole),
      ({ index }) => `request ${index} has finished, but was not sent completely`,
    ),

  'a reader receives what was sent': (run) =>
    some(
      run.exchanges,
      (one) =>
        one.got !== undefined && !startsWith(responseTo(run, one)?.body ?? Buffer.alloc(0), Buffer.concat(one.got)),
      ({ index, got }) => `the ${got?.length} chunks of response ${index} differ from what was sent`,
    ),

  'a response with complete true is complete': (run) =>
    some(
      run.exchanges,
      (one) => {
        const response = one.res === undefined ? undefined : responseTo(run, one);
        if (response === undefined || !one.res?.complete) return false;
        // If a program destroys its request, the rest of the response is dumped.
        const isShort = one.got !== undefined && one.got.length > 0 && one.res.readableEnded && !one.res._dumped;
        return !response.isWhole || (isShort && Buffer.concat(one.got as Buffer[]).length !== response.body.length);
      },
      ({ index }) => `response ${index} has complete true, but is incomplete`,
    ),

  'no request waits while there is room': ({ snapshot }) =>
    snapshot.stalled > 0 ? `${snapshot.stalled} agents have stalled requests` : undefined,

  'a finished request holds no socket': ({ snapshot }) =>
    snapshot.inUse > 0 ? `${snapshot.inUse} sockets` : undefined,

  'a socket in use has a request': ({ snapshot }) => (snapshot.unused > 0 ? `${snapshot.unused} have none` : undefined),

  'a connection that nobody has is closed': ({ snapshot }) =>
    snapshot.stray > 0 ? `${snapshot.stray} are open` : undefined,

  'a connection on which something came unasked is closed': ({ snapshot }) =>
    snapshot.spoilt > 0 ? `${snapshot.spoilt} are open` : undefined,

  'a request that is finished in both directions closes': ({ snapshot: { over, closed } }) =>
    some(
      over,
      (one) => !closed.has(one),
      ({ index }) => `request ${index}`,
    ),

  'an agent ends empty': ({ agents }) =>
    some(
      agents,
      ({ requests, sockets, freeSockets, totalSocketCount }) =>
        totalSocketCount !== 0 || [requests, sockets, freeSockets].some((table) => Object.keys(table).length > 0),
      ({ requests, sockets, freeSockets, totalSocketCount }) =>
        `${[requests, sockets, freeSockets].map((table) => Object.values(table).flat().length)}, ${totalSocketCount}`,
    ),

  // The agent and the connection each have one 'close' listener on an idle socket.
  'an idle socket has no listener of a request': ({ snapshot: { listeners } }) =>
    listeners > 2 ? `${listeners} listeners of one event` : undefined,

  'no listener is left': ({ exchanges }) =>
    some(
      exchanges,
      ({ controller }) => getEventListeners(controller.signal, 'abort').length > 0,
      ({ index }) => `the signal of request ${index} has a listener`,
    ),
};
