/** The journal of a process: its options, its memory, its sinks, its exports. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { stepper } from '../../src/engine/step.js';
import * as http from '../../src/index.js';
import { recorder } from '../../src/io/record.js';
import type { Source } from '../../src/journal/collect.js';
import {
  type Ended,
  keepJournal,
  readJournal,
  record,
  replay,
  replayStates,
  spansOf,
  storyOf,
  testOf,
  toHar,
  toHarText,
  toOtlp,
  toPcapng,
  toSpans,
} from '../../src/journal/index.js';
import { VERSION } from '../../src/journal/version.js';
import { follows, memoryAgent, settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { folder, hello, recorded, stopping, turns, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const stopped = stopping();
const begin: typeof record = (options) => stopped(record(options));

/** So many GETs, one after the other, on one connection. */
async function ask(handler: http.RequestListener, paths: readonly string[]): Promise<void> {
  const server = http.createServer(handler);
  const agent = memoryAgent(server, { keepAlive: true });
  for (const path of paths) {
    await new Promise<void>((resolve) => {
      const request = http.get({ agent, path }, (response) =>
        response
          .on('error', () => {})
          .resume()
          .on('close', resolve),
      );
      request.on('error', () => resolve());
    });
  }
  agent.destroy();
  await settled();
}

const numbers = (count: number, path = '/'): string[] => Array.from({ length: count }, (_, at) => `${path}${at}`);

