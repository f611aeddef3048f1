/** The build of llhttp in use, and its differences from newer ones. CONTRIBUTING.md explains how to update it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import simd from 'undici/lib/llhttp/llhttp_simd-wasm.js';
import { describe, expect, it } from 'vitest';
import type { WireFact } from '../../src/events/wire.js';
import { Parser, type ParserOptions } from '../../src/io/llhttp.js';
import { contentLeft, LLHTTP_VERSION } from '../../src/io/llhttp-wasm.js';

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

const acquire = (kind: ParserOptions['kind']): Parser =>
  Parser.acquire({ kind, maxHeaderSize: 16_384, maxHeadersCount: 0, lenient: false, decide: () => 0 });

function parse(kind: ParserOptions['kind'], text: string): string[] {
  const parser = acquire(kind);
  const facts: readonly WireFact[] = parser.feed(Buffer.from(text, 'latin1'));
  parser.free();
  return facts.map((fact) => (fact.type === 'wire.malformed' ? fact.error.code : fact.type));
}

describe('llhttp', () => {
  it('is the build whose version is in the code and in CONTRIBUTING.md', () => {
    expect([LLHTTP_VERSION, digest(simd)]).toEqual(['9.3.1', '18403ee56fab07f8']);
    const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
    expect(page).toContain(`llhttp ${LLHTTP_VERSION} as WebAssembly`);
  });

  // The content of large bodies is counted there (`countContent`). If this fails, a newer build has another layout.
  it('keeps the length of the content that follows where it is looked for', () => {
    for (const [framing, begun] of [
      ['Content-Length: 1250999896491', 'abc'],
      ['Transfer-Encoding: chunked', '123456789ab;a=b\r\nabc'],
    ]) {
      const parser = acquire('request');
      parser.feed(Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${begun}`));
      expect(contentLeft((parser as unknown as { pointer: number }).pointer)).toBe(0x123456789ab - 3);
      parser.free();
    }
  });

  it('rejects DEL in a quoted chunk extension (RFC 9110 §5.6.4)', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(parse('request', `${head}1;a="b\x7f"\r\nx\r\n0\r\n\r\n`).at(-1)).toBe('HPE_STRICT');
  });

  it('rejects an empty Transfer-Encoding, also in a response', () => {
    for (const rest of ['', 'Content-Length: 4\r\n']) {
      const head = `HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n${rest}\r\nbody`;
      expect(parse('response', head)).toEqual(['HPE_INVALID_TRANSFER_ENCODING']);
    }
  });

  // The row `llhttp-build`: if one of these fails, a newer build is in use, and the row is obsolete.
  it('lacks the fixes of 9.4', () => {
    const tabs = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t5\t\r\n\r\nhello';
    expect(parse('request', tabs).at(-1)).toMatch(/^HPE_/);
    expect(parse('response', 'HTTP/1.1 200 OK\r\rContent-Length: 0\r\n\r\n')).toContain('wire.head');
  });
});
