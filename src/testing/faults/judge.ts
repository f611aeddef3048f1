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
  /** It holds whatever is pending outside. */
  readonly isSure?: boolean;
  /** Of what is open outside: its type. */
  readonly outside?: string;
}

/** @param key what identifies it. Default: the text, without its numbers */
export const sign = (
  verdict: FaultVerdict,
  text: string,
  key = text.replace(/\d+(\.\d+)?( min| [smh]\b)?/g, '#'),
): Sign => ({ verdict, text, key: `${verdict} ${key}` });

export const hasSign = (signs: readonly Sign[], { key }: Sign): boolean => signs.some((each) => each.key === key);

export function crashes({ guard }: Scene): Sign[] {
  // Of one place, messages may differ by the data: 'Unexpected end of JSON input', 'Unterminated string in JSON at position 2'.
  return guard.crashes.map(({ what, kind, stack }) =>
    stack === undefined ? sign('crash', what) : sign('crash', `${what} (${stack})`, `${kind} ${stack}`),
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
  const { open, error } = reader;
  if (error !== undefined) {
    const last = reader.messages.at(-1);
    const whole = last?.isWhole ? fieldOf(last.head, 'content-length') : undefined;
    const text =
      whole === undefined
        ? `what the server sends is not HTTP: ${error}`
        : `the response has a Content-Length of ${whole}, and more bytes follow`;
    return [sign('bytes', text)];
  }
  if (open === undefined || isPaused || isReset) return [];
  // The program has ended it: its length was wrong. One that was destroyed is cut on purpose.
  const ended = [...misuse.responses.keys()].filter(
    (each) => each.writableFinished && !each.errored && each.req.socket === caller.called,
  );
  const length = fieldOf(open.head, 'content-length');
  const isWrong = length !== undefined && reader.messages.filter(({ isWhole }) => isWhole).length < ended.length;
  if (!isWrong) return [];
  return [sign('bytes', `the response has a Content-Length of ${length}, and ${open.bodyLength} bytes`)];
}

/** What is odd of a client that has done nothing wrong. */
export function oddities({ reader, unread, hasLeft }: Caller): string[] {
  const odd: string[] = [];
  if (unread !== undefined && !hasLeft)
    odd.push(`the server closes the connection, and the read() of step ${unread + 1} reads no response`);
  const statuses = reader.messages.map(({ head }) => head.statusCode);
  if (statuses.length > 0 && statuses.every((status) => status >= 400))
    odd.push(`there is no response but ${[...new Set(statuses)].join(', ')}: does the script fit the program?`);
  return odd;
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

/** Fewer bytes than that may be the same by chance. */
const FEW = 2;

/** Whether these are the bytes of a response that was cut, and of no other. */
export function isCut(bytes: Buffer, { bodies }: Upstream): boolean {
  const alike = bodies.filter((each) => each.bytes.length >= FEW && each.bytes.equals(bytes));
  return alike.length > 0 && !alike.some(({ isWhole }) => isWhole);
}

/** A server that has responded with a part of what it was sent. */
export function cutResponses({ reader }: Caller, upstream: Upstream): Sign[] {
  const cut = reader.messages.filter(
    ({ isWhole, head, body }) => isWhole && head.statusCode < 300 && isCut(Buffer.concat(body), upstream),
  );
  return cut.map(({ bodyLength }) =>
    sign('bytes', `a response of the upstream that was cut after ${bodyLength} bytes is sent on as if it were whole`),
  );
}

/**
 * What the peers of a program have read.
 * @param calls how many times it was called: so often it may send the same
 */
export function badRequests({ links, requests }: Upstream, calls = 1): Sign[] {
  const found: Sign[] = [];
  for (const { reader } of links) {
    if (reader.error !== undefined) found.push(sign('bytes', `what the program sends is not HTTP: ${reader.error}`));
  }
  const unserved = new Set<string>();
  const counts = new Map<string, number>();
  for (const { message, isServed } of requests) {
    const { method, url } = message.head;
    if (REPEATABLE.has(method)) continue;
    const key = `${method} ${url} ${Buffer.concat(message.body).toString('latin1')}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (unserved.has(key) && count > calls) {
      const what = `${method} ${url.split('?', 1)[0]}`;
      const text = `${what} is sent again, though the server has it whole: it may be done twice (RFC 9110 §9.2.2)`;
      found.push(sign('twice', text));
    }
    if (!isServed) unserved.add(key);
  }
  return found;
}
