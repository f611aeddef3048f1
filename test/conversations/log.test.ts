import { expect, it } from 'vitest';
import { type Log, render } from './kit/log.js';

const log: Log = { events: ['one'], peers: { a: { received: 'HTTP/1.1 200 OK\r\n\r\nbody', ended: 'fin' } } };

it('a log as text tells the events, the bytes and the end of each peer apart', () => {
  const others: readonly Log[] = [
    { ...log, events: ['other'] },
    { ...log, peers: { a: { received: 'HTTP/1.1 200 OK\r\n\r\nother', ended: 'fin' } } },
    { ...log, peers: { a: { received: 'HTTP/1.1 200 OK\r\n\r\nbody', ended: 'open' } } },
    { ...log, peers: { b: log.peers['a'] as Log['peers'][string] } },
    { ...log, peers: {} },
  ];
  expect(new Set([log, ...others].map(render)).size).toBe(6);
});
