/** Messages with few and with many fields: after any calls they have the fields that the host's have, in its order. */
import type { OutgoingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { http } from './kit/twice.js';

type Message = OutgoingMessage & { getRawHeaderNames(): string[]; _renderHeaders(): object };
type Call = (message: Message) => unknown;

/** Upper and lower case, of more names than are searched one by one. */
const name = fc.integer({ min: 0, max: 80 }).chain((n) => fc.constantFrom(`X-${n}`, `x-${n}`));

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(name, fc.string({ unit: 'grapheme-ascii' })).map(
      ([n, v]): Call =>
        (message) =>
          message.setHeader(n, v) === message,
    ),
  },
  {
    weight: 2,
    arbitrary: name.map(
      (n): Call =>
        (message) =>
          message.removeHeader(n),
    ),
  },
  name.map(
    (n): Call =>
      (message) =>
        message.appendHeader(n, 'more') === message,
  ),
  name.map(
    (n): Call =>
      (message) =>
        message.getHeader(n),
  ),
  name.map(
    (n): Call =>
      (message) =>
        message.hasHeader(n),
  ),
  fc.constant<Call>((message) => stateOf(message)),
);

const stateOf = (message: Message): unknown => [
  message.getHeaders(),
  message.getHeaderNames(),
  message.getRawHeaderNames(),
  message._renderHeaders(),
];

describe('the fields of a message', () => {
  it('are the host’s after any calls', () => {
    const calls = fc.array(call, { maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(calls, (made) => {
        const theirs = new http.host.OutgoingMessage() as Message;
        const ours = new http.statewire.OutgoingMessage() as Message;
        for (const each of made) expect(each(ours)).toEqual(each(theirs));
        expect(stateOf(ours)).toEqual(stateOf(theirs));
      }),
    );
  });
});
