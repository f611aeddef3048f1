/** XState's inspectors attached to the machines of an exchange. */
import { afterEach, describe, expect, it } from 'vitest';
import type { InspectionEvent, Observer } from 'xstate';
import http, { watch } from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';

let stop = () => {};
afterEach(() => stop());

async function exchange(): Promise<string> {
  const server = http.createServer((req, res) => res.end(`You requested ${req.url}`));
  let body = '';
  http.get({ agent: memoryAgent(server), path: '/page' }, (response) => {
    response.on('data', (chunk) => {
      body += chunk;
    });
  });
  await settled();
  return body;
}

describe('watch', () => {
  it('sends an inspector the snapshots of a request', async () => {
    const values: unknown[] = [];
    const machines = new Set<string>();
    const inspect = (event: InspectionEvent) => {
      if (event.type !== '@xstate.snapshot') return;
      const { logic } = event.actorRef as unknown as { logic: { id: string } };
      machines.add(logic.id);
      if (logic.id === 'request') values.push((event.snapshot as unknown as { value: { line: unknown } }).value.line);
    };
    stop = watch({ inspect });
    expect(await exchange()).toBe('You requested /page');
    expect(values[0]).toBe('unassigned');
    expect(values).toContainEqual({ attached: 'first' });
    expect(values.at(-1)).toEqual({ gone: 'closed' });
    const all = [
      'clientConnection',
      'connection',
      'incomingRequest',
      'incomingResponse',
      'request',
      'response',
      'server',
    ];
    expect([...machines].sort()).toEqual(all);
  });

  it('accepts an observer of XState', async () => {
    let events = 0;
    const inspect: Observer<InspectionEvent> = { next: () => events++ };
    stop = watch({ inspect });
    await exchange();
    expect(events).toBeGreaterThan(10);
  });

  it('ends when stopped', async () => {
    let events = 0;
    watch({ inspect: () => events++ })();
    await exchange();
    expect(events).toBe(0);
  });
});
