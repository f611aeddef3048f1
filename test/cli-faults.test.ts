/** The command `statewire faults`, run from its sources; test/package.test.ts runs the installed one. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readRequests } from '../src/cli/requests.js';
import { run } from '../src/cli/run.js';
import http from '../src/index.js';
import { readJournal, record } from '../src/journal/index.js';
import { socketPair } from '../src/testing/MemorySocket.js';
import { settled } from '../src/testing/transit.js';

const home = fileURLToPath(new URL('..', import.meta.url));
const here = mkdtempSync(join(tmpdir(), 'statewire-faults-'));
afterAll(() => rmSync(here, { recursive: true, force: true }));

const files = {
  'fine.mjs': "export default (_req, res) => res.end('ok');",
  'hanging.mjs': 'export const handler = (_req, _res) => {};',
  'none.mjs': 'export const a = 1;',
  'throwing.mjs': "throw new Error('no config');",
  'unread.cjs': "require('node:fs').readFileSync('/no.config');",
  // As Node makes the stacks of what it can't parse, and can't find.
  'misspelt.mjs': `throw Object.assign(new SyntaxError("Unexpected token ';'"), {
    stack: "/app/routes.js:7\\nlet a = ;\\n        ^\\n\\nSyntaxError: Unexpected token ';'\\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)",
  });`,
  'lonely.mjs': `throw Object.assign(new Error("Cannot find package 'no'"), {
    code: 'ERR_MODULE_NOT_FOUND',
    stack: "Error: Cannot find package 'no'\\n    at packageResolve (node:internal/modules/esm/resolve:873:9)",
  });`,
  'asking.mjs':
    "export default (_req, res) => globalThis.httpOfTheTest.get('http://db', () => res.end()).on('error', () => res.end());",
  'one.http': 'GET http://localhost/a\n',
  'bad.http': 'GET /a\nHost localhost\n',
};
Object.assign(globalThis, { httpOfTheTest: http });
for (const [name, text] of Object.entries(files)) writeFileSync(join(here, name), text);

async function faults(args: readonly string[], isErrorTerminal = false) {
  let printed = '';
  let printedError = '';
  const code = await run(['faults', ...args], {
    print: (text) => {
      printed += text;
    },
    printError: (text) => {
      printedError += text;
    },
    isTerminal: false,
    isErrorTerminal,
    home,
    here,
  });
  return { code, printed, printedError };
}

describe('a file of requests', () => {
  const requestsOf = (text: string) => readRequests('a.http', text);

  it('has variables, comments, names, and what editors write for themselves', () => {
    const text = `# a comment
@host = example.org:81
@path=up/{{ host }}
### an upload
// another
POST http://{{host}}/{{path}}
    ?a=1
    &b=2 HTTP/1.1
Content-Type: text/plain
# a comment

grüße
two lines

> {% client.log(response) %}
###

### nothing here
###
GET /plain HTTP/1.1
Host: own

###
http://localhost/only-a-url
`;
    expect(requestsOf(text)).toEqual([
      {
        head:
          'POST /up/example.org:81?a=1&b=2 HTTP/1.1\r\nHost: example.org:81\r\n' +
          'Content-Type: text/plain\r\nContent-Length: 17\r\n\r\n',
        body: Buffer.from('grüße\ntwo lines').toString('latin1'),
      },
      { head: 'GET /plain HTTP/1.1\r\nHost: own\r\n\r\n', body: '' },
      { head: 'GET /only-a-url HTTP/1.1\r\nHost: localhost\r\n\r\n', body: '' },
    ]);
  });

  it('may have the length of a body', () => {
    const [one] = requestsOf('PUT /a\nHost: a\nContent-Length: 3\n\nü!\n');
    expect(one!.head).toBe('PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n');
  });

  it('may frame its bodies itself, and end its lines as on Windows', () => {
    const [one] = requestsOf('PUT /a\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n2\r\nab\r\n0\r\n\r\n');
    expect(one!.head).toBe('PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n');
  });

  it.each([
    ['', /^a\.http:1:1: there is no request$/],
    ['### a\n# b\n', /^a\.http:1:1: there is no request$/],
    ['GET', /^a\.http:1:4: the target is missing: 'GET \/path'$/],
    ['G@T /a', /^a\.http:1:1: 'G@T' is no method$/],
    ['\n\nGET /a b HTTP/1.1', /^a\.http:3:5: '\/a b' is no target: a space is written as %20$/],
    ['GET /a HTTP/2', /^a\.http:1:8: the version is 'HTTP\/2': only HTTP\/1\.1 is known$/],
    ['GET http://[', /^a\.http:1:5: 'http:\/\/\[' is no path and no URL$/],
    ['GET /a\nHost localhost', /^a\.http:2:15: a field is written as 'Name: value'; an empty line ends the fields$/],
    ['GET /a\nA b: c', /^a\.http:2:1: 'A b' is no name of a field$/],
    ['GET /{{a}}', /^a\.http:1:6: there is no variable 'a': set it by '@a = value' before$/],
    ['@a\nGET /', /^a\.http:1:1: a variable is written as '@name = value'$/],
    [
      'POST /a\ncontent-length: 5\nA: b\n\nfünf!!\n',
      /^a\.http:2:17: Content-Length is '5', and the body has 7 bytes: leave the field out, it is added$/,
    ],
    ['GET /a\nContent-Length: x', /^a\.http:2:17: Content-Length is 'x', and the body has 0 bytes: /],
    ['POST /a\nA: b\n\n< ./file', /^a\.http:4:1: a body in another file is not known here: write it out$/],
  ])('%j: %s', (text, message) => {
    expect(() => requestsOf(text)).toThrow(message);
  });
});

describe('statewire faults', () => {
  it('has a help for who has never seen it', async () => {
    const { code, printed } = await faults(['--help']);
    expect(code).toBe(0);
    expect(printed).toMatch(/^Usage: statewire faults <module> \[options\]\n\nPlays the requests of a script/);
    for (const option of ['script', 'runs', 'seconds', 'seed', 'only', 'save', 'json', 'help'])
      expect(printed).toContain(`--${option}`);
  });

  it('prints a sum, and returns 0, if nothing is found', async () => {
    const { code, printed, printedError } = await faults(['fine.mjs', '--script', 'one.http', '--runs', '20']);
    expect({ code, printedError }).toEqual({ code: 0, printedError: '' });
    expect(printed).toMatch(/\n0 findings in 21 runs at \d+ points: .* \(seed 1\)\n$/);
  });

  it('prints findings, saves their tests, and returns 1', async () => {
    const { code, printed } = await faults(['hanging.mjs', '--runs', '5', '--save', 'found', '--seed', '9']);
    expect(code).toBe(1);
    expect(printed).toMatch(/^HANG {2}s1\.1 GET \/ waits for you to respond, 10 min 0 s/);
    expect(printed).toMatch(
      /found\/hanging-1-hang\.test\.mjs\nRun them: node --import statewire\/register --test found\n$/,
    );
    const test = readFileSync(join(here, 'found', 'hanging-1-hang.test.mjs'), 'utf8');
    expect(test).toContain("const server = new URL('../hanging.mjs', import.meta.url);");
    expect(readdirSync(join(here, 'found'))).toHaveLength(1);
  });

  it('plays a connection that was recorded', async () => {
    const journal = record({ bytes: 'raw', redact: false });
    const [socket, agent] = [socketPair(), new http.Agent()];
    agent.createConnection = () => socketPair()[0];
    http.createServer((_req, res) => res.end()).emit('connection', socket[1]);
    socket[0].resume().write('GET /recorded HTTP/1.1\r\nHost: a\r\n\r\n');
    http.get({ agent, host: 'api' }).on('error', () => {});
    await settled();
    journal.stop();
    await journal.save(join(here, 'night.swj'));
    socket[0].destroy();
    const { code, printed } = await faults(['hanging.mjs', '--script', 'night.swj', '--runs', '5']);
    expect(code).toBe(1);
    expect(printed).toMatch(/HANG .*GET \/recorded waits for you to respond/);
    const [client] = (await readJournal(join(here, 'night.swj'))).connections().filter(({ role }) => role === 'client');
    expect(await faults(['fine.mjs', '--script', `night.swj#${client?.id}`])).toMatchObject({
      code: 2,
      printedError: expect.stringMatching(/ is a connection of a client: write a test with everyFault/),
    });
    expect(await faults(['fine.mjs', '--script', 'night.swj#s0'])).toMatchObject({
      code: 2,
      printedError: expect.stringMatching(/there is no connection s0 in night\.swj\. Those of a server: s\d+\n/),
    });
  });

  it('prints JSON only', async () => {
    const { printed } = await faults(['hanging.mjs', '--runs', '2', '--json', '--only', 'leak, twice']);
    expect(JSON.parse(printed)).toMatchObject({ findings: [], seed: 1 });
  });

  it('shows its progress in one line of a terminal', async () => {
    const { printedError } = await faults(['fine.mjs', '--runs', '150'], true);
    expect(printedError).toMatch(/^\r\d+ of \d+ runs, 0 findings(, \d+ s left)? *\r/);
    expect(printedError).toMatch(/\r +\r$/);
  });

  it.each([
    [[], 2, /^statewire: faults takes one module\nFor help: npx statewire faults --help\n$/],
    [['a.mjs', 'b.mjs'], 2, /^statewire: faults takes one module\n/],
    [['fine.mjs', '--runs', '0'], 2, /^statewire: --runs takes a number from 1 on, not '0'\n/],
    [['fine.mjs', '--seed', 'x'], 2, /^statewire: --seed takes a number from 0 on, not 'x'\n/],
    [
      ['fine.mjs', '--only', 'hnag'],
      2,
      /^statewire: unknown verdict 'hnag'; did you mean 'hang'\?\nThe verdicts are: /,
    ],
    [['fine.mjs', '--save', ''], 2, /^statewire: --save names no folder\n/],
    [['fine.mjs', '--scirpt', 'a'], 2, /^statewire: unknown option '--scirpt'; did you mean '--script'\?/],
    [['fine.mjs', '--script', 'no.http'], 2, /^statewire: can't read no\.http: ENOENT\n$/],
    [['fine.mjs', '--script', 'no.swj'], 2, /^statewire: can't read no\.swj: ENOENT/],
    [['fine.mjs', '--script', 'bad.http'], 2, /^statewire: bad\.http:2:15: a field is written as/],
    [['none.mjs'], 2, /^statewire: .*none\.mjs has no server: export one as default/],
    [['missing.mjs'], 2, /^statewire: there is no file missing\.mjs\n$/],
    [
      ['throwing.mjs'],
      2,
      /^statewire: throwing\.mjs fails before it serves a request: Error: no config\n {4}at .*throwing\.mjs:1:/,
    ],
    [
      ['unread.cjs'],
      2,
      /^statewire: unread\.cjs fails before it serves a request: Error: ENOENT: .* '\/no\.config'\n {4}at .*unread\.cjs:1:/,
    ],
    [
      ['misspelt.mjs'],
      2,
      /^statewire: misspelt\.mjs fails before it serves a request: SyntaxError: Unexpected token ';'\n {4}at \/app\/routes\.js:7\n$/,
    ],
    [['lonely.mjs'], 2, /^statewire: lonely\.mjs fails before it serves a request: Error: Cannot find package 'no'\n$/],
    [
      ['asking.mjs'],
      2,
      /^statewire: The program opens a connection to db:80: .*\.\nThis command has no upstream: write a test/,
    ],
  ])('%j is refused', async (args, code, message) => {
    expect(await faults(args)).toEqual({ code, printed: '', printedError: expect.stringMatching(message) });
    expect(existsSync(join(here, 'undefined'))).toBe(false);
  });
});
