/** Messages that recur are not run through llhttp again: what is read is the same all the same. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MessageHead, WireFact } from '../../src/events/wire.js';
import { Parser, type ParserOptions } from '../../src/io/llhttp.js';
import { HOST } from '../conversations/kit/host.js';
import { latin1, type Observation, observe, requestOptions, responseOptions } from './llhttp-observe.js';
import { nodeReadsChunks } from './llhttp-oracle.js';

const LONG = ['Host: a', `User-Agent: ${'x'.repeat(120)}`, 'Accept: */*', `Cookie: ${'k=v; '.repeat(30)}end`];

const requestOf = (target: string, fields: readonly string[] = LONG, method = 'GET', version = '1.1'): string =>
  [`${method} ${target} HTTP/${version}`, ...fields, '', ''].join('\r\n');

/** The heads for which the parser asked whether content follows: those that llhttp has read whole. */
function asking(options: Partial<ParserOptions> = {}): { parser: Parser; asked: string[] } {
  const asked: string[] = [];
  const decide = (head: MessageHead): number => {
    asked.push(head.url);
    return requestOptions.decide(head);
  };
  return { parser: Parser.acquire({ ...requestOptions, decide, ...options }), asked };
}

const responseOf = (fields: readonly string[], status = 'HTTP/1.1 200 OK'): string =>
  [status, ...fields, '', ''].join('\r\n');

const heads = (facts: readonly WireFact[]): MessageHead[] =>
  facts.flatMap((fact) => (fact.type === 'wire.head' ? [fact.head] : []));

/** A header section that no other test has sent. */
let sections = 0;
const freshFields = (): string[] => [...LONG, `X-Section: ${++sections}`];

it('reads only the line of a request with known fields', () => {
  const fields = freshFields();
  const { parser, asked } = asking();
  const targets = ['/a', '/b', '/c', '/c', '/c', '/c', '/d'];
  const read = targets.flatMap((target) => heads(parser.feed(latin1(requestOf(target, fields)))));
  expect(read.map(({ url }) => url)).toEqual(targets);
  expect(asked).toEqual(['/a', '/b']);
  expect(new Set(read.map(({ rawHeaders }) => JSON.stringify(rawHeaders))).size).toBe(1);
  parser.free();
});

it('reads nothing of a request that comes again, from the fourth on', () => {
  const short = ['Host: a', `X-Section: ${++sections}`];
  const { parser, asked } = asking();
  const targets = ['/a', '/a', '/a', '/a', '/b', '/b', '/b', '/a'];
  const read = targets.flatMap((target) => heads(parser.feed(latin1(requestOf(target, short)))));
  expect(read.map(({ url }) => url)).toEqual(targets);
  expect(asked).toEqual(['/a', '/a', '/a', '/b', '/b', '/a']);
  parser.free();
});

it('knows them in a chunk with many, and what follows them is read', () => {
  const fields = freshFields();
  const { parser, asked } = asking();
  const same = requestOf('/same', fields);
  parser.feed(latin1(same.repeat(3)));
  const chunk = `${same.repeat(4)}${requestOf('/other', fields)}POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi${same}`;
  const read = heads(parser.feed(latin1(chunk)));
  expect(read.map(({ url }) => url)).toEqual(['/same', '/same', '/same', '/same', '/other', '/up', '/same']);
  expect(asked).toEqual(['/same', '/same', '/same', '/up', '/same']);
  parser.free();
});

it('knows nothing of what is read leniently, of HTTP/1.0 or after the last request of a connection', () => {
  for (const [text, options] of [
    [requestOf('/', freshFields()), { lenient: true }],
    [requestOf('/', freshFields()), { lenient: 'values' }],
    [requestOf('/', [...freshFields(), 'Connection: keep-alive'], 'GET', '1.0'), {}],
  ] as const) {
    const { parser, asked } = asking(options);
    for (let times = 0; times < 4; times++) parser.feed(latin1(text));
    expect(asked).toHaveLength(4);
    parser.free();
  }
  const fields = freshFields();
  const known = requestOf('/', fields);
  for (const last of [requestOf('/', fields, 'GET', '1.0'), requestOf('/', [...fields, 'Connection: close'])]) {
    const { messages, error } = observe(requestOptions, [known, known, known, known, last, known].map(latin1));
    expect(messages).toHaveLength(5);
    expect(error?.code).toBe('HPE_CLOSED_CONNECTION');
  }
});

