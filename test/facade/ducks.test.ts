/** Sockets of a program's own that are no streams, and call back as they like. */
import { EventEmitter } from 'node:events';
import type { ClientRequest, OutgoingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { type Http, http } from './kit/twice.js';

type Done = () => void;
/** How a `write()` calls back, and what it returns. */
type Manner = (done: Done) => boolean | undefined;

const later: Manner = (done) => {
  process.nextTick(done);
  return true;
};
const silent: Manner = (done) => {
  process.nextTick(done);
  return undefined;
};
const atOnce: Manner = (done) => {
  done();
  return true;
};
const twiceOver: Manner = (done) => {
  done();
  done();
  return true;
};

interface Duck extends EventEmitter {
  sent: string;
}

function duck(manner: Manner): Duck & Socket {
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
      const told = typeof encoding === 'function' ? encoding : done;
      return told ? manner(told) : true;
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

function hear(log: string[], name: string, message: OutgoingMessage): void {
  for (const event of ['prefinish', 'finish', 'close']) message.on(event, () => log.push(`${name}.${event}`));
}

/** Hands over a message in two pieces. */
function hand(log: string[], name: string, message: OutgoingMessage): void {
  message.write('a', () => log.push(`${name} written`));
  message.end('b', () => log.push(`${name} ended`));
}

async function serve({ createServer }: Http, manner: Manner, requests: number): Promise<string[]> {
  const log: string[] = [];
  const socket = duck(manner);
  const server = createServer((_, res: ServerResponse) => {
    const name = `res${++count}`;
    hear(log, name, res);
    hand(log, name, res);
  });
  let count = 0;
  server.emit('connection', socket);
  socket.emit('data', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests)));
  await settle();
  server.closeAllConnections();
  await settle();
  return [...log, `${socket.sent.match(/1\r\na\r\n1\r\nb\r\n0\r\n/g)?.length} whole`];
}

/** `isAnswered`: the host's own asserts fail behind an answer. */
async function ask({ request }: Http, manner: Manner, isAnswered: boolean): Promise<string[]> {
  const log: string[] = [];
  const socket = duck(manner);
  const req: ClientRequest = request({ method: 'POST', host: 'a', createConnection: () => socket });
  hear(log, 'req', req);
  req.on('error', () => {});
  req.on('response', (res) => res.resume().on('end', () => log.push('end')));
  hand(log, 'req', req);
  await settle();
  if (isAnswered) socket.emit('data', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  else req.destroy();
  await settle();
  return [...log, `${socket.sent.match(/1\r\na\r\n1\r\nb\r\n0\r\n/g)?.length} whole`];
}

const { host, statewire } = http;
const ANSWERED = ['res1.prefinish', 'res1 written', 'res1 ended', 'res1.finish', 'res1.close', '1 whole'];
const ASKED = ['req.prefinish', 'req written', 'req ended', 'req.finish', 'end', 'req.close', '1 whole'];

describe('a socket that is no stream', () => {
  it.each([
    ['calls back later', later],
    ['calls back later, and returns nothing', silent],
    ['calls back in its write()', atOnce],
    ['calls back twice', twiceOver],
  ])('%s: each message is told its end', async (_, manner) => {
    expect(await serve(statewire, manner, 1)).toEqual(ANSWERED);
    expect(await ask(statewire, manner, true)).toEqual(ASKED);
    const pipelined = await serve(statewire, manner, 3);
    expect(pipelined.filter((told) => told.endsWith('.finish'))).toEqual(['res1.finish', 'res2.finish', 'res3.finish']);
    expect(pipelined.filter((told) => told.endsWith('.close'))).toEqual(['res1.close', 'res2.close', 'res3.close']);
    expect(pipelined.at(-1)).toBe('3 whole');
  });

  it('calls back in its write(): on the host, before the message has ended', async () => {
    const answered = await serve(host, atOnce, 1);
    expect(answered).toContain('res1.finish');
    expect(answered).not.toContain('res1.prefinish');
    const asked = await ask(host, atOnce, false);
    expect(asked.indexOf('req.finish')).toBeLessThan(asked.indexOf('req.prefinish'));
  });
});
