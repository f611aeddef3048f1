/** Bad input, work outside of the test, and what is left behind. */
import cluster from 'node:cluster';
import { pbkdf2 } from 'node:crypto';
import { readFile } from 'node:fs';
import { readFile as readFilePromise } from 'node:fs/promises';
import nodeHttp from 'node:http';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import process from 'node:process';
import { pipeline, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createBrotliCompress, gzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tapped } from '../../../src/engine/tap.js';
import https from '../../../src/https.js';
import statewire, { type IncomingMessage, type ServerResponse } from '../../../src/index.js';
import {
  close,
  drain,
  type EveryFaultOptions,
  everyFault,
  fin,
  pause,
  read,
  refuse,
  reset,
  resume,
  send,
  silence,
  turns,
  virtualClock,
  wait,
} from '../../../src/testing/index.js';
import { cert, key } from '../../register/kit/certificate.js';
import { GET, OK } from './planted.js';

const hostTimeout = setTimeout;
const file = fileURLToPath(import.meta.url);
const script = [send(GET), read()];
const limit = { runs: 10 };
const module = (name: string) => new URL(`./programs/${name}`, import.meta.url);

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

const walk = (handler: Handler, more: Partial<EveryFaultOptions> = {}) =>
  everyFault({ server: (http) => http.createServer(handler as never), script, limit, ...more });

const coded = (code: string, message = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as never });

describe('the options of everyFault', () => {
  const server = () => statewire.createServer();
  it.each([
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [{ script }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, client: server, script }, 'ERR_INVALID_ARG_VALUE'],
    [{ server: 'app.js', script }, 'ERR_INVALID_ARG_TYPE'],
    [{ server }, 'ERR_INVALID_ARG_TYPE'],
    [{ server, script: [] }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, script: ['GET /'] }, 'ERR_INVALID_ARG_TYPE'],
    [{ server, script: [refuse()] }, 'ERR_INVALID_ARG_VALUE'],
    [{ client: server, script: [read(), close()] }, 'ERR_INVALID_ARG_VALUE'],
    [{ client: server, script: [read()], upstream: [read()] }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, script, upstream: [] }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, script, limit: { runs: 0 } }, 'ERR_OUT_OF_RANGE'],
    [{ server, script, limit: { turns: 1 } }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, script, limit: { seconds: 'x' } }, 'ERR_INVALID_ARG_TYPE'],
    [{ server, script, seed: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ server, script, only: ['hangs'] }, 'ERR_INVALID_ARG_VALUE'],
    [{ server, script, patience: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    [{ server, script, imports: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ server, script, onProgress: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ server, script, isolated: true }, 'ERR_INVALID_ARG_VALUE'],
  ])('%j: %s', async (options, code) => {
    await expect(everyFault(options as never)).rejects.toThrow(coded(code));
  });

  it.each([3, { turns: 1 }, { runs: 0 }])('of a limit of %j the message has the whole name', async (limit) => {
    const refused = everyFault({ server, script, limit } as never);
    await expect(refused).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(/options\.limit/) }),
    );
  });

  it('words are checked', () => {
    expect(() => send(1 as never)).toThrow(coded('ERR_INVALID_ARG_TYPE'));
    expect(() => send('')).toThrow(coded('ERR_INVALID_ARG_VALUE'));
    expect(() => wait(-1)).toThrow(coded('ERR_OUT_OF_RANGE'));
    expect(() => turns(1.5)).toThrow(coded('ERR_OUT_OF_RANGE'));
    expect(() => refuse('EPERM' as never)).toThrow(coded('ERR_INVALID_ARG_VALUE'));
    expect([fin, reset, pause, resume, silence, close, drain].map((word) => word().do)).toEqual([
      ...['fin', 'reset', 'pause', 'resume', 'silence', 'close', 'drain'],
    ]);
  });
});

