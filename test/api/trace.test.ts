/** What `trace()` prints, and how it is switched on. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import http, { type Observation, type TraceOptions, trace } from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { virtualClock } from '../../src/testing/virtualClock.js';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.unstubAllEnvs();
});

/** Starts a trace; returns its lines. */
function traced(options: TraceOptions = {}): string[] {
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(...text.split(/\n(?=.)/).map((line) => line.trimEnd())) };
  stops.push(trace({ time: 'none', output, ...options }));
  return lines;
}

/** Numbers of connections depend on the tests before. */
function renumbered(lines: readonly string[]): string[] {
  const numbers = new Map<string, string>();
  const numberOf = (found: string, kind: string): string => {
    const known = numbers.get(found) ?? `${kind}${[...numbers.values()].filter((each) => each[0] === kind).length + 1}`;
    numbers.set(found, known);
    return known;
  };
  return lines.map((line) => line.replace(/\b([scq])\d+\b/g, numberOf).replace(/ {2,}/g, '  '));
}

const first = (lines: readonly string[], chart: string): string[] =>
  lines.filter((line) => line.includes(` ${chart} `));

async function exchange(path = '/a', headers = {}): Promise<void> {
  const agent = memoryAgent(http.createServer((_req, res) => void res.end('hello')));
  http.get({ agent, host: 'example.org', path, headers }, (res) => void res.resume());
  await settled();
  agent.destroy();
  await settled();
}

describe('a line', () => {
  it('has place, machine, event, states, emissions and the request', async () => {
    const lines = traced();
    await exchange();
    expect(renumbered(lines)).toEqual(
      expect.arrayContaining([
        'q1  request  user.head  message.composing → bare  GET http://example.org/a',
        'q1  request  net.attached  line.unassigned → attached.first  ⇒ io.attach req.socket io.open',
        'c1  clientConnection request.assigned  idle → busy',
        'c1.1  request  net.opened  message.queued → flushing  ⇒ io.writeKept req.prefinish  (was q1)',
        's1  connection  wire.head  reading.awaiting.fresh → readingBody, responses.none → due, reuse.persistent → final ⇒ io.open server.request  GET /a',
        's1.1  incomingRequest  starts  body.awaiting + reader.open + gate.open',
        's1.1  response  net.attached  line.waiting → attached, turn.awaited → given  ⇒ res.socket io.writeKept  GET /a',
        's1.1  response  user.head  message.composing → streaming, persistence.open → last ⇒ io.last  GET /a 200',
        'c1.1  request  wire.head  response.awaited.head → reading  ⇒ io.receive req.response  200',
        'c1.1  incomingResponse wire.body  ⇒ io.push  200',
        'c1  clientConnection net.closed  unusable → closed  ⇒ io.abandon',
      ]),
    );
  });

  it.each([
    ['elapsed', /^ {3}0\.0 ms /, /^ {2}50\.0 ms /],
    ['clock', /^00:00:00\.000 /, /^00:00:00\.050 /],
    ['none', /^[qcs-]/, /^[qcs-]/],
  ] as const)('begins with the time: %s', async (time, atOnce, later) => {
    const clock = virtualClock({ date: new Date(0) });
    try {
      const lines = traced({ time });
      const req = http.get({ agent: memoryAgent(http.createServer(() => {})) }).on('error', () => {});
      expect(lines[0]).toMatch(atOnce);
      await clock.advance(50);
      req.destroy();
      expect(lines.at(-1)).toMatch(later);
      await settled();
    } finally {
      clock.uninstall();
    }
  });
});

