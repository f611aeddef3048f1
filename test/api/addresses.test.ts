/** A name with several addresses, of which only the last accepts connections: net tries one after the other (`autoSelectFamily`). */
import { once } from 'node:events';
import type { Agent, IncomingMessage } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe } from 'vitest';
import { type Http, twice } from '../facade/kit/twice.js';

/** ::1 and 127.0.0.1. */
const lookup: LookupFunction = (_name, _options, found) => {
  setImmediate(found, null, [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ]);
};

/** How a server on 127.0.0.1 responds to two requests by that name, one after the other. */
async function twoRequests({ createServer, request }: Http, agent: Agent | false): Promise<string[]> {
  const server = createServer(async (req, res) => res.end(`${req.method} ${await text(req)}`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found: string[] = [];
  for (const content of ['first', 'second']) {
    const req = request({ host: 'two.example', port, lookup, agent, method: 'POST' });
    req.end(content);
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    found.push(`${res.statusCode} ${req.reusedSocket} ${await text(res)}`);
  }
  if (agent) agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return found;
}

describe('a name with two addresses, the first of which refuses', () => {
  twice('with an agent that keeps connections', (http) => twoRequests(http, new http.Agent({ keepAlive: true })));
  twice('with an agent that keeps none', (http) => twoRequests(http, new http.Agent()));
  twice('without an agent', (http) => twoRequests(http, false));
});
