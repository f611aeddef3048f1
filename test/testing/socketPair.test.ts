/** The ends of an in-memory connection, compared with those of a TCP connection. */
import { once } from 'node:events';
import net, { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { settled } from '../../src/testing/transit.js';

/** The ends of a TCP connection, created like those of a client and an HTTP server. */
async function tcpPair(): Promise<[Socket, Socket]> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const caller = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [[called]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(caller, 'connect')]);
  server.close();
  return [caller, called];
}

async function memoryPair(): Promise<[Socket, Socket]> {
  const pair = socketPair();
  await once(pair[0], 'connect');
  return pair;
}

/** The events at one end, in order. */
function logOf(socket: Socket): string[] {
  const log: string[] = [];
  socket.on('data', (chunk: Buffer) => log.push(`data ${chunk}`));
  socket.on('error', (error: NodeJS.ErrnoException) =>
    log.push(`error ${error.message} ${error.code} ${error.syscall}`),
  );
  socket.on('close', (hadError) => log.push(`close ${hadError}`));
  for (const event of ['end', 'finish', 'timeout', 'drain']) socket.on(event, () => log.push(event));
  return log;
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));

/** What nobody has read resets the connection. */
async function close(...sockets: Socket[]): Promise<void> {
  const open = sockets.filter((socket) => !socket.closed);
  const closes = Promise.all(open.map(closed));
  for (const socket of open) socket.on('error', () => {}).destroy();
  await closes;
}

type Act = (caller: Socket, called: Socket) => void;

/** In each, both ends close. */
const stories: readonly (readonly [name: string, act: Act])[] = [
  [
    'both send FIN',
    (caller, called) => {
      caller.end('hello');
      called.on('end', () => called.end('bye'));
    },
  ],
  [
    'the called end sends FIN first; the caller then ends automatically',
    (_caller, called) => {
      called.end('bye');
    },
  ],
  [
    'the called end continues to write after the FIN of the caller',
    (caller, called) => {
      caller.end();
      called.on('end', () => {
        called.write('more');
        setImmediate(() => called.end());
      });
    },
  ],
  ['the caller resets', (caller) => void caller.resetAndDestroy()],
  ['the called end resets', (_caller, called) => void called.resetAndDestroy()],
  [
    'destroy() by one end is a FIN for the other',
    (_caller, called) => {
      called.destroy();
    },
  ],
  [
    'destroy(error) emits the error at this end only',
    (_caller, called) => {
      called.destroy(new Error('mine'));
    },
  ],
  [
    'destroySoon() sends what was written',
    (_caller, called) => {
      called.write('all of it');
      called.destroySoon();
    },
  ],
];

describe.each(stories)('%s', (_name, act) => {
  it('has the same events as over TCP', async () => {
    const logs = [];
    for (const pair of [await tcpPair(), await memoryPair()]) {
      const [caller, called] = pair;
      const both = { caller: logOf(caller), called: logOf(called) };
      const end = Promise.all([closed(caller), closed(called)]);
      act(caller, called);
      await end;
      logs.push(both);
    }
    expect(logs[1]).toEqual(logs[0]);
  });
});

describe.each([
  ['over TCP', tcpPair],
  ['in memory', memoryPair],
])('an end that nobody reads, %s', (_name, connect) => {
  it('takes what comes', async () => {
    const [caller, called] = await connect();
    called.write('hello');
    await expect.poll(() => caller.readableLength).toBe(5);
    await close(caller, called);
  });

  it('notices that the other one has ended', async () => {
    const [caller, called] = await connect();
    const closes = Promise.all([closed(caller), once(called, 'end')]);
    called.end();
    await closes;
    await close(caller, called);
  });

  it('doesn’t while it is paused', async () => {
    const [caller, called] = await connect();
    caller.pause();
    const log = ['end', 'close'].map((event) => once(caller, event).then(() => event));
    called.write('hello');
    called.end();
    expect(await Promise.race([...log, once(called, 'finish').then(() => 'finish')])).toBe('finish');
    await close(caller, called);
  });
});

