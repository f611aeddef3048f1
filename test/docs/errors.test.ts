/** docs/errors.md has every code that statewire can give, and says who receives it: each row is provoked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/api/compat/errors.js';
import { Parser } from '../../src/io/llhttp.js';
import { violations } from '../../src/io/llhttp-violations.js';
import { llhttp } from '../../src/io/llhttp-wasm.js';
import { settled } from '../../src/testing/transit.js';
import { read as readSource } from '../architecture/source.js';
import * as table from '../io/llhttp-table.js';
import { getBytes, provoked, serve, WAYS, type Way } from './provoked.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** The cells of all rows whose first cell has a code. */
const rows = [...page.matchAll(/^\|( `[A-Z].*)\|$/gm)].map(([, row]) => row!.split('|').map((cell) => cell.trim()));
const codesIn = (cell: string) => [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code!);
const codes = rows.flatMap(([first]) => codesIn(first!));
const ofParser = (code: string) => code.startsWith('HPE_');
/** test/register, test/facade/applications.test.ts and test/journal/register.test.ts show these. */
const isWarning = (code: string) => /^(STATEWIRE_(LATE|FOREIGN_PROTOTYPE|JOURNAL)|DEP\d+)$/.test(code);
/** test/package.test.ts shows these. */
const isOfLoading = (code: string) => /^STATEWIRE_NO_(?:XSTATE|WEBASSEMBLY)/.test(code);

/** Those with a receiver, by their first cell. */
const received = rows.filter(
  ([first]) => !codesIn(first!).some((code) => ofParser(code) || isWarning(code) || isOfLoading(code)),
);
const keyOf = ([first]: readonly string[]) => first!.replaceAll('`', '');

/** The ways by which an error of this key is received when it is provoked. */
async function waysOf(key: string): Promise<Way[]> {
  const [, code, message] = /^(\w+)(?: “(.+)”)?$/.exec(key)!;
  const ways = new Set<Way>();
  const receive = (way: Way) => (error?: unknown) => {
    const given = error as NodeJS.ErrnoException | null | undefined;
    if (given?.code === code && (message === undefined || given.message === message)) ways.add(way);
  };
  try {
    await provoked[key]!(receive);
  } catch (error) {
    receive('thrown')(error);
  }
  await settled();
  return [...ways].sort();
}

/** More than a peer may send. */
const excesses = [
  `GET / HTTP/1.1\r\nHost: a\r\nB: ${'c'.repeat(20_000)}\r\n\r\n`,
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;b=${'c'.repeat(20_000)}\r\n`,
];

/** The codes with which the parser refuses what is in the tables, read as strictly and as loosely as it can be. */
function codesOfParser(): string[] {
  const found = new Set<string>();
  for (const kind of ['request', 'response'] as const) {
    const texts = kind === 'request' ? [...Object.values(table.requests), ...excesses] : Object.values(table.responses);
    for (const text of texts) {
      for (const lenient of [false, true, 'values'] as const) {
        const options = { kind, lenient, maxHeaderSize: 16_384, maxHeadersCount: 0 };
        const parser = Parser.acquire({ ...options, decide: ({ upgrade }) => (upgrade ? 2 : 0) });
        for (const fact of [...parser.feed(Buffer.from(text, 'latin1')), ...parser.finish()]) {
          if (fact.type === 'wire.malformed') found.add(fact.error.code);
        }
        parser.free();
      }
    }
  }
  return [...found];
}

/** All names that the build of llhttp has for what stops it. */
function namesOfBuild(): string[] {
  const names: string[] = [];
  try {
    for (let errno = 0; ; errno++) names.push(textAt(llhttp.llhttp_errno_name(errno)));
  } catch {
    return names; // It traps at a number that means nothing.
  }
}

function textAt(at: number): string {
  const bytes = Buffer.from(llhttp.memory.buffer, at);
  return bytes.latin1Slice(0, bytes.indexOf(0));
}

/** What stops llhttp from inside: the callbacks say why, or it goes on. */
const INSIDE = /^HPE_(OK|INTERNAL|USER|PAUSED|PAUSED_UPGRADE|CB_\w+)$/;

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readSource(name.replaceAll('\\', '/'), readFileSync(join(root, 'src', name), 'utf8')));

describe('docs/errors.md', () => {
  it('has a row for each error of api/compat/errors.ts', () => {
    const makers = Object.entries(errors).filter(([name]) => name !== 'hideFrames');
    const made = makers.map(([, make]) => (make as (...args: string[]) => errors.CodedError)('a', 'b', 'c').code);
    expect(made.length).toBeGreaterThan(20);
    expect(made.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('has a row for each code that a source gives', () => {
    const given = sources.flatMap(({ path, code }) => {
      const text = code.replace(/[!=]==\s*'\w+'/g, '');
      const words = text.match(/(?<=')(?:(?:ERR|HPE)_\w+|E[A-Z]{4,})(?=')|(?<=\bcode[ :=]+')\w+(?=')/g) ?? [];
      return words.filter((word) => !codes.includes(word) && !INSIDE.test(word)).map((word) => `${path}: ${word}`);
    });
    expect(given).toEqual([]);
  });

  it('has each code of the parser, and no other', () => {
    const rowsOfParser = codes.filter(ofParser).sort();
    expect(codesOfParser().sort()).toEqual(rowsOfParser);
    const ours = Object.values(violations).map(({ code }) => code);
    const names = namesOfBuild().filter((name) => !INSIDE.test(name));
    expect(names.length).toBeGreaterThan(10);
    expect([...new Set([...names, ...ours])].sort()).toEqual(rowsOfParser);
  });

  it('provokes each row that has a receiver', () => {
    expect(received.map(keyOf).sort()).toEqual(Object.keys(provoked).sort());
  });

  it.each(received.map((row) => [keyOf(row), row] as const))('%s is received as it says', async (key, row) => {
    const said = (Object.keys(WAYS) as Way[]).filter((way) => row[2]!.includes(WAYS[way]));
    expect(await waysOf(key)).toEqual(said.sort());
  });

  it('says who receives the errors of the parser', async () => {
    const seen: string[] = [];
    const receive = (way: Way) => (error?: unknown) => seen.push(`${(error as errors.CodedError).code} ${WAYS[way]}`);
    serve(receive, 'nonsense\r\n\r\n');
    await settled();
    await getBytes(receive, 'nonsense\r\n\r\n', () => {});
    await settled();
    expect(seen).toEqual(["HPE_INVALID_METHOD 'clientError'", "HPE_INVALID_CONSTANT 'error' of the request"]);
  });

  it('has each code once, and four cells in each row with a receiver', () => {
    const keys = rows.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(received.filter((row) => row.length !== 4 || !row[1] || !row[2])).toEqual([]);
  });
});
