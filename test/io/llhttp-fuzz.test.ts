import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { latin1, observe, requestOptions } from './llhttp-observe.js';
import { nodeReadsChunks } from './llhttp-oracle.js';
import { requests } from './llhttp-table.js';

/** Pieces with and without meaning for a reader of HTTP. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    ';',
    '0',
    '5',
    '\0',
    '\x80',
    '=',
    '"',
    ',',
    'GET ',
    'HTTP/1.1',
    '\r\n\r\n',
  ),
  fc.constantFrom(
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'Connection: upgrade\r\nUpgrade: x\r\n',
  ),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 3 }),
);

/** Versions of Node differ here, and since 26 for upgrades: see `empty-coding` and `upgrade-body` in docs/differences-from-node.md. */
const EMPTY_CODING = /transfer-encoding:[ \t]*[\r\n]/i;

/** An entry of the table with some of its bytes replaced by pieces, in one chunk or two. */
const damaged = fc
  .record({
    raw: fc.constantFrom(...Object.values(requests)),
    edits: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), drop: fc.nat(3), piece }), {
      maxLength: 2,
    }),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ raw, edits, cut }) => {
    let text = raw;
    for (const { at, drop, piece } of edits) {
      const place = Math.floor(at * text.length);
      text = text.slice(0, place) + piece + text.slice(place + drop);
    }
    const bytes = latin1(text);
    const place = Math.floor(cut * bytes.length);
    return [bytes.subarray(0, place), bytes.subarray(place)].filter(({ length }) => length > 0);
  });

it('reads damaged bytes like the host', async () => {
  const property = fc.asyncProperty(damaged, fc.boolean(), async (chunks, lenient) => {
    const text = Buffer.concat(chunks).toString('latin1');
    fc.pre(!EMPTY_CODING.test(text) && (HOST < 26 || !/upgrade/i.test(text)));
    expect(observe({ ...requestOptions, lenient }, chunks)).toEqual(
      await nodeReadsChunks(chunks, { insecureHTTPParser: lenient }),
    );
  });
  await fc.assert(property, { seed: 1, numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) });
});
