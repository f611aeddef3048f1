/** The command line: what it prints and writes, and its error messages. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.js';

const home = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statewire-cli-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function statewire(...args: string[]): { code: number; printed: string; printedError: string } {
  let printed = '';
  let printedError = '';
  const code = run(args, {
    print: (text) => {
      printed += text;
    },
    printError: (text) => {
      printedError += text;
    },
    home,
  });
  return { code, printed, printedError };
}

const done = (printed: string) => ({ code: 0, printed, printedError: '' });
const diagram = (name: string) => readFileSync(join(home, 'diagrams', name), 'utf8');

describe('statewire', () => {
  it.each(['--help', '-h'])('%s prints the usage', (option) => {
    expect(statewire(option)).toEqual(done(expect.stringMatching(/^Usage: statewire <command>[\s\S]*\n {2}diagrams /)));
  });

  it.each(['--version', '-v'])('%s prints the version', (option) => {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    expect(statewire(option)).toEqual(done(`${version}\n`));
  });

  it('requires a command', () => {
    expect(statewire()).toEqual({
      code: 2,
      printed: '',
      printedError: expect.stringMatching(/^statewire: missing command\n\nUsage/),
    });
  });

  it('lists the commands if the command is unknown', () => {
    expect(statewire('daigrams')).toEqual({
      code: 2,
      printed: '',
      printedError: "statewire: unknown command 'daigrams'; the commands are: diagrams\n",
    });
  });
});

describe('statewire diagrams', () => {
  it('lists the machines', () => {
    const { code, printed } = statewire('diagrams');
    expect(code).toBe(0);
    expect(printed).toMatch(/^connection {2}One socket of a server, from accept to close\.$/m);
    expect(printed).toMatch(/^server {2}A server, /m);
  });

  it('--help prints the usage', () => {
    expect(statewire('diagrams', '--help')).toEqual(done(expect.stringMatching(/^Usage: statewire diagrams/)));
  });

  it('prints a machine as text', () => {
    expect(statewire('diagrams', 'connection')).toEqual(done(diagram('connection.txt')));
  });

  it('prints several machines', () => {
    const texts = `${diagram('server.txt')}\n${diagram('connection.txt')}`;
    expect(statewire('diagrams', 'server', 'connection')).toEqual(done(texts));
  });

  it.each([
    ['mermaid', 'server.mmd'],
    ['svg', 'server.svg'],
    ['text', 'server.txt'],
  ])('prints it as %s', (format, name) => {
    expect(statewire('diagrams', 'server', '--format', format)).toEqual(done(diagram(name)));
  });

  it('writes a machine to a folder that it creates', () => {
    const out = join(folder, 'new', 'one');
    const names = ['server.txt', 'server.mmd', 'server.svg'];
    const paths = names.map((name) => `${join(out, name)}\n`).join('');
    expect(statewire('diagrams', 'server', '--out', out)).toEqual(done(paths));
    for (const name of names) expect(readFileSync(join(out, name), 'utf8')).toBe(diagram(name));
  });

  it('writes all machines in one format', () => {
    const out = join(folder, 'all');
    expect(statewire('diagrams', '--out', out, '--format', 'svg').code).toBe(0);
    const images = readdirSync(join(home, 'diagrams')).filter((name) => name.endsWith('.svg'));
    expect(readdirSync(out).sort()).toEqual(images.sort());
  });

  it.each([
    [['conection'], /^statewire: unknown machine 'conection'; the machines are: .*\bconnection\b.*\bserver\b.*\n$/],
    [['server', '--format', 'png'], /^statewire: unknown format 'png'; the formats are: text, mermaid, svg\n$/],
    [['--format', 'png'], /^statewire: unknown format 'png'; the formats are: text, mermaid, svg\n$/],
    [['--outt', folder], /^statewire: Unknown option '--outt'[\s\S]*Usage: statewire diagrams/],
  ])('%j is rejected', (args, message) => {
    expect(statewire('diagrams', ...args)).toEqual({
      code: 2,
      printed: '',
      printedError: expect.stringMatching(message),
    });
  });

  it('fails if it cannot write', () => {
    const file = join(home, 'package.json');
    const { code, printed, printedError } = statewire('diagrams', 'server', '--out', join(file, 'folder'));
    expect({ code, printed }).toEqual({ code: 1, printed: '' });
    expect(printedError).toMatch(/^statewire: ENOTDIR/);
  });
});

describe('the executable file', () => {
  const place = join(folder, 'package');
  const program = join(place, 'dist', 'cli.mjs');
  buildSync({
    entryPoints: [join(home, 'src', 'cli', 'main.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
  });
  for (const name of ['package.json', 'diagrams']) cpSync(join(home, name), join(place, name), { recursive: true });

  it('begins with #!', () => {
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('finds the diagrams beside it', () => {
    const text = execFileSync(process.execPath, [program, 'diagrams', 'server'], { encoding: 'utf8' });
    expect(text).toBe(diagram('server.txt'));
  });

  it('exits with 2 for an invalid command line', () => {
    const { status, stderr } = spawnSync(process.execPath, [program, 'diagrams', 'nothing'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^statewire: unknown machine 'nothing'/);
    expect(status).toBe(2);
  });
});
