import { once } from 'node:events';
import {
  Agent,
  createServer,
  IncomingMessage,
  ServerResponse,
  setMaxIdleHTTPParsers,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as validate from '../../src/api/compat/validate.js';
import { describeError, faultOf } from './faults.js';

const response = () => new ServerResponse(new IncomingMessage(new Socket()));

class Named {}

const anything: unknown[] = [
  ...[undefined, null, true, false, '', 'x', 'a b', '\n', 'é', 'ā', 0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 1n],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Symbol('s'), {}, [], ['a'], ['\n'], [undefined], new Named(), new Map()],
  ...[() => {}, function named() {}, Named, Object.create(null), { toString: () => 'a\nb' }, { toString: () => 'ok' }],
];

const both = <T>(values: readonly T[]) => values.flatMap((a) => values.map((b) => [a, b] as const));

/** The checks beside a call of node:http that makes the same check of its argument. */
const checks: Record<string, [ours: (value: unknown) => unknown, theirs: (value: never) => unknown]> = {
  validateObject: [(value) => validate.validateObject(value, 'hints'), (value) => response().writeEarlyHints(value)],
  validateString: [(value) => validate.validateString(value, 'name'), (value) => response().hasHeader(value)],
  validateBoolean: [
    (value) => value !== undefined && validate.validateBoolean(value, 'options.requireHostHeader'),
    (requireHostHeader) => createServer({ requireHostHeader }),
  ],
  validateFunction: [
    (value) => validate.validateFunction(value, 'listener'),
    (value) => new Socket().on('close', value),
  ],
  validateNumber: [
    (value) => value !== undefined && validate.validateNumber(value, 'options.highWaterMark'),
    (highWaterMark) => createServer({ highWaterMark }),
  ],
  'validateNumber with a minimum': [
    (value) => value !== undefined && validate.validateNumber(value, 'maxTotalSockets', 1),
    (maxTotalSockets) => new Agent({ maxTotalSockets }),
  ],
  'validateInteger with a minimum': [(value) => validate.validateInteger(value, 'max', 1), setMaxIdleHTTPParsers],
  'validateInteger of a timeout': [
    (value) => value !== undefined && validate.validateInteger(value, 'requestTimeout', 0),
    (requestTimeout) => createServer({ requestTimeout }),
  ],
  validateOneOf: [
    (value) => value && validate.validateOneOf(value, 'scheduling', ['fifo', 'lifo']),
    (scheduling) => new Agent({ scheduling }),
  ],
  validateDuration: [(value) => validate.validateDuration(value, 'msecs'), (value) => new Socket().setTimeout(value)],
};

describe('a check that node:http makes', () => {
  it.each(Object.keys(checks))('%s', (name) => {
    const [ours, theirs] = checks[name]!;
    for (const value of anything) expect(faultOf(() => ours(value))).toEqual(faultOf(() => theirs(value as never)));
  });
});

describe('validateNumber', () => {
  it('names the bounds that it has, as node:http does', () => {
    const says = (min?: number, max?: number) => faultOf(() => validate.validateNumber(9, 'x', min, max))?.message;
    expect(says()).toBeUndefined();
    expect(says(1, 9)).toBeUndefined();
    expect(says(10)).toContain(' It must be >= 10. ');
    expect(says(1, 8)).toContain(' It must be >= 1 && <= 8. ');
    expect(says(undefined, 8)).toContain(' It must be <= 8. ');
  });
});

describe('validateDuration', () => {
  const warningOf = async (act: () => unknown) => {
    const warned = once(process, 'warning');
    act();
    return describeError((await warned)[0]);
  };

  it('cuts what a timer cannot count, with the warning of node:net', async () => {
    const long = 2 ** 31;
    const theirs = await warningOf(() => new Socket().setTimeout(long).setTimeout(0));
    expect(await warningOf(() => validate.validateDuration(long, 'msecs'))).toEqual(theirs);
    expect(validate.validateDuration(long, 'msecs')).toBe(long - 1);
    expect(validate.validateDuration(long - 1, 'msecs')).toBe(long - 1);
  });
});

describe('validateHeaderName and validateHeaderValue', () => {
  const pairs: [ours: (a: never, b: never) => void, theirs: (a: never, b: never) => void][] = [
    [validate.validateHeaderName, validateHeaderName],
    [validate.validateHeaderValue, validateHeaderValue],
  ];

  it('refuse what node:http refuses, with its errors', () => {
    for (const [a, b] of both(anything)) {
      for (const [ours, theirs] of pairs) {
        expect(faultOf(() => ours(a as never, b as never))).toEqual(faultOf(() => theirs(a as never, b as never)));
      }
    }
  });

  it('begin the stack at the caller', () => {
    const caller = () => validate.validateHeaderName('');
    expect(caller).toThrow(expect.objectContaining({ stack: expect.stringMatching(/^.*\n {4}at caller /) }));
  });
});

describe('validateLinkHeaderValue', () => {
  const theirs = (link: unknown) => {
    const answer = response() as unknown as ServerResponse & { _writeRaw(text: string): void };
    let written = '';
    answer._writeRaw = (text) => {
      written += text;
    };
    answer.writeEarlyHints({ link: link as string });
    return written.slice('HTTP/1.1 103 Early Hints\r\nLink: '.length, -'\r\n\r\n'.length);
  };
  const answerOf = (act: () => unknown) => {
    let answer: unknown;
    const fault = faultOf(() => {
      answer = act();
    });
    return fault ?? answer;
  };
  const agree = (link: unknown) => {
    expect(answerOf(() => validate.validateLinkHeaderValue(link))).toEqual(answerOf(() => theirs(link)));
  };

  it('agrees with node:http about anything', () => {
    for (const value of anything) {
      if (value === null || value === undefined) continue;
      agree(value);
      agree([value]);
      agree(['<a>', value]);
    }
  });

  const text = fc.string({
    unit: fc.constantFrom('<', '>', ';', '=', '"', ' ', ',', 'a', '\t', '\u00e9', '\u00a0'),
  });
  const parameter = fc
    .tuple(
      fc.constantFrom(';', ' ; ', ';;'),
      fc.constantFrom('a', 'a=', 'a=b', 'a=="b"', 'a="b"', 'a="b c"', 'a= b', '"b"'),
    )
    .map((parts) => parts.join(''));
  const likely = fc
    .tuple(fc.constantFrom('<a>', '<>', '< a>', '<a<b>'), fc.array(parameter), text)
    .map((parts) => parts.flat().join(''));

  it('agrees with node:http about any text', () => {
    const tail = fc.oneof(text, likely);
    fc.assert(fc.property(fc.oneof(tail, fc.array(tail), likely), agree), { numRuns: 3000 });
  });

  it('refuses control characters, as Node 24 does', () => {
    const codeOf = (link: unknown) => faultOf(() => validate.validateLinkHeaderValue(link))?.code;
    expect(codeOf('<a\n>')).toBe('ERR_INVALID_ARG_VALUE');
    expect(codeOf(['<a>', '<\r\nb: c>'])).toBe('ERR_INVALID_ARG_VALUE');
    expect(codeOf('<a>;\nb')).toBe('ERR_INVALID_CHAR');
    expect(codeOf('<a\u0001>')).toBe('ERR_INVALID_CHAR');
  });
});