describe('a program that is none', () => {
  it.each([
    [() => nodeHttp.createServer(), 'ERR_INVALID_ARG_TYPE', /must be a Server of statewire/],
    [() => ({}), 'ERR_INVALID_ARG_TYPE', /a Server, or a handler of requests/],
    [() => undefined, 'ERR_INVALID_ARG_TYPE', /Received undefined/],
  ])('%s', async (server, code, message) => {
    await expect(everyFault({ server, script })).rejects.toThrow(coded(code, message));
  });

  it.each([
    [
      (req: unknown, res: { end(): void }) => void (req && res.end()),
      /a function that makes a server, or a handler, for each run/,
    ],
    [async function handle(_req: unknown) {}, /: server: \(\) => handler/],
    [(_a: unknown, _b: unknown, _next: unknown) => {}, /: server: \(\) => handler/],
    [Object.assign(() => {}, { handle() {}, listen() {} }), /makes one for each run: server: \(\) => app/],
    [statewire.createServer(), /: server: \(\) => app/],
    [{ callback() {} }, /: server: \(\) => app/],
  ])('%s is refused, with what to write', async (server, message) => {
    await expect(everyFault({ server: server as never, script })).rejects.toThrow(
      coded('ERR_INVALID_ARG_TYPE', message),
    );
  });

  it('that forks', async () => {
    const { fork } = cluster;
    const server = () => cluster.fork();
    await expect(everyFault({ server, script })).rejects.toThrow(
      coded('STATEWIRE_NO_PROGRAM', /calls cluster\.fork\(\)/),
    );
    expect(cluster.fork).toBe(fork);
  });

  it('that throws while it is made', async () => {
    const error = new Error('no database');
    const server = () => {
      throw error;
    };
    await expect(everyFault({ server, script })).rejects.toBe(error);
    await expect(everyFault({ server: async () => server(), script })).rejects.toBe(error);
  });

  it('that opens a connection, with nobody there', async () => {
    const server: EveryFaultOptions['server'] = (http) =>
      http.createServer(
        (_req, res) => void http.get('http://db:81/', () => res.end()).on('error', () => res.destroy()),
      );
    await expect(everyFault({ server, script })).rejects.toThrow(coded('STATEWIRE_NO_UPSTREAM', /to db:81:/));
  });
});

describe('a module', () => {
  it.each(['handler.mjs', 'factory.mjs', 'common.cjs'])('%s is walked', async (name) => {
    const report = await everyFault({ server: module(name), script, limit: { runs: 3 } });
    expect(report.findings, String(report)).toEqual([]);
  });

  it('may wait at its top level, and be a client', async () => {
    const report = await everyFault({ client: module('late.mjs'), script: [read(), silence()], limit: { runs: 1 } });
    expect(report.findings[0]).toMatchObject({ verdict: 'hang' });
    expect(report.findings[0]!.test).toContain(`const client = new URL('file:///`);
  });

  it.each([
    ['nothing.mjs', 'STATEWIRE_NO_PROGRAM', /nothing\.mjs has no server: export one/],
    ['exiting.mjs', 'STATEWIRE_NO_PROGRAM', /exiting\.mjs calls process\.exit\(3\) while it is loaded/],
    ['forking.mjs', 'STATEWIRE_NO_PROGRAM', /calls cluster\.fork\(\): its workers would be other processes/],
    ['waiting.mjs', 'STATEWIRE_NO_PROGRAM', /waiting\.mjs is not loaded after 1 s: it awaits something/],
    ['missing.mjs', 'ERR_MODULE_NOT_FOUND', /missing\.mjs/],
  ])('%s: %s', async (name, code, message) => {
    await expect(everyFault({ server: module(name), script, patience: 50 })).rejects.toThrow(coded(code, message));
  });
});

