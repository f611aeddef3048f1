import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { latin1, requestOptions, responseOptions } from './llhttp-observe.js';

type Llhttp = typeof import('../../src/io/llhttp.js');
type Parser = import('../../src/io/llhttp.js').Parser;

const GET = latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
const real = { Module: WebAssembly.Module, Instance: WebAssembly.Instance };

/** The use of WebAssembly by the module under test, which each test loads anew. */
let compiled: number;
let memory: { buffer: ArrayBuffer } | undefined;
let failures: number;

beforeEach(() => {
  compiled = 0;
  failures = 0;
  memory = undefined;
  class Module extends real.Module {
    constructor(bytes: Uint8Array) {
      compiled++;
      if (compiled <= failures) throw new Error('SIMD is not supported');
      super(bytes);
    }
  }
  class Instance extends real.Instance {
    constructor(...args: ConstructorParameters<typeof WebAssembly.Instance>) {
      super(...args);
      memory = this.exports['memory'] as { buffer: ArrayBuffer };
    }
  }
  Object.assign(WebAssembly, { Module, Instance });
});

afterEach(() => {
  Object.assign(WebAssembly, real);
});

function load(): Promise<Llhttp> {
  vi.resetModules();
  return import('../../src/io/llhttp.js');
}

describe('WebAssembly', () => {
  it('is compiled once, at the first use', async () => {
    const { Parser } = await load();
    expect(compiled).toBe(0);
    Parser.acquire(requestOptions).free();
    Parser.acquire(responseOptions).free();
    expect(compiled).toBe(1);
  });

  it('is missed in words, if it is too old', async () => {
    failures = 1;
    const { Parser } = await load();
    expect(() => Parser.acquire(requestOptions)).toThrow(
      expect.objectContaining({
        message: 'statewire needs WebAssembly with SIMD, which this process does not have',
        cause: new Error('SIMD is not supported'),
      }),
    );
  });
});

describe('the memory of WebAssembly', () => {
  const size = (): number => memory!.buffer.byteLength;

  it('does not grow with consecutive connections', async () => {
    const { Parser } = await load();
    const kinds = [requestOptions, responseOptions, { ...requestOptions, lenient: true }];
    const open = (count: number): Parser[] =>
      Array.from({ length: count }, (_, i) => Parser.acquire(kinds[i % kinds.length]!));
    for (const parser of open(2500)) parser.free();
    const warm = size();
    for (let round = 0; round < 40; round++) {
      for (const parser of open(2500)) {
        parser.feed(GET.subarray(0, 20));
        parser.free();
      }
    }
    expect(size()).toBe(warm);
  });

  it('does not grow if no parsers are kept', async () => {
    const { Parser, setMaxIdleParsers } = await load();
    setMaxIdleParsers(0);
    Parser.acquire(requestOptions).free();
    const warm = size();
    for (let i = 0; i < 100_000; i++) Parser.acquire(requestOptions).free();
    expect(size()).toBe(warm);
  });

  it('does not grow with the size of chunks', async () => {
    const { Parser } = await load();
    const parser = Parser.acquire(requestOptions);
    parser.feed(GET);
    const warm = size();
    parser.feed(latin1('POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n'));
    parser.feed(Buffer.alloc(50_000_000));
    expect(size()).toBe(warm);
  });

  it('can grow while parsers are in use', async () => {
    const { Parser } = await load();
    const first = Parser.acquire(requestOptions);
    first.feed(GET.subarray(0, 10));
    const cold = size();
    const others = Array.from({ length: 5000 }, () => Parser.acquire(requestOptions));
    expect(size()).toBeGreaterThan(cold);
    expect(first.feed(GET.subarray(10)).length).toBe(2);
    expect(others.every((parser) => parser.feed(GET).length === 2)).toBe(true);
  });
});

describe('a reused parser', () => {
  const type = (facts: readonly { type: string }[]): string => facts.map((fact) => fact.type).join(' ');

  it('keeps no state of the previous connection, however that ended', async () => {
    const { Parser } = await load();
    const endings = [
      'rubbish',
      'GET / HTTP/1.1\r\nA: b',
      'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n',
      'GET / HTTP/1.0\r\n\r\n',
    ];
    for (const ending of [...endings, 'CONNECT a:1 HTTP/1.1\r\n\r\nx']) {
      const before = Parser.acquire(requestOptions);
      before.feed(latin1(ending));
      before.free();
      const after = Parser.acquire(requestOptions);
      expect(type(after.feed(GET)), ending).toBe('wire.head wire.complete');
      after.free();
    }
  });

  it('is as strict as requested', async () => {
    const { Parser } = await load();
    const bareLf = latin1('GET / HTTP/1.1\nHost: a\n\n');
    for (const lenient of [true, false, true, false]) {
      const parser = Parser.acquire({ ...requestOptions, lenient });
      expect(type(parser.feed(bareLf))).toBe(lenient ? 'wire.head wire.complete' : 'wire.malformed');
      parser.free();
    }
  });

  it('is not shared: freed twice it is kept once, and feeding a freed one throws', async () => {
    const { Parser } = await load();
    const parser = Parser.acquire(requestOptions);
    parser.free();
    parser.free();
    expect(() => parser.feed(GET)).toThrow('freed');
    const [one, two] = [Parser.acquire(requestOptions), Parser.acquire(requestOptions)];
    one.feed(GET.subarray(0, 5));
    expect(two.feed(GET).length).toBe(2);
  });
});
