/** Several messages in one read: when the ticks and microtasks of a handler run, and when it reads, is the host's. */
import type { Server } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { get, post, postChunked } from '../conversations/kit/phrases.js';
import { type Exchange, exchange, type Handler } from '../facade/kit/exchange.js';
import { twice } from '../facade/kit/twice.js';

type Reader = (log: (word: string) => void, ...exchange: Parameters<Handler>) => void;

const CLOSE = 'Connection: close';
const chunks = (...parts: readonly string[]): string => parts.map((part) => `1\r\n${part}\r\n`).join('');

const tick = (): Promise<void> => new Promise((done) => process.nextTick(done));

async function* passOn(parts: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const part of parts) yield part;
}

const lines = (count: number): string[] => Array.from({ length: count }, (_, at) => `L${at}: 1`);
const withTrailers = `${postChunked('/')}0\r\nT: 1\r\n\r\n`;

const reads: Readonly<Record<string, string>> = {
  'two requests without a body': get('/') + get('/', CLOSE),
  'two bodies': post('/', 'x') + post('/', 'y', CLOSE),
  'a body, then none': post('/', 'x') + get('/', CLOSE),
  'no body, then one': get('/') + post('/', 'x', CLOSE),
  'an empty body': post('/', '') + get('/', CLOSE),
  'two chunks': `${postChunked('/', CLOSE)}${chunks('a', 'b')}0\r\n\r\n`,
  'two chunks, then one': `${postChunked('/')}${chunks('a', 'b')}0\r\n\r\n${post('/', 'c', CLOSE)}`,
  trailers: `${postChunked('/')}${chunks('a')}0\r\nT: 1\r\n\r\n${get('/', CLOSE)}`,
  'trailers, then two heads': `${withTrailers}${get('/')}${get('/', CLOSE)}`,
  'heads of 31 lines': get('/', ...lines(30)) + get('/', ...lines(30)) + get('/', ...lines(29), CLOSE),
  'a head of 32 lines, then two': get('/', ...lines(31)) + get('/') + get('/', CLOSE),
  'a head, and one of 32 lines': get('/') + get('/', ...lines(30), CLOSE),
};

/** Two reads: the second comes after the response to the first. */
const later: typeof reads = {
  'trailers in an earlier read': withTrailers,
  'a head of 32 lines in an earlier read': get('/', ...lines(31)),
  'a head of 31 lines in an earlier read': get('/', ...lines(30)),
};

const readers: Readonly<Record<string, Reader>> = {
  'responds at the end': (log, req, res) =>
    req
      .on('data', () => log('data'))
      .on('end', () => {
        log('end');
        res.end();
      }),
  'responds, and reads': (log, req, res) => {
    res.end();
    req.on('data', () => log('data')).on('end', () => log('end'));
  },
  'reads nothing': (_log, _req, res) => process.nextTick(() => res.end()),
  async 'reads by for await'(log, req, res) {
    for await (const _ of req) log('data');
    res.end();
  },
  async 'reads by a pipeline of generators'(log, req, res) {
    await pipeline(req, passOn, passOn, async (parts) => {
      for await (const _ of parts) log('data');
    });
    log('end');
    res.end();
  },
  async 'leaves for await at the first part'(log, req, res) {
    for await (const _ of req) {
      log('data');
      break;
    }
    res.end();
  },
};

const compared = (name: string, read: Reader, parts: Exchange): void =>
  twice(name, async (http) => {
    const log: string[] = [];
    let count = 0;
    const handler: Handler = (req, res) => {
      const number = ++count;
      const add = (word: string) => log.push(`${word} ${number}`);
      add('request');
      process.nextTick(() => {
        add('tick');
        process.nextTick(() => add('second tick'));
      });
      void (async () => {
        for (let turn = 1; turn <= 5; turn++) {
          await undefined;
          add(`microtask ${turn}`);
        }
        for (let round = 1; round <= 8; round++) {
          await tick();
          add(`round ${round}`);
        }
      })();
      read(add, req, res);
    };
    await exchange(http, handler, parts);
    return log;
  });

const isListenedTo: Pick<Exchange, 'prepare'> = {
  prepare: (server) => server.on('connection', (socket) => socket.once('data', () => {})),
};

for (const [how, read] of Object.entries(readers)) {
  for (const [what, send] of Object.entries(reads)) {
    compared(`${what}: ${how}`, read, { send });
    compared(`${what}, on a socket whose data is listened to: ${how}`, read, { send, ...isListenedTo });
  }
  for (const [what, send] of Object.entries(later)) {
    const next = get('/') + post('/', 'x') + get('/', CLOSE);
    compared(`${what}: ${how}`, read, { send, next });
    compared(`${what}, on a socket whose data is listened to: ${how}`, read, { send, next, ...isListenedTo });
  }
}

twice('closeIdleConnections() when the next request has come in the same read', async (http) => {
  const log: string[] = [];
  let closeIdle = (): void => {};
  const handler: Handler = (req, res) => {
    log.push('request');
    res.end('ok');
    req.on('end', () => process.nextTick(closeIdle)).on('data', () => {});
  };
  const prepare = (server: Server) => {
    closeIdle = () => server.closeIdleConnections();
  };
  const post = `${postChunked('/')}1\r\nx\r\n0\r\nT: 1\r\n\r\n`;
  const bytes = await exchange(http, handler, { send: post + post + get('/', CLOSE), prepare });
  return [...log, bytes];
});
