/**
 * Holds a conversation twice, with the host's node:http and with statewire; the logs must be the same, line by line.
 * `ORACLE_ONLY=n` instead holds it n + 1 times with the host alone: a conversation whose log is not stable there says
 * nothing. `SHOW=1` prints the logs.
 */
import * as oracle from 'node:http';
import { expect } from 'vitest';
import type { Difference, DifferenceByHost } from './conversation.js';
import { asCurrent, type Hosts, isHost } from './host.js';
import { GAVE_UP, ILL_WRITTEN, type Log, render } from './log.js';
import { comparable } from './newer.js';

/** What every conversation has, whichever side it examines. */
interface Comparable {
  readonly name: string;
  readonly differs?: Difference;
  readonly differsOn?: DifferenceByHost;
}

type Run<H, C> = (http: H, conversation: C) => Promise<Log>;

const REPEATS = Number(process.env['ORACLE_ONLY'] ?? 0);

/** The implementation that is compared with the host; null when the host is to be alone. */
export const subject = REPEATS > 0 ? null : (await import('../../../src/index.js')).default;

/**
 * A function that compares one conversation, held by `run` on the subject, with the same on the host. Without a subject
 * the host is alone.
 */
export function comparing<H, C extends Comparable>(
  subject: H | null,
  run: Run<H, C>,
): (conversation: C) => Promise<void> {
  const host = oracle as unknown as H;

  async function compare(conversation: C): Promise<void> {
    if (conversation.differs?.hostDies) return expectAlone(conversation, conversation.differs);
    const asked = await run(host, conversation);
    expect(render(asked)).not.toContain(GAVE_UP);
    expect(render(asked)).not.toContain(ILL_WRITTEN);
    const differences = differencesOf(conversation);
    const expected = differences.reduce(withDifference, { ...asked, events: asCurrent(asked.events) });
    if (subject === null) return expectStable(conversation, asked);
    const answered = await run(subject, conversation);
    show(conversation, { host: asked, statewire: answered });
    expect(render(comparable(answered)), reason(differences)).toBe(render(comparable(expected)));
  }

  async function expectStable(conversation: C, first: Log): Promise<void> {
    show(conversation, { host: first });
    for (let again = 0; again < REPEATS; again++) {
      expect(render(await run(host, conversation)), `run ${again + 2} on the host`).toBe(render(first));
    }
  }

  async function expectAlone(conversation: C, differs: Difference): Promise<void> {
    if (subject === null) return;
    const answered = await run(subject, conversation);
    show(conversation, { statewire: answered });
    expect(render(answered), reason([differs])).toBe(render({ events: [], peers: {}, ...differs } as Log));
  }

  return compare;
}

/** Those that are listed for this host. */
function differencesOf({ differs, differsOn = {} }: Comparable): readonly Difference[] {
  const hosts = (Object.keys(differsOn) as Hosts[]).filter(isHost);
  return [...hosts.map((each) => differsOn[each]), differs].filter((difference) => difference !== undefined);
}

const reason = (differences: readonly Difference[]): string =>
  differences.map(({ row, why }) => `${row}: ${why}`).join(', ') || 'as the host';

/** The host's log with the listed difference in place. */
function withDifference(asked: Log, differs: Difference): Log {
  const peers = { ...asked.peers };
  for (const [name, parts] of Object.entries(differs.peers ?? {})) {
    const peer = asked.peers[name];
    if (parts === null) {
      expect(peer, `${name}: listed as a difference, and none`).toBeDefined();
      delete peers[name];
    } else {
      expectListed(parts, peer ?? {});
      peers[name] = { ...peer!, ...parts };
    }
  }
  const { events: listed = asked.events } = differs;
  const events = typeof listed === 'function' ? listed(asked.events) : listed;
  if (differs.events !== undefined) expectListed({ events }, asked);
  return { events, peers };
}

/** Each part of a listed difference is one: what the host fulfils has had its day. */
function expectListed(parts: object, asked: object): void {
  for (const [part, value] of Object.entries(parts)) {
    expect(Reflect.get(asked, part), `${part}: listed as a difference, and none`).not.toEqual(value);
  }
}

function show(conversation: Comparable, logs: Readonly<Record<string, Log>>): void {
  if (process.env['SHOW'] === undefined) return;
  for (const [who, log] of Object.entries(logs)) console.log(`${conversation.name}: ${who}\n\n${render(log)}\n`);
}
