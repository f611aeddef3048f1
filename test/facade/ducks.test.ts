/** Sockets of the program that are no streams, with unusual callbacks. */
import { EventEmitter } from 'node:events';
import type { ClientRequest, OutgoingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { type Http, http } from './kit/twice.js';

type Done = () => void;
/** How a `write()` calls back, and what it returns. */
type WriteBehaviour = (done: Done) => boolean | undefined;

const later: WriteBehaviour = (done) => {
  process.nextTick(done);
  return true;
};
const silent: WriteBehaviour = (done) => {
  process.nextTick(done);
  return undefined;
};
const atOnce: WriteBehaviour = (done) => {
  done();
  return true;
};
const twiceOver: WriteBehaviour = (done) => {
  done();
  done();
  return true;
};

interface Duck extends EventEmitter {
  sent: string;
}

function duck(behaviour: WriteBehaviour): Duck & Socket {
  const socket = Object.assign(new EventEmitter(), {
    sent: '',
    readable: true,
    writable: true,
    destroyed: false,
    writableLength: 0,
    writableHighWaterMark: 16_384,
    _readableState: {},
    _writableState: {},
    read: () => null,
    write(data: string, encoding?: string | Done, done?: Done) {
      socket.sent += data;
      const callback = typeof encoding === 'function' ? encoding : done;
      return callback ? behaviour(callback) : true;
    },
    destroy() {
      if (!socket.destroyed) setImmediate(() => socket.emit('close'));
      socket.destroyed = true;
      return socket;
    },
  });
  const inert = ['cork', 'uncork', 'pause', 'resume', 'setTimeout', 'setNoDelay', 'setKeepAlive', 'ref', 'unref'];
  for (const method of inert) Object.assign(socket, { [method]: () => socket });
  return Object.assign(socket, { end: socket.destroy, destroySoon: socket.destroy }) as never;
}

function listen(log: string[], name: string, message: OutgoingMessage): void {
  for (const event of ['prefinish', 'finish', 'close']) message.on(event, () => log.push(`${name}.${event}`));
}

/** Writes a message in two pieces. */
function writeBoth(log: string[], name: string, message: OutgoingMessage): void {
  message.write('a', () => log.push(`${name} written`));
  message.end('b', () => log.push(`${name} ended`));
}

async function serve({ createServer }: Http, behaviour: WriteBehaviour, requests: number): Promise<string[]> {
  const log: string[] = [];
  const socket = duck(behaviour);
  const server = createServer((_, res: ServerResponse) => {
    const name = `res${++count}`;
    listen(log, name, res);
    writeBoth(log, name, res);
  });
  let count = 0;
  server.emit('connection', socket);
  socket.emit('data', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests)));
  await settle();
  server.closeAllConnections();
  await settle();
  return [...log, `${socket.sent.match(/1\r\na\r\n1\r\nb\r\n0\r\n/g)?.length} whole`];
}

/** `hasResponse`: after a response, the host's own assertions fail. */
async function send({ request }: Http, behaviour: WriteBehaviour, hasResponse: boolean): Promise<string[]> {
  const log: string[] = [];
  const socket = duck(behaviour);
  const req: ClientRequest = request({ method: 'POST', host: 'a', createConnection: () => socket });
  listen(log, 'req', req);
  req.on('error', () => {});
  req.on('response', (res) => res.resume().on('end', () => log.push('end')));
  writeBoth(log, 'req', req);
  await settle();
  if (hasResponse) socket.emit('data', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  else req.destroy();
  await settle();
  return [...log, `${socket.sent.match(/1\r\na\r\n1\r\nb\r\n0\r\n/g)?.length} whole`];
}

const { host, statewire } = http;
const SERVED = ['res1.prefinish', 'res1 written', 'res1 ended', 'res1.finish', 'res1.close', '1 whole'];
const SENT = ['req.prefinish', 'req written', 'req ended', 'req.finish', 'end', 'req.close', '1 whole'];

describe('a socket that is no stream', () => {
  it.each([
    ['calls back later', later],
    ['calls back later, returns nothing', silent],
    ['calls back in its write()', atOnce],
    ['calls back twice', twiceOver],
  ])('%s: each message finishes', async (_, behaviour) => {
    expect(await serve(statewire, behaviour, 1)).toEqual(SERVED);
    expect(await send(statewire, behaviour, true)).toEqual(SENT);
    const pipelined = await serve(statewire, behaviour, 3);
    expect(pipelined.filter((callback) => callback.endsWith('.finish'))).toEqual([
      'res1.finish',
      'res2.finish',
      'res3.finish',
    ]);
    expect(pipelined.filter((callback) => callback.endsWith('.close'))).toEqual([
      'res1.close',
      'res2.close',
      'res3.close',
    ]);
    expect(pipelined.at(-1)).toBe('3 whole');
  });

  it('calls back in its write(): on the host, before the message has ended', async () => {
    const served = await serve(host, atOnce, 1);
    expect(served).toContain('res1.finish');
    expect(served).not.toContain('res1.prefinish');
    const sent = await send(host, atOnce, false);
    expect(sent.indexOf('req.finish')).toBeLessThan(sent.indexOf('req.prefinish'));
  });
});
