/** The command line: what it prints and writes, and its error messages. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { guess } from '../src/cli/guess.js';
import { run } from '../src/cli/run.js';
import { machines } from '../src/machines/index.js';

const home = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statewire-cli-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let folders = 0;
function newFolder(): string {
  const path = join(folder, String(++folders));
  mkdirSync(path);
  return path;
}

interface Outcome {
  readonly code: number;
  readonly printed: string;
  readonly printedError: string;
}

async function statewireIn(here: string, ...args: string[]): Promise<Outcome> {
  let printed = '';
  let printedError = '';
  const code = await run(args, {
    print: (text) => {
      printed += text;
    },
    printError: (text) => {
      printedError += text;
    },
    isTerminal: false,
    home,
    here,
  });
  return { code, printed, printedError };
}

const statewire = (...args: string[]): Promise<Outcome> => statewireIn(folder, ...args);

const done = (printed: string) => ({ code: 0, printed, printedError: '' });
const diagram = (name: string) => readFileSync(join(home, 'diagrams', name), 'utf8');
const refused = (message: RegExp) => ({ code: 2, printed: '', printedError: expect.stringMatching(message) });

describe('statewire', () => {
  it.each([[], ['--help'], ['-h'], ['help'], ['help', '--help']])('%s %s prints what there is', async (...args) => {
    const { code, printed, printedError } = await statewire(...args.filter((each) => each !== undefined));
    expect({ code, printedError }).toEqual({ code: 0, printedError: '' });
    expect(printed).toMatch(/^Usage: statewire <command>/m);
    // A program on node:http has no machines without the flag.
    expect(printed).toMatch(/^ *STATEWIRE_TRACE=1 node --import statewire\/register app\.js .*node:http/m);
    for (const name of ['diagrams', 'explain', 'faults', 'journal', 'completions', 'help'])
      expect(printed).toMatch(new RegExp(`^ {2}${name} +(print|run) `, 'm'));
  });

  it.each(['--version', '-v'])('%s prints the version', async (option) => {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    expect(await statewire(option)).toEqual(done(`${version}\n`));
  });

  it.each(['diagrams', 'explain', 'faults', 'journal', 'completions', 'help'])(
    'help %s prints what --help of it prints',
    async (name) => {
      expect((await statewire('help', name)).printed).toMatch(new RegExp(`^Usage: statewire ${name} `));
      if (name !== 'help') expect(await statewire(name, '--help')).toEqual(await statewire('help', name));
    },
  );

  it.each([
    [
      ['daigrams'],
      /^statewire: unknown command 'daigrams'; did you mean 'diagrams'\?\nFor help: npx statewire --help\n$/,
    ],
    [
      ['help', 'diag'],
      /^statewire: unknown command 'diag'; did you mean 'diagrams'\?\nFor help: npx statewire --help\n$/,
    ],
    [
      ['xyz'],
      /^statewire: unknown command 'xyz'; there are diagrams, explain, .*, help\nFor help: npx statewire --help\n$/,
    ],
    [
      ['--versoin'],
      /^statewire: unknown option '--versoin'; did you mean '--version'\?\nFor help: npx statewire --help\n$/,
    ],
    [['help', 'diagrams', 'help'], /^statewire: help takes one command, not 2\n/],
    [['completions'], /^statewire: completions takes one shell\nFor help: npx statewire completions --help\n$/],
    [['completions', 'bash', 'zsh'], /^statewire: completions takes one shell\n/],
    [
      ['completions', 'fihs'],
      /^statewire: unknown shell 'fihs'; did you mean 'fish'\?\nThe shells are: bash, zsh, fish\n/,
    ],
    [['completions', 'toString'], /^statewire: unknown shell 'toString'\n/],
  ])('%j is refused', async (args, message) => {
    expect(await statewire(...args)).toEqual(refused(message));
  });
});

describe('an option that a command does not have', () => {
  const commands = ['diagrams', 'explain', 'faults', 'journal', 'completions', 'help'];
  const cases = commands.flatMap((command) =>
    [
      ['--hlep', "unknown option '--hlep'; did you mean '--help'?"],
      ['-x', "unknown option '-x'"],
      ['--zzzzzz=1', "unknown option '--zzzzzz'"],
      ['--help=1', '--help takes no value'],
    ].map(([option, says]) => [command, option!, says!] as const),
  );

  it.each(cases)('%s %s: two lines, of which the second says how to get the help', async (command, option, says) => {
    const printedError = `statewire: ${says}\nFor help: npx statewire ${command} --help\n`;
    expect(await statewire(command, option)).toEqual({ code: 2, printed: '', printedError });
  });

  it('may stand before the command', async () => {
    const printedError = "statewire: unknown option '--json'\nFor help: npx statewire --help\n";
    expect(await statewire('--json', 'diagrams')).toEqual({ code: 2, printed: '', printedError });
  });
});

describe('guess', () => {
  it.each([
    ['conection', 'connection'],
    ['reqeust', 'request'],
    ['SERVER', 'server'],
    ['incomingReq', 'incomingRequest'],
    ['--regoin', '--region'],
  ])('%s: %s', (given, meant) => {
    expect(guess(given, [...Object.keys(machines), '--region', '--json'])).toBe(`; did you mean '${meant}'?`);
  });

  it.each(['x', 'abcdefgh', ''])('%o: nothing', (given) => {
    expect(guess(given, Object.keys(machines))).toBe('');
  });
});

describe('statewire diagrams', () => {
  it('lists the machines and their regions', async () => {
    const { code, printed } = await statewire('diagrams');
    expect(code).toBe(0);
    expect(printed).toMatch(/^connection {2}One socket of a server, from accept to close\.\n {4}reading, responses, /m);
    expect(printed).toMatch(/^server {2}A server, /m);
    for (const name of Object.keys(machines)) expect(printed).toMatch(new RegExp(`^${name} {2}`, 'm'));
  });

  it('prints a machine as text', async () => {
    expect(await statewire('diagrams', 'connection')).toEqual(done(diagram('connection.txt')));
  });

  it('prints several machines', async () => {
    const texts = `${diagram('server.txt')}\n${diagram('connection.txt')}`;
    expect(await statewire('diagrams', 'server', 'connection', 'server')).toEqual(done(texts));
  });

  it.each([
    [['clientConnection', '--format', 'mermaid'], 'clientConnection.mmd'],
    [['clientConnection', '--format', 'svg'], 'clientConnection.svg'],
    [['clientConnection', '--format', 'text'], 'clientConnection.txt'],
    [['request', '--format', 'mermaid'], 'request.mmd'],
    [['request', '--region', 'line', '--format', 'svg'], 'request.line.svg'],
    [['--region', 'abortion', '--format=svg'], 'request.abortion.svg'],
  ])('%j prints %s', async (args, name) => {
    expect(await statewire('diagrams', ...args)).toEqual(done(diagram(name)));
  });

  it('prints one region as text, with what leads from it', async () => {
    const { code, printed } = await statewire('diagrams', 'server', '--region', 'watch');
    expect(code).toBe(0);
    expect(printed).toMatch(/^watch {2}Whether .*\n│\n├─ ● resting /);
    expect(printed).toContain('net.occupied / io.startSweep → sweeping');
    const whole = diagram('server.txt')
      .split('\n')
      .map((line) => line.slice(3));
    for (const line of printed.trimEnd().split('\n').slice(1)) expect(whole).toContain(line);
  });

  it('prints a region as Mermaid without the arrows of others', async () => {
    const { printed } = await statewire('diagrams', 'response', '--region', 'turn', '--format', 'mermaid');
    expect(printed).toMatch(/^stateDiagram-v2\n {2}state "turn – [^\n]*" as response_turn \{\n/);
    expect(printed).toContain('response_turn_awaited -->');
    expect(printed).not.toContain('response_line');
  });

  it('takes several regions, and several machines with the region', async () => {
    const { printed } = await statewire('diagrams', 'response', 'request', '--region', 'flow', '--region', 'line');
    expect(printed.match(/^(?:line|flow) {2}/gm)).toEqual(['line  ', 'flow  ', 'line  ', 'flow  ']);
  });

  it('writes several images as files, to the current folder', async () => {
    const here = newFolder();
    const names = ['server.door.svg', 'server.handshakes.svg', 'server.watch.svg', 'clientConnection.svg'];
    const paths = names.map((name) => `${name}\n`).join('');
    expect(await statewireIn(here, 'diagrams', 'server', 'clientConnection', '--format', 'svg')).toEqual(done(paths));
    for (const name of names) expect(readFileSync(join(here, name), 'utf8')).toBe(diagram(name));
    expect(readdirSync(here).sort()).toEqual(names.sort());
  });

  it('writes a machine to a folder that it creates', async () => {
    const here = newFolder();
    const names = ['clientConnection.txt', 'clientConnection.mmd', 'clientConnection.svg'];
    const paths = names.map((name) => `new/one/${name}\n`).join('');
    expect(await statewireIn(here, 'diagrams', 'clientConnection', '--out', 'new/one/')).toEqual(done(paths));
    for (const name of names) expect(readFileSync(join(here, 'new', 'one', name), 'utf8')).toBe(diagram(name));
  });

  it('writes all machines in one format, over what is there', async () => {
    const out = newFolder();
    writeFileSync(join(out, 'request.line.svg'), 'old');
    expect((await statewire('diagrams', '--out', out, '--format', 'svg')).code).toBe(0);
    const images = readdirSync(join(home, 'diagrams')).filter((name) => name.endsWith('.svg'));
    expect(readdirSync(out).sort()).toEqual(images.sort());
    for (const name of images) expect(readFileSync(join(out, name), 'utf8')).toBe(diagram(name));
  });

  it('--json lists the machines', async () => {
    const list = JSON.parse((await statewire('diagrams', '--json')).printed);
    expect(list.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(machines).sort());
    expect(list).toContainEqual({
      name: 'server',
      description: 'A server, from its creation to its close.',
      regions: ['door', 'handshakes', 'watch'],
      states: 10,
    });
  });

  it('--json describes machines and regions', async () => {
    const [server, ...others] = JSON.parse((await statewire('diagrams', 'server', '--json')).printed);
    expect(others).toEqual([]);
    expect(server.root.states.map(({ name }: { name: string }) => name)).toEqual(['door', 'handshakes', 'watch']);
    expect(server.arrows).toContainEqual(
      expect.objectContaining({ from: 'server.watch.resting', to: 'server.watch.sweeping' }),
    );
    const [watch] = JSON.parse((await statewire('diagrams', 'server', '--region', 'watch', '--json')).printed);
    expect([watch.root.id, watch.arrows.length]).toEqual(['server.watch', 2]);
  });

  it.each([
    [
      ['conection'],
      /^statewire: unknown machine 'conection'; did you mean 'connection'\?\nThe machines are: .*\bserver\b.*\n$/,
    ],
    [['toString'], /^statewire: unknown machine 'toString'\n/],
    [['server', '--format', 'png'], /^statewire: unknown format 'png'\nThe formats are: text, mermaid, svg\n$/],
    [['--format', 'sgv'], /^statewire: unknown format 'sgv'; did you mean 'svg'\?\n/],
    [
      ['--outt', folder],
      /^statewire: unknown option '--outt'; did you mean '--out'\?\nFor help: npx statewire diagrams --help\n$/,
    ],
    [['--out', '--json'], /^statewire: --out takes a value: --out=<folder>\n/],
    [['--json=1'], /^statewire: --json takes no value\n/],
    [['--out'], /^statewire: --out takes a value: --out=<folder>\nFor help: npx statewire diagrams --help\n$/],
    [['--region', 'lin'], /^statewire: unknown region 'lin'; did you mean 'line'\?\nThe regions are: /],
    [
      ['server', '--region', 'dor'],
      /^statewire: server has no region 'dor'; did you mean 'door'\?\nIts regions are: door, /,
    ],
    [['clientConnection', '--region', 'line'], /^statewire: clientConnection has no region 'line'\nIt has none\n$/],
    [['--json', '--out', 'x'], /^statewire: --json prints: it takes no --format and no --out\n$/],
  ])('%j is refused', async (args, message) => {
    expect(await statewire('diagrams', ...args)).toEqual(refused(message));
  });

  it.each([
    ['a file', 'taken', /^statewire: can't write .*taken: it is a file, and no folder \(EEXIST\)\n$/],
    [
      'in a file',
      join('taken', 'below'),
      /^statewire: can't write .*below: a part of its path is a file, .* \(ENOTDIR\)\n$/,
    ],
    [
      'where a name is a folder',
      'folder',
      /^statewire: can't write .*server.txt: it is a folder, and no file \(EISDIR\)\n$/,
    ],
  ])('fails if it is to write to %s', async (_what, out, message) => {
    const here = newFolder();
    writeFileSync(join(here, 'taken'), '');
    mkdirSync(join(here, 'folder', 'server.txt'), { recursive: true });
    const outcome = await statewireIn(here, 'diagrams', 'server', '--out', out);
    expect(outcome).toEqual({ code: 1, printed: '', printedError: expect.stringMatching(message) });
  });

  it('fails where it may not write', async () => {
    const closed = newFolder();
    chmodSync(closed, 0o500);
    // To root all folders are open; /proc lets nobody make any.
    const out = process.getuid?.() === 0 ? '/proc/statewire' : join(closed, 'new');
    const { code, printed, printedError } = await statewire('diagrams', 'server', '--out', out);
    expect({ code, printed }).toEqual({ code: 1, printed: '' });
    expect(printedError).toMatch(
      /^statewire: can't write .*: (?:you may not write there|the folder can't be made) \(E\w+\)\n$/,
    );
  });
});

/** The package, as far as the command needs it. */
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
for (const name of ['package.json', join('diagrams', 'machines.json')]) cpSync(join(home, name), join(place, name));

