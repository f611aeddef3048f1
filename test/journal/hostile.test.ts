/** What a journal bears: saving while requests are served, agents with queues, odd messages. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { collect, type Source } from '../../src/journal/collect.js';
import {
  type ReadJournal,
  readJournal,
  record,
  replayStates,
  spansOf,
  testOf,
  toHar,
  toHarText,
  toOtlp,
  toSpans,
} from '../../src/journal/index.js';
import { LineMasker, Policy } from '../../src/journal/mask.js';
import { memoryAgent, settled, socketPair } from '../../src/testing/index.js';
import { folder, hello, stopping, turns, verdictsOf, withHeader } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const stopped = stopping();
const begin: typeof record = (options) => stopped(record(options));

/** Requests of so many clients that share an agent, each so many. */
async function crowd(agent: http.Agent, clients: number, each: number, body = ''): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.request({ agent, path: '/', method: body === '' ? 'GET' : 'POST' }, (response) =>
        response.resume().on('close', resolve),
      );
      request.on('error', reject).end(body);
    });
  const client = async (): Promise<void> => {
    for (let i = 0; i < each; i++) await one();
  };
  await Promise.all(Array.from({ length: clients }, client));
  await settled();
}

/** A tracer, and what it was handed: the id of a span is its position. */
function tracing() {
  const made: { attributes: Record<string, unknown>; links: { context: { spanId: string } }[] }[] = [];
  const tracer = {
    startSpan(_name: string, options: (typeof made)[number]) {
      const place = { traceId: '', spanId: `${made.push(options) - 1}`, traceFlags: 1 };
      return { spanContext: () => place, setStatus: () => {}, end: () => {} };
    },
  };
  return { tracer, made };
}

/** Where connections differ. Those that have a gap say so. */
const differences = async (file: string): Promise<string[]> =>
  (await verdictsOf(await readJournal(file))).filter((text) => text.includes('leaves its journal'));

describe('a small ring', () => {
  it('replays connections whose requests have waited in a queue', async () => {
    const journal = begin({ keep: 256 * 1024 });
    const agent = memoryAgent(http.createServer(hello), { keepAlive: true, maxSockets: 4 });
    await crowd(agent, 16, 12);
    journal.stop();
    const file = temporary.file('queue.swj');
    await journal.save(file);
    expect(await differences(file)).toEqual([]);
    agent.destroy();
    await settled();
  });

  it('that is written anew while it is saved leaves gaps, and no holes', async () => {
    const journal = begin({ keep: 128 * 1024, bytes: 'bodies' });
    const agent = memoryAgent(http.createServer(hello), { keepAlive: true, maxSockets: 4 });
    await crowd(agent, 4, 16);
    const file = temporary.file('anew.swj');
    journal.saveSync(file);
    const whole = readFileSync(file);
    const parts: Buffer[] = [whole.subarray(0, 17 + whole.readUInt32LE(9))];
    const { source } = journal as unknown as { source: Source };
    let hasWaited = false;
    for (const part of collect(source, new Set(source.recording.lines.keys()), undefined)) {
      if (part !== undefined) parts.push(part);
      else if (!hasWaited) {
        hasWaited = true;
        await crowd(agent, 4, 2, 'x'.repeat(4000));
      }
    }
    writeFileSync(file, Buffer.concat(parts));
    const read = await readJournal(file);
    expect(read.connections().some(({ gap }) => gap !== undefined)).toBe(true);
    expect(await differences(file)).toEqual([]);
    agent.destroy();
    await settled();
  });
});

