/**
 * Every conversation, recorded and replayed: the bytes, the boundaries of writes, what is emitted and what the machines are sent are
 * equal. Exceptions are listed with their reasons.
 */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { replay } from '../../src/journal/index.js';
import { clientConversations } from '../conversations/client/index.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { runConversation } from '../conversations/kit/run.js';
import { serverConversations } from '../conversations/server/index.js';
import { exceptions } from './exceptions.js';
import { folder, recorded } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

/** All of them with JOURNAL=all; otherwise one of so many, each run another share of them. */
const SHARE = process.env['JOURNAL'] === 'all' ? 1 : 12;
const modes = process.env['JOURNAL'] === 'all' ? (['raw', 'heads'] as const) : (['raw'] as const);

let count = 0;

function each<C extends { readonly name: string }>(
  groups: Readonly<Record<string, readonly C[]>>,
  run: (conversation: C) => Promise<unknown>,
): void {
  for (const [group, conversations] of Object.entries(groups)) {
    describe(group, () => {
      for (const conversation of conversations) {
        if (count++ % SHARE !== 0) continue;
        for (const bytes of modes) {
          it(`${conversation.name} (${bytes})`, async () => {
            const options = { bytes, redact: bytes === 'heads', keep: 96 << 20 };
            const journal = await recorded(temporary.file(), options, () => run(conversation));
            const why = exceptions[conversation.name];
            const verdicts: string[] = [];
            for (const connection of journal.connections()) {
              if (connection.gap !== undefined) verdicts.push(connection.gap);
              else {
                const verdict = await replay(connection);
                if (!verdict.same) verdicts.push(verdict.explain());
              }
            }
            if (why === undefined) expect(verdicts).toEqual([]);
            else expect(verdicts, why).not.toEqual([]);
          });
        }
      }
    });
  }
}

describe('a server', () => each(serverConversations, (one) => runConversation(http as never, one)));
describe('a client', () => each(clientConversations, (one) => runClientConversation(http as never, one)));
