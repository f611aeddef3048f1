/**
 * Runs a conversation twice, with the host's node:http and with statewire; the logs must be equal, line by line.
 * `ORACLE_ONLY=n` instead runs it n + 1 times with the host alone: a conversation whose log is not stable there proves
 * nothing. `SHOW=1` prints the logs.
 */
import * as oracle from 'node:http';
import { expect } from 'vitest';
import type { Difference, DifferenceByHost } from './conversation.js';
import { asCurrent, type Hosts, isHost } from './host.js';
import { GAVE_UP, INVALID, type Log, render } from './log.js';
import { comparable } from './newer.js';

/** What conversations of both sides have. */
interface Comparable {
  readonly name: string;
  readonly differs?: Difference;
  readonly differsOn?: DifferenceByHost;
}

type Run<H, C> = (http: H, conversation: C) => Promise<Log>;

const REPEATS = Number(process.env['ORACLE_ONLY'] ?? 0);

/** The implementation to compare with the host; null to run the host alone. */
export const subject = REPEATS > 0 ? null : (await import('../../../src/index.js')).default;

/**
 * A function that runs one conversation on the subject and on the host, and compares the logs. Without a subject it runs
 * the host alone.
 */
export function comparing<H, C extends Comparable>(
  subject: H | null,
  run: Run<H, C>,
  host = oracle as unknown as H,
): (conversation: C) => Promise<void> {
  async function compare(conversation: C): Promise<void> {
    if (conversation.differs?.hostCrashes) return expectAlone(conversation, conversation.differs);
    const hostLog = await run(host, conversation);
    expect(render(hostLog)).not.toContain(GAVE_UP);
    expect(render(hostLog)).not.toContain(INVALID);
    const differences = differencesOf(conversation);
    const expected = differences.reduce(withDifference, { ...hostLog, events: asCurrent(hostLog.events) });
    if (subject === null) return expectStable(conversation, hostLog);
    const ownLog = await run(subject, conversation);
    show(conversation, { host: hostLog, statewire: ownLog });
    expect(render(comparable(ownLog)), reason(differences)).toBe(render(comparable(expected)));
  }

  async function expectStable(conversation: C, first: Log): Promise<void> {
    show(conversation, { host: first });
    for (let again = 0; again < REPEATS; again++) {
      expect(render(await run(host, conversation)), `run ${again + 2} on the host`).toBe(render(first));
    }
  }

  async function expectAlone(conversation: C, differs: Difference): Promise<void> {
    if (subject === null) return;
    const ownLog = await run(subject, conversation);
    show(conversation, { statewire: ownLog });
    expect(render(ownLog), reason([differs])).toBe(render({ events: [], peers: {}, ...differs } as Log));
  }

  return compare;
}

/** The row whose difference is gone in the host's order of events. */
export const ORDER = 'event-order';

const inHostOrder = ({ eventsInHostOrder, ...difference }: Difference): Difference =>
  eventsInHostOrder === undefined ? difference : { ...difference, events: eventsInHostOrder };

/** The listed differences from this host. */
function differencesOf({ differs, differsOn = {} }: Comparable): readonly Difference[] {
  const hosts = (Object.keys(differsOn) as Hosts[]).filter(isHost);
  const all = [...hosts.map((each) => differsOn[each]), differs].filter((difference) => difference !== undefined);
  return subject?.eventOrder === 'host' ? all.filter(({ row }) => row !== ORDER).map(inHostOrder) : all;
}

const reason = (differences: readonly Difference[]): string =>
  differences.map(({ row, why }) => `${row}: ${why}`).join(', ') || 'as the host';

/** The host's log with the listed difference applied. */
function withDifference(hostLog: Log, differs: Difference): Log {
  const peers = { ...hostLog.peers };
  for (const [name, parts] of Object.entries(differs.peers ?? {})) {
    const peer = hostLog.peers[name];
    if (parts === null) {
      expect(peer, `${name}: listed as a difference, but the host agrees`).toBeDefined();
      delete peers[name];
    } else {
      expectListed(parts, peer ?? {});
      peers[name] = { ...peer!, ...parts };
    }
  }
  const { events: listed = hostLog.events } = differs;
  const events = typeof listed === 'function' ? listed(hostLog.events) : listed;
  if (differs.events !== undefined) expectListed({ events }, hostLog);
  return { events, peers };
}

/** Every part of a listed difference must differ: where the host agrees, the listing is obsolete. */
function expectListed(parts: object, hostLog: object): void {
  for (const [part, value] of Object.entries(parts)) {
    expect(Reflect.get(hostLog, part), `${part}: listed as a difference, but the host agrees`).not.toEqual(value);
  }
}

function show(conversation: Comparable, logs: Readonly<Record<string, Log>>): void {
  if (process.env['SHOW'] === undefined) return;
  for (const [who, log] of Object.entries(logs)) console.log(`${conversation.name}: ${who}\n\n${render(log)}\n`);
}
