import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Expectation, expectationOf } from '../../src/rules/expect.js';

const events: Record<Expectation, string> = { none: 'request', continue: 'checkContinue', other: 'checkExpectation' };

let server: Server;

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => server.close());

interface Decision {
  readonly theirs: Expectation;
  /** The Expect value seen by node:http. */
  readonly value: string | undefined;
}

/** What node:http does with a request with these Expect lines. */
async function decide(lines: string[]): Promise<Decision> {
  const decided = new Promise<Decision>((resolve) => {
    for (const [theirs, event] of Object.entries(events)) {
      server.removeAllListeners(event).once(event, (request) => {
        resolve({ theirs: theirs as Expectation, value: request.headers.expect });
      });
    }
  });
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const fields = lines.map((line) => `Expect: ${line}\r\n`).join('');
  peer.write(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`, 'latin1');
  try {
    return await decided;
  } finally {
    peer.destroy();
  }
}

describe('expectationOf', () => {
  const check = async (lines: string[]) => {
    const { theirs, value } = await decide(lines);
    expect([value, expectationOf(value)]).toEqual([value, theirs]);
  };

  it('finds none without the header', () => check([]));

  it.each([
    ...['100-continue', '100-CONTINUE', ' 100-continue ', 'foo, 100-continue', '100-continue,', '100-continue;x=y'],
    ...['', 'foo', '100-continued', 'x100-continue', 'x 100-continue', '"100-continue"', '100 continue', '100-conti'],
    ...['_100-continue', '100-continue_', '-100-continue-', 'é100-continueé', '100-continue100-continue'],
  ])('treats %j like node:http', (line) => check([line]));

  it('agrees with node:http on any lines', async () => {
    const line = fc
      .array(fc.constantFrom('100-continue', '100-Continue', 'a', '_', '-', ' ', ',', ';', '"', 'é', '100', 'continue'))
      .map((words) => words.join(''));
    await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 3 }), check), { numRuns: 300 });
  });
});
