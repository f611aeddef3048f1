/**
 * The major version of the Node that runs the tests, with whose node:http statewire is compared. On every version
 * statewire behaves like the current LTS line (24).
 */
export const HOST = Number.parseInt(process.versions.node, 10);

/** Major versions, as `<24`, `>=24` or `22`. */
export type Hosts = `<${number}` | `>=${number}` | `${number}`;

/** Whether the host's version matches. */
export function isHost(hosts: Hosts): boolean {
  const major = Number(hosts.replace(/^\D+/, ''));
  if (hosts.startsWith('<')) return HOST < major;
  return hosts.startsWith('>') ? HOST >= major : HOST === major;
}

const FINISH = /^re[qs]\d+\.finish$/;

/**
 * The log of a host before 24, as 24 writes it, for differences in too many conversations to list them:
 *
 * - `end-callback`: the callback of `end()` is called before 'finish', with null;
 * - `writable-finished`: `writableFinished` is false before 'finish'.
 */
export function asCurrent(events: readonly string[]): readonly string[] {
  if (HOST >= 24) return events;
  const current: string[] = [];
  for (const event of events) {
    const isEndCallback = /^callback\.\w+$/.test(event) && FINISH.test(current.at(-1) ?? '');
    if (isEndCallback) current.splice(-1, 0, `${event} null`);
    else current.push(isFinished(current, event) ? event : event.replace(' writableFinished,', ''));
  }
  return current;
}

function isFinished(current: readonly string[], event: string): boolean {
  return current.includes(event.replace(/ .*/, '.finish'));
}
