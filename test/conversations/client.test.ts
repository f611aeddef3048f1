/** Client conversations: the client is tested, and its peers are scripts. */
import { describe, it } from 'vitest';
import { clientConversations } from './client/index.js';
import type { ClientHttp } from './kit/client-conversation.js';
import { runClientConversation } from './kit/client-run.js';
import { comparing, subject } from './kit/compare.js';

const compare = comparing(subject as unknown as ClientHttp | null, runClientConversation);

for (const [group, conversations] of Object.entries(clientConversations)) {
  describe(group, () => {
    for (const conversation of conversations) it(conversation.name, () => compare(conversation));
  });
}