describe('record()', () => {
  it.each([
    [{ keep: 1 }, 'ERR_OUT_OF_RANGE'],
    [{ keep: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ bytes: 'all' }, 'ERR_INVALID_ARG_VALUE'],
    [{ where: true }, 'ERR_INVALID_ARG_TYPE'],
    [{ redact: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ redact: { fields: 'cookie' } }, 'ERR_INVALID_ARG_TYPE'],
    [{ redact: { names: [] } }, 'ERR_INVALID_ARG_VALUE'],
    [{ size: 1 }, 'ERR_INVALID_ARG_VALUE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %j', (options, code) => {
    expect(() => record(options as object)).toThrow(expect.objectContaining({ code }));
    expect(recorder).toBeUndefined();
  });

  it('names a part of redact in full', () => {
    expect(() => record({ redact: { names: [] } as object })).toThrow(/'options\.redact\.names' is not one of fields/);
  });

  it('is one at a time, and leaves nothing', () => {
    const journal = begin();
    expect(() => record()).toThrow(expect.objectContaining({ code: 'STATEWIRE_JOURNAL_RECORDING' }));
    journal.stop();
    journal.stop();
    expect([recorder, stepper, journal.recording]).toEqual([undefined, undefined, false]);
    begin().stop();
  });

  it('knows the version of the package', () => {
    const file = join(dirname(fileURLToPath(import.meta.url)), '../../package.json');
    expect(VERSION).toBe((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
  });

  it('chooses by `where`', async () => {
    const journal = begin({ where: ({ path }) => path === '/x1' });
    await ask(hello, ['/x0']);
    await ask(hello, ['/x1']);
    const file = temporary.file('where.swj');
    await journal.save(file);
    const paths = (await readJournal(file)).connections().flatMap(({ exchanges }) => exchanges.map(({ path }) => path));
    expect(new Set(paths)).toEqual(new Set(['/x1']));
    await journal.save(file, { where: ({ status }) => status === 500 });
    expect((await readJournal(file)).connections()).toEqual([]);
    await expect(journal.save(file, { where: 1 as never })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(journal.save(1 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  it.each(['heads', 'raw'] as const)('gives each input the time when it comes (%s)', async (bytes) => {
    const clock = virtualClock();
    const journal = begin({ bytes });
    let respond = (): unknown => undefined;
    const server = http.createServer((_req, res) => {
      respond = () => res.end('late');
    });
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    await clock.advance(50);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await clock.advance(300);
    respond();
    await clock.advance(1000);
    peer.end();
    await clock.advance(0);
    const file = temporary.file('times.swj');
    await Promise.all([journal.save(file), clock.advance(0)]);
    clock.uninstall();
    const lines = await storyOf((await readJournal(file)).connections()[0]!);
    const timeOf = (start: string) => Math.round(lines.find(({ text }) => text.startsWith(start))!.at);
    expect([timeOf('GET /'), timeOf('the program: user.end'), timeOf('net.ended')]).toEqual([50, 350, 1350]);
  });

  it('disturbs nobody when a file can not be written', async () => {
    const journal = begin();
    await ask(hello, ['/']);
    await expect(journal.save(temporary.file('no/such/folder'))).rejects.toMatchObject({ code: 'ENOENT' });
    await ask(hello, ['/']);
  });
});

describe('its memory', () => {
  it('keeps a connection that is not over, while thousands come after it', async () => {
    const journal = begin({ keep: 256 * 1024, bytes: 'heads' });
    const server = http.createServer(() => {});
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write('GET /stalled HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    await ask(hello, numbers(700));
    peer.destroy();
    await settled();
    const file = temporary.file('stalled.swj');
    await journal.save(file);
    const read = await readJournal(file);
    const [stalled] = read.connections({ path: '/stalled' });
    expect(stalled?.gap).toBeUndefined();
    expect(await replay(stalled!)).toMatchObject({ same: true });
  });

  it('replays a long connection from where it was idle', async () => {
    const journal = begin({ keep: 256 * 1024, bytes: 'heads' });
    const server = http.createServer(hello);
    const agent = memoryAgent(server, { keepAlive: true });
    for (const path of numbers(1200)) {
      await new Promise<void>((resolve) => {
        http.get({ agent, path }, (response) => response.resume().on('end', resolve));
      });
    }
    const file = temporary.file('long.swj');
    await journal.save(file);
    const read = await readJournal(file);
    const all = read.connections();
    expect(all.map(({ role }) => role).sort()).toEqual(['client', 'server']);
    for (const each of all) {
      expect(each.gap).toBeUndefined();
      const verdict = await replay(each);
      expect(verdict.same || verdict.explain()).toBe(true);
      expect((await replayStates(each)).length).toBeGreaterThan(100);
    }
    agent.destroy();
    await settled();
  });

  it('keeps what an idle connection of a client needs of its requests', async () => {
    const journal = begin({ keep: 256 * 1024, bytes: 'heads' });
    // However slow the machine is, the connection stays open.
    const idle = memoryAgent(http.createServer({ keepAliveTimeout: 0 }, hello), { keepAlive: true });
    for (const path of numbers(6, '/idle')) {
      await new Promise<void>((resolve) => {
        http.get({ agent: idle, path }, (response) => response.resume().on('end', resolve));
      });
    }
    await ask(hello, numbers(500));
    const file = temporary.file('idle.swj');
    await journal.save(file);
    const all = (await readJournal(file)).connections({ path: '/idle' });
    expect(all.map(({ role }) => role).sort()).toEqual(['client', 'server']);
    for (const each of all) {
      const verdict = await replay(each);
      expect(verdict.same || verdict.explain()).toBe(true);
    }
    idle.destroy();
    await settled();
  });

  it('forgets how exchanges have ended rather than taking more than it may', async () => {
    const keep = 256 * 1024;
    const journal = begin({ keep });
    const long = 'x'.repeat(1000);
    const server = http.createServer(hello);
    const peers: ReturnType<typeof socketPair>[0][] = [];
    const { lines } = (journal as unknown as { source: Source }).source.recording;
    const size = (): number =>
      [...lines.values()].flatMap(({ ended }) => ended).reduce((sum, { what }) => sum + 2 * what.length, 0);
    for (let i = 0; i < 12; i++) {
      const [peer, socket] = socketPair();
      peers.push(peer);
      server.emit('connection', socket);
      for (let request = 0; request < 40; request++) {
        peer.write(`GET /${i}/${request}/${long} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await settled();
        expect(size()).toBeLessThan(keep / 8);
      }
    }
    // The latest are known still.
    for (const peer of peers) peer.destroy();
    await settled();
    await ask(hello, [...numbers(40), '/last']);
    const file = temporary.file('ended.swj');
    journal.stop();
    await journal.save(file, { where: ({ path }) => path === '/last' });
    expect((await readJournal(file)).connections().map(({ exchanges }) => exchanges.at(-1)?.path)).toEqual([
      '/last',
      '/last',
    ]);
  });

  it('says what it has lost, and replays no half connection', async () => {
    const journal = begin({ keep: 64 * 1024, bytes: 'raw' });
    const server = http.createServer((req) => req.resume());
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write('POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n');
    for (let i = 0; i < 40; i++) {
      peer.write(Buffer.alloc(10_000, 'x'));
      await settled();
    }
    const file = temporary.file('lost.swj');
    await journal.save(file);
    expect(journal.lost).toBeGreaterThan(0);
    const [large] = (await readJournal(file)).connections();
    expect(large?.gap).toBeDefined();
    await expect(replay(large!)).rejects.toMatchObject({ code: 'STATEWIRE_JOURNAL_INCOMPLETE' });
    peer.destroy();
    await settled();
  });
});

describe('a sink', () => {
  it('gets segments that make a file', async () => {
    const journal = begin({ keep: 64 * 1024 });
    const parts: Uint8Array[] = [];
    const stop = journal.to({ write: async (segment) => void parts.push(segment) });
    for (let i = 0; i < 8; i++) {
      await ask(hello, numbers(40));
      await turns(20);
    }
    journal.flush();
    await turns(20);
    stop();
    const file = temporary.file('sunk.swj');
    writeFileSync(file, Buffer.concat(parts));
    const read = await readJournal(file);
    expect(read.torn?.reason).toBe('the file was not finished');
    expect(read.connections().length).toBeGreaterThan(8);
  });

  it('gets the content of a connection that is longer than the memory', async () => {
    const journal = begin({ keep: 64 * 1024, bytes: 'raw', redact: false });
    const parts: Uint8Array[] = [];
    journal.to({ write: async (segment) => void parts.push(segment) });
    const server = http.createServer((req, res) => req.resume().on('end', () => res.end('done')));
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.resume().write('POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n');
    for (let i = 0; i < 80; i++) {
      peer.write(Buffer.alloc(5000, `${i} `));
      await settled();
      await journal.flush();
    }
    peer.destroy();
    await settled();
    await journal.flush();
    expect([journal.lost > 0, journal.dropped]).toEqual([true, 0]);
    const file = temporary.file('long-sunk.swj');
    writeFileSync(file, Buffer.concat(parts));
    const read = await readJournal(file);
    expect(await verdictsOf(read)).toEqual([]);
    const frames = await read.connections()[0]!.frames();
    const kept = frames.flatMap(({ pieces }) => pieces.map(({ bytes }) => bytes?.length ?? 0));
    expect(kept.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(400_000);
  });

  it('that has missed a segment gets a gap for those who were in it', async () => {
    const journal = begin({ keep: 64 * 1024, bytes: 'heads' });
    const server = http.createServer(hello);
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    const parts: Uint8Array[] = [];
    let isFull = false;
    journal.to({
      write: async (segment) => {
        if (isFull) throw new Error('full');
        parts.push(segment);
      },
    });
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await settled();
      }
      await turns(10);
    };
    await fill();
    isFull = true;
    await fill();
    expect(journal.dropped).toBeGreaterThan(0);
    isFull = false;
    await fill();
    peer.destroy();
    await settled();
    journal.flush();
    await turns(10);
    const file = temporary.file('missed.swj');
    writeFileSync(file, Buffer.concat(parts));
    const [connection] = (await readJournal(file)).connections();
    expect(connection?.gap).toBeDefined();
    await expect(replay(connection!)).rejects.toMatchObject({ code: 'STATEWIRE_JOURNAL_INCOMPLETE' });
  });

  it('that is slow, or throws, misses segments, and no request waits', async () => {
    for (const write of [
      () => new Promise(() => {}),
      () => Promise.reject(new Error('full')),
      () => {
        throw new Error('full');
      },
    ]) {
      const journal = begin({ keep: 64 * 1024 });
      journal.to({ write });
      await ask(hello, numbers(150));
      await turns(20);
      expect(journal.dropped).toBeGreaterThan(0);
      journal.stop();
    }
  });
});

describe('a listener of ends', () => {
  it('may throw, and is called with what is known', async () => {
    const journal = begin();
    const ends: Ended[] = [];
    journal.onEnded((ended) => ends.push(ended));
    await ask(hello, ['/a']);
    expect(ends.map(({ code, path, role }) => [code, path, role])).toEqual([
      ['--', '/a', 'server'],
      ['--', '/a', 'client'],
    ]);
    expect(ends[0]!.id).toMatch(/^s\d+\.1$/);
  });
});

describe('what is read', () => {
  it('refuses arguments that are none', async () => {
    const journal = await recorded(temporary.file('refused.swj'), {}, () => ask(hello, ['/']));
    const [connection] = journal.connections();
    const code = { code: expect.stringMatching(/^ERR_INVALID_ARG_(TYPE|VALUE)$/) };
    const none = {} as never;
    for (const call of [
      () => readJournal(temporary.file('refused.swj'), { onProgress: none }),
      () => storyOf(none),
      () => testOf(none),
      () => spansOf(none),
      () => toSpans(connection!, none),
      () => toOtlp([none]),
      () => toOtlp(connection as never),
      () => toHar(none),
      () => toHar(journal, [none]),
      () => toHarText(none).next(),
      () => toPcapng(journal, none).next(),
    ])
      await expect(call()).rejects.toMatchObject(code);
    const filters = [
      { since: 'noon' },
      { since: new Date('noon') },
      { id: 5 },
      { ending: 'x'.repeat(100_000) },
      { ending: '(' },
      { ending: 'R' },
      { ending: 'ZW' },
      { endings: 'RW' },
    ];
    const named = { code: code.code, message: expect.stringMatching(/['"]filter\./) };
    for (const filter of filters)
      expect(() => journal.connections(filter as never)).toThrow(expect.objectContaining(named));
  });
});

describe('keepJournal()', () => {
  it.each([undefined, 1, null])('refuses %j as a folder', (folder) => {
    expect(() => keepJournal(folder as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('"folder"') }),
    );
  });

  it('saves a connection with a bad ending', async () => {
    const clock = virtualClock();
    stopped(keepJournal(temporary.file('kept')));
    const server = http.createServer(() => {});
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write('GET /left HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    peer.destroy();
    await ask(hello, ['/fine']);
    await clock.advance(1500);
    const files = () => (existsSync(temporary.file('kept')) ? readdirSync(temporary.file('kept')) : []);
    for (let i = 0; i < 2000 && files().length === 0; i++) await turns(5);
    await turns(20);
    clock.uninstall();
    const [name] = files();
    expect(name).toMatch(/^ended-\d+-1\.swj$/);
    const read = await readJournal(join(temporary.file('kept'), name!));
    expect(read.connections().map(({ exchanges }) => exchanges.map(({ path }) => path))).toEqual([['/left']]);
    process.removeAllListeners('SIGUSR2');
  });
});

describe('a replay with a handler', () => {
  const hang: http.RequestListener = (req, res) => {
    if (req.url === '/hang') return;
    req.resume().on('end', () => res.end(`at ${req.url}`));
  };
  const sample = () =>
    recorded(temporary.file('hang.swj'), { bytes: 'heads' }, async () => {
      const server = http.createServer(hang);
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      for (const path of ['/a', '/b', '/hang']) {
        peer.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await settled();
      }
      peer.destroy();
      await settled();
    });

  it('is equal with the same one', async () => {
    const [connection] = (await sample()).connections({ path: '/hang' });
    expect(await replay(connection!, { handler: hang, patience: 50 })).toEqual({ same: true, frames: 2 });
  });

  it('shows where another one differs', async () => {
    const [connection] = (await sample()).connections({ path: '/hang' });
    const fixed = await replay(connection!, {
      handler: (req, res) => (req.url === '/hang' ? res.end('now') : hang(req, res)) as never,
    });
    expect(fixed).toMatchObject({ same: false, expected: 'no response', got: expect.stringContaining('200 OK') });
    const broken = await replay(connection!, {
      handler: (req, res) => (req.url === '/b' ? res.writeHead(500).end() : hang(req, res)) as never,
    });
    expect(broken).toMatchObject({
      same: false,
      expected: expect.stringContaining('200 OK'),
      got: expect.stringContaining('500 '),
    });
    const silent = await replay(connection!, { handler: () => {}, patience: 20 });
    expect(silent).toMatchObject({ same: false, got: 'no response' });
  });

  describe('that asks other servers', () => {
    const upstreams = () => {
      const other = http.createServer((req, res) => {
        if (req.url === '/cut') {
          res.writeHead(200, { 'Content-Length': 10 });
          res.write('a part');
          setTimeout(() => res.destroy(), 5);
        } else res.end(`${req.method} ${req.url}`);
      });
      return memoryAgent(other, { keepAlive: true });
    };
    /** Passes requests on. */
    const proxy =
      (agent: http.Agent, change = (path: string) => path): http.RequestListener =>
      (req, res) => {
        const asked = http.request({ agent, path: change(req.url!), method: req.method }, (response) => {
          response.on('error', () => res.destroy());
          response.pipe(res);
        });
        asked.on('error', () => res.writeHead(502).end());
        req.pipe(asked);
      };
    const sample = async (options = {}) => {
      const agent = upstreams();
      const journal = await recorded(temporary.file('proxy.swj'), { bytes: 'raw', redact: false, ...options }, () =>
        ask(proxy(agent), ['/a', '/b?token=Secret1', '/a', '/cut']),
      );
      agent.destroy();
      const ofServers = journal.connections({ path: '/a' }).filter(({ role }) => role === 'server');
      return ofServers.find((each) => each.exchanges.length === 4)!;
    };
    /** Nothing may be asked but the journal. */
    class Unused extends http.Agent {
      override createConnection(): never {
        throw new Error('a connection was opened');
      }
    }

    it('gives it what they have sent then', async () => {
      const agent = new Unused({ keepAlive: true });
      const verdict = await replay(await sample(), { handler: proxy(agent), patience: 2000 });
      expect(verdict.same || verdict.explain()).toBe(true);
      agent.destroy();
    });

    it('knows requests whose secrets are masked', async () => {
      const agent = new Unused({ keepAlive: true });
      const connection = await sample({ bytes: 'heads', redact: true });
      const handler = proxy(agent, (path) => path.replace(/(?<=token=).*/, 'Secret1'));
      const verdict = await replay(connection, { handler, patience: 2000 });
      expect(verdict.same || verdict.explain()).toBe(true);
    });

    it('says what is not in the journal', async () => {
      const agent = new Unused();
      const handler = proxy(agent, (path) => (path === '/a' ? '/other' : path));
      const verdict = await replay(await sample(), { handler, patience: 2000 });
      expect(verdict).toMatchObject({ same: false, got: expect.stringContaining('502') });
      expect(!verdict.same && verdict.explain()).toContain('GET localhost/other, which is not in the journal');
    });
  });

  it('has the date of the journal', async () => {
    const [connection] = (await sample()).connections({ path: '/hang' });
    const dates: string[] = [];
    const then = new Date(connection!.since.valueOf() - 1000);
    const handler: http.RequestListener = (req, res) => {
      hang(req, res);
      res.on('prefinish', () => dates.push(/Date: (.*)\r/.exec(res._header!)![1]!));
    };
    await replay(connection!, { handler, patience: 50 });
    expect(dates.length).toBe(2);
    for (const date of dates) expect(Math.abs(Date.parse(date) - then.valueOf())).toBeLessThan(3000);
  });

  it('makes a verdict of what the handler throws', async () => {
    const [connection] = (await sample()).connections({ path: '/hang' });
    for (const handler of [
      () => {
        throw new Error('broken');
      },
      async () => {
        throw new Error('broken');
      },
    ]) {
      const verdict = await replay(connection!, { handler, patience: 5000 });
      expect(!verdict.same && verdict.explain()).toContain('the handler has thrown Error: broken');
    }
  });

  it('refuses what it can not', async () => {
    const [connection] = (await sample()).connections();
    await expect(replay({} as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(replay(connection!, { handler: 1 as never })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(replay(connection!, { patience: -1, handler: hang })).rejects.toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });
    const client = await recorded(temporary.file('client.swj'), {}, () => ask(hello, ['/']));
    const [ours] = client.connections().filter(({ role }) => role === 'client');
    await expect(replay(ours!, { handler: hang })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });
});

describe('states', () => {
  it('are paths of the machines, without any bytes', async () => {
    const journal = await recorded(temporary.file('states.swj'), { bytes: 'none' }, () => ask(hello, ['/', '/2']));
    const all = journal.connections();
    expect(all.length).toBe(2);
    for (const connection of all) {
      const steps = await replayStates(connection);
      for (const chart of new Set(steps.map((step) => step.chart))) {
        expect(follows(chart as 'response', steps as never).follows, chart).toBe(true);
      }
      await expect(replay(connection)).rejects.toMatchObject({
        message: expect.stringContaining('no bytes were kept'),
      });
    }
  });
});

describe('exports', () => {
  const sample = () =>
    recorded(temporary.file('exported.swj'), { bytes: 'bodies', redact: false }, async () => {
      await ask(
        (req, res) => {
          if (req.url === '/2') res.statusCode = 500;
          if (req.url === '/3') {
            res.write('a part');
            setImmediate(() => res.destroy());
          } else res.end(`content of ${req.url}`);
        },
        ['/1?a=b&c', '/2', '/3'],
      );
    });

  it('HAR has the exchanges, with their content', async () => {
    const journal = await sample();
    const { log } = await toHar(journal);
    expect(log.version).toBe('1.2');
    const server = log.entries.filter(({ _id }) => _id.startsWith('s'));
    expect(server.map(({ _ending, response }) => [_ending, (response as { status: number }).status])).toEqual([
      ['--', 200],
      ['--', 500],
      ['UA', 200],
    ]);
    const [first] = server as unknown as {
      request: { queryString: unknown; url: string };
      response: { content: { text: string } };
    }[];
    expect(first!.request.queryString).toEqual([
      { name: 'a', value: 'b' },
      { name: 'c', value: '' },
    ]);
    expect(Buffer.from(first!.response.content.text, 'base64').toString()).toBe('content of /1?a=b&c');
  });

  it('pcapng has blocks that are whole', async () => {
    const journal = await sample();
    const parts: Buffer[] = [];
    for await (const part of toPcapng(journal)) parts.push(part);
    const all = Buffer.concat(parts);
    let text = '';
    for (let at = 0; at < all.length; ) {
      const length = all.readUInt32LE(at + 4);
      expect(length % 4).toBe(0);
      expect(all.readUInt32LE(at + length - 4)).toBe(length);
      if (all.readUInt32LE(at) === 6) {
        const size = all.readUInt32LE(at + 20);
        const packet = all.subarray(at + 28, at + 28 + size);
        expect(packet[0]).toBe(0x45);
        expect(packet.readUInt16BE(2)).toBe(size);
        text += packet.subarray(40).toString('latin1');
      }
      at += length;
    }
    expect(text).toContain('GET /1?a=b&c HTTP/1.1');
    expect(text).toContain('content of /2');
  });

  it('spans have names, times and codes', async () => {
    const journal = await sample();
    const [connection] = journal.connections().filter(({ role }) => role === 'server');
    const spans: { name: string; attributes: Record<string, unknown>; status?: unknown; isEnded?: boolean }[] = [];
    const count = await toSpans(connection!, {
      startSpan(name, { attributes }) {
        const span: (typeof spans)[number] = { name, attributes };
        spans.push(span);
        return {
          spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }),
          setStatus: (status) => {
            span.status = status;
          },
          end: () => {
            span.isEnded = true;
          },
        };
      },
    });
    expect(count).toBe(3);
    expect(spans.every(({ isEnded }) => isEnded)).toBe(true);
    expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, '500', 'UA']);
    expect(spans.map(({ status }) => status !== undefined)).toEqual([false, true, true]);
    const { resourceSpans } = (await toOtlp(journal.connections())) as {
      resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
    };
    expect(resourceSpans[0]!.scopeSpans[0]!.spans.length).toBe(6);
  });

  it('a story has bytes and transitions', async () => {
    const journal = await sample();
    const [connection] = journal.connections().filter(({ role }) => role === 'server');
    const text = (await storyOf(connection!)).map(({ who, text: line }) => `${who} ${line}`).join('\n');
    expect(text).toContain('in GET /1?a=b&c HTTP/1.1');
    expect(text).toMatch(/out HTTP\/1\.1 200 OK/);
    expect(text).toMatch(/s\d+\.1 response {2}user\.end/);
  });

  it('a test that was made can be run', async () => {
    const journal = await recorded(temporary.file('made.swj'), { bytes: 'raw', redact: false }, async () => {
      const server = http.createServer((req, res) => res.end(`at ${req.url}`));
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      peer.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
      await settled();
      peer.end();
      await settled();
    });
    const text = await testOf(journal.connections()[0]!);
    const body = text
      .replace(/^import .*$/gm, '')
      .replace('res.end();', "res.end('at ' + req.url);")
      .replace('test(', 'await test(');
    const assert = (await import('node:assert/strict')).default;
    let count = 0;
    const test = async (_name: string, act: () => Promise<void>) => {
      count++;
      await act();
    };
    const run = new Function(
      'assert',
      'test',
      'createServer',
      'settled',
      'socketPair',
      `return (async () => {${body}})();`,
    );
    await run(assert, test, http.createServer, settled, socketPair);
    expect(count).toBe(1);
  });
});