describe('a place', () => {
  it('has the number of the exchange on its connection, at both ends', async () => {
    const lines = traced();
    const agent = memoryAgent(
      http.createServer((_req, res) => void res.end()),
      { keepAlive: true },
    );
    for (const path of ['/1', '/2']) {
      http.get({ agent, path }, (res) => void res.resume());
      await settled();
    }
    agent.destroy();
    const found = renumbered(lines).map((line) => /^\S+ +\S+/.exec(line)![0]);
    expect(new Set(found)).toEqual(
      new Set([
        ...['q1  request', 'c1  clientConnection', 'c1.1  request', 's1  connection', '-  server'],
        ...['s1.1  incomingRequest', 's1.1  response', 'c1.1  incomingResponse'],
        ...['q2  request', 'c1.2  request', 's1.2  incomingRequest', 's1.2  response', 'c1.2  incomingResponse'],
      ]),
    );
  });

  it('is that of its request for a pipelined response, and none for a message that the program makes', async () => {
    const lines = traced();
    const server = http.createServer((req, res) => void setImmediate(() => res.end(req.url)));
    const [client, end] = socketPair();
    server.emit('connection', end);
    client.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as never).end();
    client.destroy();
    await settled();
    const responses = renumbered(first(lines, 'response')).filter((line) => line.includes('user.head'));
    expect(responses.map((line) => line.replace(/ .* {2}/, ' '))).toEqual([
      's1.1 GET /1 200',
      's1.2 GET /2 200',
      expect.stringMatching(/^- /),
    ]);
  });

  it('stays right when a class of the program throws', async () => {
    const lines = traced();
    class Refused {
      constructor() {
        throw new Error('no');
      }
    }
    const server = http.createServer({ IncomingMessage: Refused as never });
    const uncaught = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    const [client, end] = socketPair();
    server.emit('connection', end);
    client.on('error', () => {}).write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await uncaught).toMatchObject({ message: 'no' });
    process.setUncaughtExceptionCaptureCallback(null);
    lines.length = 0;
    new http.OutgoingMessage();
    expect(lines[0]).toMatch(/^- +response/);
    client.destroy();
    await settled();
  });
});

