/**
 * Every conversation is held twice, with the host's node:http and with statewire, and the logs must be the same, line
 * by line. `ORACLE_ONLY=n` instead holds each n + 1 times with the host alone: a conversation whose log is not stable
 * there says nothing. `SHOW=1` prints the logs.
 */
import * as oracle from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Conversation, Difference } from './kit/conversation.js';
import { GAVE_UP, ILL_WRITTEN, type Log, render } from './kit/log.js';
import { type Http, runConversation } from './kit/run.js';
import { serverConversations } from './server/index.js';

const REPEATS = Number(process.env['ORACLE_ONLY'] ?? 0);
const statewire = async () => (await import('../../src/index.js')) as unknown as Http;
const subject: Http = REPEATS > 0 ? oracle : await statewire();

for (const [group, conversations] of Object.entries(serverConversations)) {
  describe(group, () => {
    for (const conversation of conversations) it(conversation.name, () => compare(conversation));
  });
}

async function compare(conversation: Conversation): Promise<void> {
  if (conversation.differs?.hostDies) return expectAlone(conversation, conversation.differs);
  const asked = await runConversation(oracle, conversation);
  expect(render(asked)).not.toContain(GAVE_UP);
  expect(render(asked)).not.toContain(ILL_WRITTEN);
  if (REPEATS > 0) await expectStable(conversation, asked);
  else await expectSame(conversation, asked);
}

async function expectStable(conversation: Conversation, first: Log): Promise<void> {
  for (let run = 0; run < REPEATS; run++) {
    expect(render(await runConversation(oracle, conversation)), `run ${run + 2} on the host`).toBe(render(first));
  }
  show(conversation, { host: first });
}

async function expectSame(conversation: Conversation, asked: Log): Promise<void> {
  const answered = await runConversation(subject, conversation);
  const expected = withDifference(asked, conversation.differs);
  show(conversation, { host: asked, statewire: answered });
  expect(render(answered), reason(conversation.differs)).toBe(render(expected));
}

async function expectAlone(conversation: Conversation, differs: Difference): Promise<void> {
  if (subject === oracle) return;
  const answered = await runConversation(subject, conversation);
  show(conversation, { statewire: answered });
  expect(render(answered), reason(differs)).toBe(render({ events: [], peers: {}, ...differs } as Log));
}

const reason = (differs?: Difference): string => (differs ? `${differs.row}: ${differs.why}` : 'as the host');

/** The host's log with the listed difference in place. */
function withDifference(asked: Log, differs: Difference | undefined): Log {
  if (differs === undefined) return asked;
  const peers = { ...asked.peers };
  for (const [name, parts] of Object.entries(differs.peers ?? {})) {
    expectListed(parts, asked.peers[name]!);
    peers[name] = { ...asked.peers[name]!, ...parts };
  }
  const { events = asked.events } = differs;
  if (differs.events !== undefined) expectListed({ events }, asked);
  return { events, peers };
}

/** Each part of a listed difference is one: what the host fulfils has had its day. */
function expectListed(parts: object, asked: object): void {
  for (const [part, value] of Object.entries(parts)) {
    expect(Reflect.get(asked, part), `${part}: listed as a difference, and none`).not.toEqual(value);
  }
}

function show(conversation: Conversation, logs: Readonly<Record<string, Log>>): void {
  if (process.env['SHOW'] === undefined) return;
  for (const [who, log] of Object.entries(logs)) console.log(`${conversation.name}: ${who}\n\n${render(log)}\n`);
}