it('knows the first request of a connection, also if it is the last', () => {
  // For its line alone, too, nothing is asked.
  for (const [more, expected] of [
    [[], [1, 1, 0, 0]],
    [['Connection: close'], [1, 1, 1, 0]],
  ] as const) {
    const text = latin1(requestOf('/', [...freshFields(), ...more]));
    const counts = [1, 2, 3, 4].map(() => {
      const { parser, asked } = asking();
      expect(parser.feed(text).map(({ type }) => type)).toEqual(['wire.head', 'wire.complete']);
      parser.free();
      return asked.length;
    });
    expect(counts).toEqual(expected);
  }
});

it('refuses what follows the last request, known or not', () => {
  const fields = [...freshFields(), 'Connection: close'];
  const last = requestOf('/', fields);
  const other = requestOf('/other', fields);
  for (const chunks of [[last, other], [last + other], [last, '\r\n', other], [last, other.slice(0, 9)], [last]]) {
    const [first, ...others] = Array.from({ length: 5 }, () => observe(requestOptions, chunks.map(latin1)));
    expect(others).toEqual(Array(4).fill(first));
    expect(first?.error?.code).toBe(chunks.join('') === last ? undefined : 'HPE_CLOSED_CONNECTION');
  }
  for (const chunks of [[other], [other.slice(0, 9), other.slice(9)]]) {
    const { messages } = observe(requestOptions, chunks.map(latin1));
    expect(messages.map(({ head }) => head.url)).toEqual(['/other']);
  }
});

it('counts the lines of known fields', () => {
  const known = latin1(requestOf('/', freshFields()));
  const heededWith = (limits: Partial<ParserOptions>) => {
    const parser = Parser.acquire({ ...requestOptions, ...limits });
    const found = parser.feed(known).map((fact) => (fact.type === 'wire.head' ? fact.head.heeded.length : fact.type));
    parser.free();
    return found;
  };
  for (let times = 0; times < 4; times++) heededWith({});
  expect(heededWith({})).toEqual([10, 'wire.complete']);
  expect(heededWith({ maxHeadersCount: 2, ignoresExcess: true })).toEqual([4, 'wire.complete']);
  expect(heededWith({ maxHeadersCount: 2 })).toEqual(['wire.malformed']);
  expect(heededWith({ maxHeadersCount: 0 })).toEqual([10, 'wire.complete']);
});

it('asks about each request with an upgrade', () => {
  const text = requestOf('/', [...freshFields(), 'Connection: upgrade', 'Upgrade: x']);
  const asked: boolean[] = [];
  const parser = Parser.acquire({ ...requestOptions, decide: ({ upgrade }) => Number(asked.push(upgrade)) * 0 });
  const read = Array.from({ length: 4 }, () => heads(parser.feed(latin1(text)))).flat();
  expect(asked).toEqual([true, true, true, true]);
  expect(read.every(({ upgrade }) => upgrade)).toBe(true);
  parser.free();
});

it('takes content for content, whatever it looks like', () => {
  const known = requestOf('/', freshFields());
  const upload = requestOf('/up', ['Host: a', `Content-Length: ${known.length}`], 'POST');
  const { messages } = observe(requestOptions, [known, known, known, known, upload, known].map(latin1));
  expect(messages.map(({ body }) => body)).toEqual(['', '', '', '', known]);
});

it('reads nothing of a head that comes again, and its content is that of each message', () => {
  const fields = [...freshFields(), 'Content-Length: 3'];
  const { parser, asked } = asking();
  const head = requestOf('/up', fields, 'POST');
  const chunks = ['abc', 'def', 'ghi', 'jkl'].map((content) => head + content);
  const found = [...chunks, chunks.join('')].flatMap((chunk) => parser.feed(latin1(chunk)));
  const bodies = found.flatMap((fact) => (fact.type === 'wire.body' ? [fact.chunk.toString()] : []));
  expect(bodies).toEqual(['abc', 'def', 'ghi', 'jkl', 'abc', 'def', 'ghi', 'jkl']);
  expect(asked).toHaveLength(3);
  parser.free();
});

