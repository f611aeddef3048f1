/** What a conversation left behind, and how it is written down so that two of them can be compared line by line. */
import { createHash } from 'node:crypto';

/** How the server closed the connection, as the peer saw it when the script was over. */
export type Ended = 'fin' | 'reset' | 'open';

export interface PeerLog {
  /** Every byte that arrived, latin1, the value of each Date header replaced by `<date>`. */
  readonly received: string;
  readonly ended: Ended;
}

export interface Log {
  /** What the server's objects did, in order; the first word of a line is `object.event`, or `>` before a call. */
  readonly events: readonly string[];
  readonly peers: Readonly<Record<string, PeerLog>>;
}

/** A line of this kind means that the script could not be followed to its end. */
export const GAVE_UP = 'gave up waiting for';

/** An error of the conversation's author; it may surface anywhere in the log. */
export const ILL_WRITTEN = 'ill-written conversation:';

const LONGEST = 900;

/** A text on one line, in quotes. */
export function quote(text: string): string {
  return shorten(text, JSON.stringify);
}

/** A text as `write` writes it; of a long one the beginning, the length and the digest. */
export function shorten(text: string, write: (text: string) => string): string {
  if (text.length <= LONGEST) return write(text);
  const digest = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12);
  return `${write(text.slice(0, 40))}… (${text.length} in all, sha256 ${digest})`;
}

const IMF_FIXDATE = /(?<=^|\n)(Date: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/gi;

export function withoutDates(received: string): string {
  return received.replace(IMF_FIXDATE, '$1<date>');
}

/** The whole log as text, a line for each event and for each line of the answers. */
export function render(log: Log): string {
  const lines = [...log.events];
  for (const [name, peer] of Object.entries(log.peers)) {
    const answer = peer.received.split(/(?<=\n)/).filter((line) => line !== '');
    lines.push(`--- peer ${name} received`, ...answer.map(quote), `--- peer ${name}: ${peer.ended}`);
  }
  return lines.join('\n');
}
