import * as http from 'node:http';
import { describe, expect, it } from 'vitest';
import { Parser } from '../../src/io/llhttp.js';
import { METHODS } from '../../src/rules/methods.js';
import { STATUS_CODES } from '../../src/rules/status.js';

function factsOf(method: string) {
  const parser = Parser.acquire({
    kind: 'request',
    maxHeaderSize: 1024,
    maxHeadersCount: 0,
    lenient: false,
    decide: () => 0,
  });
  try {
    return parser.feed(Buffer.from(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)).map((fact) => fact.type);
  } finally {
    parser.free();
  }
}

describe('METHODS', () => {
  it('is the list of node:http', () => expect(METHODS).toEqual(http.METHODS));

  it('contains what the parser accepts', () => {
    for (const method of METHODS) expect([method, factsOf(method)[0]]).toEqual([method, 'wire.head']);
  });

  it('lacks what the parser rejects', () => {
    for (const method of ['PRI', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'TEARDOWN', 'FLUSH', 'get', 'GETS']) {
      expect(METHODS).not.toContain(method);
      expect([method, factsOf(method)]).toEqual([method, ['wire.malformed']]);
    }
  });
});

describe('STATUS_CODES', () => {
  it('is the table of node:http', () => {
    expect(STATUS_CODES).toEqual(http.STATUS_CODES);
    expect(Object.getPrototypeOf(STATUS_CODES)).toBe(Object.getPrototypeOf(http.STATUS_CODES));
  });
});