it('waits for content that comes later', () => {
  const head = requestOf('/up', [...freshFields(), 'Content-Length: 3'], 'POST');
  const chunks = [...Array(4).fill(`${head}abc`), head, 'def', `${head}g`, 'hi', `${head}jkl${head}m`, 'no'];
  const { messages } = observe(requestOptions, chunks.map(latin1));
  expect(messages.map(({ body }) => body)).toEqual(['abc', 'abc', 'abc', 'abc', 'def', 'ghi', 'jkl', 'mno']);
  expect(messages.every(({ complete }) => complete)).toBe(true);
});

it('copies the content of a chunk that is only lent', () => {
  const chunk = latin1(`${requestOf('/up', [...freshFields(), 'Content-Length: 3'], 'POST')}abc`);
  const { parser, asked } = asking({ lent: true, discards: true });
  const bodies = [1, 2, 3, 4].flatMap(() => {
    const lent = Buffer.from(chunk);
    const found = parser.feed(lent);
    lent.fill(0);
    return found.flatMap((fact) => (fact.type === 'wire.body' ? [fact.chunk.toString()] : []));
  });
  expect(bodies).toEqual(['abc', 'abc', 'abc', 'abc']);
  expect(asked).toHaveLength(3);
  parser.free();
});

/** A parser of responses to requests with the method of `to`. */
function responding(): { parser: Parser; to: { method: string }; feed(text: string): MessageHead[] } {
  const to = { method: 'GET' };
  const parser = Parser.acquire({ ...responseOptions, decide: () => (to.method === 'HEAD' ? 1 : 0) });
  return { parser, to, feed: (text) => heads(parser.feed(latin1(text))) };
}

it('knows a response by its status, its reason and its fields', () => {
  const fields = [...freshFields(), 'Content-Length: 2'];
  const { parser, feed } = responding();
  const ok = `${responseOf(fields)}hi`;
  const others = ['HTTP/1.1 200 Fine', 'HTTP/1.1 201 Fine', 'HTTP/1.1 404 OK'].map(
    (line) => `${responseOf(fields, line)}hi`,
  );
  const sent = [ok, ok, ok, ok, ...others, ...others, ok, ok].map(feed);
  const lines = sent.map(([head]) => `${head?.statusCode} ${head?.statusMessage}`);
  const rest = ['200 Fine', '201 Fine', '404 OK'];
  expect(lines).toEqual([...Array(4).fill('200 OK'), ...rest, ...rest, '200 OK', '200 OK']);
  expect(sent.every((each) => each.length === 1)).toBe(true);
  for (const text of others) {
    const [, again] = [text, text].flatMap(feed);
    const { statusCode, statusMessage } = again as MessageHead;
    expect(again?.section?.message?.fact.head).toMatchObject({ statusCode, statusMessage });
  }
  parser.free();
});

it('reads the response to HEAD like one to GET, and no content after it', () => {
  const { parser, to, feed } = responding();
  const head = responseOf([...freshFields(), 'Content-Length: 60']);
  const ok = head + 'x'.repeat(60);
  for (let times = 0; times < 4; times++) expect(feed(ok)).toHaveLength(1);
  to.method = 'HEAD';
  expect(feed(head)).toHaveLength(1);
  expect(feed(head + head)).toHaveLength(2);
  to.method = 'GET';
  expect(feed(ok)).toHaveLength(1);
  expect(parser.feed(latin1(head)).map(({ type }) => type)).toEqual(['wire.head']);
  parser.free();
});

it('learns nothing about content from the response to HEAD', () => {
  const { parser, to, feed } = responding();
  const head = responseOf([...freshFields(), 'Content-Length: 600']);
  to.method = 'HEAD';
  for (let times = 0; times < 4; times++) expect(feed(head)).toHaveLength(1);
  to.method = 'GET';
  expect(feed(head + head + 'x'.repeat(600 - head.length))).toHaveLength(1);
  parser.free();
});

