/** Requests and responses with `node:stream`, whose functions recognize them by private members. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import stream, { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { exchange, GET, type Handler, post } from './kit/exchange.js';
import { type Http, twice } from './kit/twice.js';

/** Logs a line. */
type Note = (...words: unknown[]) => void;
type Scene = (req: IncomingMessage, res: ServerResponse, note: Note) => unknown;

/** Runs a scene in a handler. The outcome is the log, and the bytes of the response. */
async function play(http: Http, scene: Scene, send = GET): Promise<unknown[]> {
  const log: string[] = [];
  const note: Note = (...words) => log.push(words.map(word).join(' '));
  const handler: Handler = async (req, res) => {
    try {
      await scene(req, res, note);
    } catch (error) {
      note('threw', error);
    }
  };
  const bytes = await exchange(http, handler, { send });
  return [log, bytes];
}

function word(value: unknown): string {
  if (!(value instanceof Error)) return String(value);
  return `${(value as NodeJS.ErrnoException).code ?? value.name}: ${value.message}`;
}

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
/** Half a body, then the end of the connection. */
const CUT = `${CHUNKED}4\r\nbody\r\n`;

describe('stream.finished', () => {
  const scenes: Readonly<Record<string, { scene: Scene; send?: string }>> = {
    'on a response that is ended': {
      scene: (_req, res, note) => {
        stream.finished(res, (error) => note('finished', error));
        res.end('x');
      },
    },
    'on a response that has already finished': {
      scene: (_req, res, note) => {
        res.on('finish', () => stream.finished(res, (error) => note('finished', error)));
        res.end('x');
      },
    },
    'on a response that has already closed': {
      scene: (_req, res, note) => {
        res.on('close', () => stream.finished(res, (error) => note('finished', error)));
        res.end('x');
      },
    },
    'on a response that is destroyed': {
      scene: (_req, res, note) => {
        stream.finished(res, (error) => note('finished', error));
        res.write('x');
        res.destroy();
      },
    },
    'on a response that is destroyed with an error': {
      scene: (_req, res, note) => {
        res.on('error', (error) => note('error', error));
        stream.finished(res, (error) => note('finished', error));
        res.write('x');
        res.destroy(new Error('enough'));
      },
    },
    'on a response whose socket is destroyed': {
      scene: (req, res, note) => {
        stream.finished(res, (error) => note('finished', error));
        res.write('x');
        req.socket.destroy();
      },
    },
    'on a request that is read': {
      send: post('body'),
      scene: (req, res, note) => {
        stream.finished(req, (error) => {
          note('finished', error);
          res.end();
        });
        req.resume();
      },
    },
    'on an unread request without a body': {
      scene: (req, res, note) => {
        stream.finished(req, (error) => note('finished', error));
        res.end();
      },
    },
    'on a request with an unread body': {
      send: post('body'),
      scene: (req, res, note) => {
        stream.finished(req, (error) => note('finished', error));
        res.end();
      },
    },
    'on a request that has already closed': {
      send: post('body'),
      scene: (req, res, note) => {
        req.on('close', () => stream.finished(req, (error) => note('finished', error)));
        req.resume().on('end', () => res.end());
      },
    },
    'on a request that is destroyed': {
      send: post('body'),
      scene: (req, _res, note) => {
        stream.finished(req, (error) => note('finished', error));
        req.destroy();
      },
    },
    'on a request cut by its socket': {
      send: CUT,
      scene: (req, _res, note) => {
        stream.finished(req, (error) => note('finished', error));
        req.on('data', () => req.socket.destroy());
      },
    },
    'on both, with the socket destroyed': {
      send: CUT,
      scene: (req, res, note) => {
        stream.finished(req, (error) => note('req finished', error));
        stream.finished(res, (error) => note('res finished', error));
        req.on('data', () => req.socket.destroy());
      },
    },
    'aborted by a signal': {
      scene: (_req, res, note) => {
        const controller = new AbortController();
        stream.finished(res, { signal: controller.signal }, (error) => note('finished', error));
        controller.abort();
        res.end('x');
      },
    },
    undone: {
      scene: (_req, res, note) => {
        const undo = stream.finished(res, () => note('finished'));
        undo();
        note('undone');
        res.end('x');
      },
    },
  };

  for (const [name, { scene, send }] of Object.entries(scenes)) twice(name, (http) => play(http, scene, send));
});

