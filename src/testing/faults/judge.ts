/** The verdicts on one run. */
import type { ServerResponse } from '../../api/server/ServerResponse.js';
import type { Caller } from './caller.js';
import { fieldOf } from './reader.js';
import type { Scene } from './scene.js';
import type { Upstream } from './upstream.js';

/**
 * What is wrong: `hang`: what the program has to do, it doesn't do. `leak`: something is left of an exchange that is over. `crash`:
 * the process would have ended. `twice`: a second response, or the same request again. `bytes`: what was sent is not HTTP. `late`:
 * the program writes on when the peer has gone.
 */
export type FaultVerdict = 'hang' | 'leak' | 'crash' | 'twice' | 'bytes' | 'late';

export const VERDICTS: readonly FaultVerdict[] = ['hang', 'leak', 'crash', 'twice', 'bytes', 'late'];

/** A verdict on a run, with its reason. */
export interface Sign {
  readonly verdict: FaultVerdict;
  /** In words. */
  readonly text: string;
  /** Equal ones are one finding. */
  readonly key: string;
}

/** @param key what identifies it. Default: the text, without its numbers */
export const sign = (
  verdict: FaultVerdict,
  text: string,
  key = text.replace(/\d+(\.\d+)?( min| [smh]\b)?/g, '#'),
): Sign => ({ verdict, text, key: `${verdict} ${key}` });

export const hasSign = (signs: readonly Sign[], { key }: Sign): boolean => signs.some((each) => each.key === key);

export function crashes({ guard }: Scene): Sign[] {
  return guard.crashes.map(({ what, stack }) =>
    stack === undefined
      ? sign('crash', what)
      : sign('crash', `${what} (${stack})`, `${sign('crash', what).key} ${stack}`),
  );
}

const nameOf = (response: ServerResponse): string => {
  const { method, url } = response.req as { method?: string; url?: string };
  return `${method} ${String(url).split('?', 1)[0]}`;
};

/** So many turns with writes are no accident. */
const OFTEN = 3;

export function misuses({ misuse }: Scene): Sign[] {
  const found: Sign[] = [];
  for (const [response, { twice, late }] of misuse.responses) {
    if (twice !== undefined) found.push(sign('twice', `${nameOf(response)} is responded to twice: ${twice}`));
    if (late.size >= OFTEN)
      found.push(sign('late', `${nameOf(response)} is written to again and again, after its connection was closed`));
    const waited = misuse.waitedOf(response);
    if (waited > 0) {
      const size = (waited / 1024 / 1024).toFixed(1);
      const text = `${nameOf(response)} is written to in spite of write() === false: ${size} MiB wait in its socket`;
      found.push(sign('leak', text));
    }
  }
  return found;
}

/** What the peer of a server has read. */
export function badResponses(caller: Caller, { misuse }: Scene): Sign[] {
  const { reader, isPaused, isReset } = caller;
  if (reader.error !== undefined) return [sign('bytes', `what the server sends is not HTTP: ${reader.error}`)];
  const { open } = reader;
  if (open === undefined || isPaused || isReset) return [];
  // The program has ended it: its length was wrong. One that was destroyed is cut on purpose.
  const ended = [...misuse.responses.keys()].filter((each) => each.writableFinished && !each.errored);
  const length = fieldOf(open.head, 'content-length');
  const isWrong = length !== undefined && reader.messages.filter(({ isWhole }) => isWhole).length < ended.length;
  if (!isWrong) return [];
  return [sign('bytes', `the response has a Content-Length of ${length}, and ${open.bodyLength} bytes`)];
}

/** Timers of the program that run. */
export interface Timers {
  readonly repeated: number;
  readonly once: number;
}

/** Timers that have been added. All others of `setTimeout()` have fired by now. */
export function timersLeft(before: Timers, after: Timers, since: string): Sign[] {
  const found: string[] = [];
  if (after.repeated > before.repeated) found.push('a timer of setInterval()');
  if (after.once > before.once) found.push('a timer that starts itself again');
  return found.map((what) => sign('leak', `${what} goes on after ${since}`));
}

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What the peers of a client have read. */
export function badRequests({ links, requests }: Upstream): Sign[] {
  const found: Sign[] = [];
  for (const { reader } of links) {
    if (reader.error !== undefined) found.push(sign('bytes', `what the client sends is not HTTP: ${reader.error}`));
  }
  const unserved = new Set<string>();
  for (const { message, isServed } of requests) {
    const { method, url } = message.head;
    if (REPEATABLE.has(method)) continue;
    const key = `${method} ${url} ${Buffer.concat(message.body).toString('latin1')}`;
    if (unserved.has(key)) {
      const what = `${method} ${url.split('?', 1)[0]}`;
      const text = `${what} is sent again, though the server has it whole: it may be done twice (RFC 9110 §9.2.2)`;
      found.push(sign('twice', text));
    }
    if (!isServed) unserved.add(key);
  }
  return found;
}
