/** Server conversations: the server is tested, and its peers are scripts. */
import { describe, it } from 'vitest';
import { comparing, subject } from './kit/compare.js';
import { type Http, runConversation } from './kit/run.js';
import { serverConversations } from './server/index.js';

const compare = comparing(subject as unknown as Http | null, runConversation);

for (const [group, conversations] of Object.entries(serverConversations)) {
  describe(group, () => {
    for (const conversation of conversations) it(conversation.name, () => compare(conversation));
  });
}