describe('stream.pipeline', () => {
  const upper = () =>
    new Transform({
      transform(chunk, _encoding, done) {
        done(null, String(chunk).toUpperCase());
      },
    });

  const scenes: Readonly<Record<string, { scene: Scene; send?: string }>> = {
    'into a response': {
      scene: async (_req, res, note) => note('done', await pipeline(Readable.from(['x', 'y']), res)),
    },
    'from a request': {
      send: post('body'),
      scene: async (req, res, note) => {
        const target = new PassThrough().on('data', (chunk) => note('data', chunk));
        await pipeline(req, target);
        res.end('done');
      },
    },
    'from a request into its response': {
      send: post('body'),
      scene: async (req, res, note) => note('done', await pipeline(req, res)),
    },
    'from a request through a transform into its response': {
      send: post('body'),
      scene: async (req, res, note) => note('done', await pipeline(req, upper(), res)),
    },
    'from a generator into a response': {
      scene: async (_req, res, note) => {
        await pipeline(async function* () {
          yield 'x';
          yield 'y';
        }, res);
        note('done');
      },
    },
    'into a response, without ending it': {
      scene: async (_req, res, note) => {
        await pipeline(Readable.from(['x']), res, { end: false });
        note('done', res.writableEnded);
        res.end('y');
      },
    },
    'from a source that fails': {
      scene: async (_req, res, note) => {
        res.on('close', () => note('close', res.destroyed, res.errored));
        const source = new Readable({
          read() {
            this.destroy(new Error('no more'));
          },
        });
        await pipeline(source, res);
      },
    },
    'from a request that is cut': {
      send: CUT,
      scene: async (req, res, note) => {
        req.once('data', () => setImmediate(() => req.socket.destroy()));
        res.on('close', () => note('close'));
        await pipeline(req, res);
      },
    },
    'into a response that is destroyed': {
      scene: async (_req, res) => {
        res.write('x');
        setImmediate(() => res.destroy());
        await pipeline(new PassThrough(), res);
      },
    },
    'aborted by a signal': {
      scene: async (_req, res, note) => {
        const controller = new AbortController();
        res.on('close', () => note('close'));
        res.write('x');
        setImmediate(() => controller.abort());
        await pipeline(new PassThrough(), res, { signal: controller.signal });
      },
    },
  };

  for (const [name, { scene, send }] of Object.entries(scenes)) twice(name, (http) => play(http, scene, send));
});

describe('the state predicates of node:stream', () => {
  type Probes = Readonly<Record<string, (of: never) => unknown>>;
  const { isDisturbed, isErrored, isReadable } = stream as unknown as Probes;
  const { isWritable } = stream as unknown as Probes;
  const probes = (of: IncomingMessage | ServerResponse) =>
    [isDisturbed, isErrored, isReadable, isWritable].map((probe) => probe?.(of as never));

  const states = (of: IncomingMessage | ServerResponse) => {
    const { destroyed, closed, errored } = of as Readable;
    return [...probes(of), destroyed, closed, errored?.message];
  };

  twice('of a request and its response, from beginning to end', (http) =>
    play(
      http,
      (req, res, note) => {
        const noteStates = (when: string) => note(when, 'req', ...states(req), 'res', ...states(res));
        noteStates('at first');
        req.on('data', () => noteStates('at data'));
        req.on('end', () => {
          noteStates('at the end');
          res.end('x');
          noteStates('after end()');
        });
        if (HOST >= 26) return; // See `ends` in docs/differences-from-node.md.
        req.on('close', () => noteStates('at req close'));
        res.on('finish', () => noteStates('at finish'));
        res.on('close', () => noteStates('at res close'));
      },
      post('body'),
    ),
  );

  twice('of a destroyed request and its response', (http) =>
    play(
      http,
      (req, res, note) => {
        req.on('error', (error) => note('error', error));
        req.on('close', () => note('req', ...states(req)));
        res.on('close', () => note('res', ...states(res)));
        req.destroy(new Error('enough'));
        note('at once', ...states(req), ...states(res));
      },
      post('body'),
    ),
  );
});