describe('what ends processes', () => {
  it.each<[string, Handler, RegExp]>([
    ['process.exit()', () => process.exit(7), /^process\.exit\(7\) was called$/],
    ['process.abort()', () => process.abort(), /^process\.abort\(\) was called$/],
    [
      'an exception',
      () => {
        throw new TypeError('broken');
      },
      /^uncaught TypeError: broken \(at .*odd\.test\.ts/,
    ],
    [
      'an exception of a timer',
      (_req, res) => {
        setTimeout(() => {
          throw new RangeError('later');
        }, 50);
        res.end();
      },
      /^uncaught RangeError: later/,
    ],
    ['a rejection', () => Promise.reject('text'), /^unhandled rejection text$/],
  ])('%s is a crash', async (_name, handler, text) => {
    const report = await walk(handler, { only: ['crash'] });
    expect(report.findings.map((finding) => finding.text)).toEqual([expect.stringMatching(text)]);
    expect(report.findings[0]!.verdict).toBe('crash');
  });
});

describe('work outside of the test', () => {
  let silent: Server;
  let port: number;
  let known: Socket;
  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    ({ port } = silent.address() as AddressInfo);
    known = connect(port, '127.0.0.1');
    await new Promise((resolve) => known.once('connect', resolve));
  });
  afterAll(() => {
    known.destroy();
    silent.close();
  });

  it.each<[string, Handler, RegExp]>([
    ['a new socket', (_req, res) => void connect(port, '127.0.0.1').once('data', () => res.end()), /TCPSocketWrap/],
    [
      'a socket from before',
      (_req, res) => {
        known.once('data', () => res.end());
        known.write('query');
      },
      /a socket of the host/,
    ],
    ['a timer from before', (_req, res) => void hostTimeout(() => res.end(), 3000), /a timer of the host/],
  ])('%s makes a run undecided, and no hang', async (_name, handler, text) => {
    const report = await walk(handler, { limit: { runs: 2 }, patience: 20 });
    expect(report.findings, String(report)).toEqual([]);
    expect(report.undecided[0]!.text).toMatch(text);
  });

  it.each<[string, Handler]>([
    ['a file', (_req, res) => readFile(file, (_error, text) => res.end(text))],
    ['a file, with a promise', async (_req, res) => res.end(await readFilePromise(file))],
    ['compression', (_req, res) => gzip('x'.repeat(100_000), (_error, text) => res.end(text))],
    ['cryptography', (_req, res) => pbkdf2('a', 'b', 1000, 32, 'sha256', (_error, key) => res.end(key))],
  ])('%s is waited for', async (_name, handler) => {
    const report = await walk(handler);
    expect([report.findings, report.undecided], String(report)).toEqual([[], []]);
  });

  it('a stream that compresses for long is waited for', async () => {
    const text = Array.from({ length: 40_000 }, (_, at) => Math.imul(at, 0x9e3779b1).toString(36)).join();
    const report = await walk(
      (_req, res) => void pipeline(Readable.from([text]), createBrotliCompress(), res as never, () => {}),
      { limit: { runs: 1 }, patience: 10_000 },
    );
    expect([report.findings, report.undecided], String(report)).toEqual([[], []]);
  });
});

describe('what is left behind', () => {
  const found = () => ({
    listeners: process.eventNames().map((event) => [event, process.rawListeners(event as 'exit')]),
    functions: [process.exit, process.abort, setTimeout, setInterval, Date, performance.now, Socket.prototype.write],
    own: [statewire.Agent, statewire.Server, statewire.ServerResponse].map(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype)),
    ),
    captures: process.hasUncaughtExceptionCaptureCallback(),
    tapped,
    emits: EventTarget.prototype.addEventListener,
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a walk', () => walk((_req, res) => res.end())],
    ['a walk with findings', () => walk(() => process.exit())],
    ['a walk that fails', () => everyFault({ server: () => undefined, script }).catch(() => {})],
    ['a module that fails', () => everyFault({ server: module('exiting.mjs'), script }).catch(() => {})],
  ])('nothing, by %s', async (_name, act) => {
    const before = found();
    await act();
    expect(found()).toEqual(before);
    // The time is the host's.
    virtualClock().uninstall();
  });

  it('is nothing of timers', async () => {
    let fired = 0;
    const handler: Handler = (_req, res) => {
      setInterval(() => fired++, 100);
      res.end();
    };
    await walk(handler, { limit: { runs: 1 } });
    const before = fired;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(fired).toBe(before);
  });

  it('one walk at a time', async () => {
    const first = walk((_req, res) => res.end());
    await expect(walk((_req, res) => res.end())).rejects.toThrow(coded('STATEWIRE_CLOCK_INSTALLED'));
    await first;
    const clock = virtualClock();
    await expect(walk((_req, res) => res.end())).rejects.toThrow(coded('STATEWIRE_CLOCK_INSTALLED'));
    clock.uninstall();
  });
});

describe('a report', () => {
  it('is text, JSON and progress', async () => {
    const progress: number[] = [];
    const report = await walk(() => {}, { onProgress: ({ runs, findings }) => progress.push(runs, findings), seed: 5 });
    expect(String(report)).toMatch(/^HANG {2}s1\.1 GET \/a waits for you to respond, 10 min 0 s; nothing ends this/);
    expect(String(report)).toMatch(/1 finding in \d+ runs at \d+ points: \d+ of \d+ single faults, .*\(seed 5\)$/);
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({
      ...{ seed: 5, undecided: [], findings: [{ verdict: 'hang', fault: 'no fault', times: expect.any(Number) }] },
    });
    expect(progress.length).toBeGreaterThan(10);
  });

  it('counts the runs in which something was seen, however often', async () => {
    const handler = async (_req: IncomingMessage, res: ServerResponse) => {
      res.end('x');
      throw new Error('lost');
    };
    const report = await walk(handler, { script: [send(GET + GET + GET), read()], limit: { runs: 20 } });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]!.times, String(report)).toBeLessThanOrEqual(report.runs);
  });

  it('has only the verdicts that are asked for', async () => {
    const report = await walk(() => {}, { only: ['leak'] });
    expect(report.findings).toEqual([]);
  });

  it('notes a program that keeps state between runs', async () => {
    let count = 0;
    const report = await walk((_req, res) => res.end('x'.repeat(count++ % 7 === 0 ? 200_000 : 1)));
    expect(report.notes).toContainEqual(expect.stringMatching(/keeps state between runs/));
  });

  it('of a script as it is, with limit.runs 1', async () => {
    const report = await walk((_req, res) => res.end(), { limit: { runs: 1 } });
    expect(report.walked).toMatchObject({ singles: 0, pairs: 0 });
  });
});

