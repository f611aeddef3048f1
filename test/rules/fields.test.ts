import { validateHeaderName, validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasInvalidValueChar, isToken } from '../../src/rules/fields.js';

function accepts(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const everyChar = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code));
const anyText = fc.string({ unit: fc.oneof(fc.constantFrom(...everyChar), fc.constantFrom('a', '-', '\u{1f600}')) });

describe('isToken', () => {
  it('accepts the characters that node:http accepts in a name', () => {
    for (const char of everyChar)
      expect([char, isToken(char)]).toEqual([char, accepts(() => validateHeaderName(char))]);
  });

  it('rejects the empty string', () => expect(isToken('')).toBe(false));

  it('agrees with node:http on any string', () => {
    fc.assert(fc.property(anyText, (name) => isToken(name) === accepts(() => validateHeaderName(name))));
  });
});

describe('hasInvalidValueChar', () => {
  it('rejects the characters that node:http rejects in a value', () => {
    for (const char of everyChar) {
      expect([char, hasInvalidValueChar(char)]).toEqual([char, !accepts(() => validateHeaderValue('x', char))]);
    }
  });

  it('accepts the empty string', () => expect(hasInvalidValueChar('')).toBe(false));

  it('agrees with node:http on any string', () => {
    fc.assert(
      fc.property(anyText, (value) => hasInvalidValueChar(value) !== accepts(() => validateHeaderValue('x', value))),
    );
  });
});
