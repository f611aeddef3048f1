/** Sockets are requested and assigned in the async context of their request (node#34400). */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Nowhere, ours, seam, settle } from './agents.js';

const store = new AsyncLocalStorage<string>();

/** An agent with one socket at a time, and a log of its actions with their contexts. */
function watched() {
  const agent = new ours({ keepAlive: true, maxSockets: 1 });
  const log: string[] = [];
  const sockets: Duplex[] = [];
  const calls: ((error: Error | null, socket?: Duplex) => void)[] = [];
  const note = (what: string) => log.push(`${what} in ${store.getStore()}`);
  seam(agent).createConnection = (_, callback) => {
    note('open');
    calls.push(callback);
  };
  const request = (name: string) =>
    store.run(name, () => {
      const onSocket = (socket: Duplex | null, error?: Error) => {
        note(`${name} ${error ? error.message : 'socket'}`);
        if (socket) sockets.push(Object.assign(socket, { _httpMessage: { shouldKeepAlive: true } }));
      };
      seam(agent).addRequest({ onSocket }, { host: 'a' });
    });
  return { agent, log, sockets, calls, request };
}

describe('the context of a request', () => {
  it('is kept if its connection is opened later', () => {
    const { log, calls, request } = watched();
    request('one');
    store.run('elsewhere', () => calls[0]!(null, new Nowhere()));
    expect(log).toEqual(['open in one', 'one socket in one']);
  });

  it('is kept if it gets the socket of another request', () => {
    const { log, sockets, calls, request } = watched();
    request('one');
    request('two');
    calls[0]!(null, new Nowhere());
    store.run('elsewhere', () => sockets[0]!.emit('free'));
    expect(log).toEqual(['open in one', 'one socket in one', 'two socket in two']);
  });

  it('is kept if a connection is opened for it after another has closed', async () => {
    const { log, sockets, calls, request } = watched();
    request('one');
    request('two');
    calls[0]!(null, new Nowhere());
    store.run('elsewhere', () => sockets[0]!.destroy());
    await settle();
    store.run('elsewhere', () => calls[1]!(new Error('error')));
    expect(log).toEqual(['open in one', 'one socket in one', 'open in two', 'two error in two']);
  });

  it('is kept if it gets an idle socket', () => {
    const { log, sockets, calls, request } = watched();
    request('one');
    calls[0]!(null, new Nowhere());
    sockets[0]!.emit('free');
    request('two');
    expect(log).toEqual(['open in one', 'one socket in one', 'two socket in two']);
  });
});
