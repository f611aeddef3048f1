/** When and by what call a head has left, for those who come too late with a field. */
import { headersSent, hideFrames } from '../compat/errors.js';
import { own } from '../compat/own.js';
import { type HistoryChange, type Subject, withStory } from '../process/story.js';

/** What became of a head: it was handed over, not only fixed; it waits for a socket or for its turn. */
interface Handed {
  readonly isSent: boolean;
  readonly waits: boolean;
  readonly hasBody: boolean;
}

/** By what a message has changed, and what it has handed over. */
export function headText(changes: readonly HistoryChange[], { isSent, waits, hasBody }: Handed): string {
  const at = changes.findLastIndex(({ event }) => event === 'user.head');
  const fixed = changes[at];
  if (fixed === undefined) return isSent && !waits ? 'the head has left' : 'the head is fixed';
  const ago = `${fixed.before} ms before`;
  if (!isSent) return `the head was fixed ${ago}, by writeHead()`;
  if (waits) return `the head was fixed ${ago}, and waits to leave`;
  const end = changes.slice(at).find(({ event }) => event === 'user.end');
  if (end === undefined) return `the head was fixed ${ago}, and has left by ${hasBody ? 'write()' : 'flushHeaders()'}`;
  if (end.before === fixed.before) return `the head left ${ago}, by end()`;
  return `the head was fixed ${ago}, and has left, at the latest by end(), ${end.before} ms before`;
}

type Hidden = (...args: never[]) => unknown;

/** ERR_HTTP_HEADERS_SENT. @param hidden the stack begins above it; by default with the caller */
export function headHasLeft(message: object, verb: string, hidden: Hidden = headHasLeft): Error {
  const error = hideFrames(headersSent(verb), hidden);
  const { [own]: host } = message as { readonly [own]?: { aboutHead?(): Subject } };
  return host?.aboutHead === undefined ? error : withStory(error, () => host.aboutHead!());
}
