/** The laws of all programs. */
import { own } from '../../src/api/compat/own.js';
import { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import type { Server } from '../../src/api/server/Server.js';
import type { Seen, World } from './world.js';

/** Returns what is broken, in words. */
type Law<Result> = (result: Result) => string | undefined;

export type Laws<Result> = Readonly<Record<string, Law<Result>>>;

/** The first broken law. */
export function broken<Result>(laws: Laws<Result>, result: Result): string | undefined {
  for (const [name, law] of Object.entries(laws)) {
    const what = law(result);
    if (what !== undefined) return `${name}: ${what}`;
  }
  return undefined;
}

export const some = <T>(
  list: Iterable<T>,
  isBroken: (item: T) => boolean,
  describe: (item: T) => string,
): string | undefined => {
  const found = [...list].filter(isBroken);
  return found.length === 0 ? undefined : found.map(describe).join('; ');
};

const count = ({ events }: Seen, event: string): number => events.filter((one) => one === event).length;

/** The final states of the machines. */
const ends: Readonly<Record<string, RegExp>> = {
  connection: /"reading":"upgraded"|"transport":"closed"/,
  response: /"line":("closed"|\{"gone":"(closed|stranded)"\})/,
  request: /"line":\{"gone":"closed"\}/,
  clientConnection: /^"(closed|upgraded)"$/,
  server: /"watch":"resting"/,
};

const coded = (error: unknown): boolean => typeof (error as { code?: unknown } | null)?.code === 'string';
/** The error of pipe() when the response accepts no more. */
const isMiscounted = (error: unknown): boolean =>
  (error as { code?: string }).code === 'ERR_HTTP_CONTENT_LENGTH_MISMATCH';
const isWriteAfterEnd = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_STREAM_WRITE_AFTER_END';
const isPrograms = (error: unknown): boolean => ['thrown', 'boom'].includes((error as Error).message);

/** A response, or a request that the program has begun to read or paused, need not have been read to the end. */
function isUnread({ message }: Seen, { begun }: World): boolean {
  if (!(message instanceof IncomingMessage) || !message.complete || message.readableEnded || message.destroyed)
    return false;
  return message.statusCode !== null || (begun.has(message) && message.readableFlowing !== true);
}

/** `pipe()` has thrown in 'end' of what it reads, so that emits no 'close', like the host's. */
const isCutByPipe = ({ message }: Seen, { uncaught }: World): boolean =>
  message instanceof IncomingMessage && message.readableEnded && uncaught.some(isMiscounted);

export const common = {
  "each message emits 'close' once": ({ world }) =>
    some(
      world.messages,
      (seen) =>
        !world.neverClosing.has(seen.message) &&
        !isCutByPipe(seen, world) &&
        count(seen, 'close') !== (isUnread(seen, world) ? 0 : 1),
      (seen) => `${seen.name} emits ${seen.events.join(', ')}`,
    ),

  // Only a later end() still emits 'prefinish', as in Node.
  "'close' is the last event": ({ world }) =>
    some(
      world.messages,
      ({ events }) => events.includes('close') && events.filter((event) => event !== 'prefinish').at(-1) !== 'close',
      ({ name, events }) => `${name} emits ${events.join(', ')}`,
    ),

  "'finish', 'prefinish', 'end' and 'aborted' are emitted at most once": ({ world }) =>
    some(
      world.messages,
      (seen) => ['finish', 'prefinish', 'end', 'aborted'].some((event) => count(seen, event) > 1),
      ({ name, events }) => `${name} emits ${events.join(', ')}`,
    ),

  'each callback is called once': ({ world }) =>
    some(
      world.callbacks,
      ({ calls, isVoid, about }) =>
        isVoid || about.some((message) => world.disturbed.has(message)) ? calls > 1 : calls !== 1,
      ({ name, calls }) => `${name}: ${calls} times`,
    ),

  'a callback of what was sent has no error': ({ world }) =>
    some(
      world.callbacks,
      ({ of, isTimely, error }) =>
        isTimely &&
        (error as { code?: string } | null | undefined)?.code === 'ERR_STREAM_DESTROYED' &&
        world.messages.some(({ message, events }) => message === of && events.includes('finish')),
      ({ name, error }) => `${name}: ${error}`,
    ),

  'a thrown error comes from the program, or has a code': ({ world }) =>
    some(
      world.thrown,
      (error) => !coded(error) && !isPrograms(error),
      (error) => String((error as Error).stack),
    ),

  'each thrown error surfaces once, and no other error does': ({
    world: { thrown, swallowed, uncaught, isWatched },
  }) => {
    const isDue = (error: unknown) =>
      thrown.has(error) || isMiscounted(error) || (!isWatched && isWriteAfterEnd(error));
    const surplus = uncaught.filter((error, index) => !isDue(error) || uncaught.indexOf(error) !== index);
    const lost = [...thrown].filter((error) => !uncaught.includes(error) && !swallowed.has(error));
    return some(
      [...surplus, ...lost],
      () => true,
      (error) => `${lost.includes(error) ? 'lost' : 'uncaught'}: ${(error as Error).stack}`,
    );
  },

  'nothing is wrong at any moment': ({ world }) => world.alarms[0],

  'no timer is left': ({ world }) => (world.timers > 0 ? `${world.timers} timers` : undefined),

  'no actor is left': ({ world }) =>
    some(
      world.actors.values(),
      ({ chart, state }) => !(ends[chart]?.test(JSON.stringify(state)) ?? true),
      ({ chart, state }) => `${chart} in ${JSON.stringify(state)}`,
    ),
} satisfies Laws<{ readonly world: World }>;

export const ofServer = {
  'no connection is left': ({ server }) =>
    server[own].connections.size > 0 ? `${server[own].connections.size} connections` : undefined,
} satisfies Laws<{ readonly server: Server }>;
