/** What a failure takes from the next client, and what a report says of it: each defect is found, once, under one verdict. */
import { watch } from 'node:fs';
import { connect as connectTo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as http from '../../../src/index.js';
import statewire from '../../../src/index.js';
import {
  connect,
  type EveryFaultOptions,
  everyFault,
  type FaultHttp,
  type FaultVerdict,
  fin,
  read,
  send,
} from '../../../src/testing/index.js';
import { GET, OK } from './planted.js';

type Handler = (req: http.IncomingMessage, res: http.ServerResponse) => unknown;

const POST = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
const JSON_OK = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"a":"bcd"}';
const get = [send(GET), read()];
const post = [send(POST), send('12345'), send('67890'), read()];
const up = [read(), send(OK)];
const json = [read(), send(JSON_OK)];

const plain =
  (handler: Handler): EveryFaultOptions['server'] =>
  (statewire) =>
    statewire.createServer(handler as never);

/** One at a time. */
class Lock {
  private isLocked = false;
  private readonly waiting: (() => void)[] = [];

  take(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isLocked) this.waiting.push(resolve);
      this.isLocked = true;
      if (this.waiting.length === 0) resolve();
    });
  }

  give(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.isLocked = false;
    else next();
  }
}

/** It is given back when the upload has ended, and not when it was cut. */
const locking =
  (lock: Lock): Handler =>
  async (req, res) => {
    await lock.take();
    req.resume().on('end', () => {
      lock.give();
      res.end('ok');
    });
  };

const asked = (
  statewire: FaultHttp,
  options: object,
  onResponse: (res: http.IncomingMessage) => void,
  onError: (error: unknown) => void,
): http.ClientRequest => {
  const req = statewire.request({ host: 'api', ...options }, onResponse as never) as http.ClientRequest;
  const deadline = setTimeout(() => req.destroy(new Error('timeout')), 1000);
  req.on('error', onError).on('close', () => clearTimeout(deadline));
  return req;
};

const moduleLock = new Lock();
let isBusy = false;

