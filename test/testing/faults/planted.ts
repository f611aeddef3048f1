/** Programs with a planted defect, and programs without one. */
import { EventEmitter } from 'node:events';
import { createReadStream, readFile } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type * as http from '../../../src/index.js';
import {
  type EveryFaultOptions,
  type FaultHttp,
  type FaultVerdict,
  fin,
  type PeerStep,
  read,
  send,
  wait,
} from '../../../src/testing/index.js';

type Request = http.IncomingMessage;
type Response = http.ServerResponse;
type Make = (statewire: FaultHttp, agent: http.Agent) => unknown;
type Handler = (req: Request, res: Response) => unknown;

export interface PlantedProgram {
  readonly name: string;
  readonly options: EveryFaultOptions;
  /** What has to be found; undefined for a program without a defect. */
  readonly finds: readonly [FaultVerdict, RegExp, ...also: FaultVerdict[]] | undefined;
}

export const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const get = [send(GET), read()];
const post = [send(POST), send('12345'), send('67890'), read()];
const file = fileURLToPath(import.meta.url);

const of =
  (handler: Handler): Make =>
  (statewire) =>
    statewire.createServer(handler as never);

const server = (
  name: string,
  script: readonly PeerStep[],
  handler: Handler,
  finds?: PlantedProgram['finds'],
  more: Partial<EveryFaultOptions> = {},
): PlantedProgram => ({ name, options: { server: of(handler), script, ...more }, finds });

const client = (
  name: string,
  script: readonly PeerStep[],
  run: Make,
  finds?: PlantedProgram['finds'],
): PlantedProgram => ({ name, options: { client: run, script }, finds });

const log = new PassThrough().setMaxListeners(0).resume();
const buses = [new EventEmitter().setMaxListeners(0), new EventEmitter().setMaxListeners(0)] as const;

async function bodyOf(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** In plain handlers. */
export const defects: readonly PlantedProgram[] = [
  server(
    'a listener that is left on a kept connection',
    get,
    (req, res) => {
      req.socket.on('timeout', () => {});
      res.end('ok');
    },
    ['leak', /listeners of 'timeout'/],
  ),
  server(
    "a file that is piped without a listener of 'error'",
    get,
    (_req, res) => void createReadStream(file).pipe(res),
    ['leak', /descriptor/],
  ),
  server(
    "'end' is awaited, and nothing else",
    post,
    async (req, res) => {
      await new Promise((resolve) => req.resume().on('end', resolve));
      res.end('ok');
    },
    ['leak', /promise of the handler of POST \/a never settles/],
  ),
  server(
    'a response that is written on after the client has left',
    get,
    async (_req, res) => {
      for (let count = 0; count < 20; count++) {
        res.write('tick\n');
        await sleep(100);
      }
      res.end();
    },
    ['late', /GET \/a is written to again and again/],
  ),
  server(
    'write() === false is ignored',
    get,
    (_req, res) => {
      for (let count = 0; count < 64; count++) res.write(Buffer.alloc(65_536));
      res.end();
    },
    ['leak', /in spite of write\(\) === false/],
  ),
  server(
    'a path on which nobody responds',
    post,
    async (req, res) => {
      // Nobody responds to a second request that comes before the first response is sent.
      const isFirst = res.socket !== null;
      const body = await bodyOf(req).catch(() => undefined);
      if (body?.length === 10 && !res.writableEnded && isFirst) res.end('ok');
    },
    ['hang', /POST \/a waits for you to respond/],
  ),
  server(
    'a second response after a timeout',
    get,
    async (_req, res) => {
      const timer = setTimeout(() => res.writeHead(503).end('late'), 100);
      await sleep(200);
      clearTimeout(timer);
      try {
        res.writeHead(200).end('ok');
      } catch {
        // Nobody sees it.
      }
    },
    ['twice', /writeHead\(\) after the head was sent/],
  ),
  server(
    'an exception when the client has left',
    post,
    async (req, res) => {
      const body = await bodyOf(req);
      res.end(String(body.length));
    },
    ['crash', /unhandled rejection .*aborted/],
  ),
  server(
    'a length that is wrong',
    get,
    (_req, res) => {
      res.writeHead(200, { 'Content-Length': 10 });
      res.end('ok');
    },
    ['bytes', /Content-Length of 10, and 2 bytes/],
  ),
  server(
    'a timer that goes on after the client has left',
    get,
    (_req, res) => {
      const timer = setInterval(() => res.write('tick\n'), 1000);
      setTimeout(() => {
        clearInterval(timer);
        res.end();
      }, 3000);
      res.on('close', () => {
        // It should be cleared here.
      });
    },
    ['late', /GET \/a is written to/],
  ),
  server(
    'a listener on a bus that is left when the client leaves',
    get,
    async (_req, res) => {
      const onNews = (news: string): unknown => res.write(news);
      buses[0].on('news', onNews);
      res.write('news\n');
      await sleep(1000);
      if (res.destroyed) return;
      res.end(() => buses[0].off('news', onNews));
    },
    ['leak', /EventEmitter 'news' has more listeners/],
  ),
  server(
    'a timer that starts itself again when the client has left',
    get,
    (_req, res) => {
      let count = 0;
      const look = (): void => {
        count++;
        if (count === 3 && !res.destroyed) res.end('ok');
        else setTimeout(look, 500);
      };
      look();
    },
    ['leak', /a timer that starts itself again goes on after the exchange/],
  ),
  server(
    'a listener on a stream of all requests',
    get,
    (_req, res) => {
      log.once('error', () => {});
      res.end('ok');
    },
    ['leak', /PassThrough 'error' has more listeners/],
  ),
  server('a proxy that waits for ever', get, undefined as never, ['hang', /GET \/a waits for you to respond/, 'leak'], {
    upstream: [read(), send(OK)],
    server: (statewire, agent) =>
      statewire.createServer((_req, res) => {
        statewire
          .get({ agent, host: 'api', path: '/up' }, (incoming) => void incoming.pipe(res))
          .on('error', () => res.destroy());
      }),
  }),
];

export const clientDefects: readonly PlantedProgram[] = [
  client(
    "a queued request without a listener of 'error'",
    [read(), send(OK), read(), send(OK)],
    (statewire) => {
      const agent = new statewire.Agent({ keepAlive: true, maxSockets: 1 });
      const ask = (path: string) =>
        new Promise((resolve, reject) => {
          const req = statewire.get({ agent, host: 'api', path }, (res) => res.resume().on('close', resolve));
          if (path === '/1') req.on('error', reject);
          req.setTimeout(1000, () => req.destroy(new Error('timeout')));
        });
      return Promise.race([ask('/1'), ask('/2')]).finally(() => sleep(5000).then(() => agent.destroy()));
    },
    ['crash', /uncaught/],
  ),
  client(
    'a response that is not read',
    [read(), send(OK)],
    (statewire, agent) =>
      new Promise((resolve, reject) => {
        const req = statewire.get({ agent, host: 'api' }, (res) => {
          clearTimeout(deadline);
          resolve(res.statusCode);
        });
        const deadline = setTimeout(() => req.destroy(new Error('timeout')), 1000);
        req.on('error', reject);
      }),
    ['leak', /waits for you to read the response/],
  ),
  client(
    'a POST that is sent again',
    [read(), send(OK)],
    async (statewire, agent) => {
      const once = () =>
        new Promise((resolve, reject) => {
          const req = statewire.request({ agent, host: 'api', method: 'POST' }, (res) =>
            res.resume().on('end', resolve).on('error', reject),
          );
          req.on('error', reject).setTimeout(1000, () => req.destroy(new Error('timeout')));
          req.end('pay');
        });
      await once().catch(once);
    },
    ['twice', /POST \/ is sent again/],
  ),
  client(
    'an agent for each call',
    [read(), send(OK)],
    (statewire) =>
      new Promise((resolve, reject) => {
        const agent = new statewire.Agent({ keepAlive: true });
        const req = statewire.get({ agent, host: 'api' }, (res) => res.resume().on('end', resolve).on('error', reject));
        req.on('error', reject).setTimeout(1000, () => req.destroy(new Error('timeout')));
      }),
    ['leak', /leaves an open connection/],
  ),
];

const ask = (statewire: FaultHttp, options: object): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const req = statewire.request(options, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve(Buffer.concat(chunks)));
      res.on('error', reject);
    });
    const deadline = setTimeout(() => req.destroy(new Error('timeout')), 10_000);
    req.on('error', reject).on('close', () => {
      clearTimeout(deadline);
      reject(new Error('closed'));
    });
    req.end();
  });