describe('a request that is sent again', () => {
  /** Three requests on one connection; the fourth is sent again on another one, and a fifth follows. */
  async function again(): Promise<ReturnType<typeof record>> {
    const journal = begin({ bytes: 'raw' });
    const server = http.createServer(hello);
    const agent = memoryAgent(server, { keepAlive: true, retryReused: true } as object);
    // As many requests as an exchange can have numbers: none of them is taken for the one that is sent again.
    await crowd(agent, 1, 3);
    server.removeAllListeners('request').once('request', (req) => {
      server.on('request', hello);
      req.socket.destroy();
    });
    await crowd(agent, 1, 2);
    agent.destroy();
    await settled();
    journal.stop();
    return journal;
  }
  const clientsOf = (read: ReadJournal) => read.connections().filter(({ role }) => role === 'client');

  it('is replayed with both connections, and each names the other', async () => {
    const journal = await again();
    const file = temporary.file('again.swj');
    await journal.save(file);
    const read = await readJournal(file);
    expect(await verdictsOf(read)).toEqual([]);
    const [one, two] = clientsOf(read);
    const summed = (each: typeof one) =>
      each!.exchanges.map(({ id, code, what, before, again: next }) => [id, code, what, before, next]);
    const what = 'GET http://localhost/';
    const [was, is] = [`${one!.id}.4`, `${two!.id}.1`];
    expect(summed(one).slice(3)).toEqual([[was, 'PW', what, undefined, is]]);
    expect(summed(two)).toEqual([
      [is, '--', what, was, undefined],
      [`${two!.id}.2`, '--', what, undefined, undefined],
    ]);
    const steps = (await replayStates(two!)).filter(({ id, chart }) => id === is && chart === 'request');
    expect(steps.at(-1)?.to).toMatchObject({ line: { gone: 'closed' } });
    const { entries } = (await toHar(read, [one!, two!])).log;
    expect(entries.map(({ _id, _ending }) => [_id, _ending])).toEqual(
      [...one!.exchanges, ...two!.exchanges].map(({ id, code }) => [id, code]),
    );
  });

  it('has a span that says so, linked to that of the first try', async () => {
    const journal = await again();
    const file = temporary.file('again.swj');
    await journal.save(file);
    const [one, two] = clientsOf(await readJournal(file));
    const otlp = (await toOtlp([one!, two!])) as {
      resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
    };
    const { spans } = otlp.resourceSpans[0]!.scopeSpans[0]!;
    const { traceId, spanId } = spans[3]!;
    expect(spans.map(({ links }) => links)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      [{ traceId, spanId }],
      undefined,
    ]);
    expect(spans[4]!['traceId']).toBe(traceId);
    const { tracer, made } = tracing();
    for (const each of [one!, two!]) await toSpans(each, tracer);
    expect(
      made.map(({ attributes, links }) => [
        attributes['error.type'],
        attributes['http.request.resend_count'],
        links.map(({ context }) => context.spanId),
      ]),
    ).toEqual([
      ...Array.from({ length: 3 }, () => [undefined, undefined, []]),
      ['PW', undefined, []],
      [undefined, 1, ['3']],
      [undefined, undefined, []],
    ]);
  });

  it('is saved with both connections, and says what is missing if one is not there', async () => {
    const journal = await again();
    const file = temporary.file('again.swj');
    // The response is that of the second one.
    let seen = 0;
    await journal.save(file, { where: ({ role }) => role === 'client' && ++seen > 4 });
    const clients = clientsOf(await readJournal(file));
    expect(clients.map(({ exchanges }) => exchanges.length)).toEqual([4, 2]);
    expect(await verdictsOf(await readJournal(file))).toEqual([]);
    const whole = readFileSync(file);
    const { source } = journal as unknown as { source: Source };
    const lines = [...source.recording.lines.values()];
    const [one, two] = clients.map(({ id }) => lines.find(({ number }) => number === Number(id.slice(1)) * 2)!);
    const last = lines.filter(({ owner }) => owner === two).at(-1);
    for (const [missing, gaps] of [
      [[one], ['a request of it was sent on another connection before, of which something is missing']],
      [
        [last],
        [
          'a request of it was sent again on another connection, of which something is missing',
          'its beginning was not recorded',
        ],
      ],
    ] as const) {
      const left = lines.filter((line) => !missing.includes(line as never) && !missing.includes(line.owner as never));
      const parts = [...collect(source, new Set(left.map(({ number }) => number)), undefined)];
      const head = whole.subarray(0, 17 + whole.readUInt32LE(9));
      writeFileSync(file, Buffer.concat([head, ...parts.filter((part) => part !== undefined)]));
      expect(clientsOf(await readJournal(file)).map((each) => each.gap)).toEqual(gaps);
    }
  });
});