const defects: readonly (readonly [string, EveryFaultOptions, FaultVerdict, RegExp])[] = [
  [
    'a lock that is not given back when an upload is cut',
    { server: (statewire) => statewire.createServer(locking(new Lock()) as never), script: post, only: ['hang'] },
    'hang',
    /POST \/a waits for you to read the body/,
  ],
  [
    'an address that is gone with its socket',
    {
      server: plain((req, res) => setTimeout(() => res.end(req.socket.remoteAddress!.toUpperCase()), 100)),
      script: get,
    },
    'crash',
    /TypeError: Cannot read properties of undefined/,
  ],
  [
    'a cut body that is parsed',
    {
      server: plain((req, res) => {
        let text = '';
        req
          .on('data', (chunk) => {
            text += chunk;
          })
          .on('error', () => {})
          .on('close', () => res.end(JSON.parse(text).a));
      }),
      script: [send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n'), send('{"a":"bcd"}'), read()],
    },
    'crash',
    /SyntaxError/,
  ],
  [
    'a length that is too short',
    { server: plain((_req, res) => res.writeHead(200, { 'Content-Length': 2 }).end('long')), script: get },
    'bytes',
    /^the response has a Content-Length of 2, and more bytes follow$/,
  ],
  [
    'a response after one that was sent',
    {
      server: plain((_req, res) => {
        res.end('ok');
        setTimeout(() => res.end('too late'), 1000);
      }),
      script: get,
    },
    'twice',
    /end\(\) after end\(\)/,
  ],
  [
    'a proxy that sends a POST again',
    {
      server: (statewire, agent) =>
        statewire.createServer((req, res) => {
          const send = (isFirst: boolean): void => {
            const onError = (): unknown => (isFirst ? send(false) : res.writeHead(502).end());
            const onResponse = (incoming: http.IncomingMessage): unknown =>
              incoming.resume().on('end', () => res.end());
            asked(statewire, { agent, method: 'POST' }, onResponse, onError).end('pay');
          };
          req.on('error', () => {}).resume();
          req.on('end', () => send(true));
        }),
      script: post,
      upstream: up,
      only: ['twice'],
    },
    'twice',
    /^POST \/ is sent again/,
  ],
  [
    'a proxy that takes a cut response for whole',
    {
      server: (statewire, agent) =>
        statewire.createServer((_req, res) => {
          const onResponse = (incoming: http.IncomingMessage): void => {
            let text = '';
            incoming.setEncoding('latin1').on('data', (chunk) => {
              text += chunk;
            });
            incoming.on('error', () => {}).on('close', () => res.end(text));
          };
          asked(statewire, { agent }, onResponse, () => res.headersSent || res.writeHead(502).end()).end();
        }),
      script: get,
      upstream: json,
      only: ['bytes'],
    },
    'bytes',
    /^a response of the upstream that was cut after \d+ bytes is sent on as if it were whole$/,
  ],
  [
    'a client that takes a cut response for whole',
    {
      client: (statewire, agent) =>
        new Promise((resolve, reject) => {
          const onResponse = (res: http.IncomingMessage): void => {
            const chunks: Buffer[] = [];
            res.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
            res.on('close', () => resolve(Buffer.concat(chunks)));
          };
          asked(statewire, { agent }, onResponse, reject).end();
        }),
      script: json,
    },
    'bytes',
    /^a response that was cut after \d+ bytes is taken for whole/,
  ],
  [
    'a listener for each request, on the kept socket of an agent',
    {
      client: (statewire, agent) =>
        new Promise((resolve, reject) => {
          const onResponse = (res: http.IncomingMessage): unknown =>
            res.resume().on('end', resolve).on('error', reject);
          const req = asked(statewire, { agent }, onResponse, reject);
          req.on('socket', (socket) => socket.on('timeout', () => {})).end();
        }),
      script: up,
    },
    'leak',
    /^the kept socket of an agent has more listeners of 'timeout'/,
  ],
];

describe('a defect is found once', () => {
  it.each(defects)('%s', async (_name, options, verdict, text) => {
    const report = await everyFault({ ...options, limit: { runs: options.upstream === undefined ? 50 : 160 } });
    expect(report.findings, String(report)).toEqual([
      expect.objectContaining({ verdict, text: expect.stringMatching(text) }),
    ]);
    const [{ script, upstream = [] }] = report.findings as [(typeof report.findings)[0]];
    expect(script.length + upstream.length).toBeLessThanOrEqual(6);
  });

  it('in a server that was made before the walk, and has no timers in it', async () => {
    const made = statewire.createServer(() => {});
    const report = await everyFault({ server: () => made, script: [send(GET)], limit: { runs: 1 } });
    expect(report.findings[0]!.text).toContain('waits for you to respond, 10 min 0 s');
  });

  it('by the script that is printed, with another client', async () => {
    const server: EveryFaultOptions['server'] = (statewire) => statewire.createServer(locking(new Lock()) as never);
    const script = [send(POST), fin(), connect(), ...post];
    const report = await everyFault({ server, script, limit: { runs: 1 } });
    expect(report.findings.map(({ verdict }) => verdict)).toEqual(['hang']);
    expect(report.findings[0]!.script).toContain('connect()');
  });
});

describe('a program that a fault breaks for good', () => {
  it('is a server: the walk ends, and the test shows the fault and what follows', async () => {
    const report = await everyFault({ server: plain(locking(moduleLock)), script: post, limit: { runs: 80 } });
    expect(report.findings, String(report)).toHaveLength(1);
    const [{ verdict, script, fault }] = report.findings as [(typeof report.findings)[0]];
    expect([verdict, fault]).toEqual(['hang', 'FIN after step 1']);
    expect(script.map((step) => step.replace(/\(.*/, ''))).toEqual([
      ...['send', 'fin', 'connect', 'send', 'send', 'send', 'read'],
    ]);
    expect(report.notes).toEqual([expect.stringMatching(/doesn't recover from FIN after step 1: the walk has ended/)]);
  });

  it('is a client', async () => {
    const client: EveryFaultOptions['client'] = (statewire, agent) =>
      new Promise((resolve, reject) => {
        if (isBusy) return;
        isBusy = true;
        const onResponse = (res: http.IncomingMessage): void => {
          isBusy = false;
          res.resume().on('end', resolve).on('error', reject);
        };
        asked(statewire, { agent }, onResponse, reject).end();
      });
    const report = await everyFault({ client, script: up, limit: { runs: 80 } });
    expect(report.findings, String(report)).toEqual([expect.objectContaining({ verdict: 'hang', times: 1 })]);
    expect(report.notes).toEqual([expect.stringMatching(/doesn't recover from/)]);
  });
});

describe('a script that does not fit the program is noted', () => {
  const limit = { runs: 2 };
  it.each<[string, EveryFaultOptions, RegExp]>([
    [
      'without a page',
      { server: plain((_req, res) => res.writeHead(404).end()), script: get },
      /^without a fault, there is no response but 404: does the script fit the program\?$/,
    ],
    [
      'without a response',
      { server: plain((_req, res) => res.destroy()), script: get },
      /^without a fault, the server closes the connection, and the read\(\) of step 2 reads no response$/,
    ],
    [
      'of a client that fails',
      { client: () => Promise.reject(new Error('no key')), script: up },
      /^without a fault, the promise of the client is rejected: Error: no key$/,
    ],
  ])('%s', async (_name, options, note) => {
    const report = await everyFault({ ...options, limit });
    expect(report.notes).toContainEqual(expect.stringMatching(note));
  });

  it('and no state is, which is made once for all requests', async () => {
    const timers: unknown[] = [];
    const report = await everyFault({
      server: plain((_req, res) => {
        if (timers.length === 0) timers.push(setInterval(() => {}, 1000).unref());
        res.end();
      }),
      script: get,
      limit: { runs: 5 },
    });
    expect(report.notes).toEqual([expect.stringMatching(/^the limit/)]);
  });
});

describe('work outside that never ends', () => {
  let busy: Server;
  beforeAll(async () => {
    busy = createServer((socket) => {
      const timer = setInterval(() => socket.write('news'), 1);
      socket.on('error', () => {}).on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void busy.close());

  it('makes a run undecided', { timeout: 30_000 }, async () => {
    const { port } = busy.address() as { port: number };
    const sockets: { destroy(): void }[] = [];
    const report = await everyFault({
      server: plain(() => sockets.push(connectTo(port, '127.0.0.1').resume())),
      script: get,
      limit: { runs: 1 },
    });
    for (const socket of sockets) socket.destroy();
    expect(report.findings, String(report)).toEqual([]);
    expect(report.undecided).toEqual([expect.objectContaining({ text: 'the run took more than 5 s' })]);
  });
});

describe('what is left open outside', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void silent.close());

  const asking = (isTidy: boolean): Handler => {
    return (_req, res) => {
      const { port } = silent.address() as { port: number };
      const socket = connectTo(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      const timer = setTimeout(() => res.end('ok', () => socket.destroy()), 100);
      if (isTidy) res.on('close', () => socket.destroy());
      res.on('close', () => clearTimeout(timer));
    };
  };
  const sockets: { destroy(): void }[] = [];
  const walk = async (handler: Handler) => {
    const report = await everyFault({
      server: plain(handler),
      script: [...get, fin()],
      limit: { runs: 14 },
      patience: 20,
    });
    for (const socket of sockets.splice(0)) socket.destroy();
    return report;
  };

  it('is a leak if it is closed without a fault', async () => {
    const { findings, ...report } = await walk(asking(false));
    expect(
      findings.map(({ verdict, text }) => [verdict, text]),
      JSON.stringify(report),
    ).toEqual([['leak', 'a socket of the host is open after the exchange']]);
    const again = await everyFault({
      server: plain(asking(false)),
      script: [send(GET), fin()],
      limit: { runs: 1 },
      patience: 20,
    });
    for (const socket of sockets.splice(0)) socket.destroy();
    expect(again.findings).toHaveLength(1);
  });

  it('is none if it is closed with the exchange', async () => {
    expect((await walk(asking(true))).findings).toEqual([]);
  });

  it('is undecided if it stays open without a fault: others may close it', async () => {
    const { findings, undecided } = await walk((_req, res) => {
      const { port } = silent.address() as { port: number };
      sockets.push(connectTo(port, '127.0.0.1').on('error', () => {}));
      res.end();
    });
    expect(findings).toEqual([]);
    expect(undecided.map(({ text }) => text)).toContainEqual(expect.stringMatching(/TCPSocketWrap/));
  });

  it('is a leak if nobody outside can close it', async () => {
    const watchers: { close(): void }[] = [];
    const { findings } = await walk((_req, res) => {
      watchers.push(watch(fileURLToPath(import.meta.url), () => {}));
      res.end();
    });
    for (const watcher of watchers) watcher.close();
    expect(findings.map(({ text }) => text)).toEqual(['a watcher of files is open after the exchange']);
  });
});
