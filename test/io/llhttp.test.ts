import { describe, expect, it } from 'vitest';
import {
  type MessageHead,
  type ParseError,
  type WireFact,
  wireCompleteBare,
  wirePartial,
} from '../../src/events/wire.js';
import { Parser, type ParserOptions } from '../../src/io/llhttp.js';
import { latin1, requestOptions, responseOptions } from './llhttp-observe.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';

const request = (options: Partial<ParserOptions> = {}): Parser => Parser.acquire({ ...requestOptions, ...options });
const response = (options: Partial<ParserOptions> = {}): Parser => Parser.acquire({ ...responseOptions, ...options });
const types = (facts: readonly WireFact[]): string => facts.map(({ type }) => type.slice(5)).join(' ');
const feed = (parser: Parser, text: string): readonly WireFact[] => parser.feed(latin1(text));

function headOf(facts: readonly WireFact[]): MessageHead {
  const fact = facts.find(({ type }) => type === 'wire.head');
  if (fact?.type !== 'wire.head') throw new Error(`no head in ${types(facts)}`);
  return fact.head;
}

describe('facts', () => {
  it('are in wire order', () => {
    expect(types(feed(request(), GET + POST + GET))).toBe('head complete head body complete head complete');
  });

  it('contain a head', () => {
    expect(headOf(feed(request(), 'PUT /a?b HTTP/1.0\r\nA: b\r\nA:  c \r\n\r\n'))).toEqual({
      method: 'PUT',
      url: '/a?b',
      statusCode: 0,
      statusMessage: '',
      versionMajor: 1,
      versionMinor: 0,
      rawHeaders: ['A', 'b', 'A', 'c'],
      heeded: ['A', 'b', 'A', 'c'],
      shouldKeepAlive: false,
      upgrade: false,
    });
    expect(headOf(feed(response(), 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))).toEqual({
      method: '',
      url: '',
      statusCode: 404,
      statusMessage: 'Not Found',
      versionMajor: 1,
      versionMinor: 1,
      rawHeaders: ['Content-Length', '0'],
      heeded: ['Content-Length', '0'],
      shouldKeepAlive: true,
      upgrade: false,
    });
  });

  it('report an incomplete head once, and only at the end of a chunk', () => {
    const parser = request();
    expect(feed(parser, `${GET}GE`)).toEqual([
      expect.objectContaining({ type: 'wire.head' }),
      wireCompleteBare,
      wirePartial,
    ]);
    expect(feed(parser, 'T / HTTP/1.1\r\nA')).toEqual([]);
    expect(types(feed(parser, `: b\r\n\r\n${GET}`))).toBe('head complete head complete');
    expect(feed(parser, '\r\n')).toEqual([]);
    expect(feed(parser, 'GET')).toEqual([wirePartial]);
    expect(types(feed(parser, '\0'))).toBe('malformed');
  });

  it('share one object for the end of messages without trailers', () => {
    expect(feed(request(), GET)[1]).toBe(wireCompleteBare);
    expect(feed(request(), `${CHUNKED}0\r\n\r\n`)[1]).toBe(wireCompleteBare);
    expect(feed(request(), `${CHUNKED}0\r\nA: b\r\n\r\n`)[1]).toEqual({
      type: 'wire.complete',
      rawTrailers: ['A', 'b'],
    });
  });

  it('contain views of the chunk, not copies', () => {
    const chunk = latin1(POST);
    const [, body] = request().feed(chunk);
    if (body?.type !== 'wire.body') throw new Error('no body');
    chunk[chunk.length - 1] = 0x21;
    expect(body.chunk.toString()).toBe('hell!');
  });

  it('do not change when the same or another parser continues', () => {
    const parser = request();
    const facts = feed(parser, GET);
    const before = [...facts];
    feed(request(), POST);
    feed(parser, POST);
    expect(facts).toEqual(before);
  });

  const keepAlive: Array<[string, boolean]> = [
    ['GET / HTTP/1.1\r\n\r\n', true],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', false],
    ['GET / HTTP/1.0\r\n\r\n', false],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.1 204 No Content\r\n\r\n', true],
  ];
  for (const [raw, expected] of keepAlive) {
    it(`state whether the connection can be reused: ${JSON.stringify(raw)}`, () => {
      const parser = raw.startsWith('HTTP') ? response() : request();
      expect(headOf(feed(parser, raw)).shouldKeepAlive).toBe(expected);
    });
  }
});

