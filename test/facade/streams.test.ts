/** Requests and responses in the hands of `node:stream`, whose functions know them by their private fields. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import stream, { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { exchange, GET, type Handler, post } from './kit/exchange.js';
import { type Http, twice } from './kit/twice.js';

/** Writes down what happened. */
type Tell = (...words: unknown[]) => void;
type Scene = (req: IncomingMessage, res: ServerResponse, tell: Tell) => unknown;

/** Plays a scene in a handler. What comes of it is what was told, and the bytes of the answer. */
async function play(http: Http, scene: Scene, send = GET): Promise<unknown[]> {
  const told: string[] = [];
  const tell: Tell = (...words) => told.push(words.map(word).join(' '));
  const handler: Handler = async (req, res) => {
    try {
      await scene(req, res, tell);
    } catch (error) {
      tell('threw', error);
    }
  };
  const bytes = await exchange(http, handler, { send });
  return [told, bytes];
}

function word(value: unknown): string {
  if (!(value instanceof Error)) return String(value);
  return `${(value as NodeJS.ErrnoException).code ?? value.name}: ${value.message}`;
}

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
/** Half a body, and then the connection's end. */
const CUT = `${CHUNKED}4\r\nbody\r\n`;

describe('stream.finished', () => {
  const scenes: Readonly<Record<string, { scene: Scene; send?: string }>> = {
    'on a response that is answered': {
      scene: (_req, res, tell) => {
        stream.finished(res, (error) => tell('finished', error));
        res.end('x');
      },
    },
    'on a response that is finished already': {
      scene: (_req, res, tell) => {
        res.on('finish', () => stream.finished(res, (error) => tell('finished', error)));
        res.end('x');
      },
    },
    'on a response that is closed already': {
      scene: (_req, res, tell) => {
        res.on('close', () => stream.finished(res, (error) => tell('finished', error)));
        res.end('x');
      },
    },
    'on a response that is destroyed': {
      scene: (_req, res, tell) => {
        stream.finished(res, (error) => tell('finished', error));
        res.write('x');
        res.destroy();
      },
    },
    'on a response that is destroyed with an error': {
      scene: (_req, res, tell) => {
        res.on('error', (error) => tell('error', error));
        stream.finished(res, (error) => tell('finished', error));
        res.write('x');
        res.destroy(new Error('enough'));
      },
    },
    'on a response whose socket is destroyed': {
      scene: (req, res, tell) => {
        stream.finished(res, (error) => tell('finished', error));
        res.write('x');
        req.socket.destroy();
      },
    },
    'on a request that is read': {
      send: post('body'),
      scene: (req, res, tell) => {
        stream.finished(req, (error) => {
          tell('finished', error);
          res.end();
        });
        req.resume();
      },
    },
    'on a request without a body that nobody reads': {
      scene: (req, res, tell) => {
        stream.finished(req, (error) => tell('finished', error));
        res.end();
      },
    },
    'on a request whose body nobody reads': {
      send: post('body'),
      scene: (req, res, tell) => {
        stream.finished(req, (error) => tell('finished', error));
        res.end();
      },
    },
    'on a request that is closed already': {
      send: post('body'),
      scene: (req, res, tell) => {
        req.on('close', () => stream.finished(req, (error) => tell('finished', error)));
        req.resume().on('end', () => res.end());
      },
    },
    'on a request that is destroyed': {
      send: post('body'),
      scene: (req, _res, tell) => {
        stream.finished(req, (error) => tell('finished', error));
        req.destroy();
      },
    },
    'on a request cut by its socket': {
      send: CUT,
      scene: (req, _res, tell) => {
        stream.finished(req, (error) => tell('finished', error));
        req.on('data', () => req.socket.destroy());
      },
    },
    'on both, with the socket gone': {
      send: CUT,
      scene: (req, res, tell) => {
        stream.finished(req, (error) => tell('req finished', error));
        stream.finished(res, (error) => tell('res finished', error));
        req.on('data', () => req.socket.destroy());
      },
    },
    'given up by a signal': {
      scene: (_req, res, tell) => {
        const controller = new AbortController();
        stream.finished(res, { signal: controller.signal }, (error) => tell('finished', error));
        controller.abort();
        res.end('x');
      },
    },
    undone: {
      scene: (_req, res, tell) => {
        const undo = stream.finished(res, () => tell('finished'));
        undo();
        tell('undone');
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
      scene: async (_req, res, tell) => tell('done', await pipeline(Readable.from(['x', 'y']), res)),
    },
    'from a request': {
      send: post('body'),
      scene: async (req, res, tell) => {
        const target = new PassThrough().on('data', (chunk) => tell('data', chunk));
        await pipeline(req, target);
        res.end('done');
      },
    },
    'from a request into its response': {
      send: post('body'),
      scene: async (req, res, tell) => tell('done', await pipeline(req, res)),
    },
    'from a request through a transform into its response': {
      send: post('body'),
      scene: async (req, res, tell) => tell('done', await pipeline(req, upper(), res)),
    },
    'from a generator into a response': {
      scene: async (_req, res, tell) => {
        await pipeline(async function* () {
          yield 'x';
          yield 'y';
        }, res);
        tell('done');
      },
    },
    'into a response, without ending it': {
      scene: async (_req, res, tell) => {
        await pipeline(Readable.from(['x']), res, { end: false });
        tell('done', res.writableEnded);
        res.end('y');
      },
    },
    'from a source that fails': {
      scene: async (_req, res, tell) => {
        res.on('close', () => tell('close', res.destroyed, res.errored));
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
      scene: async (req, res, tell) => {
        req.once('data', () => setImmediate(() => req.socket.destroy()));
        res.on('close', () => tell('close'));
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
    'given up by a signal': {
      scene: async (_req, res, tell) => {
        const controller = new AbortController();
        res.on('close', () => tell('close'));
        res.write('x');
        setImmediate(() => controller.abort());
        await pipeline(new PassThrough(), res, { signal: controller.signal });
      },
    },
  };

  for (const [name, { scene, send }] of Object.entries(scenes)) twice(name, (http) => play(http, scene, send));
});

describe('what streams are asked', () => {
  type Probes = Readonly<Record<string, (of: never) => unknown>>;
  const { isDisturbed, isErrored, isReadable } = stream as unknown as Probes;
  const { isWritable } = stream as unknown as Probes;
  const answers = (of: IncomingMessage | ServerResponse) =>
    [isDisturbed, isErrored, isReadable, isWritable].map((probe) => probe?.(of as never));

  const states = (of: IncomingMessage | ServerResponse) => {
    const { destroyed, closed, errored } = of as Readable;
    return [...answers(of), destroyed, closed, errored?.message];
  };

  twice('of a request and its response, from beginning to end', (http) =>
    play(
      http,
      (req, res, tell) => {
        const ask = (when: string) => tell(when, 'req', ...states(req), 'res', ...states(res));
        ask('at first');
        req.on('data', () => ask('at data'));
        req.on('end', () => {
          ask('at the end');
          res.end('x');
          ask('after end()');
        });
        if (HOST >= 26) return; // See `ends` in docs/differences-from-node.md.
        req.on('close', () => ask('at req close'));
        res.on('finish', () => ask('at finish'));
        res.on('close', () => ask('at res close'));
      },
      post('body'),
    ),
  );

  twice('of those that are destroyed', (http) =>
    play(
      http,
      (req, res, tell) => {
        req.on('error', (error) => tell('error', error));
        req.on('close', () => tell('req', ...states(req)));
        res.on('close', () => tell('res', ...states(res)));
        req.destroy(new Error('enough'));
        tell('at once', ...states(req), ...states(res));
      },
      post('body'),
    ),
  );
});

describe('other ways to use them as streams', () => {
  const scenes: Readonly<Record<string, { scene: Scene; send?: string }>> = {
    'for await': {
      send: post('body'),
      scene: async (req, res) => {
        let text = '';
        for await (const chunk of req) text += chunk;
        res.end(text);
      },
    },
    'for await, left early': {
      send: post('body'),
      scene: async (req, res, tell) => {
        for await (const chunk of req) {
          tell('chunk', chunk);
          break;
        }
        tell(req.destroyed, res.destroyed);
        res.end('x');
      },
    },
    'for await on a request that was asked too soon, and has come': {
      scene: async (req, res, tell) => {
        tell(req.read());
        while (!req.complete) await new Promise((go) => setImmediate(go));
        for await (const chunk of req) tell('chunk', chunk);
        tell(req.readableEnded);
        res.end('x');
      },
    },
    'for await on a request that is cut': {
      send: CUT,
      scene: async (req, _res, tell) => {
        for await (const chunk of req) {
          tell('chunk', chunk);
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
      scene: (req, res, tell) => {
        req.on('readable', () => {
          for (let chunk = req.read(2); chunk !== null; chunk = req.read(2)) tell(chunk);
        });
        req.on('end', () => res.end());
      },
    },
    'req.pipe(res)': { send: post('body'), scene: (req, res) => req.pipe(res) },
    'req.unpipe': {
      send: post('body'),
      scene: (req, res, tell) => {
        const target = new PassThrough();
        req.pipe(target);
        req.unpipe(target);
        tell(req.isPaused(), req.readableFlowing);
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
      scene: (req, _res, tell) => {
        const controller = new AbortController();
        stream.addAbortSignal(controller.signal, req);
        req.on('error', (error) => tell(error));
        req.on('close', () => tell('close'));
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
      scene: (_req, res, tell) => {
        res.on('error', (error) => tell(error));
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