describe('a client', () => {
  it('may have an agent of its own, or none', async () => {
    const own = new statewire.Agent({ maxSockets: 2 });
    for (const agent of [own, undefined, false] as const) {
      const report = await everyFault({
        client: (http) =>
          new Promise((resolve, reject) => {
            const req = http.get({ agent, host: 'api' } as never, (res) =>
              res.resume().on('end', resolve).on('error', reject),
            );
            req.on('error', reject).setTimeout(5000, () => req.destroy(new Error('timeout')));
          }),
        script: [read(), send(OK)],
        limit: { runs: 30 },
      });
      expect(report.findings, String(report)).toEqual([]);
    }
  });

  it('that throws at once, or returns nothing, has no finding', async () => {
    for (const client of [
      () => {
        throw new Error('no');
      },
      () => undefined,
    ])
      expect((await everyFault({ client, script: [read(), send(OK)], limit: { runs: 3 } })).findings).toEqual([]);
  });
});

describe('a server', () => {
  const server =
    (secure: boolean, handler: Handler): EveryFaultOptions['server'] =>
    () =>
      secure ? https.createServer({ key, cert }, handler as never) : statewire.createServer(handler as never);

  it('of https: gets its sockets as after the handshake', async () => {
    let secure: unknown;
    const report = await everyFault({
      server: server(true, ({ socket }, res) => {
        secure = (socket as { encrypted?: boolean }).encrypted;
        res.end();
      }),
      script,
      limit: { runs: 30 },
    });
    expect([report.findings, secure], String(report)).toEqual([[], true]);
    const hanging = await everyFault({ server: server(true, () => {}), script, limit: { runs: 1 } });
    expect(hanging.findings[0]!.verdict).toBe('hang');
  });

  it('may hand sockets over', async () => {
    const upgrade = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n';
    const report = await everyFault({
      server: (http) =>
        http
          .createServer((_req, res) => res.end())
          .on('upgrade', (_req, socket) => {
            socket
              .on('error', () => {})
              .write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
            socket.pipe(socket);
          }),
      script: [send(upgrade), read(), send('an echo')],
      limit: { runs: 50 },
    });
    expect(report.findings, String(report)).toEqual([]);
  });

  it('may respond to HEAD, expect 100-continue, and have trailers', async () => {
    const report = await everyFault({
      server: (http) =>
        http.createServer((req, res) => {
          const hasTrailers = req.method !== 'HEAD';
          res.writeHead(200, hasTrailers ? { Trailer: 'X-Sum' } : {});
          res.write('part');
          if (hasTrailers) res.addTrailers({ 'X-Sum': '1' });
          req.on('error', () => {}).resume();
          res.end();
        }),
      script: [
        send('HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n'),
        read(),
        send('POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n'),
        send('3\r\nabc\r\n0\r\n\r\n'),
        read(),
      ],
      limit: { runs: 60 },
    });
    expect(report.findings, String(report)).toEqual([]);
  });

  it('may listen by itself, and serve large bodies', async () => {
    const report = await everyFault({
      server: (http) => http.createServer((req, res) => void req.pipe(res).on('error', () => {})).listen(0, () => {}),
      script: [
        send(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${1 << 20}\r\n\r\n`),
        send(Buffer.alloc(1 << 20)),
        read(),
      ],
      limit: { runs: 20 },
    });
    expect(report.findings, String(report)).toEqual([]);
  });
});

describe('a server that is closed', () => {
  it('and is never done with it, hangs', async () => {
    const report = await everyFault({
      server: (http) => {
        const server = http.createServer((_req, res) => res.end());
        server.on('connection', (socket) => socket.removeAllListeners('close'));
        server.close = function (callback) {
          setTimeout(() => callback?.(), 2 ** 30);
          return this;
        };
        return server;
      },
      script: [...script, close()],
      limit: { runs: 1 },
    });
    expect(report.findings.map(({ text }) => text)).toEqual(['the server was closed, and is never done with it']);
  });
});
