/**
 * The Node that this runs on, whose node:http is what statewire is compared with. statewire does what the current LTS line
 * does (24), on each of them.
 */
export const HOST = Number.parseInt(process.versions.node, 10);

/** Major versions, as `<24`, `>=24` or `22`. */
export type Hosts = `<${number}` | `>=${number}` | `${number}`;

/** Whether the host is one of them. */
export function isHost(hosts: Hosts): boolean {
  const major = Number(hosts.replace(/^\D+/, ''));
  if (hosts.startsWith('<')) return HOST < major;
  return hosts.startsWith('>') ? HOST >= major : HOST === major;
}

const FINISH = /^re[qs]\d+\.finish$/;

/**
 * What a host before 24 has told, as 24 tells it, for what is in so many conversations that these don't list it:
 *
 * - `end-callback`: the callback of `end()` is called in front of 'finish', with null;
 * - `writable-finished`: `writableFinished` is not true before.
 */
export function asCurrent(events: readonly string[]): readonly string[] {
  if (HOST >= 24) return events;
  const told: string[] = [];
  for (const event of events) {
    const isEndCallback = /^callback\.\w+$/.test(event) && FINISH.test(told.at(-1) ?? '');
    if (isEndCallback) told.splice(-1, 0, `${event} null`);
    else told.push(isFinished(told, event) ? event : event.replace(' writableFinished,', ''));
  }
  return told;
}

function isFinished(told: readonly string[], event: string): boolean {
  return told.includes(event.replace(/ .*/, '.finish'));
}
