import { afterEach, expect, it, vi } from 'vitest';
import { latin1, requestOptions } from './llhttp-observe.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a block is allocated and dropped once, at the first large piece of a body', async () => {
  vi.resetModules();
  const { Parser } = await import('../../src/io/llhttp.js');
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const blocks = () => allocate.mock.calls.filter(([size]) => size === 30 << 20).length;
  const parser = Parser.acquire(requestOptions);
  const send = (length: number): void => {
    parser.feed(latin1(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`));
  };
  send(16_383);
  expect(blocks()).toBe(0);
  send(16_384);
  expect(blocks()).toBe(1);
  send(1_000_000);
  expect(blocks()).toBe(1);
  parser.free();
});