describe('a Transfer-Encoding without a coding', () => {
  const lines = ['POST / HTTP/1.1', 'Host: a', 'transfer-Encoding: ', '', '1', 'a', '0', '', ''];
  const malformed = [
    {
      type: 'wire.malformed',
      error: expect.objectContaining({ code: 'HPE_INVALID_TRANSFER_ENCODING', bytesParsed: 49 }),
    },
  ];

  it('is rejected in a request, every time', () => {
    for (let times = 0; times < 3; times++) expect(feed(request(), lines.join('\r\n'))).toEqual(malformed);
    expect(feed(request({ lenient: true }), lines.join('\r\n'))).toEqual(malformed);
  });

  it('is rejected byte by byte', () => {
    const parser = request();
    const found = [...lines.join('\r\n')].flatMap((byte) => types(feed(parser, byte)) || []);
    expect(found.slice(0, 2)).toEqual(['partial', 'malformed']);
  });

  it('is rejected in a response, as in later releases', () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nContent-Length: 1\r\n\r\na';
    expect(types(feed(response(), text))).toBe('malformed');
  });
});

describe('decide', () => {
  /** No other test sends it: about requests that are known nothing is decided. */
  const fresh = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: decide\r\n\r\n`;

  it('gets each complete head', () => {
    const seen: string[] = [];
    const parser = request({ decide: ({ url }) => seen.push(url) * 0 });
    feed(parser, 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n');
    expect(seen).toEqual(['/a']);
    feed(parser, '\r\n');
    expect(seen).toEqual(['/a', '/b']);
  });

  it('can declare that there is no body: a response to HEAD', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    expect(types(feed(response({ decide: () => 1 }), head + head))).toBe('head complete head complete');
  });

  it('can switch protocols, whatever the head contains', () => {
    const parser = request({ decide: () => 2 });
    const facts = feed(parser, `${fresh('/switched')}hello`);
    expect(types(facts)).toBe('head upgraded');
    expect(facts[1]).toEqual({ type: 'wire.upgraded', rest: Buffer.from('hello') });
    expect(feed(parser, 'more')).toEqual([{ type: 'wire.upgraded', rest: Buffer.from('more') }]);
    expect(parser.finish()).toEqual([]);
  });

  it('can stay with HTTP, and what follows is parsed, in the same chunk or later', () => {
    const upgrade = 'POST / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nab';
    const whole = request({ decide: () => 0 });
    const facts = feed(whole, upgrade + upgrade + GET);
    expect(headOf(facts).upgrade).toBe(true);
    expect(types(facts)).toBe('head body complete head body complete head complete');
    const cut = request({ decide: () => 0 });
    expect(types([...feed(cut, upgrade), ...feed(cut, GET)])).toBe('head body complete head complete');
  });

  it('may throw: then feed() throws, and the parser stops', () => {
    const parser = request({
      decide: () => {
        throw new RangeError('no');
      },
    });
    expect(() => feed(parser, fresh('/thrown'))).toThrow(new RangeError('no'));
    expect(types(feed(parser, GET))).toBe('malformed');
    expect(parser.finish()).toEqual([]);
    expect(types(feed(request(), GET))).toBe('head complete');
  });

  it('must not feed a parser or free its own', () => {
    const other = request();
    expect(() => feed(request({ decide: () => feed(other, GET).length }), fresh('/fed'))).toThrow(
      'while another reads',
    );
    const own: Parser = request({ decide: () => own.free() as never });
    expect(() => feed(own, fresh('/freed'))).toThrow('while it reads');
    expect(types(feed(other, GET))).toBe('head complete');
  });
});

describe('the end', () => {
  it('of an empty stream, or between messages, has no facts', () => {
    const parser = request();
    expect(parser.finish()).toEqual([]);
    feed(parser, GET);
    expect(parser.finish()).toEqual([]);
  });

  it('completes a response delimited by it', () => {
    const parser = response();
    expect(types(feed(parser, 'HTTP/1.1 200 OK\r\n\r\nab'))).toBe('head body');
    expect(parser.finish()).toEqual([wireCompleteBare]);
  });

  it('cuts any other message', () => {
    for (const raw of ['G', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell', `${CHUNKED}0\r\nA: b`]) {
      const parser = request();
      feed(parser, raw);
      expect(parser.finish()).toEqual([
        { type: 'wire.malformed', error: expect.objectContaining({ code: 'HPE_INVALID_EOF_STATE' }) },
      ]);
      expect(parser.finish()).toEqual([]);
    }
  });

  it('of invalid bytes: every further chunk has the same fault', () => {
    const parser = request();
    const [malformed] = feed(parser, 'rubbish');
    expect(malformed).toMatchObject({ type: 'wire.malformed', error: { code: 'HPE_INVALID_METHOD', bytesParsed: 0 } });
    const [again] = feed(parser, GET);
    expect(again).toMatchObject({ type: 'wire.malformed', error: { code: 'HPE_INVALID_METHOD', bytesParsed: 0 } });
    expect(String((again as { error: ParseError }).error.rawPacket)).toBe(GET);
    expect(parser.finish()).toEqual([]);
  });
});

describe('chunks of any size', () => {
  const size = 10_000_000;

  it('have bodies that are views of the chunk', () => {
    const head = latin1(`POST / HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
    const chunk = Buffer.concat([head, Buffer.alloc(size, 'x'), latin1(GET)]);
    const facts = request().feed(chunk);
    const bodies = facts.flatMap((fact) => (fact.type === 'wire.body' ? [fact.chunk] : []));
    expect(bodies.reduce((sum, { length }) => sum + length, 0)).toBe(size);
    expect(bodies.every(({ buffer }) => buffer === chunk.buffer)).toBe(true);
    expect(bodies[0]!.byteOffset).toBe(chunk.byteOffset + head.length);
    expect(types(facts.slice(-3))).toBe('complete head complete');
  });

  it('may contain a head of any allowed size', () => {
    const value = 'x'.repeat(200_000);
    const parser = request({ maxHeaderSize: 1_000_000 });
    expect(headOf(feed(parser, `GET /${value} HTTP/1.1\r\nA: ${value}\r\n\r\n`))).toMatchObject({
      url: `/${value}`,
      rawHeaders: ['A', value],
    });
  });

  it('may contain any number of headers', () => {
    const parser = request({ maxHeaderSize: 1_000_000, maxHeadersCount: 0 });
    const { rawHeaders } = headOf(feed(parser, `GET / HTTP/1.1\r\n${'a:\r\n'.repeat(100_000)}\r\n`));
    expect(rawHeaders.length).toBe(200_000);
  });

  it('have positions of errors and upgrades counted from their start', () => {
    const lead = '\r\n'.repeat(50_000);
    expect(feed(request(), `${lead}rubbish`)).toEqual([
      { type: 'wire.malformed', error: expect.objectContaining({ bytesParsed: 100_000 }) },
    ]);
    const [, upgraded] = feed(request({ decide: () => 2 }), lead + GET + lead);
    expect(upgraded).toEqual({ type: 'wire.upgraded', rest: latin1(lead) });
  });

  it('may be empty', () => {
    expect(feed(request(), '')).toEqual([]);
  });
});

describe('a lent chunk', () => {
  /** The texts of the bodies when the chunk has other content. */
  function bodiesLater(options: Partial<ParserOptions>): string[] {
    const parser = request({ lent: true, ...options });
    feed(parser, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const chunk = latin1(`world${POST}`);
    const found = parser.feed(chunk);
    chunk.fill('x');
    return found.flatMap((fact) => (fact.type === 'wire.body' ? [String(fact.chunk)] : []));
  }

  it('is copied', () => expect(bodiesLater({})).toEqual(['world', 'hello']));

  it('is not copied for a message of which nobody wants the rest', () =>
    expect(bodiesLater({ discards: true })).toEqual(['xxxxx', 'hello']));
});