it('a request without an agent is replayed in the order of events of the process that made it', async () => {
  const journal = begin({ bytes: 'raw' });
  http.default.eventOrder = 'host';
  try {
    const request = http.request({
      method: 'POST',
      createConnection: (_options, done) => {
        setImmediate(() => done(new Error('refused'), undefined as never));
        return undefined;
      },
    });
    request.on('error', () => {});
    request.end();
    request.write('late', () => {});
    await new Promise<void>((resolve) => request.on('close', () => resolve()));
    await turns();
  } finally {
    http.default.eventOrder = 'documented';
  }
  journal.stop();
  const file = temporary.file('order.swj');
  await journal.save(file);
  const read = await readJournal(file);
  expect([read.connections().length, await verdictsOf(read)]).toEqual([1, []]);
});

it('a file that is cut has connections that are equal up to there', async () => {
  const journal = begin({ bytes: 'raw', redact: false });
  const agent = memoryAgent(
    http.createServer((_req, res) => res.end(randomBytes(20_000))),
    { keepAlive: true },
  );
  await crowd(agent, 2, 30);
  agent.destroy();
  await settled();
  journal.stop();
  const file = temporary.file('halves.swj');
  await journal.save(file);
  const whole = readFileSync(file);
  for (const share of [0.4, 0.8]) {
    writeFileSync(file, whole.subarray(0, Math.floor(whole.length * share)));
    const read = await readJournal(file);
    expect(read.torn).toBeDefined();
    expect(read.connections()).toHaveLength(4);
    expect(await verdictsOf(read)).toEqual([]);
    for (const each of read.connections()) expect((await spansOf(each)).length).toBeGreaterThan(5);
  }
});

describe('an export', () => {
  it('of a connection that begins with a mark says the endings of its own exchanges', async () => {
    const journal = begin({ keep: 96 * 1024 });
    const server = http.createServer((req, res) => {
      if (req.url !== '/hang') res.end('hello');
    });
    const [peer, socket] = socketPair();
    peer.resume();
    server.emit('connection', socket);
    for (let i = 0; i < 240; i++) {
      peer.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await settled();
    }
    peer.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    peer.destroy();
    await settled();
    journal.stop();
    const file = temporary.file('marked.swj');
    await journal.save(file);
    const read = await readJournal(file);
    const [{ exchanges } = { exchanges: [] }] = read.connections();
    const { entries } = (await toHar(read)).log;
    expect(entries.length).toBeLessThan(240);
    const last = exchanges.slice(-entries.length);
    expect(entries.map(({ _id, _ending, request }) => [_id, _ending, (request as { url: string }).url])).toEqual(
      last.map(({ id, code, path }) => [id, code, `http://a${path}`]),
    );
    expect(entries.at(-1)?._ending).toBe('PW');
    let text = '';
    for await (const part of toHarText(read)) text += part;
    expect(JSON.parse(text)).toEqual(await toHar(read).then((har) => JSON.parse(JSON.stringify(har))));
  });

  it('names errors as the conventions do: by the ending, or by the status', async () => {
    const journal = begin();
    const server = http.createServer((req, res) => {
      res.statusCode = Number(req.url?.slice(1));
      res.end();
    });
    const agent = memoryAgent(server);
    for (const [method, path] of [
      ['GET', '/500'],
      ['GET', '/404'],
      ['PROPFIND', '/200'],
    ] as const) {
      await new Promise((resolve) =>
        http.request({ agent, path, method }, (response) => response.resume().on('close', resolve)).end(),
      );
    }
    await settled();
    journal.stop();
    const file = temporary.file('errors.swj');
    await journal.save(file);
    const spans = (await Promise.all((await readJournal(file)).connections().map((each) => spansOf(each)))).flat();
    const of = (role: 1 | 2): unknown[] =>
      spans
        .filter(({ kind }) => kind === role)
        .map(({ name, isError, attributes: a }) => [name, isError, a['error.type'], a['http.request.method_original']]);
    expect(of(1)).toEqual([
      ['GET', true, '500', undefined],
      ['GET', false, undefined, undefined],
      ['HTTP', false, undefined, 'PROPFIND'],
    ]);
    expect(of(2).slice(0, 2)).toEqual([
      ['GET', true, '500', undefined],
      ['GET', true, '404', undefined],
    ]);
  });
});

