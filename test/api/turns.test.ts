/** Several messages in one read: when the ticks and microtasks of a handler run, and when it reads, is the host's. */
import { get, post, postChunked } from '../conversations/kit/phrases.js';
import { exchange, type Handler } from '../facade/kit/exchange.js';
import { twice } from '../facade/kit/twice.js';

type Reader = (log: (word: string) => void, ...exchange: Parameters<Handler>) => void;

const CLOSE = 'Connection: close';
const chunks = (...parts: readonly string[]): string => parts.map((part) => `1\r\n${part}\r\n`).join('');

const reads: Readonly<Record<string, string>> = {
  'two requests without a body': get('/') + get('/', CLOSE),
  'two bodies': post('/', 'x') + post('/', 'y', CLOSE),
  'a body, then none': post('/', 'x') + get('/', CLOSE),
  'no body, then one': get('/') + post('/', 'x', CLOSE),
  'an empty body': post('/', '') + get('/', CLOSE),
  'two chunks': `${postChunked('/', CLOSE)}${chunks('a', 'b')}0\r\n\r\n`,
  'two chunks, then one': `${postChunked('/')}${chunks('a', 'b')}0\r\n\r\n${post('/', 'c', CLOSE)}`,
  trailers: `${postChunked('/')}${chunks('a')}0\r\nT: 1\r\n\r\n${get('/', CLOSE)}`,
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
  async 'leaves for await at the first part'(log, req, res) {
    for await (const _ of req) {
      log('data');
      break;
    }
    res.end();
  },
};

for (const [what, send] of Object.entries(reads))
  for (const [how, read] of Object.entries(readers))
    twice(`${what}: ${how}`, async (http) => {
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
        })();
        read(add, req, res);
      };
      await exchange(http, handler, { send });
      return log;
    });
