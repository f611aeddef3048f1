/** Options of the client with values of any type: the host's outcome, or its error. */
import type { ClientRequest, RequestOptions } from 'node:http';
import { describe } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { twice } from '../facade/kit/twice.js';
import { httpOf, twice as twiceOverTls } from '../https/kit.js';
import { faultOf } from './faults.js';

const ANYTHING: readonly unknown[] = [
  ...[undefined, null, true, false, '', 'x', 'a b', '80', 0, -0, 1, -1, 1.5, 80, 2 ** 31, Number.NaN, Infinity, 1n],
  ...[{}, [], ['host', 'b'], ['a b'], { toString: () => '/x' }, () => false, class Named {}, new Date(0), Symbol('x')],
];

const REQUEST: readonly string[] = [
  ...['path', 'method', 'host', 'hostname', 'port', 'defaultPort', 'protocol', 'auth', 'headers', 'setHost'],
  ...['timeout', 'family', 'hints', 'lookup', 'localAddress', 'localPort', 'socketPath', 'signal', 'uniqueHeaders'],
  ...['joinDuplicateHeaders', 'insecureHTTPParser', 'maxHeaderSize', 'highWaterMark', '_defaultAgent', 'servername'],
  // Node 20 doesn't know it: row `newer`.
  ...(HOST < 24 ? [] : ['setDefaultHeaders']),
];

const AGENT: readonly string[] = [
  ...['keepAlive', 'keepAliveMsecs', 'maxSockets', 'maxTotalSockets', 'maxFreeSockets'],
  ...['scheduling', 'timeout', 'noDelay', 'path', 'host'],
  // Row `https-agent-options`.
  ...(HOST < 24 ? [] : ['defaultPort', 'protocol']),
];

/** Row `odd-numbers`. */
const isOddNumber = (name: string, value: unknown): boolean =>
  typeof value === 'symbol' &&
  ['keepAliveMsecs', 'maxSockets', 'maxFreeSockets', 'timeout', 'highWaterMark'].includes(name);

/** What a program sees of a request, and the head that is sent. An object as path is its text here: row `path-setter`. */
function outcome(make: () => ClientRequest): unknown {
  let request: (ClientRequest & { _header?: string }) | undefined;
  const fault = faultOf(() => {
    request = make();
    request.on('error', () => {});
    request.flushHeaders();
  });
  if (request === undefined) return fault;
  const { method, path, host, protocol, _header: head } = request;
  request.destroy();
  return [fault, method, typeof path === 'object' ? `${path}` : path, host, protocol, request.getHeaders(), head];
}

describe('request()', () => {
  for (const name of REQUEST) {
    twice(name, ({ Agent, request }) =>
      ANYTHING.filter((value) => !isOddNumber(name, value)).map((value) => {
        const agent = Object.assign(new Agent(), { addRequest: () => {} });
        return outcome(() => request({ host: 'a.test', agent, [name]: value } as RequestOptions));
      }),
    );
  }
});

describe('new Agent()', () => {
  for (const name of AGENT) {
    twiceOverTls(name, (https) =>
      ANYTHING.filter((value) => !isOddNumber(name, value)).flatMap((value) =>
        [httpOf(https).Agent, https.Agent].map((Agent) => {
          const made: object[] = [];
          const fault = faultOf(() => made.push(new Agent({ [name]: value })));
          return [fault, ...made.map((agent) => Reflect.get(agent, name))];
        }),
      ),
    );
  }
});