/** Correct ones. */
export const correct: readonly PlantedProgram[] = [
  server('hello', get, (_req, res) => res.end('hello')),
  server('an upload', post, async (req, res) => {
    try {
      res.end(String((await bodyOf(req)).length));
    } catch {
      res.destroy();
    }
  }),
  server('a file', get, (_req, res) => {
    pipeline(createReadStream(file), res as unknown as NodeJS.WritableStream).catch(() => {});
  }),
  server('a file that is read', get, (_req, res) => {
    readFile(file, (error, text) => {
      if (error) res.writeHead(500).end();
      else res.setHeader('Content-Type', 'text/plain').end(text);
    });
  }),
  server('events for as long as the client is there', [send(GET), wait(5000), fin()], (_req, res) => {
    const onNews = (news: string): unknown => res.write(news);
    buses[1].on('news', onNews);
    const timer = setInterval(() => buses[1].emit('news', `${Date.now()}\n`), 1000);
    const end = setTimeout(() => res.end(), 20_000);
    res.on('close', () => {
      buses[1].off('news', onNews);
      clearInterval(timer);
      clearTimeout(end);
    });
  }),
  server('events without an end', [send(GET), wait(5000), fin()], (_req, res) => {
    const timer = setInterval(() => res.write('news\n'), 1000);
    res.on('close', () => clearInterval(timer));
  }),
  server('a slow handler', get, async (_req, res) => {
    await sleep(300);
    res.setHeader('X-Waited', '300');
    await sleep(300);
    res.end('ok');
  }),
  server('a proxy', get, undefined as never, undefined, {
    upstream: [read(), send(OK)],
    server: (statewire, agent) =>
      statewire.createServer((req, res) => {
        const asked = statewire.request({ agent, host: 'api', path: req.url }, (incoming) => {
          res.writeHead(incoming.statusCode as number, incoming.headers as never);
          pipeline(incoming, res as unknown as NodeJS.WritableStream).catch(() => {});
        });
        const deadline = setTimeout(() => asked.destroy(new Error('timeout')), 10_000);
        asked.on('error', () => {
          if (res.headersSent) res.destroy();
          else res.writeHead(502).end();
        });
        asked.on('close', () => clearTimeout(deadline));
        res.on('close', () => asked.destroy());
        asked.end();
      }),
  }),
  client('a client with a deadline', [read(), send(OK), read(), send(OK)], async (statewire, agent) => {
    await ask(statewire, { agent, host: 'api', path: '/1' });
    await ask(statewire, { agent, host: 'api', path: '/2' });
  }),
];
