import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { latin1, observe, requestOptions } from './llhttp-observe.js';
import { nodeReadsChunks } from './llhttp-oracle.js';

const chunkedHead = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
const a = (length: number): string => 'a'.repeat(length);

async function expectSameAsNode(chunks: string[], options: { maxHeaderSize: number }): Promise<void> {
  const bytes = chunks.map(latin1);
  expect(observe({ ...requestOptions, ...options }, bytes)).toEqual(await nodeReadsChunks(bytes, options));
}

describe('the size of a head, limited to 100 bytes, is counted like in the host', () => {
  const cases: Record<string, string[]> = {
    'a target of 99': [`GET /${a(98)} HTTP/1.1\r\n\r\n`],
    'a target of 100': [`GET /${a(99)} HTTP/1.1\r\n\r\n`],
    'a target of 100, cut': [`GET /${a(50)}`, `${a(49)} HTTP/1.1\r\n\r\n`],
    'a target of 100 at the end of a chunk': [`GET /${a(99)}`, `${a(49)} HTTP/1.1\r\n\r\n`],
    'target, name and value of 99': [`GET / HTTP/1.1\r\n${a(97)}: a\r\n\r\n`],
    'target, name and value of 100': [`GET / HTTP/1.1\r\n${a(98)}: a\r\n\r\n`],
    'a name that is too long': [`GET / HTTP/1.1\r\n${a(99)}: a\r\n\r\n`],
    'a value that is too long': [`GET / HTTP/1.1\r\na: ${a(200)}\r\n\r\n`],
    'a value that is too long, in three': ['GET / HTTP/1.1\r\na: ', a(98), `${a(10)}\r\n\r\n`],
    '98 names without a value': [`GET / HTTP/1.1\r\n${'a:\r\n'.repeat(98)}\r\n`],
    '99 names without a value': [`GET / HTTP/1.1\r\n${'a:\r\n'.repeat(99)}\r\n`],
    'white space before a value is not counted': [`GET / HTTP/1.1\r\na:${' '.repeat(500)}b\r\n\r\n`],
    'white space after a value is counted': [`GET / HTTP/1.1\r\na:b${' '.repeat(97)}\r\n\r\n`],
    'empty lines before the request are not counted': [`${'\r\n'.repeat(500)}GET / HTTP/1.1\r\n\r\n`],
    'each request of a pipeline has its own count': [`GET /${a(90)} HTTP/1.1\r\n\r\n`.repeat(3)],
    'trailers of 99': [`${chunkedHead}0\r\na:${a(98)}\r\n\r\n`],
    'trailers of 100': [`${chunkedHead}0\r\na:${a(99)}\r\n\r\n`],
    'trailers of 100, cut': [`${chunkedHead}0\r\na:${a(50)}`, `${a(49)}\r\n\r\n`],
    'a chunk extension is not counted': [`${chunkedHead}1;${a(200)}\r\na\r\n0\r\n\r\n`],
  };
  for (const [name, chunks] of Object.entries(cases)) {
    it(name, () => expectSameAsNode(chunks, { maxHeaderSize: 100 }));
  }

  it('a head of 16 KiB in pieces of 1000', async () => {
    const raw = `GET / HTTP/1.1\r\n${'Name: value\r\n'.repeat(1822)}\r\n`;
    const pieces = raw.match(/[\s\S]{1,1000}/g)!;
    await expectSameAsNode(pieces, { maxHeaderSize: 16 * 1024 });
    await expectSameAsNode(pieces, { maxHeaderSize: 16 * 1024 + 400 });
  });
});

describe('the number of headers is limited like in Node since 22', () => {
  const head = (count: number): string => Array.from({ length: count }, (_, i) => `A${i}: b\r\n`).join('');
  for (const [sent, limit] of [
    [10, 2],
    [31, 10],
    [32, 10],
    [41, 10],
    [100, 31],
    [100, 32],
    [100, 40],
    [100, 0],
  ] as const) {
    it(`${sent} headers and as many trailers, limit ${limit}`, async () => {
      const bytes = [
        latin1(`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${head(sent - 1)}\r\n0\r\n${head(sent)}\r\n`),
      ];
      const found = observe({ ...requestOptions, maxHeadersCount: limit }, bytes);
      expect(found.error?.code).toBe(limit > 0 ? 'HPE_HEADER_OVERFLOW' : undefined);
      if (HOST >= 22) expect(found).toEqual(await nodeReadsChunks(bytes, {}, limit));
    });
  }

  for (const [lines, trailers, refused] of [
    [10, 10, false],
    [10, 11, true],
    [11, 0, true],
  ] as const) {
    it(`limit 10: ${lines} headers and ${trailers} trailers are ${refused ? 'rejected' : 'read'}`, async () => {
      const text = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${head(lines - 1)}\r\n0\r\n${head(trailers)}\r\n`;
      for (const pieces of [[text], text.match(/[\s\S]{1,3}/g) as string[]]) {
        const chunks = pieces.map(latin1);
        const found = observe({ ...requestOptions, maxHeadersCount: 10 }, chunks);
        expect(found.error?.code).toBe(refused ? 'HPE_HEADER_OVERFLOW' : undefined);
        if (HOST >= 22) expect(found).toEqual(await nodeReadsChunks(chunks, {}, 10));
      }
    });
  }
});

describe('the framing of a chunk is limited', () => {
  const codeOf = (chunks: string[]): string | undefined => observe(requestOptions, chunks.map(latin1)).error?.code;
  const overflow = 'HPE_CHUNK_EXTENSIONS_OVERFLOW';

  it('16 KiB of an extension are accepted', () => {
    expect(codeOf([`${chunkedHead}1;${a(16384)}\r\na\r\n0;${a(16384)}\r\n\r\n`])).toBeUndefined();
  });
  it('a longer extension is rejected', async () => {
    const chunks = [`${chunkedHead}1;`, a(20_000), '\r\na\r\n0\r\n\r\n'];
    expect(codeOf([chunks.join('')])).toBe(overflow);
    await expectSameAsNode(chunks, { maxHeaderSize: 16384 });
  });
  it('a longer extension is rejected byte by byte', () => {
    expect(codeOf([`${chunkedHead}1;`, ...a(17_000)])).toBe(overflow);
  });
  it('each chunk has its own count', () => {
    expect(codeOf([`${chunkedHead}${`1;${a(10_000)}\r\na\r\n`.repeat(4)}`, '0\r\n\r\n'])).toBeUndefined();
    expect(codeOf([chunkedHead, `1;${a(10_000)}`, `\r\na\r\n1;${a(10_000)}`, '\r\na\r\n0\r\n\r\n'])).toBeUndefined();
  });
  it('a body with Content-Length has no limit', () => {
    const head = 'POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n';
    expect(codeOf([head, ...Array.from({ length: 10 }, () => a(10_000))])).toBeUndefined();
  });
  it('a long head and long trailers do not count as framing', () => {
    const fields = `${'Name: value\r\n'.repeat(1500)}\r\n`;
    const raw = `${chunkedHead.slice(0, -2)}${fields}1\r\na\r\n0\r\n${fields}`;
    expect(codeOf([raw])).toBeUndefined();
    expect(codeOf(raw.match(/[\s\S]{1,1000}/g)!)).toBeUndefined();
  });
});