describe('a hostile file', () => {
  const part = (kind: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.write(kind, 0, 'latin1');
    head.writeUInt32LE(body.length, 1);
    head.writeUInt32LE(crc32(body), 5);
    return Buffer.concat([head, body]);
  };
  const segment = (frames: Buffer, begins = 0): Buffer => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(frames.length, 0);
    head.writeDoubleLE(begins, 4);
    return part('S', Buffer.concat([head, deflateRawSync(frames)]));
  };
  const nothing = (): Buffer => {
    const journal = begin();
    journal.stop();
    journal.saveSync(temporary.file('nothing.swj'));
    const whole = readFileSync(temporary.file('nothing.swj'));
    return whole.subarray(0, 17 + whole.readUInt32LE(9));
  };
  const SAME = 0x60;
  const first = Buffer.from([19 | 0x40, 2, 1]);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];

  it.each<[string, () => Buffer, RegExp]>([
    ['millions of frames in a few bytes', () => segment(Buffer.alloc(8 << 20, Buffer.from([...first]))), /more frames/],
    [
      'millions of pieces',
      () => segment(Buffer.concat([first, Buffer.from([2 | SAME, 0x80, 0x80, 0x80, 1]), Buffer.alloc(2 << 20, 3)])),
      /more pieces/,
    ],
    ['a chunk of terabytes', () => segment(Buffer.from([...first, 2 | SAME, 1, ...huge])), /chunk that is too large/],
    ['a write of terabytes', () => segment(Buffer.from([...first, 4 | SAME, 1, 2, 3, 19, ...huge])), /too large/],
    ['a time that is none', () => segment(first, 1e300), /inflated/],
  ])('with %s is torn', async (name, make, reason) => {
    const file = temporary.file(`${name}.swj`);
    writeFileSync(file, Buffer.concat([nothing(), make()]));
    const read = await readJournal(file);
    expect(read.torn?.reason).toMatch(reason);
    expect(read.connections()).toEqual([]);
  });

  it.each([
    ['a date that is none', { date: 'x' }, 'DAMAGED'],
    ['times that are none', { begins: null }, 'DAMAGED'],
    ['nested words', { words: { charts: 0 } }, 'NEWER'],
  ])('with %s in its header is refused', async (name, changes, code) => {
    const file = temporary.file(`${name}.swj`);
    const begins = withHeader(nothing(), changes);
    // What a parser reads deeper than the stack is.
    const text = begins.subarray(17).toString().replace('"charts":0', `"charts":[${deep}]`);
    writeFileSync(file, Buffer.concat([begins.subarray(0, 8), part('H', Buffer.from(text))]));
    await expect(readJournal(file)).rejects.toMatchObject({ code: `STATEWIRE_JOURNAL_${code}` });
  });

  it.skipIf(process.platform === 'win32')('that is a pipe is refused', async () => {
    const file = temporary.file('pipe');
    execFileSync('mkfifo', [file]);
    await expect(readJournal(file)).rejects.toMatchObject({ code: 'STATEWIRE_JOURNAL_FOREIGN' });
  });
});

describe('a message', () => {
  it('whose trailers or method are longer than a segment is not the end of it', async () => {
    const journal = begin({ keep: 64 * 1024 });
    const server = http.createServer((req, res) => {
      res.setHeader('Trailer', 'X-Long');
      res.addTrailers({ 'X-Long': 'x'.repeat(30_000) });
      req.resume();
      res.end('a');
    });
    const [peer, socket] = socketPair();
    peer.resume();
    server.emit('connection', socket);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    const request = http.request({ createConnection: () => socketPair()[0] as never, method: 'M'.repeat(30_000) });
    request.on('error', () => {}).destroy();
    await settled();
    await crowd(memoryAgent(http.createServer(hello)), 1, 3);
    journal.stop();
    const file = temporary.file('trailers.swj');
    await journal.save(file);
    const read = await readJournal(file);
    expect(await differences(file)).toEqual([]);
    expect(read.connections({ path: '/' }).filter(({ gap }) => gap === undefined).length).toBeGreaterThanOrEqual(6);
    peer.destroy();
    await settled();
  });
});

