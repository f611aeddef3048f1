/** What holds behind any program of a client. */
import { getEventListeners } from 'node:events';
import type { Asked, Link } from './client.js';
import type { Asking } from './client-acts.js';
import { common, type Laws, some } from './laws.js';
import { type Message, type Reader, readAll } from './reader.js';
import { bytesOf } from './world.js';

/** What was said on a connection, both ways. */
interface Talk {
  readonly requests: Reader;
  readonly responses: Reader;
}

function talkOf({ caller, called }: Link): Talk {
  const requests = readAll('request', bytesOf(caller), caller.socket.destroyed);
  const methodOf = (index: number) => requests.messages[index]?.head.method ?? 'GET';
  return { requests, responses: readAll('response', bytesOf(called), called.socket.destroyed, methodOf) };
}

const talks = new WeakMap<Asked, readonly Talk[]>();

function talksOf(asked: Asked): readonly Talk[] {
  const all = talks.get(asked) ?? asked.links.map(talkOf);
  talks.set(asked, all);
  return all;
}

const indexOf = ({ head }: Message): number => Number(/(\d+)(:80)?$/.exec(head.url)?.[1]);

interface Sent {
  readonly message: Message;
  readonly one: Asking;
}

/** Requests on the wire. */
const sentOf = (asked: Asked): Sent[] =>
  talksOf(asked).flatMap(({ requests }) =>
    requests.messages.flatMap((message) => {
      const one = asked.asking.find(({ index }) => index === indexOf(message));
      return one === undefined ? [] : [{ message, one }];
    }),
  );

/** What a peer has said to a request: that on the last connection which it came to. */
function saidTo(asked: Asked, { index }: Asking): Message | undefined {
  for (const { requests, responses } of talksOf(asked).toReversed()) {
    const at = requests.messages.findIndex((message) => indexOf(message) === index);
    if (at >= 0) return responses.messages.filter(({ head }) => head.statusCode >= 200)[at];
  }
  return undefined;
}

const askedOf = ({ asked }: Asking): Buffer => Buffer.concat(asked);

const startsWith = (whole: Buffer, part: Buffer): boolean => whole.subarray(0, part.length).equals(part);

/** A program that writes more or less than it says breaks its message by itself. */
function isMiscounted(one: Asking): boolean {
  const length = /content-length: (\d+)/i.exec(one.req._header ?? '')?.[1];
  return length !== undefined && Number(length) !== askedOf(one).length;
}

export const clientLaws: Laws<Asked> = {
  ...common,

  'bytes out are whole messages': (asked) =>
    some(
      talksOf(asked),
      ({ requests: { messages, error } }) => {
        const last = sentOf(asked).find(({ message }) => message === messages.at(-1));
        const isOurs = error !== undefined && !(last !== undefined && isMiscounted(last.one));
        return isOurs || messages.slice(0, -1).some(({ isWhole }) => !isWhole);
      },
      ({ requests: { error, messages } }) => String(error ?? messages.map(({ isWhole }) => isWhole)),
    ),

  'a request is sent once': (asked) =>
    some(
      asked.asking,
      (one) => sentOf(asked).filter((sent) => sent.one === one).length > (asked.plan.agent?.retryReused ? 2 : 1),
      ({ index }) => `request ${index} was sent again`,
    ),

  'a body is what was written': (asked) =>
    some(
      sentOf(asked),
      ({ message, one }) => {
        const body = askedOf(one);
        if (isMiscounted(one) || one.req.method === 'CONNECT') return false;
        return message.isWhole && one.req.writableEnded ? !body.equals(message.body) : !startsWith(body, message.body);
      },
      ({ message, one }) => `request ${one.index} has ${message.body.length} of ${askedOf(one).length} bytes`,
    ),

  "no 'finish' behind a cut": (asked) =>
    some(
      asked.asking,
      (one) =>
        one.seen.events.includes('finish') &&
        !isMiscounted(one) &&
        !sentOf(asked).some((sent) => sent.one === one && sent.message.isWhole),
      ({ index }) => `request ${index} is finished, and isn't out`,
    ),

  'a reader has what was sent': (asked) =>
    some(
      asked.asking,
      (one) =>
        one.got !== undefined && !startsWith(saidTo(asked, one)?.body ?? Buffer.alloc(0), Buffer.concat(one.got)),
      ({ index, got }) => `response ${index} has ${got?.length} chunks that were not sent so`,
    ),

  'a response that is complete is whole': (asked) =>
    some(
      asked.asking,
      (one) => {
        const said = one.res === undefined ? undefined : saidTo(asked, one);
        if (said === undefined || !one.res?.complete) return false;
        // A program that destroys its request has the rest of the response dumped.
        const isShort = one.got !== undefined && one.got.length > 0 && one.res.readableEnded && !one.res._dumped;
        return !said.isWhole || (isShort && Buffer.concat(one.got as Buffer[]).length !== said.body.length);
      },
      ({ index }) => `response ${index} is complete, and isn't`,
    ),

  'nobody waits where there is room': ({ halfway }) =>
    halfway.forgotten > 0 ? `${halfway.forgotten} agents have forgotten a request` : undefined,

  'no socket is held by a request that is over': ({ halfway }) =>
    halfway.held > 0 ? `${halfway.held} sockets` : undefined,

  'what is over on both ways closes': ({ halfway: { over, closed } }) =>
    some(
      over,
      (one) => !closed.has(one),
      ({ index }) => `request ${index}`,
    ),

  'an agent is empty': ({ agents }) =>
    some(
      agents,
      ({ requests, sockets, freeSockets, totalSocketCount }) =>
        totalSocketCount !== 0 || [requests, sockets, freeSockets].some((table) => Object.keys(table).length > 0),
      ({ requests, sockets, freeSockets, totalSocketCount }) =>
        `${[requests, sockets, freeSockets].map((table) => Object.values(table).flat().length)}, ${totalSocketCount}`,
    ),

  // An agent and a connection listen to the close of an idle socket, each once.
  'an idle socket has no listener of a request': ({ halfway: { listeners } }) =>
    listeners > 2 ? `${listeners} to one event` : undefined,

  'no listener is left': ({ asking }) =>
    some(
      asking,
      ({ controller }) => getEventListeners(controller.signal, 'abort').length > 0,
      ({ index }) => `the signal of request ${index} has one`,
    ),
};
