/** A connection that is longer than the memory that its exports may take. */
import { appendFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import {
  type ReadJournal,
  readJournal,
  record,
  scriptOf,
  testOf,
  toHar,
  toHarText,
  toOtlp,
  toOtlpText,
  toPcapng,
} from '../../src/journal/index.js';
import { runInParts } from '../../src/journal/run.js';
import { settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { folder, hello, recorded, stopping, verdictsInParts, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const stopped = stopping();

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** What the first collection has found is freed besides; the second one waits for it. */
function collectGarbage(): void {
  gc();
  gc();
}

const MIB = 1 << 20;
const COUNT = 320;
const content = Buffer.alloc(MIB / 4, 'what is sent again and again, ');

/** One connection, whose responses are 80 MiB. */
async function long(file: string): Promise<ReadJournal> {
  const journal = stopped(record({ bytes: 'raw', redact: false }));
  writeFileSync(file, '');
  journal.to({ write: async (segment) => appendFileSync(file, segment) });
  const [peer, socket] = socketPair();
  peer.resume();
  http.createServer((_req, res) => res.end(content)).emit('connection', socket);
  for (let i = 1; i <= COUNT; i++) {
    peer.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await settled();
    await journal.flush();
  }
  peer.destroy();
  await settled();
  await journal.flush();
  journal.stop();
  return readJournal(file);
}

const parts: Readonly<Record<string, (journal: ReadJournal) => AsyncIterable<string | Buffer>>> = {
  har: (journal) => toHarText(journal),
  otel: (journal) => toOtlpText(journal.connections()),
  pcapng: (journal) => toPcapng(journal),
};

describe('a connection of 80 MiB', () => {
  const file = temporary.file('long.swj');
  let journal: ReadJournal;
  beforeAll(async () => {
    journal = await long(file);
  }, 60_000);

  it.each(Object.keys(parts))('is exported as %s without being in memory', async (format) => {
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let bytes = 0;
    let measured = 0;
    const step = format === 'otel' ? 16_384 : 4 * MIB;
    for await (const part of parts[format]!(journal)) {
      bytes += part.length;
      if (bytes < measured + step) continue;
      measured = bytes;
      collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).toBeLessThan(64 * MIB);
    if (format !== 'otel') expect(bytes).toBeGreaterThan(80 * MIB);
  });

  it('has all its exchanges in a HAR file, in their order', async () => {
    let count = 0;
    let text = '';
    for await (const part of toHarText(journal)) {
      text += part;
      const end = text.lastIndexOf('\n');
      if (end === -1) continue;
      for (const line of text.slice(0, end).split('\n')) {
        if (!line.startsWith('{"started')) continue;
        const { request, response } = JSON.parse(line.replace(/,$/, '')) as {
          request: { url: string };
          response: { content: { text: string } };
        };
        count++;
        expect(request.url).toBe(`http://a/${count}`);
        expect(Buffer.from(response.content.text, 'base64').equals(content)).toBe(true);
      }
      text = text.slice(end + 1);
    }
    expect(count).toBe(COUNT);
  });

  it.each([testOf, scriptOf])('is too large for %o', async (made) => {
    await expect(made(journal.connections()[0]!)).rejects.toMatchObject({
      code: 'STATEWIRE_JOURNAL_TOO_LARGE',
      message: expect.stringMatching(/^s\d+ is too large: more than \d+ MiB were on its wire$/),
    });
  });

  it('is exported as far as the file goes, if it was cut since', async () => {
    truncateSync(file, Math.floor(statSync(file).size / 2));
    const left: string[] = [];
    let bytes = 0;
    for await (const part of toPcapng(journal, undefined, (_, { message }) => left.push(message))) bytes += part.length;
    expect(left).toEqual([expect.stringContaining('the file is shorter than it was')]);
    expect(bytes).toBeGreaterThan(20 * MIB);
  });
});

it('OTLP as text is what it is as an object, but for its ids', async () => {
  const journal = await recorded(temporary.file('text.swj'), {}, async () => {
    const [peer, socket] = socketPair();
    http.createServer(hello).emit('connection', socket);
    peer.resume().write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    await settled();
    peer.destroy();
  });
  let text = '';
  for await (const part of toOtlpText(journal.connections())) text += part;
  const nameless = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replace(/"((?:trace|span)Id)":"[0-9a-f]+"/g, '"$1":""'));
  const object = await toOtlp(journal.connections());
  expect(nameless(JSON.parse(text))).toEqual(nameless(object));
  expect(JSON.stringify(object)).toMatch(/\/1.*\/2/);
});

it('HAR has a body of any length in parts that fit together', async () => {
  const journal = await recorded(temporary.file('parts.swj'), { bytes: 'raw', redact: false }, async () => {
    const [peer, socket] = socketPair();
    const server = http.createServer((req, res) => {
      req.resume();
      for (const part of ['a', 'bc', 'def', 'ghij', 'klmno']) res.write(part);
      res.end();
    });
    server.emit('connection', socket);
    peer.resume().write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nx');
    await settled();
    for (const part of ['yz', '12']) {
      peer.write(part);
      await settled();
    }
    peer.destroy();
  });
  let text = '';
  for await (const part of toHarText(journal)) text += part;
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(await toHar(journal))));
  expect(text).toContain(Buffer.from('abcdefghijklmno').toString('base64'));
  expect(text).toContain(Buffer.from('xyz12').toString('base64'));
});

describe('a replay in parts', () => {
  it('has no time: no timer of it fires between them', async () => {
    const clock = virtualClock();
    const journal = await recorded(temporary.file('timers.swj'), { bytes: 'raw' }, async () => {
      const [peer, socket] = socketPair();
      http.createServer(hello).emit('connection', socket);
      for (const path of ['/1', '/2', '/3']) {
        peer.resume().write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await settled();
      }
      peer.destroy();
    });
    try {
      const [connection] = journal.connections();
      let isFull = true;
      const flip = (): boolean => {
        isFull = !isFull;
        return isFull;
      };
      const running = runInParts(await connection!.streamed(), flip, () => undefined);
      let count = 0;
      let part = running.next();
      for (; part.done !== true; part = running.next()) {
        await clock.advance(60_000);
        count++;
      }
      expect(part.value).toBe(undefined);
      expect(count).toBeGreaterThan(5);
    } finally {
      clock.uninstall();
    }
  });

  it('knows an exchange that many others have followed, if something more happens to it', async () => {
    const journal = await recorded(temporary.file('late.swj'), { bytes: 'raw' }, async () => {
      const [peer, socket] = socketPair();
      let first: http.ServerResponse | undefined;
      const server = http.createServer((_req, res) => {
        first ??= res.on('error', () => {});
        res.end();
      });
      server.emit('connection', socket);
      for (let i = 0; i < 200; i++) {
        peer.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await settled();
      }
      first?.write('too late');
      await settled();
      peer.destroy();
    });
    const frames = await journal.connections()[0]!.frames();
    expect(frames.findLastIndex(({ exchange }) => exchange === 1)).toBeGreaterThan(
      frames.findIndex(({ exchange }) => exchange === 190),
    );
    expect(await verdictsOf(journal)).toEqual([]);
    expect(await verdictsInParts(journal)).toEqual([]);
  });
});
