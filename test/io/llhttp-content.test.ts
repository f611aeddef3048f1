/** Content that is counted is the content that llhttp would have read, however the bytes are cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { latin1, observe, requestOptions, responseOptions } from './llhttp-observe.js';

const text = (maxLength: number) =>
  fc
    .tuple(fc.nat(maxLength), fc.nat(250))
    .map(([length, first]) => String.fromCharCode(...Array.from({ length }, (_, at) => 1 + ((first + at) % 251))));

const measured = text(300).map((body) => ({ fields: `Content-Length: ${body.length}`, sent: body, body }));

const chunked = fc
  .record({
    chunks: fc.array(text(100), { maxLength: 4 }),
    extension: fc.constantFrom('', ';a', ';a="b"'),
    trailers: fc.constantFrom('', 'A: b\r\n'),
  })
  .map(({ chunks, extension, trailers }) => {
    const whole = chunks.filter((chunk) => chunk !== '');
    const framed = whole.map((chunk) => `${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`).join('');
    return { fields: 'Transfer-Encoding: chunked', sent: `${framed}0\r\n${trailers}\r\n`, body: whole.join('') };
  });

const bodies = fc.array(fc.oneof(measured, chunked), { minLength: 1, maxLength: 4 });

/** Where to cut, as parts of the whole. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

for (const [options, start] of [
  [requestOptions, 'POST / HTTP/1.1\r\nHost: a'],
  [responseOptions, 'HTTP/1.1 200 OK'],
] as const) {
  it(`bodies of a ${options.kind}`, () => {
    const property = fc.property(bodies, cuts, fc.boolean(), (sent, cuts, lent) => {
      const bytes = latin1(sent.map((each) => `${start}\r\n${each.fields}\r\n\r\n${each.sent}`).join(''));
      const read = observe({ ...options, lent }, cutUp(bytes, cuts));
      expect(read.messages.map(({ body, complete }) => ({ body, complete }))).toEqual(
        sent.map(({ body }) => ({ body, complete: true })),
      );
      expect(read).toEqual(observe(options, [bytes]));
    });
    fc.assert(property, { seed: 1, numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000) });
  });

  it(`a body of a ${options.kind} of several pieces, and one that is cut`, () => {
    const property = fc.property(cuts, fc.boolean(), fc.boolean(), (cuts, isChunked, isCut) => {
      const body = latin1('0123456789abcde'.repeat(20_000));
      const fields = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      const size = isChunked ? `${body.length.toString(16)}\r\n` : '';
      const head = latin1(`${start}\r\n${fields}\r\n\r\n${size}`);
      const end = latin1(isChunked ? '\r\n0\r\n\r\n' : '');
      const bytes = Buffer.concat([head, body, end]);
      const { messages, error } = observe(options, cutUp(isCut ? bytes.subarray(0, -end.length - 1) : bytes, cuts));
      expect(messages[0]!.body === body.latin1Slice(0, body.length - (isCut ? 1 : 0))).toBe(true);
      expect([messages[0]!.complete, error?.code]).toEqual(
        isCut ? [false, 'HPE_INVALID_EOF_STATE'] : [true, undefined],
      );
    });
    fc.assert(property, { seed: 1, numRuns: 50 });
  });
}
