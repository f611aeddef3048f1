/** What a replay notices, what a reader survives, and what never leaves the process. JOURNAL=all does more of each. */
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { describe as words } from '../../src/journal/describe.js';
import { kinds } from '../../src/journal/flags.js';
import type { Frame } from '../../src/journal/frames.js';
import { JournalError, type ReadJournal, readJournal, replayStates } from '../../src/journal/index.js';
import { run } from '../../src/journal/run.js';
import * as v from '../../src/journal/vocabulary.js';
import { memoryAgent, settled, socketPair } from '../../src/testing/index.js';
import { folder, recorded, verdictsOf, withHeader } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);
const isAll = process.env['JOURNAL'] === 'all';
/** All of it takes minutes. */
const long = isAll ? 3_600_000 : undefined;

/** Numbers that are the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Asked {
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Exchanges of a server and a client in this process. */
async function talk(all: readonly Asked[], respond: http.RequestListener): Promise<void> {
  const server = http.createServer(respond);
  const agent = memoryAgent(server, { keepAlive: true });
  for (const { path, body, headers = {} } of all) {
    await new Promise<void>((resolve, reject) => {
      const request = http.request(
        { agent, path, method: body === undefined ? 'GET' : 'POST', headers },
        (response) => {
          response.resume().on('end', resolve);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
  agent.destroy();
}

const echo: http.RequestListener = (req, res) => {
  res.setHeader('X-Path', req.url ?? '');
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    if (req.method === 'POST') {
      res.write('echo ');
      setImmediate(() => res.end(Buffer.concat(chunks)));
    } else res.end('hello');
  });
};

const some: readonly Asked[] = [
  { path: '/a' },
  { path: '/b', body: 'some content' },
  { path: '/c?x=1' },
  { path: '/d', body: 'more' },
];

/** What a server reads from a peer that sends `pieces`, each in a turn of its own. */
async function receive(server: http.Server, pieces: readonly string[]): Promise<void> {
  const [peer, socket] = socketPair();
  peer.on('error', () => {}).resume();
  server.emit('connection', socket);
  for (const piece of pieces) {
    peer.write(piece);
    await settled();
  }
  peer.destroy();
  await settled();
}

const sample = (name: string, options = {}): Promise<ReadJournal> =>
  recorded(temporary.file(name), { bytes: 'raw', redact: false, ...options }, () => talk(some, echo));

/** One thing in a frame is different; undefined if there is nothing to change. */
function mutate(frame: Frame, below: (limit: number) => number): Frame | undefined {
  const flip = <T extends Buffer>(bytes: T): Buffer => {
    const copy = Buffer.from(bytes);
    const at = below(copy.length);
    copy[at] = copy[at]! ^ (1 << below(7));
    return copy;
  };
  switch (frame.kind) {
    case v.STEP: {
      const { hasFlags } = kinds[frame.code]!;
      if (hasFlags && below(2) === 0) return { ...frame, value: frame.value ^ 1 };
      return { ...frame, code: (frame.code + 1 + below(kinds.length - 1)) % kinds.length };
    }
    case v.ASK: {
      const bits = 31 - Math.clz32(frame.value);
      return { ...frame, value: frame.value ^ (1 << below(bits)) };
    }
    case v.IN: {
      const [first, ...rest] = frame.pieces;
      if (first?.bytes === undefined || first.bytes.length === 0) return undefined;
      return { ...frame, pieces: [{ ...first, bytes: flip(first.bytes) }, ...rest] };
    }
    case v.CALL: {
      const { payload } = frame;
      if (payload?.bytes === undefined || payload.bytes.length === 0)
        return { ...frame, code: (frame.code + 1) % v.CALLS.length };
      return { ...frame, payload: { ...payload, bytes: flip(payload.bytes) } };
    }
    case v.WROTE:
      return below(2) === 0 ? { ...frame, hash: (frame.hash ^ 1) >>> 0 } : { ...frame, length: frame.length + 1 };
    case v.DOOR:
      return { ...frame, code: (frame.code + 1) % v.CALLED_FOR.length };
    case v.DEFERRED:
      return { ...frame, value: frame.value + 1 };
    case v.POOL:
      return { ...frame, exchange: frame.exchange + 1 };
    default:
      return undefined;
  }
}

describe('a replay', () => {
  it.each(['heads', 'bodies', 'raw'] as const)('of large messages, with %s', async (bytes) => {
    const large = Buffer.alloc(300_000, 'large ');
    const asked = [{ path: '/large', body: large.toString() }, { path: '/after' }];
    const journal = await recorded(temporary.file('large.swj'), { bytes, redact: false }, () =>
      talk(asked, (req, res) => req.resume().on('end', () => res.end(large))),
    );
    expect(await verdictsOf(journal)).toEqual([]);
    const frames = (await Promise.all(journal.connections().map((each) => each.frames()))).flat();
    const hasContent = frames.some(({ payload, pieces }) =>
      [payload?.bytes, ...pieces.map((piece) => piece.bytes)].some((each) => each?.includes('large large')),
    );
    expect(hasContent).toBe(bytes !== 'heads');
  });

  it('of an upgrade without Host, for which the program listens', async () => {
    const server = http.createServer((_req, res) => res.end());
    server.on('upgrade', (_req, socket) => socket.end());
    const journal = await recorded(temporary.file('upgrade.swj'), { bytes: 'raw', redact: false }, () =>
      receive(server, ['GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n']),
    );
    expect(await verdictsOf(journal)).toEqual([]);
  });

  it(
    'notices mutated frames, all but one in a hundred',
    async () => {
      const journal = await sample('mutants.swj');
      const below = random(7);
      const chosen = await Promise.all(journal.connections().map((each) => each.replayable()));
      const missed: string[] = [];
      const count = isAll ? 2000 : 200;
      let made = 0;
      while (made < count) {
        const replayable = chosen[below(chosen.length)]!;
        const at = below(replayable.frames.length);
        const changed = mutate(replayable.frames[at]!, below);
        if (changed === undefined) continue;
        made++;
        const frames = replayable.frames.with(at, changed);
        if (run({ ...replayable, frames }) === undefined)
          missed.push(`${words(replayable.frames[at]!)} as ${words(changed)}`);
      }
      expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(count / 100);
    },
    long,
  );

  it('notices frames that are missing, and frames twice', async () => {
    const journal = await sample('missing.swj');
    const unnoticed: string[] = [];
    for (const connection of journal.connections()) {
      const replayable = await connection.replayable();
      const { frames } = replayable;
      for (let at = 0; at < frames.length - 1; at++) {
        if (frames[at]!.kind === v.END) continue;
        const without = run({ ...replayable, frames: frames.toSpliced(at, 1) });
        const twice = run({ ...replayable, frames: frames.toSpliced(at, 0, frames[at]!) });
        if (without === undefined) unnoticed.push(`without ${words(frames[at]!)}`);
        if (twice === undefined) unnoticed.push(`twice ${words(frames[at]!)}`);
      }
    }
    expect(unnoticed.length, unnoticed.join('\n')).toBeLessThanOrEqual(8);
  });
});

/** Reads a file that may be anything: a journal, or an error of a journal. */
async function readAnything(bytes: Buffer, name: string): Promise<ReadJournal | JournalError> {
  const file = temporary.file(name);
  writeFileSync(file, bytes);
  try {
    const journal = await readJournal(file);
    for (const connection of journal.connections()) await connection.frames();
    return journal;
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
}

describe('a reader', () => {
  it(
    'reads a file that is cut at any byte',
    async () => {
      await recorded(temporary.file('small.swj'), { bytes: 'heads' }, () => talk(some.slice(0, 1), echo));
      const whole = readFileSync(temporary.file('small.swj'));
      const step = isAll ? 1 : 17;
      for (let length = 0; length < whole.length; length += step) {
        const read = await readAnything(whole.subarray(0, length), 'cut.swj');
        if (!(read instanceof JournalError)) expect(read.torn, `${length} bytes`).toBeDefined();
      }
      const read = await readAnything(whole, 'cut.swj');
      expect(read instanceof JournalError ? read : read.torn).toBeUndefined();
    },
    long,
  );

  it(
    'survives any bytes',
    async () => {
      await recorded(temporary.file('fuzzed.swj'), { bytes: 'heads' }, () => talk(some, echo));
      const whole = readFileSync(temporary.file('fuzzed.swj'));
      const below = random(11);
      for (let run = 0; run < (isAll ? 100_000 : 150); run++) {
        const bytes = Buffer.from(whole);
        for (let changes = 1 + below(8); changes > 0; changes--) bytes[below(bytes.length)] = below(256);
        await readAnything(bytes, 'any.swj');
      }
    },
    long,
  );

  it(
    'survives any frames whose checksum is right',
    async () => {
      await recorded(temporary.file('framed.swj'), { bytes: 'heads' }, () => talk(some, echo));
      const whole = readFileSync(temporary.file('framed.swj'));
      const headerLength = whole.readUInt32LE(9);
      const at = 8 + 9 + headerLength;
      const length = whole.readUInt32LE(at + 1);
      const body = whole.subarray(at + 9, at + 9 + length);
      const frames = inflateRawSync(body.subarray(12));
      const below = random(13);
      for (let run = 0; run < (isAll ? 20_000 : 100); run++) {
        const changed = Buffer.from(frames);
        for (let changes = 1 + below(8); changes > 0; changes--) changed[below(changed.length)] = below(256);
        const head = Buffer.from(body.subarray(0, 12));
        const part = Buffer.concat([head, deflateRawSync(changed)]);
        const begin = Buffer.alloc(9);
        begin[0] = whole[at]!;
        begin.writeUInt32LE(part.length, 1);
        begin.writeUInt32LE(crc32(part), 5);
        const read = await readAnything(Buffer.concat([whole.subarray(0, at), begin, part]), 'frames.swj');
        if (read instanceof JournalError) continue;
        for (const connection of read.connections()) {
          try {
            await replayStates(connection);
            run % 3 === 0 && (await (await import('../../src/journal/index.js')).replay(connection));
          } catch (error) {
            if (!(error instanceof JournalError)) throw error;
          }
        }
      }
    },
    long,
  );

  it('says what a file is not', async () => {
    const text = await readAnything(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'foreign.swj');
    expect(text).toMatchObject({ code: 'STATEWIRE_JOURNAL_FOREIGN' });
    await sample('newer.swj');
    const whole = readFileSync(temporary.file('newer.swj'));
    const newer = await readAnything(withHeader(whole, { format: 99, version: '9.0.0' }), 'newer2.swj');
    expect(newer).toMatchObject({ code: 'STATEWIRE_JOURNAL_NEWER', message: expect.stringContaining('9.0.0') });
  });
});

describe('redaction', () => {
  const secret = (index: number): string => `sEcReT${String(index).padStart(2, '0')}zQj`;

  it('lets none of 40 secrets out, and the rest can be replayed', async () => {
    let next = 0;
    const all: string[] = [];
    const fresh = (): string => {
      all.push(secret(next++));
      return all.at(-1)!;
    };
    const asked: Asked[] = [
      { path: '/a', headers: { Authorization: `Bearer ${fresh()}`, Cookie: `a=${fresh()}; b=${fresh()}` } },
      { path: `/b?token=${fresh()}&x=1&api_key=${fresh()}#access_token=${fresh()}`, headers: { 'X-Api-Key': fresh() } },
      {
        path: '/c',
        headers: { 'Proxy-Authorization': `Basic ${fresh()}`, 'X-Auth-Token': fresh(), 'X-Session-Id': fresh() },
      },
      {
        path: '/d',
        body: `password=${fresh()}&other=${fresh()}`,
        headers: { 'X-CSRF-Token': fresh(), 'X-Secret': fresh() },
      },
      {
        path: '/e',
        body: 'x'.repeat(70_000) + fresh(),
        headers: { Referer: `http://u:${fresh()}@h/?code=${fresh()}` },
      },
      { path: `/f?password=${fresh()}&sig=${fresh()}`, headers: { 'X-JWT': fresh(), 'x-refresh-token': fresh() } },
    ];
    const ofResponses = Array.from({ length: 12 }, fresh);
    const raw = Array.from({ length: 8 }, fresh);
    const journal = await recorded(temporary.file('secrets.swj'), { bytes: 'raw', redact: true }, async () => {
      const [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11] = ofResponses as [string, ...string[]];
      await talk(asked, (req, res) => {
        req.resume();
        res.writeHead(200, `Reason ${s0}`, {
          'Set-Cookie': [`sid=${s1}; Path=/`, `other=${s2}`],
          Location: `https://x:${s3}@y/?token=${s4}`,
          'X-Api-Token': s5!,
          'WWW-Authenticate': `Digest nonce="${s6}"`,
          'X-Session': s7!,
          Trailer: 'X-Key',
        });
        res.write(`body ${s8} ${s9}`);
        res.addTrailers({ 'X-Key': s10! });
        res.end(s11);
      });
      // What is no HTTP, and what follows an upgrade.
      const server = http.createServer((_req, res) => res.end());
      server.on('upgrade', (_req, socket) => socket.end(`${raw[0]}`));
      for (const text of [
        `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${raw[1]}`,
        `BOGUS ${raw[2]}\r\nHost: ${raw[3]}\r\n\r\n`,
        `GET /?key=${raw[4]} HTTP/1.1\r\nHost: a\r\nAuthorization:\r\n ${raw[5]}\r\n\r\n`,
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=${raw[6]}\r\nabc\r\n0\r\n\r\n${raw[7]}`,
      ]) {
        await receive(server, [text]);
      }
    });
    expect(all.length).toBeGreaterThanOrEqual(40);
    const inflated: string[] = [];
    const whole = readFileSync(temporary.file('secrets.swj'));
    for (let at = 8; at < whole.length; ) {
      const length = whole.readUInt32LE(at + 1);
      const body = whole.subarray(at + 9, at + 9 + length);
      const kind = String.fromCharCode(whole[at]!);
      inflated.push(
        (kind === 'S' ? inflateRawSync(body.subarray(12)) : kind === 'I' ? inflateRawSync(body) : body).toString(
          'latin1',
        ),
      );
      at += 9 + length;
    }
    const text = inflated.join('');
    expect(all.filter((each) => text.includes(each))).toEqual([]);
    // Also not with other letters around them, or a part of them.
    expect(text).not.toMatch(/sEcReT\d\d/);
    const { replay } = await import('../../src/journal/index.js');
    const verdicts = await Promise.all(journal.connections().map((each) => replay(each)));
    expect(verdicts.filter(({ same }) => !same).map((each) => !each.same && each.explain())).toEqual([]);
  });

  it('leaves what llhttp heeds, also in pieces', async () => {
    const server = http.createServer((_req, res) => res.end());
    const fields = ['Proxy-Connection: close', 'Connection: close', 'Content-Length: 0'];
    const journal = await recorded(temporary.file('heeded.swj'), { bytes: 'heads' }, async () => {
      for (const field of fields) await receive(server, ['GET / HTTP/1.1\r\nHost: a\r\n', ...field, '\r\n\r\n']);
    });
    expect(await verdictsOf(journal)).toEqual([]);
  });

  it('makes equal masks of equal secrets, with correlate', async () => {
    const heads = (name: string, correlate: boolean) =>
      recorded(temporary.file(name), { bytes: 'heads', redact: { correlate } }, () =>
        talk(
          ['one', 'two', 'one'].map((each) => ({ path: '/', headers: { Authorization: `Bearer ${each}abcdefghi` } })),
          (_req, res) => res.end(),
        ),
      );
    const masks = async (journal: ReadJournal): Promise<string[]> => {
      const server = journal.connections().find(({ role }) => role === 'server')!;
      const frames = await server.frames();
      return frames.flatMap(({ pieces }) =>
        pieces.flatMap(({ bytes }) => bytes?.toString().match(/Authorization: (.*)\r/)?.[1] ?? []),
      );
    };
    const [a, b, c] = await masks(await heads('correlated.swj', true));
    expect(a).toBe(c);
    expect(a).not.toBe(b);
    const [d, e] = await masks(await heads('uncorrelated.swj', false));
    expect(d).toBe(e);
  });
});
