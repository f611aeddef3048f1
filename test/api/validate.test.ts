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
import statewire from '../../src/index.js';
import { describeError, faultOf } from './faults.js';

const response = () => new ServerResponse(new IncomingMessage(new Socket()));

class Named {}

const anything: unknown[] = [
  ...[undefined, null, true, false, '', 'x', 'a b', '\n', 'é', 'ā', 0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 1n],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Symbol('s'), {}, [], ['a'], ['\n'], [undefined], new Named(), new Map()],
  ...[() => {}, function named() {}, Named, Object.create(null), { toString: () => 'a\nb' }, { toString: () => 'ok' }],
];

const both = <T>(values: readonly T[]) => values.flatMap((a) => values.map((b) => [a, b] as const));

/** Each check, with a call of node:http that checks its argument in the same way. */
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

describe('a check, compared with node:http', () => {
  it.each(Object.keys(checks))('%s', (name) => {
    const [ours, theirs] = checks[name]!;
    for (const value of anything) expect(faultOf(() => ours(value))).toEqual(faultOf(() => theirs(value as never)));
  });
});

it.each([
  [{ requireHostHeader: 'x' }, 'ERR_INVALID_ARG_TYPE', "must be of type boolean or 'node'. Received type string ('x')"],
  [{ requireHostHeader: 1 }, 'ERR_INVALID_ARG_TYPE', 'must be of type boolean. Received type number (1)'],
])('createServer(%o) throws, naming what is allowed and what came', (options, code, text) => {
  const message = expect.stringContaining(text);
  expect(() => statewire.createServer(options as never)).toThrow(expect.objectContaining({ code, message }));
});

it.each([
  [{ eventOrder: 'x' }, 'ERR_INVALID_ARG_VALUE', "one of: 'documented', 'host'. Received 'x'"],
  [{ retryReused: 'x' }, 'ERR_INVALID_ARG_TYPE', "of type boolean. Received type string ('x')"],
])('new Agent(%o) throws, naming what is allowed and what came', (options, code, text) => {
  const message = expect.stringContaining(text);
  expect(() => new statewire.Agent(options as never)).toThrow(expect.objectContaining({ code, message }));
});

describe('validateNumber', () => {
  it('names its bounds, like node:http', () => {
    const messageOf = (min?: number, max?: number) => faultOf(() => validate.validateNumber(9, 'x', min, max))?.message;
    expect(messageOf()).toBeUndefined();
    expect(messageOf(1, 9)).toBeUndefined();
    expect(messageOf(10)).toContain(' It must be >= 10. ');
    expect(messageOf(1, 8)).toContain(' It must be >= 1 && <= 8. ');
    expect(messageOf(undefined, 8)).toContain(' It must be <= 8. ');
  });
});

describe('validateDuration', () => {
  const warningOf = async (act: () => unknown) => {
    const warned = once(process, 'warning');
    act();
    return describeError((await warned)[0]);
  };

  it('clamps durations too long for a timer, with the warning of node:net', async () => {
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

  it('reject what node:http rejects, with its errors', () => {
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
    const result = response() as unknown as ServerResponse & { _writeRaw(text: string): void };
    let written = '';
    result._writeRaw = (text) => {
      written += text;
    };
    result.writeEarlyHints({ link: link as string });
    return written.slice('HTTP/1.1 103 Early Hints\r\nLink: '.length, -'\r\n\r\n'.length);
  };
  const outcomeOf = (act: () => unknown) => {
    let result: unknown;
    const fault = faultOf(() => {
      result = act();
    });
    return fault ?? result;
  };
  const agree = (link: unknown) => {
    expect(outcomeOf(() => validate.validateLinkHeaderValue(link))).toEqual(outcomeOf(() => theirs(link)));
  };

  it('agrees with node:http on any value', () => {
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

  it('agrees with node:http on any text', () => {
    const tail = fc.oneof(text, likely);
    fc.assert(fc.property(fc.oneof(tail, fc.array(tail), likely), agree), { numRuns: 3000 });
  });

  it('rejects control characters, like Node 24', () => {
    const codeOf = (link: unknown) => faultOf(() => validate.validateLinkHeaderValue(link))?.code;
    expect(codeOf('<a\n>')).toBe('ERR_INVALID_ARG_VALUE');
    expect(codeOf(['<a>', '<\r\nb: c>'])).toBe('ERR_INVALID_ARG_VALUE');
    expect(codeOf('<a>;\nb')).toBe('ERR_INVALID_CHAR');
    expect(codeOf('<a\u0001>')).toBe('ERR_INVALID_CHAR');
  });
});
