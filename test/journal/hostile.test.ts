/** What a journal bears: saving while requests are served, agents with queues, odd messages. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { collect, type Source } from '../../src/journal/collect.js';
import { type Journal, readJournal, record } from '../../src/journal/index.js';
import { memoryAgent, settled } from '../../src/testing/index.js';
import { folder, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

let current: Journal | undefined;
const begin: typeof record = (options) => {
  current = record(options);
  return current;
};
afterEach(() => current?.stop());

const hello: http.RequestListener = (_req, res) => res.end('hello');

/** Requests of so many clients that share an agent, each so many. */
async function crowd(agent: http.Agent, clients: number, each: number, body = ''): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.request({ agent, path: '/', method: body === '' ? 'GET' : 'POST' }, (response) =>
        response.resume().on('close', resolve),
      );
      request.on('error', reject).end(body);
    });
  const client = async (): Promise<void> => {
    for (let i = 0; i < each; i++) await one();
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Where connections differ. Those that have a gap say so. */
const differences = async (file: string): Promise<string[]> =>
  (await verdictsOf(await readJournal(file))).filter((text) => text.includes('leaves its journal'));

describe('a small ring', () => {
  it('replays connections whose requests have waited in a queue', async () => {
    const journal = begin({ keep: 256 * 1024 });
    const agent = memoryAgent(http.createServer(hello), { keepAlive: true, maxSockets: 4 });
    await crowd(agent, 16, 12);
    journal.stop();
    const file = temporary.file('queue.swj');
    await journal.save(file);
    expect(await differences(file)).toEqual([]);
    agent.destroy();
    await settled();
  });

  it('that is written anew while it is saved leaves gaps, and no holes', async () => {
    const journal = begin({ keep: 128 * 1024, bytes: 'bodies' });
    const agent = memoryAgent(http.createServer(hello), { keepAlive: true, maxSockets: 4 });
    await crowd(agent, 4, 16);
    const file = temporary.file('anew.swj');
    journal.saveSync(file);
    const whole = readFileSync(file);
    const parts = [whole.subarray(0, 17 + whole.readUInt32LE(9))];
    const { source } = journal as unknown as { source: Source };
    let hasWaited = false;
    for (const part of collect(source, () => true, undefined)) {
      if (part !== undefined) parts.push(part);
      else if (!hasWaited) {
        hasWaited = true;
        await crowd(agent, 4, 2, 'x'.repeat(4000));
      }
    }
    writeFileSync(file, Buffer.concat(parts));
    const read = await readJournal(file);
    expect(read.connections().some(({ gap }) => gap !== undefined)).toBe(true);
    expect(await differences(file)).toEqual([]);
    agent.destroy();
    await settled();
  });
});