describe('what comes from outside', () => {
  it.each([
    ['/path?key=secret', 'GET http://example.org/path?…'],
    ['/path#secret', 'GET http://example.org/path#…'],
    ['http://user:secret@proxied.example/x', 'GET http://proxied.example/x'],
    [`/${'x'.repeat(300)}secret`, /^GET http:\/\/example\.org\/x{79}…$/],
  ])('of a target %s is cut and masked', async (path, shown) => {
    const lines = traced();
    await exchange(path, { authorization: 'secret', cookie: 'secret' });
    const line = first(lines, 'request').find((each) => each.includes('user.head'))!;
    const subject = line.slice(line.lastIndexOf('GET'));
    if (typeof shown === 'string') expect(subject).toBe(shown);
    else expect(subject).toMatch(shown);
    expect(lines.join('\n')).not.toMatch(/secret|hello/);
  });

  it('is printed escaped, and never makes a line longer than it may be', async () => {
    const lines = traced({ color: false });
    const server = http.createServer((_req, res) => void res.end());
    const [client, end] = socketPair();
    server.emit('connection', end);
    // Bytes above 7f are taken in a target; others are refused by the parser, with an error that quotes them.
    client
      .on('error', () => {})
      .write(Buffer.from(`GET /\xff\x9b31m${'\xe9'.repeat(500)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'));
    client.write(Buffer.from(`GET /\x1b[31m\r\n${'\x07'.repeat(500)}`, 'latin1'));
    await settled();
    client.destroy();
    await settled();
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them.
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\xff]/);
      expect(line.length).toBeLessThan(400);
    }
  });

  it('of CONNECT has no credentials', async () => {
    const lines = traced();
    const agent = memoryAgent(http.createServer().on('connect', (_req, socket) => void socket.destroy()));
    http
      .request({ agent, method: 'CONNECT', path: 'user:secret@example.org:443' })
      .on('error', () => {})
      .end();
    await settled();
    agent.destroy();
    await settled();
    expect(lines.join('\n')).toContain('example.org:443');
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('may throw when it is read', async () => {
    const lines = traced();
    const agent = memoryAgent(
      http.createServer((req, res) => {
        Object.defineProperty(req, 'url', {
          get: () => {
            throw new Error('no');
          },
        });
        res.end();
      }),
    );
    http.get({ agent }, (res) => void res.resume());
    await settled();
    agent.destroy();
    await settled();
    expect(first(lines, 'response').length).toBeGreaterThan(3);
  });
});

describe('an option', () => {
  it.each([
    [null, 'ERR_INVALID_ARG_TYPE', 'options'],
    ['x', 'ERR_INVALID_ARG_TYPE', 'options'],
    [() => {}, 'ERR_INVALID_ARG_TYPE', 'options'],
    [{ output: null }, 'ERR_INVALID_ARG_TYPE', 'options.output'],
    [{ output: {} }, 'ERR_INVALID_ARG_TYPE', 'options.output'],
    [{ filter: 'response' }, 'ERR_INVALID_ARG_TYPE', 'options.filter'],
    [{ color: 'always' }, 'ERR_INVALID_ARG_TYPE', 'options.color'],
    [{ time: 'epoch' }, 'ERR_INVALID_ARG_VALUE', 'options.time'],
  ])('%o is refused', (options, code, name) => {
    const call = () => trace(options as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(`["']${name}["']`) }));
  });

  it('filter: chooses the transitions', async () => {
    const seen: Observation[] = [];
    const lines = traced({ filter: (each) => seen.push(each) > 0 && each.chart === 'request' });
    await exchange();
    expect(new Set(lines.map((line) => line.split(/ +/)[1]))).toEqual(new Set(['request']));
    expect(new Set(seen.map(({ chart }) => chart)).size).toBeGreaterThan(4);
  });

  const colored = '\x1b[';
  it.each([
    [{}, false, false],
    [{}, true, true],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ])('color: with %o, on a terminal: %s, is %s', async (environment, isTTY, isColored) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const texts: string[] = [];
    const lines = { isTTY, write: (text: string) => texts.push(text) };
    for (const color of [undefined, true, false]) {
      texts.length = 0;
      const stop = trace({ output: lines, color });
      await exchange();
      stop();
      expect(texts.length).toBeGreaterThan(10);
      expect(texts.every((text) => text.includes(colored))).toBe(color ?? isColored);
    }
  });

  it('output: may be a response, which is not traced while it is written', async () => {
    let count = 0;
    const server = http.createServer((_req, res) => {
      const write = res.write.bind(res);
      res.write = ((text: string) => {
        if (++count > 1000) throw new Error('it traces itself');
        return write(text);
      }) as never;
      stops.push(trace({ output: res }));
      setImmediate(() => stops.pop()!());
    });
    const agent = memoryAgent(server);
    http.get({ agent }, (res) => void res.resume()).on('error', () => {});
    await settled();
    agent.destroy();
    await settled();
    expect(count).toBeLessThan(1000);
  });

  it('returns what stops it', async () => {
    const lines = traced();
    stops.pop()!();
    await exchange();
    expect(lines).toEqual([]);
  });
});

describe('a second call', () => {
  it('to the same output replaces the first, whose stop then does nothing', async () => {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    const stopFirst = trace({ output, time: 'none' });
    stops.push(trace({ output, time: 'none', filter: ({ event }) => event.type === 'xstate.init' }));
    for (const stop of [() => {}, stopFirst]) {
      stop();
      lines.length = 0;
      await exchange();
      expect(lines.filter((line) => / server +starts/.test(line))).toHaveLength(1);
      expect(lines.filter((line) => !line.includes(' starts '))).toEqual([]);
    }
    stops.pop()!();
    lines.length = 0;
    stops.push(trace({ output, time: 'none' }));
    await exchange();
    expect(lines.filter((line) => / server +starts/.test(line))).toHaveLength(1);
  });

  it('to another output leaves the first', async () => {
    const [first, second] = [traced(), traced()];
    await exchange();
    expect(first.length).toBeGreaterThan(5);
    expect(second).toEqual(first);
  });
});

describe('the environment', () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const program = (http: string) => `
    import http from '${http}';
    const server = http.createServer((req, res) => res.end());
    server.listen(0, '127.0.0.1', () => {
      http.get({ port: server.address().port, host: '127.0.0.1', path: '/a' }, (res) => res.resume().on('close', () => server.close()));
    });`;

  function run(env: NodeJS.ProcessEnv, flags: readonly string[] = [], module = 'statewire', before = ''): string {
    const { NODE_DEBUG: _, STATEWIRE_TRACE: __, ...clean } = process.env;
    const { status, stderr, stdout } = spawnSync(process.execPath, [...flags, '--input-type=module'], {
      cwd,
      input: `${before}${program(module)}`,
      encoding: 'utf8',
      env: { ...clean, ...env },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    return stderr;
  }

  const line = /^ *\d+\.\d ms +c\d\.1 +request +wire\.head .* 200$/m;

  it.each([
    { STATEWIRE_TRACE: '1' },
    { NODE_DEBUG: 'statewire' },
    { NODE_DEBUG: 'net,STATEWIRE', STATEWIRE_TRACE: '1' },
  ])('%o switches it on, once', (env) => {
    const printed = run(env);
    expect(printed).toMatch(line);
    expect(printed.match(/ server +starts /g)).toHaveLength(1);
  });

  it.each(['trace()', 'trace(), trace()', "trace({ time: 'none' })"])('yields to %s of the program', (calls) => {
    const before = `import { trace } from 'statewire'; ${calls};`;
    expect(run({ STATEWIRE_TRACE: '1' }, [], 'statewire', before).match(/server +starts /g)).toHaveLength(1);
  });

  const starts = '.*server +starts ';
  const forked = new RegExp(`^\\d+ +\\d+\\.\\d ms ${starts}`, 'm');
  it.each([
    [
      'thread',
      "import { Worker } from 'node:worker_threads'; new Worker(file, none);",
      RegExp(`^thread 1 ${starts}`, 'm'),
    ],
    ['fork', "import { fork } from 'node:child_process'; fork(file, none);", forked],
    [
      'cluster',
      "import cluster from 'node:cluster'; cluster.setupPrimary({ exec: file, ...none }); cluster.fork();",
      forked,
    ],
  ])('has lines that begin with their origin: %s', (_kind, begins, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-trace-'));
    try {
      const file = join(folder, 'worker.mjs');
      const library = pathToFileURL(join(cwd, 'dist', 'index.mjs'));
      const text = `import http from '${library}'; new http.Server(); if (process.connected) process.disconnect();`;
      writeFileSync(file, text);
      const before = `const file = ${JSON.stringify(file)}; const none = { execArgv: [] }; ${begins}`;
      const lines = run({ STATEWIRE_TRACE: '1' }, [], 'statewire', before);
      expect(lines).toMatch(expected);
      expect(lines).toMatch(RegExp(`^ *\\d+\\.\\d ms ${starts}`, 'm'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does not end the program when nobody reads it', async () => {
    const child = spawn(process.execPath, ['--input-type=module'], {
      cwd,
      env: { ...process.env, STATEWIRE_TRACE: '1' },
    });
    child.stderr.once('data', () => child.stderr.destroy());
    child.stdin.end(`${program('statewire')} process.on('exit', (code) => console.log('code', code));`);
    const [text] = await child.stdout.toArray();
    expect(String(text)).toBe('code 0\n');
  });

  it('switches it on under statewire/register', () => {
    expect(run({ STATEWIRE_TRACE: '1' }, ['--import', 'statewire/register'], 'node:http')).toMatch(line);
  });

  it.each([{}, { STATEWIRE_TRACE: '' }, { STATEWIRE_TRACE: '0' }, { NODE_DEBUG: 'stream' }])('%o does not', (env) => {
    expect(run(env)).not.toContain('clientConnection');
  });
});

// The types of a socket and of a stream fit.
void ((socket: Socket) => trace({ output: socket ?? connect(1) }));
