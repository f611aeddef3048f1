/**
 * Every conversation, recorded and replayed: the bytes, the boundaries of writes, what is emitted and what the machines are sent are
 * equal. Exceptions are listed with their reasons.
 */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { clientConversations } from '../conversations/client/index.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { runConversation } from '../conversations/kit/run.js';
import { serverConversations } from '../conversations/server/index.js';
import { exceptions } from './exceptions.js';
import { folder, recorded, verdictsInParts, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

/** With JOURNAL=all all of them; otherwise one of so many. */
const SHARE = process.env['JOURNAL'] === 'all' ? 1 : 20;
const modes = process.env['JOURNAL'] === 'all' ? (['raw', 'heads'] as const) : (['raw'] as const);

let count = 0;
let ran = 0;
let replayed = 0;

async function hold(run: () => Promise<unknown>, bytes: 'raw' | 'heads', why: string | undefined): Promise<void> {
  const options = { bytes, redact: bytes === 'heads', keep: 96 << 20 };
  const journal = await recorded(temporary.file(), options, run);
  const verdicts = await verdictsOf(journal);
  ran++;
  replayed += journal.connections().length;
  if (why === undefined) expect([...verdicts, ...(await verdictsInParts(journal))]).toEqual([]);
  else expect(verdicts, why).not.toEqual([]);
}

function each<C extends { readonly name: string }>(
  groups: Readonly<Record<string, readonly C[]>>,
  run: (conversation: C) => Promise<unknown>,
): void {
  for (const [group, conversations] of Object.entries(groups)) {
    for (const conversation of conversations) {
      if (count++ % SHARE !== 0) continue;
      const { name } = conversation;
      for (const bytes of modes) {
        it(`${group}, ${name} (${bytes})`, () => hold(() => run(conversation), bytes, exceptions[name]));
      }
    }
  }
}

describe('a server', () => each(serverConversations, (one) => runConversation(http as never, one)));
describe('a client', () => each(clientConversations, (one) => runClientConversation(http as never, one)));

it('has replayed as many connections as that', () => {
  expect(replayed).toBeGreaterThan(ran * 0.9);
});
