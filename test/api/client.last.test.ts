/** A response with `Connection: close` is the last of its connection, whenever the head of its request was made. */
import { expect, it } from 'vitest';
import { Agent, request } from '../../src/index.js';
import { settled, socketPair } from '../../src/testing/index.js';

/** A server that waits in vain for a request. */
const LATE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

it.each(['GET', 'HEAD'])('a %s that is made and ended when its response has come', async (method) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const [socket, peer] = socketPair();
  agent.createConnection = () => socket;
  peer.resume();
  const req = request({ agent, host: 'a', method, headers: { Connection: 'upgrade', Upgrade: 'other' } }, (res) => {
    req.end();
    res.resume();
  });
  await settled();
  peer.write(LATE);
  await settled();
  expect([socket.destroyed || socket.writableEnded, agent.freeSockets]).toEqual([true, {}]);
  agent.destroy();
  peer.destroy();
});
