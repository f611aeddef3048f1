/** The arguments of `tap` and `watch`, and what they are given. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Agent, createServer, request, tap, watch } from '../../src/index.js';
import { dial, settle } from '../conversations/kit/wires.js';

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';

const expectRejected = (call: () => unknown) =>
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));

describe('an argument', () => {
  it.each([undefined, null, {}, 'listener', 1])('of tap(%o) is rejected', (listener) => {
    expectRejected(() => tap(listener as never));
  });

  it.each([undefined, null, {}, [], () => {}, { inspect: undefined }, { inspect: null }, { inspect: 'x' }])(
    'of watch(%o) is rejected',
    (options) => {
      expectRejected(() => watch(options as never));
    },
  );

  it('is named by the error', () => {
    expect(() => tap(undefined as never)).toThrow(
      'The "listener" argument must be of type function. Received undefined',
    );
    expect(() => watch({} as never)).toThrow(
      'The "options.inspect" property must be of type function or object. Received undefined',
    );
  });

  it('can be a function or an observer', () => {
    tap(() => {})();
    watch({ inspect: () => {} })();
    watch({ inspect: {} })();
  });
});

describe('an observation', () => {
  it('has an event and emissions that can be printed as JSON, those of messages that come again, too', async () => {
    const texts: string[] = [];
    const stop = tap((observation) => texts.push(JSON.stringify([observation.event, observation.emitted])));
    const server = createServer((req, res) => req.pipe(res)).on('upgrade', (_, socket) => socket.end(SWITCHED));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true });
    const options = { host: '127.0.0.1', port, agent, method: 'POST' };
    try {
      for (let times = 0; times < 5; times++) {
        const [response] = await once(request({ ...options, headers: { 'Content-Length': 2 } }).end('hi'), 'response');
        await once(response.resume(), 'end');
      }
      const headers = { Connection: 'upgrade', Upgrade: 'x' };
      await once(
        request({ ...options, headers })
          .on('upgrade', () => {})
          .end(),
        'close',
      );
      for (const bytes of ['no HTTP\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ncut']) {
        const peer = await dial(port);
        peer.end(bytes);
        await settle();
        peer.destroy();
      }
    } finally {
      stop();
      agent.destroy();
      server.closeAllConnections();
      server.close();
    }
    const heads = texts.map((text) => JSON.parse(text)[0]).filter(({ type }) => type === 'wire.head');
    expect(heads.length).toBeGreaterThan(10);
    expect(heads.every(({ head }) => head.rawHeaders.length > 0 && !('section' in head))).toBe(true);
  });
});
