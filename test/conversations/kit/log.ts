/** The log of a conversation, as text that can be compared line by line. */
import { createHash } from 'node:crypto';

/** How the connection was closed, as the peer saw it at the end of the script. */
export type Ended = 'fin' | 'reset' | 'open';

export interface PeerLog {
  /** All received bytes as latin1, with the value of each Date header replaced by `<date>`. */
  readonly received: string;
  readonly ended: Ended;
}

export interface Log {
  /** What the objects did, in order; a line begins with `object.event`, or with `>` for a call. */
  readonly events: readonly string[];
  readonly peers: Readonly<Record<string, PeerLog>>;
}

/** A log line that begins so: the script could not run to its end. */
export const GAVE_UP = 'gave up waiting for';

/** An error of the conversation's author, which may surface anywhere in the log. */
export const INVALID = 'invalid conversation:';

const LONGEST = 900;

/** A text on one line, in quotes. */
export function quote(text: string): string {
  return shorten(text, JSON.stringify);
}

/** A text in the form of `write`; a long text is shortened to its beginning, length and digest. */
export function shorten(text: string, write: (text: string) => string): string {
  if (text.length <= LONGEST) return write(text);
  const digest = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12);
  return `${write(text.slice(0, 40))}… (${text.length} in total, sha256 ${digest})`;
}

const IMF_FIXDATE = /(?<=^|\n)(Date: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/gi;

export function withoutDates(received: string): string {
  return received.replace(IMF_FIXDATE, '$1<date>');
}

/** The whole log as text: one line per event, and one per received line. */
export function render(log: Log): string {
  const lines = [...log.events];
  for (const [name, peer] of Object.entries(log.peers)) {
    const received = peer.received.split(/(?<=\n)/).filter((line) => line !== '');
    lines.push(`--- peer ${name} received`, ...received.map(quote), `--- peer ${name}: ${peer.ended}`);
  }
  return lines.join('\n');
}
