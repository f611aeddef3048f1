/** `statewire journal`: what it prints and writes, and its error messages. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import * as http from '../../src/index.js';
import { BY, IN } from '../../src/rules/ending.js';
import { settled, socketPair } from '../../src/testing/index.js';
import { folder, recorded, withHeader } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

async function statewire(args: readonly string[], isTerminal = false, hasRoom?: () => unknown) {
  const [printed, printedError]: string[][] = [[], []];
  const code = await run(['journal', ...args], {
    print: (text) => printed!.push(text),
    printError: (text) => printedError!.push(text),
    isTerminal,
    ...(hasRoom === undefined ? {} : { hasRoom }),
    home: temporary.path,
    here: temporary.path,
  });
  return { code, printed: printed!.join(''), printedError: printedError!.join('') };
}

const succeeds = async (...args: string[]): Promise<string> => {
  const { code, printed, printedError } = await statewire(args);
  expect({ code, printedError }).toEqual({ code: 0, printedError: '' });
  return printed;
};

/** The id of the connection with such a path. */
const idOf = async (path: string): Promise<string> => {
  const [{ id }] = JSON.parse(await succeeds('list', 'night.swj', '--json', '--path', path)) as [{ id: string }];
  return id;
};

beforeAll(async () => {
  buildSync({
    entryPoints: [fileURLToPath(new URL('../../src/journal/index.ts', import.meta.url))],
    outfile: temporary.file('dist/journal.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
  });
  await recorded(temporary.file('night.swj'), { bytes: 'bodies', redact: false }, async () => {
    const server = http.createServer((req, res) => {
      if (req.url === '/left') return;
      req.resume().on('end', () => res.end(`at ${req.url}`));
    });
    for (const path of ['/fine', '/left']) {
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      peer.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await settled();
      peer.destroy();
      await settled();
    }
  });
});

describe('statewire journal list', () => {
  it('prints a line for each exchange', async () => {
    const lines = (await succeeds('list', 'night.swj')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/).slice(2))).toEqual([
      ['--', '200', expect.stringMatching(/^\d+ ms$/), '0 B in, 8 B out', 'GET /fine'],
      ['PW', '-', expect.stringMatching(/^\d+ ms$/), '0 B in, 0 B out', 'GET /left'],
    ]);
  });

  it('finds by ending, path and time', async () => {
    expect(await succeeds('list', 'night.swj', '--ending', 'P*')).toMatch(/^[^\n]*GET \/left\n$/);
    expect(await succeeds('list', 'night.swj', '--ending', 'pw')).toMatch(/^[^\n]*GET \/left\n$/);
    for (const by of Object.keys(BY)) await succeeds('list', 'night.swj', `--ending=${by}*`);
    for (const when of Object.keys(IN)) await succeeds('list', 'night.swj', '--ending', `*${when}`);
    expect(await succeeds('show', 'night.swj', '--ending', 'RW')).toBe('The journal has no such connection.\n');
    expect(await succeeds('list', 'night.swj', '--path', '/f')).toMatch(/^[^\n]*GET \/fine\n$/);
    expect(await succeeds('list', 'night.swj', '--since', '2999-01-01')).toBe('The journal has no such connection.\n');
  });
});

it('the help has the letters of endings', async () => {
  const help = await succeeds('--help');
  const letters = Object.entries({ ...BY, ...IN }).filter(([letter]) => !'-I'.includes(letter));
  expect(letters).toHaveLength(14);
  for (const [letter, text] of letters) expect(help).toContain(`  ${letter}  ${text}`);
});

describe('statewire journal show', () => {
  it('prints bytes beside transitions', async () => {
    const text = await succeeds('show', 'night.swj', await idOf('/left'));
    expect(text).toContain('in        GET /left HTTP/1.1');
    expect(text).toMatch(/connection {2}wire\.head {2}→ .* ⇒ server\.request/);
    expect(text).toMatch(/ended PW/);
    const [{ lines }] = JSON.parse(await succeeds('show', 'night.swj', `${await idOf('/left')}.1`, '--json'));
    expect(lines.length).toBeGreaterThan(5);
  });
});

describe('statewire journal replay', () => {
  it('says that all are equal', async () => {
    expect(await succeeds('replay', 'night.swj')).toBe('2 equal, 0 different, 0 incomplete\n');
    const results = JSON.parse(await succeeds('replay', 'night.swj', '--json')) as { same: boolean }[];
    expect(results.map(({ same }) => same)).toEqual([true, true]);
  });
});

describe('statewire journal export', () => {
  it.each(['har', 'otel'])('prints %s', async (format) => {
    const made = JSON.parse(await succeeds('export', 'night.swj', '--to', format)) as object;
    expect(Object.keys(made)).toEqual([format === 'har' ? 'log' : 'resourceSpans']);
  });

  it('prints no more than there is room for', async () => {
    const rooms: (() => void)[] = [];
    const hasRoom = () => new Promise<void>((resolve) => rooms.push(resolve));
    let isOver = false;
    const done = statewire(['export', 'night.swj', '--to', 'otel'], false, hasRoom).finally(() => {
      isOver = true;
    });
    let count = 0;
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(rooms.length).toBeLessThan(2);
      const next = rooms.pop();
      if (next === undefined) continue;
      count++;
      next();
    }
    expect(JSON.parse((await done).printed)).toHaveProperty('resourceSpans');
    expect(count).toBeGreaterThan(3);
  });

  it('writes a file', async () => {
    const { code, printedError } = await statewire(['export', 'night.swj', '--to', 'pcapng', '-o', 'night.pcapng']);
    expect({ code, printedError }).toEqual({ code: 0, printedError: expect.stringContaining('2 connections') });
    expect(readFileSync(temporary.file('night.pcapng')).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });
});