it('drops no content that is followed by empty lines', () => {
  const fields = [...freshFields(), 'Content-Length: 3'];
  const upload = (target: string): string => `${requestOf(target, fields, 'POST')}abc\r\n\r\n`;
  for (const targets of ['aaaa', 'abcd']) {
    const { messages } = observe(
      requestOptions,
      [...targets].map((target) => latin1(upload(`/${target}`))),
    );
    expect(messages.map(({ body }) => body)).toEqual(['abc', 'abc', 'abc', 'abc']);
  }
});

it('knows nothing after trailers, which may end the connection', () => {
  const known = requestOf('/', freshFields());
  const fields = ['Host: a', 'Transfer-Encoding: chunked'];
  const last = `${requestOf('/', fields, 'POST')}0\r\nConnection: close\r\n\r\n`;
  for (const chunks of [[last], [last.slice(0, -9), last.slice(-9)]]) {
    const { messages, error } = observe(requestOptions, [known, known, known, known, ...chunks, known].map(latin1));
    expect(messages).toHaveLength(5);
    expect(error?.code).toBe('HPE_CLOSED_CONNECTION');
  }
});

it('reads lines that are too short to have a target', () => {
  const known = requestOf('/', freshFields());
  for (const line of ['GET \n', 'GET HTTP/1.1\r\n', 'GET  HTTP/1.1\r\n']) {
    const chunks = [known, known, known, line + known.slice(line.length)].map(latin1);
    expect(observe(requestOptions, chunks).error?.code, line).toMatch(/^HPE_INVALID/);
  }
});

it('counts the bytes of known fields', () => {
  const fields = freshFields();
  const options = { ...requestOptions, maxHeaderSize: 1000 };
  const fill = (length: number): Buffer => latin1(requestOf(`/${'t'.repeat(length)}`, fields));
  const chunks = [1, 2, 3, 400, 700].map(fill);
  const { messages, error } = observe(options, chunks);
  expect(messages).toHaveLength(4);
  expect(error?.code).toBe('HPE_HEADER_OVERFLOW');
  // What one parser knows is known to all.
  observe({ ...requestOptions, maxHeaderSize: 2000 }, Array(4).fill(fill(700)));
  expect(observe(options, [1, 2, 700].map(fill)).error?.code).toBe('HPE_HEADER_OVERFLOW');
});

it('keeps no long target', () => {
  const fields = freshFields();
  const { parser } = asking();
  const read = [1, 5000, 5000].flatMap((length) =>
    heads(parser.feed(latin1(requestOf(`/${'t'.repeat(length)}`, fields)))),
  );
  expect(read.map(({ url }) => url.length)).toEqual([2, 5001, 5001]);
  expect(read.at(-1)?.section?.target).toBe('');
  parser.free();
});

const fieldsOf = fc.constantFrom<readonly string[]>(
  LONG,
  ['Host: a'],
  [...LONG, 'Connection: keep-alive'],
  [...LONG, 'Connection: close'],
  [...LONG, 'Content-Length: 0'],
  [...LONG, 'Content-Length: 3'],
  [...LONG, 'Transfer-Encoding: chunked'],
  [...LONG, 'Connection: upgrade', 'Upgrade: x'],
  [...LONG, 'Expect: 100-continue'],
  LONG.map((line) => line.replace(': ', ':\t ')),
  LONG.map((line) => `${line} \t`),
);

/** Mostly the first. */
const mostly = <T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(first) }, { weight: 2, arbitrary: fc.constantFrom(...others) });

const line = fc.record({
  method: mostly('GET', 'HEAD', 'POST', 'CONNECT', 'G'),
  target: fc.constantFrom('/', '/', '/a', '/longer?x=1', '/\x80', '/a b', '/ HTTP/1.1', 'a:1', '*', '/\0'),
  version: mostly('1.1', '1.0', '1.2', '2.0'),
  // What ends it, and what comes before it.
  end: mostly('\r\n', '\n', '\r'),
  before: mostly('', '\r\n', '\n'),
});

/** What may follow the fields. */
const contentFor = (fields: readonly string[]): fc.Arbitrary<string> => {
  if (fields.includes('Content-Length: 3')) return mostly('abc', 'ab', 'abcd', 'abc\r\n\r\n');
  return fields.includes('Transfer-Encoding: chunked')
    ? fc.constantFrom('3\r\nabc\r\n0\r\n\r\n', '0\r\n\r\n', '0\r\nA: b\r\n\r\n', '0\r\nConnection: close\r\n\r\n')
    : mostly('', '\r\n', 'abc');
};

