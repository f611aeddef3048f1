import { describe, expect, it } from 'vitest';
import { latin1, type Observation, observe, requestOptions, responseOptions } from './llhttp-observe.js';
import { requests, responses } from './llhttp-table.js';

/** What must not depend on how the bytes are split. The position of an error in its chunk does. */
function essence({ messages, rest, error }: Observation): unknown {
  return { messages, rest, error: error && { code: error.code, reason: error.reason } };
}

const bytewise = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

function* inTwo(bytes: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

const tables = [
  { of: 'requests', table: requests, options: requestOptions },
  { of: 'responses', table: responses, options: responseOptions },
];

for (const { of, table, options } of tables) {
  for (const lenient of [false, true]) {
    describe(`${of}, ${lenient ? 'lenient' : 'strict'}: the same however the bytes are split`, () => {
      for (const [name, raw] of Object.entries(table)) {
        it(name, () => {
          const bytes = latin1(raw);
          const read = (chunks: Buffer[]): unknown => essence(observe({ ...options, lenient }, chunks));
          const whole = read([bytes]);
          expect(read(bytewise(bytes))).toEqual(whole);
          for (const halves of inTwo(bytes)) expect(read(halves), `cut at ${halves[0]!.length}`).toEqual(whole);
        });
      }
    });
  }
}
