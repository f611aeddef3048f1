/** The option `httpValidation`. Unless stated otherwise, the expectations are the observed behaviour of Node 24. */
import { once } from 'node:events';
import type { IncomingMessage, RequestOptions, ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange } from './kit/exchange.js';
import { http } from './kit/twice.js';

const { statewire } = http;
const BROKEN = 'X: a\x01b';

/** The status of a server's response to a request with a control character in a value. */
async function statusOf(options: RequestOptions, lines = BROKEN): Promise<string | undefined> {
  const send = `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n\r\n`;
  const respond = (req: IncomingMessage, res: ServerResponse) => req.resume().on('end', () => res.end());
  const bytes = await exchange(statewire, respond, { options, send });
  return bytes.split(' ')[1];
}

/** What a client reads of such a response: the value, or the code of the error. */
async function readingOf(options: RequestOptions, lines = BROKEN): Promise<unknown> {
  const peer = net.createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(`HTTP/1.1 204 No Content\r\n${lines}\r\n\r\n`));
  });
  await once(peer.listen(0, '127.0.0.1'), 'listening');
  const { port } = peer.address() as AddressInfo;
  const request = statewire.get({ host: '127.0.0.1', port, agent: false, ...options });
  const reading = await once(request, 'response').then(
    ([response]) => response.resume().headers.x,
    (error: { code: string }) => error.code,
  );
  peer.close();
  return reading;
}

describe('httpValidation', () => {
  it.each([undefined, 'strict'] as const)('%s accepts only valid values', async (httpValidation) => {
    expect(await statusOf({ httpValidation })).toBe('400');
    expect(await readingOf({ httpValidation })).toBe('HPE_INVALID_HEADER_TOKEN');
  });

  it('insecure accepts what insecureHTTPParser does', async () => {
    expect(await statusOf({ httpValidation: 'insecure' })).toBe('200');
    expect(await readingOf({ httpValidation: 'insecure' })).toBe('a\x01b');
  });

  const relaxed = { httpValidation: 'relaxed' } as const;

  it('relaxed accepts control characters', async () => {
    expect(await statusOf(relaxed)).toBe('200');
    expect(await readingOf(relaxed)).toBe('a\x01b');
  });

  it('relaxed rejects NUL, where Node hangs', async () => {
    expect(await statusOf(relaxed, 'X: a\0b')).toBe('400');
    expect(await readingOf(relaxed, 'X: a\0b')).toBe('HPE_INVALID_HEADER_TOKEN');
    const trailers = 'Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\0b';
    expect(await statusOf(relaxed, trailers)).toBe('400');
  });

  it('relaxed accepts a folded value, which Node rejects', async () => {
    expect(await statusOf(relaxed, 'X: a\r\n b')).toBe('200');
  });

  it.each([
    ['a space before the colon', 'X : a'],
    ['a bare LF', 'X: a\nY: b'],
    ['two Hosts', 'Host: b'],
    ['Content-Length beside Transfer-Encoding', 'Content-Length: 1\r\nTransfer-Encoding: chunked'],
  ])('relaxed rejects %s', async (_, lines) => {
    expect(await statusOf(relaxed, lines)).toBe('400');
  });

  it('is a property, like insecureHTTPParser', () => {
    const { httpValidation, insecureHTTPParser } = statewire.createServer(relaxed) as unknown as RequestOptions;
    expect([httpValidation, insecureHTTPParser]).toEqual(['relaxed', undefined]);
  });

  it.each<[object, string, string]>([
    [{ httpValidation: 'x' }, 'ERR_INVALID_ARG_VALUE', "must be one of: 'strict', 'relaxed', 'insecure'. Received 'x'"],
    [
      { httpValidation: null },
      'ERR_INVALID_ARG_VALUE',
      "must be one of: 'strict', 'relaxed', 'insecure'. Received null",
    ],
    [
      { httpValidation: 'strict', insecureHTTPParser: false },
      'ERR_INVALID_ARG_VALUE',
      "cannot be used together with options.insecureHTTPParser. Received 'strict'",
    ],
    [{ httpValidation: 'strict', insecureHTTPParser: 5 }, 'ERR_INVALID_ARG_TYPE', 'must be of type boolean'],
  ])('rejects %j', (options, code, message) => {
    const expected = expect.objectContaining({ code, message: expect.stringContaining(message) });
    expect(() => statewire.createServer(options)).toThrow(expected);
    expect(() => statewire.request(options)).toThrow(expected);
  });
});