interface Kind {
  readonly head: string;
  readonly content: string;
}

const requestsWith = (fields: readonly string[]): fc.Arbitrary<Kind[]> => {
  const kind = fc.record({ line, content: contentFor(fields) }).map(({ line, content }) => {
    const { method, target, version, end, before } = line;
    return { head: before + requestOf(target, fields, method, version).replace('\r\n', end), content };
  });
  return fc.array(kind, { minLength: 1, maxLength: 3 });
};

const statusLine = mostly(
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 ',
  'HTTP/1.1 200',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 304 Not Modified',
  'HTTP/1.0 200 OK',
);

const responsesWith = (fields: readonly string[]): fc.Arbitrary<Kind[]> => {
  const kind = fc
    .record({ status: statusLine, content: contentFor(fields) })
    .map(({ status, content }) => ({ head: responseOf(fields, status), content }));
  return fc.array(kind, { minLength: 1, maxLength: 3 });
};

/** A connection whose messages recur, in chunks with one each, with several, or cut. */
const connectionOf = (kindsOf: (fields: readonly string[]) => fc.Arbitrary<Kind[]>): fc.Arbitrary<Buffer[]> =>
  fc
    .record({
      kinds: fc.array(fieldsOf.chain(kindsOf), { minLength: 1, maxLength: 2 }).map((lists) => lists.flat()),
      picks: fc.array(fc.nat(5), { minLength: 3, maxLength: 10 }),
      breaks: fc.array(fc.constantFrom('before', 'before', 'before', 'content', 'none'), {
        minLength: 10,
        maxLength: 10,
      }),
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ kinds, picks, breaks, cut }) => {
      const chunks = [''];
      picks.forEach((pick, index) => {
        const { head, content } = kinds[pick % kinds.length] as Kind;
        if (breaks[index] === 'before') chunks.push('');
        chunks[chunks.length - 1] += head;
        if (breaks[index] === 'content') chunks.push('');
        chunks[chunks.length - 1] += content;
      });
      if (cut !== null) {
        const last = chunks.pop() as string;
        const at = Math.floor(cut * last.length);
        chunks.push(last.slice(0, at), last.slice(at));
      }
      return chunks.filter((chunk) => chunk !== '').map(latin1);
    });

const requests = connectionOf(requestsWith);
const responses = connectionOf(responsesWith);

/** Without what depends on the chunks. */
function essence({ messages, rest, error }: Observation): object {
  return { messages, rest, code: error?.code, reason: error?.reason };
}

const runs = Number(process.env['FUZZ_RUNS'] ?? 3000);

const options = fc.record({
  lenient: fc.constantFrom<ParserOptions['lenient']>(false, false, 'values', true),
  upgrade: fc.constantFrom(0, 2),
  maxHeaderSize: fc.constantFrom(16_384, 330),
});

it.each([
  ['requests', requestOptions, requests],
  ['responses', responseOptions, responses],
])('reads the same %s as a parser that gets each byte alone, which knows nothing', (_, base, connection) => {
  const property = fc.property(connection, options, (chunks, { lenient, upgrade, maxHeaderSize }) => {
    const decide = (head: MessageHead): number => (head.upgrade ? upgrade : 0);
    const chosen = { ...base, lenient, maxHeaderSize, decide };
    const bytes = [...Buffer.concat(chunks)].map((byte) => Buffer.from([byte]));
    expect(essence(observe(chosen, chunks))).toEqual(essence(observe(chosen, bytes)));
  });
  fc.assert(property, { seed: 1, numRuns: Math.ceil(runs / 2) });
});

it('reads them like the host, with the same positions of errors', async () => {
  const property = fc.asyncProperty(requests, async (chunks) => {
    fc.pre(HOST < 26 || !/upgrade/i.test(Buffer.concat(chunks).toString('latin1')));
    expect(observe(requestOptions, chunks)).toEqual(await nodeReadsChunks(chunks, {}));
  });
  await fc.assert(property, { seed: 1, numRuns: Math.ceil(runs / 10) });
});