describe('statewire journal to-test', () => {
  it.each([
    ['/fine', "res.end('at ' + req.url);"],
    ['/left', '// As then.'],
  ])('writes a test that passes with the handler of then, and fails with another one: %s', async (path, body) => {
    const id = await idOf(path);
    await succeeds('to-test', 'night.swj', id, '--out', 'made.test.mjs');
    const text = readFileSync(temporary.file('made.test.mjs'), 'utf8');
    expect(text).toBe(await succeeds('to-test', 'night.swj', id));
    const handler = text.replace('res.end();', body);
    expect(handler).not.toBe(text);
    const file = temporary.file('bundled.test.mjs');
    const library = (name: string) => fileURLToPath(new URL(`../../src/${name}`, import.meta.url));
    const sources = { statewire: library('index.ts'), 'statewire/testing': library('testing/index.ts') };
    for (const [name, program] of [
      ['fails', text],
      ['passes', handler],
    ] as const) {
      buildSync({
        stdin: { contents: program, resolveDir: temporary.path },
        outfile: file,
        bundle: true,
        format: 'esm',
        platform: 'node',
        alias: sources,
        banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      });
      const { status } = spawnSync(process.execPath, ['--test', file], { timeout: 60_000 });
      expect(status, name).toBe(name === 'passes' ? 0 : 1);
    }
  });
});

describe('its messages', () => {
  it.each([
    [[], 2, /journal takes an action and a file/],
    [['lst', 'night.swj'], 2, /unknown action 'lst'.*list/s],
    [['list'], 2, /takes the file of a journal/],
    [['export', 'night.swj'], 2, /needs --to har\|pcapng\|otel/],
    [['export', 'night.swj', '--to', 'pcap'], 2, /unknown format 'pcap'; did you mean 'pcapng'\?/],
    [
      ['export', 'night.swj', '--to', 'wireshark'],
      2,
      /unknown format 'wireshark'\nThe formats are: har, pcapng, otel\n/,
    ],
    [['export', 'night.swj', '--to', 'pcapng'], 2, /give a file with --out/],
    [['list', 'night.swj', '--since', 'noon'], 2, /'noon' is not a time/],
    [['to-test', 'night.swj'], 2, /takes one connection, not 2/],
    [['list', 'night.swj', '--out', 'a.txt'], 2, /--out is for export, to-test, not for list/],
    [['replay', 'night.swj', '--to', 'har'], 2, /--to is for export, not for replay/],
    [['to-test', 'night.swj', '--json'], 2, /--json is for list, show, replay, not for to-test/],
    [['list', 'night.swj', 'day.swj'], 2, /'day\.swj' is not an id of a connection, such as s12; there is one file/],
    [['list', 'night.swj', '--ending', '[('], 2, /'\[\(' is not an ending, such as RW or 'R\*'/],
    [['list', 'night.swj', '--ending', 'ZW'], 2, /'ZW' is not an ending/],
    [['list', 'night.swj', '--ending', 'R'], 2, /'R' is not an ending/],
    [['show', 'night.swj', 's99999'], 1, /no connection s99999: journal list prints them/],
    [['list', 'missing.swj'], 1, /there is no file missing\.swj/],
    [['list', '.'], 1, /is a folder/],
    [['list', 'foreign.swj'], 1, /foreign\.swj is no journal/],
    [['export', 'night.swj', '--to', 'pcapng', '--out', '.'], 1, /EISDIR/],
    [['export', 'night.swj', '--to', 'har', '--out', 'no/such/folder'], 1, /ENOENT/],
    [['list', 'newer.swj'], 1, /newer\.swj .*9\.9\.9/],
  ] as const)('%j', async (args, exit, message) => {
    writeFileSync(temporary.file('foreign.swj'), 'GET / HTTP/1.1\r\n\r\n');
    const newer = withHeader(readFileSync(temporary.file('night.swj')), { format: 99, version: '9.9.9' });
    writeFileSync(temporary.file('newer.swj'), newer);
    const { code, printedError } = await statewire(args);
    expect(code).toBe(exit);
    expect(printedError).toMatch(message);
  });

  it('say how far a long file was read, on a terminal', async () => {
    await recorded(temporary.file('long.swj'), { bytes: 'raw', redact: false }, async () => {
      const server = http.createServer((req, res) => req.resume().on('end', () => res.end()));
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      peer.write('POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 1500000\r\n\r\n');
      for (let i = 0; i < 60; i++) {
        peer.write(randomBytes(25_000));
        await settled();
      }
      peer.destroy();
      await settled();
    });
    expect((await statewire(['list', 'long.swj'], true)).printedError).toMatch(/^(\rreading \d+ %)+\r +\r$/);
    expect((await statewire(['list', 'long.swj'])).printedError).toBe('');
  });

  it('say where a journal is cut, and what is there is printed', async () => {
    const file = temporary.file('torn.swj');
    const whole = readFileSync(temporary.file('night.swj'));
    writeFileSync(file, whole);
    truncateSync(file, whole.length - 5);
    const { code, printed, printedError } = await statewire(['list', 'torn.swj']);
    expect(code).toBe(0);
    expect(printed).toContain('GET /left');
    expect(printedError).toMatch(/torn\.swj is cut at byte \d+/);
  });
});