describe('what is saved', () => {
  it('is what there is when it is called, and no part of what comes then', async () => {
    const journal = begin({ keep: 256 * 1024 });
    const agent = memoryAgent(http.createServer(hello), { keepAlive: true, maxSockets: 4 });
    await crowd(agent, 4, 4);
    const file = temporary.file('called.swj');
    const saved = journal.save(file);
    await crowd(agent, 16, 2);
    await saved;
    expect(await verdictsOf(await readJournal(file))).toEqual([]);
    agent.destroy();
    await settled();
  });

  it('is whole in a file that is saved several times at once', async () => {
    const journal = begin({ bytes: 'raw', redact: false });
    const agent = memoryAgent(
      http.createServer((_req, res) => res.end(randomBytes(20_000))),
      { keepAlive: true },
    );
    await crowd(agent, 2, 20);
    agent.destroy();
    await settled();
    const file = temporary.file('at-once.swj');
    const all = [
      journal.save(file),
      journal.save(file, { where: ({ role }) => role === 'client' }),
      journal.save(file),
    ];
    const sizes = (await Promise.all(all)).map(({ bytes }) => bytes);
    const read = await readJournal(file);
    expect([read.torn, read.connections().length, readFileSync(file).length]).toEqual([undefined, 4, sizes[2]]);
    expect(await verdictsOf(read)).toEqual([]);
  });

  it('is not lost when `where` throws', async () => {
    const journal = begin();
    await crowd(memoryAgent(http.createServer(hello)), 1, 1);
    const file = temporary.file('kept.swj');
    await journal.save(file);
    const before = readFileSync(file);
    const where = (): never => {
      throw new RangeError('where');
    };
    await expect(journal.save(file, { where })).rejects.toThrow(RangeError);
    expect(() => journal.saveSync(file, { where })).toThrow(RangeError);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('goes to a stream, to the last frame', async () => {
    const journal = begin({ keep: 64 * 1024 });
    const file = temporary.file('stream.swj');
    const stream = createWriteStream(file);
    journal.to(stream);
    for (let i = 0; i < 10; i++) {
      await crowd(memoryAgent(http.createServer(hello)), 1, 8);
      await journal.flush();
    }
    journal.stop();
    stream.end();
    await once(stream, 'close');
    expect(journal.dropped).toBe(0);
    const read = await readJournal(file);
    expect(await verdictsOf(read)).toEqual([]);
    expect(read.connections().flatMap(({ exchanges }) => exchanges).length).toBe(160);
  });

  it.skipIf(process.platform !== 'linux')('is dropped when the disk is full, or the stream destroyed', async () => {
    for (const stream of [createWriteStream('/dev/full'), createWriteStream(temporary.file('destroyed')).destroy()]) {
      const journal = begin({ keep: 64 * 1024 });
      journal.to(stream);
      await crowd(memoryAgent(http.createServer(hello)), 2, 10);
      await journal.flush();
      expect(journal.dropped).toBeGreaterThan(0);
      journal.stop();
      stream.destroy();
    }
  });

  it.each([false, true])(
    'has no listener on a stream that gets nothing more (the journal is stopped: %s)',
    async (all) => {
      const journal = begin({ keep: 64 * 1024 });
      let fail = (): void => {};
      const stream = new Writable({ write: (_chunk, _encoding, done) => (fail = () => done(new Error('late'))) });
      const stop = journal.to(stream);
      await crowd(memoryAgent(http.createServer(hello)), 1, 8);
      const flushed = journal.flush();
      while (stream.writableLength === 0) await turns(1);
      if (all) journal.stop();
      else stop();
      expect(stream.listenerCount('error')).toBe(1);
      // What it was handed fails later, and that is no exception.
      fail();
      await flushed;
      await turns(5);
      expect([journal.dropped > 0, stream.destroyed, stream.listenerCount('error')]).toEqual([true, true, 0]);
      if (!all) return;
      await crowd(memoryAgent(http.createServer(hello)), 1, 1);
      await journal.flush();
      expect(stream.listenerCount('error')).toBe(0);
    },
  );
});

/** What has left the process, as text. */
async function leftOf(file: string): Promise<string> {
  const read = await readJournal(file);
  const frames = await Promise.all(read.connections().map((each) => each.frames()));
  return JSON.stringify([read.header, frames, read.connections().map(({ exchanges }) => exchanges)], asText);
}

const asText = (_: string, value: unknown): unknown =>
  (value as { type?: unknown } | null)?.type === 'Buffer'
    ? Buffer.from((value as { data: number[] }).data).toString('latin1')
    : value;

describe('a secret', () => {
  const S = 'hunTer2sEc';
  const begins = 'GET / HTTP/1.1\r\nHost: a\r\n';
  const messages: readonly string[] = [
    `GET /?next=/cb?token=${S} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET /?next=https%3A%2F%2Fh%2F%3Ftoken%3D${S} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET /?next=https%3A%2F%2Fu%3A${S}%40h%2F HTTP/1.1\r\nHost: a\r\n\r\n`,
    `CONNECT u:${S}@h:443 HTTP/1.1\r\nHost: a\r\n\r\n${S}`,
    `CONNECT ${S}@h:443 HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET http://u:${S}@h/p?q=1 HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET http://${S}@h/p HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${S}@h\r\n\r\n`,
    `${begins}X-Any: /a?password=${S}\r\n\r\n`,
    `${begins}X-Any: http://u:${S}@h/\r\n\r\n`,
    `${begins}X-Any: http://h/?a=1&\r\n token=${S}\r\n\r\n`,
    `${begins}Forwarded: for=1.2.3.4;secret=${S}\r\n\r\n`,
    `${begins}X-Form: token=${S}, session="a ${S}"\r\n\r\n`,
    `${begins}DPoP: ${S}\r\nX-Passphrase: ${S}\r\nX-Pwd: ${S}\r\n\r\n`,
    `${begins}Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${S}\r\n\r\n`,
    `${begins}Connection: close\r\n\r\n${begins.replace('/', `/${S}`)}X-Any: ${S}\r\n\r\n`,
    `POST ${begins.slice(4)}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Any: http://u:${S}@h\r\n\r\n`,
  ];

  it.each([
    ['whole', Number.POSITIVE_INFINITY],
    ['in sevens', 7],
    ['byte by byte', 1],
  ])('stays, wherever it is in a message that comes %s, and the rest is replayed', async (_, size) => {
    const journal = begin({ bytes: 'raw' });
    const server = http.createServer((req, res) => req.resume().on('end', () => res.end()));
    server.on('connect', (_req, socket) => socket.end());
    for (const message of messages) {
      const [peer, socket] = socketPair();
      peer.on('error', () => {}).resume();
      server.emit('connection', socket);
      for (let at = 0; at < message.length; at += Math.min(size, message.length)) {
        peer.write(message.slice(at, at + size));
        if (size < 1000) await settled();
      }
      await settled();
      peer.destroy();
      await settled();
    }
    journal.stop();
    const file = temporary.file('places.swj');
    await journal.save(file);
    const text = await leftOf(file);
    expect(text.match(new RegExp(`.{0,60}${S.slice(0, 6)}`, 'gi')) ?? []).toEqual([]);
    expect(await verdictsOf(await readJournal(file))).toEqual([]);
  });

  it.each(['heads', 'bodies', 'raw'] as const)(
    'after a change of the protocol stays, though it looks like HTTP (%s)',
    async (bytes) => {
      const leaves = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
      const shaped = `GET /${S} HTTP/1.1\r\nHost: ${S}\r\nX-Any: ${S}\r\n\r\n`;
      const journal = begin({ bytes });
      const respond: http.RequestListener = (req, res) => {
        // It comes while the server is still busy with what was before it.
        if (req.url === '/late') req.socket.emit('data', Buffer.from(leaves + shaped));
        req.resume().on('end', () => res.end());
      };
      const servers = [http.createServer(respond), http.createServer(respond)] as const;
      servers[0].on('upgrade', (_req, socket, head) => socket.end(`HTTP/1.1 101 ok\r\n\r\n${head.length}`));
      const late = 'POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx';
      for (const [server, message] of [
        [servers[0], leaves + shaped],
        [servers[0], `${late}${begins}\r\n`],
        [servers[1], leaves + shaped],
      ] as const) {
        const [peer, socket] = socketPair();
        peer.on('error', () => {}).resume();
        server.emit('connection', socket);
        peer.write(message);
        await settled();
        peer.destroy();
        await settled();
      }
      // A client, whose response is 101.
      const agent = memoryAgent(servers[0]);
      agent.createConnection = () => {
        const [peer, socket] = socketPair();
        peer.once('data', () =>
          peer.end(
            `HTTP/1.1 101 ok\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nHTTP/1.1 200 ${S}\r\nX-Any: ${S}\r\n\r\n`,
          ),
        );
        return socket;
      };
      const request = http.get({ agent, headers: { Upgrade: 'x', Connection: 'upgrade' } });
      request.on('upgrade', (_response, socket) => socket.destroy());
      await once(request, 'close');
      await settled();
      journal.stop();
      const file = temporary.file('shaped.swj');
      await journal.save(file);
      const read = await readJournal(file);
      expect(await verdictsOf(read)).toEqual([]);
      const counts: number[] = [];
      const texts: string[] = [];
      for (const each of read.connections()) {
        counts.push((await spansOf(each)).length);
        texts.push(JSON.stringify(await each.frames(), asText));
      }
      // The second server has taken it for a request: it is one.
      expect(texts.map((text) => text.includes(S))).toEqual([false, false, true, false]);
      expect([counts[0], ...counts.slice(2)]).toEqual([1, 2, 1]);
    },
  );

  it('in the code of an error stays, and known codes are shown', async () => {
    const journal = begin({ bytes: 'raw' });
    const server = http.createServer((req, res) => {
      const code = req.url === '/ours' ? 'ECONNRESET' : S;
      res.destroy(Object.assign(new Error(S), { code }));
    });
    const agent = memoryAgent(server);
    for (const path of ['/ours', '/theirs']) {
      await new Promise((resolve) => http.get({ agent, path }).on('error', resolve));
    }
    journal.stop();
    const file = temporary.file('codes.swj');
    await journal.save(file);
    const text = await leftOf(file);
    expect(text).not.toContain(S);
    expect(text).toContain('ECONNRESET');
    expect(await verdictsOf(await readJournal(file))).toEqual([]);
  });

  it('that follows a gap is masked, until a head is known to begin', async () => {
    const journal = begin({ keep: 1024 * 1024, bytes: 'raw' });
    const server = http.createServer((req) => req.resume());
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    const parts: Uint8Array[] = [];
    let isSlow = false;
    let release = (_?: unknown): void => {};
    journal.to({
      write: async (segment) => {
        parts.push(segment);
        if (isSlow) await new Promise((resolve) => (release = resolve));
      },
    });
    peer.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    await settled();
    journal.flush();
    await turns(10);
    isSlow = true;
    // The size of the chunk is lost, so its content would be taken for a line.
    for (let i = 0; i < 3; i++) {
      peer.write(['1\r\nx\r\n', '100000\r\n', 'x'][i]!);
      await settled();
      journal.flush();
      await turns(10);
    }
    isSlow = false;
    release();
    await turns(10);
    peer.write(`0\r\nX-Any: ${S}\r\n`);
    await settled();
    journal.flush();
    await turns(10);
    const file = temporary.file('behind.swj');
    writeFileSync(file, Buffer.concat(parts));
    expect(parts.length).toBeGreaterThan(2);
    expect(await leftOf(file)).not.toContain(S);
    peer.destroy();
    await settled();
  });

  it('has no mask that could be undone letter by letter, with correlate', () => {
    const masker = new LineMasker(new Policy({ correlate: true }));
    const bytes = Buffer.from('X-Token: abcabc');
    for (let at = 0; at < bytes.length; at++) masker.feed(bytes.subarray(at, at + 1));
    expect(bytes.toString().slice(-6)).toBe('xxxxxx');
  });
});

describe("a test that is made of a client's connection", () => {
  it.each([false, true])('passes, and fails if the client asks for something else (redacted: %s)', async (redact) => {
    const journal = begin({ bytes: 'raw', redact });
    const server = http.createServer((req, res) => {
      res.setHeader('Set-Cookie', 'a=b');
      req.resume().on('end', () => res.end(`at ${req.url}`));
    });
    const agent = memoryAgent(server, { keepAlive: true });
    await crowd(agent, 1, 2);
    await crowd(agent, 1, 1, 'some content');
    // In chunks that are no text, with trailers, and only when it is asked for.
    const options = { agent, method: 'PUT', headers: { Expect: '100-continue', Trailer: 'X-Sum' } };
    const put = http.request(options, (response) => response.resume());
    put.on('continue', () => {
      for (const chunk of ['one', Buffer.from([0xff, 0])]) put.write(chunk);
      put.addTrailers({ 'X-Sum': 'a sum' });
      put.end('€');
    });
    await new Promise<void>((resolve) => put.on('close', () => resolve()));
    agent.destroy();
    await settled();
    journal.stop();
    const file = temporary.file('client.swj');
    await journal.save(file);
    const client = (await readJournal(file)).connections().find(({ role }) => role === 'client');
    const text = (await testOf(client!)).replace(/^import .*$/gm, '').replace('\ntest(', '\nawait test(');
    const run = async (body: string): Promise<string> => {
      let result = 'not run';
      const test = async (_name: string, act: () => Promise<void>): Promise<void> => {
        result = await act().then(
          () => 'passed',
          (error: { code?: string }) => `failed ${error.code}`,
        );
      };
      const made = new Function(
        ...['assert', 'test', 'Agent', 'request', 'settled', 'socketPair'],
        `return (async () => {${body}})();`,
      );
      await made(assert, test, http.Agent, http.request, settled, socketPair);
      return result;
    };
    expect(await run(text)).toBe('passed');
    expect(await run(text.replace('"POST"', '"PUT"'))).toBe('failed ERR_ASSERTION');
  });
});

it('OTLP has what an exchange has asked as its child, once chains are noted', async () => {
  http.explain.chains();
  const journal = begin();
  const back = memoryAgent(http.createServer(hello));
  const front = memoryAgent(
    http.createServer((_req, res) => {
      setImmediate(() => http.get({ agent: back, path: '/back' }, (response) => response.pipe(res)));
    }),
  );
  await new Promise((resolve) =>
    http.get({ agent: front, path: '/front' }, (response) => response.resume().on('close', resolve)),
  );
  await settled();
  journal.stop();
  const file = temporary.file('chain.swj');
  await journal.save(file);
  const made = (await toOtlp((await readJournal(file)).connections())) as {
    resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  };
  const { spans } = made.resourceSpans[0]!.scopeSpans[0]!;
  const of = (kind: number, path: string) =>
    spans.find(
      (span) => span['kind'] === kind && JSON.stringify(span['attributes']).includes(`"stringValue":"${path}"`),
    )!;
  const [asking, asked] = [of(2, '/front'), of(3, '/back')];
  expect(asked).toMatchObject({ traceId: asking['traceId'], parentSpanId: asking['spanId'] });
  expect(of(3, '/front')['parentSpanId']).toBeUndefined();
  // A tracer that has got the exchange before gets a link to it.
  const read = await readJournal(file);
  const { tracer, made: given } = tracing();
  for (const role of ['client', 'server', 'client'])
    for (const each of read.connections()) if (each.role === role) await toSpans(each, tracer);
  const asker = given.findIndex(
    ({ attributes }) => attributes['url.path'] === '/front' && attributes['url.full'] === undefined,
  );
  const links = given.flatMap((span) =>
    span.attributes['statewire.asked_by'] === undefined ? [] : [span.links.map(({ context }) => context.spanId)],
  );
  expect(links).toEqual([[], [`${asker}`]]);
});
