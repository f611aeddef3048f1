/**
 * The client in the host's order of events (`eventOrder`): there nothing is left of the row `event-order`. Only the conversations
 * that it concerns run here; `STATEWIRE_EVENT_ORDER=host npx vitest run test/conversations/client.test.ts` runs all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConversations } from './client/index.js';
import type { ClientConversation, ClientHttp } from './kit/client-conversation.js';
import { runClientConversation } from './kit/client-run.js';
import { comparing, ORDER, subject } from './kit/compare.js';

const compare = comparing(subject as unknown as ClientHttp | null, runClientConversation);

const isConcerned = ({ bothOrders, differs, differsOn = {} }: ClientConversation): boolean =>
  bothOrders === true ||
  [differs, ...Object.values(differsOn)].some(
    (difference) => difference?.row === ORDER || difference?.eventsInHostOrder !== undefined,
  );

const concerned = Object.values<readonly ClientConversation[]>(clientConversations).flat().filter(isConcerned);

const set = (order: 'documented' | 'host') => () => {
  if (subject !== null) subject.eventOrder = order;
};

describe('in the host’s order', () => {
  beforeAll(set('host'));
  afterAll(set('documented'));

  it('are conversations', () => expect(concerned.length).toBeGreaterThan(50));

  for (const conversation of concerned) it(conversation.name, () => compare(conversation));
});