describe('the executable file', () => {
  it('begins with #!', () => {
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('finds the diagrams beside it', () => {
    const text = execFileSync(process.execPath, [program, 'diagrams', 'server'], { encoding: 'utf8' });
    expect(text).toBe(diagram('server.txt'));
  });

  it('exits with 2 for an invalid command line, without a stack', () => {
    const { status, stderr } = spawnSync(process.execPath, [program, 'diagrams', 'nothing'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^statewire: unknown machine 'nothing'\nThe machines are: [^\n]*\n$/);
    expect(status).toBe(2);
  });

  it('says so if its data is missing', () => {
    const broken = newFolder();
    cpSync(program, join(broken, 'dist', 'cli.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(broken, 'dist', 'cli.mjs'), 'diagrams'], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^statewire: .*machines\.json can't be read: .*Install it again\n$/);
    expect(status).toBe(1);
  });
});

const hasShell = (name: string): boolean => spawnSync(name, ['-c', 'exit 0']).status === 0;

/** What a shell offers for a line that ends with `|`, in the order of the alphabet. */
const completed: Readonly<Record<string, (script: string, line: string) => string>> = {
  bash: (script, line) => `source ${script}
    COMP_WORDS=(${line.replace(/ ?\|$/, (end) => (end === ' |' ? " ''" : ''))})
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    $(complete -p statewire | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // It completes on a terminal only: zpty is one. What `compadd` is asked to add is written to a file (‘-O’ fills an array),
  // and another file says when that is done.
  zsh: (script, line) => `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'autoload -Uz compinit && compinit -u -D; source ${script}'
    zpty -w shell 'compadd () {
      [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
      local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >> ${script}.hits; return 0 }'
    zpty -w shell 'complete-and-tell () { zle complete-word; print -n > ${script}.told }
      zle -N complete-and-tell; bindkey "^I" complete-and-tell'
    zpty -w shell 'print -n > ${script}.hits; rm -f ${script}.told; print REA""DY'
    while zpty -r shell text; do [[ $text == *READY* ]] && break; done
    zpty -w -n shell ${JSON.stringify(line.slice(0, -1))}$'\\t'
    while [[ ! -e ${script}.told ]]; do sleep 0.02; done
    cat ${script}.hits`,
  fish: (script, line) =>
    `source ${script}; complete -C ${JSON.stringify(line.slice(0, -1))} | string replace -r '\\t.*' ''`,
};

// The job of CI installs all three; without them on a machine, their completions can't be asked.
describe.each(['bash', 'zsh', 'fish'])('the completions of %s', (shell) => {
  const ask = (line: string): string[] => {
    const script = join(folder, `completions.${shell}`);
    writeFileSync(script, execFileSync(process.execPath, [program, 'completions', shell]));
    const args = shell === 'bash' ? ['--norc', '-c'] : shell === 'zsh' ? ['-f', '-c'] : ['-c'];
    const { stdout, stderr } = spawnSync(shell, [...args, completed[shell]!(script, line)], {
      encoding: 'utf8',
      cwd: place,
      env: { PATH: process.env['PATH'], HOME: folder },
      timeout: 30_000,
    });
    expect(stderr).toBe('');
    const offered = stdout.split('\n').map((each) => each.replace(/\/$/, ''));
    return [...new Set(offered)].filter((each) => each !== '').sort();
  };

  it.skipIf(!hasShell(shell)).each([
    ['statewire dia|', ['diagrams']],
    ['statewire |', ['completions', 'diagrams', 'explain', 'faults', 'help', 'journal']],
    ['statewire faults --on|', ['--only']],
    ['statewire faults --only h|', ['hang']],
    ['statewire faults --script d|', ['diagrams', 'dist']],
    ['statewire faults dia|', ['diagrams']],
    ['statewire --v|', ['--version']],
    ['statewire diagrams c|', ['clientConnection', 'connection']],
    ['statewire diagrams server req|', ['request']],
    ['statewire diagrams --format |', ['mermaid', 'svg', 'text']],
    ['statewire diagrams server --region do|', ['door']],
    ['statewire diagrams --js|', ['--json']],
    ['statewire diagrams --out d|', ['diagrams', 'dist']],
    ['statewire completions |', ['bash', 'fish', 'zsh']],
    ['statewire help c|', ['completions']],
  ])('%s', (line, expected) => {
    expect(ask(line).filter((each) => line.includes('-') || !each.startsWith('-'))).toEqual(expected);
  });
});