describe('other uses as streams', () => {
  const scenes: Readonly<Record<string, { scene: Scene; send?: string }>> = {
    'for await': {
      send: post('body'),
      scene: async (req, res) => {
        let text = '';
        for await (const chunk of req) text += chunk;
        res.end(text);
      },
    },
    'for await, with an early break': {
      send: post('body'),
      scene: async (req, res, note) => {
        for await (const chunk of req) {
          note('chunk', chunk);
          break;
        }
        note(req.destroyed, res.destroyed);
        res.end('x');
      },
    },
    'for await on a request after an early read()': {
      scene: async (req, res, note) => {
        note(req.read());
        while (!req.complete) await new Promise((go) => setImmediate(go));
        for await (const chunk of req) note('chunk', chunk);
        note(req.readableEnded);
        res.end('x');
      },
    },
    'for await on a request that is cut': {
      send: CUT,
      scene: async (req, _res, note) => {
        for await (const chunk of req) {
          note('chunk', chunk);
          req.socket.destroy();
        }
      },
    },
    'req.setEncoding': {
      send: post('body'),
      scene: (req, res) => {
        let text = '';
        req.setEncoding('hex').on('data', (chunk) => {
          text += chunk;
        });
        req.on('end', () => res.end(text));
      },
    },
    'req.read in ‘readable’': {
      send: post('body'),
      scene: (req, res, note) => {
        req.on('readable', () => {
          for (let chunk = req.read(2); chunk !== null; chunk = req.read(2)) note(chunk);
        });
        req.on('end', () => res.end());
      },
    },
    'req.pipe(res)': { send: post('body'), scene: (req, res) => req.pipe(res) },
    'req.unpipe': {
      send: post('body'),
      scene: (req, res, note) => {
        const target = new PassThrough();
        req.pipe(target);
        req.unpipe(target);
        note(req.isPaused(), req.readableFlowing);
        req.resume().on('end', () => res.end('x'));
      },
    },
    'Readable.toWeb(req)': {
      send: post('body'),
      scene: async (req, res) => {
        let text = '';
        for await (const chunk of Readable.toWeb(req)) text += Buffer.from(chunk);
        res.end(text);
      },
    },
    'stream.addAbortSignal on a request': {
      send: post('body'),
      scene: (req, _res, note) => {
        const controller = new AbortController();
        stream.addAbortSignal(controller.signal, req);
        req.on('error', (error) => note(error));
        req.on('close', () => note('close'));
        controller.abort();
      },
    },
    'req.iterator, map, toArray': {
      send: post('body'),
      scene: async (req, res) => {
        const parts = await req.map((chunk: Buffer) => String(chunk).toUpperCase()).toArray();
        res.end(parts.join());
      },
    },
    'res.pipe': {
      scene: (_req, res, note) => {
        res.on('error', (error) => note(error));
        res.pipe(new PassThrough());
        res.end();
      },
    },
    'a throttled source': {
      scene: (_req, res) => {
        let left = 3;
        new Readable({
          read() {
            setImmediate(() => this.push(left-- > 0 ? 'x'.repeat(20_000) : null));
          },
        }).pipe(res);
      },
    },
  };

  for (const [name, { scene, send }] of Object.entries(scenes)) twice(name, (http) => play(http, scene, send));
});