describe('a socket pair', () => {
  it('is connected in a later turn', async () => {
    const [caller, called] = socketPair();
    expect([caller.connecting, caller.pending, called.connecting]).toEqual([true, true, false]);
    caller.write('early');
    const log = logOf(called);
    caller.on('connect', () => log.push('connect'));
    await settled();
    expect(caller.connecting).toBe(false);
    expect(log).toEqual(['connect', 'data early']);
  });

  it('has sockets with each other’s addresses', async () => {
    const [caller, called] = socketPair({ port: 8080 });
    expect(caller).toBeInstanceOf(Socket);
    expect(caller.remotePort).toBe(8080);
    expect(called.localPort).toBe(8080);
    expect(called.remotePort).toBe(caller.localPort);
    expect(called.remoteAddress).toBe('127.0.0.1');
    expect(caller.address()).toEqual({ address: '127.0.0.1', port: caller.localPort, family: 'IPv4' });
  });

  it('emits nothing in the turn of a write', async () => {
    const [caller, called] = await memoryPair();
    const log = logOf(called);
    caller.write('a');
    process.nextTick(() => log.push('tick'));
    Promise.resolve().then(() => log.push('promise'));
    await settled();
    expect(log.at(-1)).toBe('data a');
    expect(log).toHaveLength(3);
  });

  it('holds back a writer whose peer does not read', async () => {
    const [caller, called] = socketPair({ highWaterMark: 100 });
    const log = logOf(caller);
    expect(caller.write(Buffer.alloc(1000))).toBe(false);
    expect(caller.write(Buffer.alloc(1000))).toBe(false);
    await settled();
    expect(log).toEqual([]);
    expect([called.bytesRead, called.readableLength]).toEqual([1000, 100]);
    called.resume();
    await settled();
    expect(log).toEqual(['drain']);
    expect([caller.bytesWritten, called.bytesRead]).toEqual([2000, 2000]);
  });

  it('delivers all bytes to a slow reader, in order', async () => {
    const [caller, called] = socketPair({ highWaterMark: 1000 });
    const sent = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));
    for (let at = 0; at < sent.length; at += 777) caller.write(sent.subarray(at, at + 777));
    caller.end();
    const chunks: Buffer[] = [];
    for await (const chunk of called) {
      chunks.push(chunk as Buffer);
      await new Promise(setImmediate);
    }
    expect(Buffer.concat(chunks)).toEqual(sent);
  });

  it('rejects writes to a closed end', async () => {
    const [caller, called] = await memoryPair();
    const log = logOf(called);
    caller.destroy();
    called.write('too late');
    await settled();
    expect(log).toEqual(['end', 'error read ECONNRESET ECONNRESET read', 'close true']);
  });

  it('resets if an end closes with unread bytes', async () => {
    const [caller, called] = socketPair();
    called.pause();
    const log = logOf(caller);
    caller.write('never read');
    await settled();
    called.destroy();
    await settled();
    expect(log).toEqual(['error read ECONNRESET ECONNRESET read', 'close true']);
  });

  it('fails writes that wait for a connection that closes first', async () => {
    const [caller] = socketPair();
    const log = logOf(caller);
    const written = new Promise<Error | null | undefined>((resolve) => caller.write('never', resolve));
    caller.destroy();
    expect(await written).toBeInstanceOf(Error);
    await settled();
    expect(log).toEqual(['close false']);
  });

  it('closes, even if the callback of a delayed write throws', async () => {
    const [caller, called] = socketPair({ highWaterMark: 10 });
    called.pause();
    await once(caller, 'connect');
    const log = logOf(caller);
    process.setUncaughtExceptionCaptureCallback((error) => void log.push(error.message));
    caller.write('more than it takes', (error) => {
      throw error;
    });
    await settled();
    caller.destroy();
    await settled();
    process.setUncaughtExceptionCaptureCallback(null);
    expect(log).toEqual(['write ECANCELED', 'close false']);
  });

  it('has the methods that need a handle', () => {
    const [caller] = socketPair();
    expect(caller.setNoDelay(true)).toBe(caller);
    expect(caller.setKeepAlive(true, 1000)).toBe(caller);
    expect(caller.ref()).toBe(caller);
    expect(caller.unref()).toBe(caller);
  });
});
