/** `statewire faults`: walks a program with every failure of its clients. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FaultProgress, FaultReport, FaultVerdict, Finding, PeerStep } from '../testing/index.js';
import { isInstalled, loadJournal, loadRegister, loadTesting } from './byNeed.js';
import { writeFiles } from './files.js';
import { unknown } from './guess.js';
import { recordTests } from './recordings.js';
import { readRequests } from './requests.js';
import { type Command, misuse, type Spec } from './spec.js';
import { Misuse, type World } from './world.js';

const VERDICTS: readonly FaultVerdict[] = ['hang', 'leak', 'crash', 'twice', 'bytes', 'late'];

const spec: Spec = {
  name: 'faults',
  summary: 'run a server with every failure of its clients, and print what breaks',
  usage: '<module> [options]',
  text: `Plays the requests of a script against a server, again and again, each time with another failure: at each point of each exchange
the client ends or resets the connection, falls silent, stops reading, or sends its bytes one by one; the server is closed; and pairs of
that. It prints what hangs, leaks, crashes, responds twice, sends bytes that are not HTTP, or works on when the client has gone, each
with a test of a few lines that shows it. Nothing is sent over a network, and time is virtual: a minute takes a millisecond.

  statewire faults ./app.js --script requests.http

The module exports a server, a handler of requests, an application (Express, Fastify, Koa), or a function without parameters that makes
one for each run, as default or as server, createServer, createApp, build, app, handler or api; or it calls listen(). It may import
node:http or statewire. The script has requests as editors know them:

  POST http://localhost/upload
  Content-Type: text/plain

  some text
  ###
  GET http://localhost/list

Without a script, it is GET /. A connection that was recorded (statewire/journal) is a script, too: --script night.swj#s12 does what the
client did then on connection s12. The exit code is 0 if nothing was found, 1 if something was, and 2 if nothing could be walked: for wrong
usage, and if the script can't be read or the module fails.`,
  options: [
    {
      name: 'script',
      value: 'file',
      text: 'the requests, all on one connection: a file of .http, or a connection of a journal, as night.swj#s12',
      values: () => 'file',
    },
    { name: 'runs', value: 'number', text: 'how many runs at most: 500 by default' },
    { name: 'seconds', value: 'number', text: 'how long at most: 60 by default' },
    { name: 'seed', value: 'number', text: 'what the choice of pairs follows from: 1 by default' },
    { name: 'only', value: 'verdicts', text: `only these, with commas: ${VERDICTS.join(',')}`, values: () => VERDICTS },
    {
      name: 'save',
      value: 'folder',
      text: 'write a test for each finding there, and a journal of its run',
      values: () => 'folder',
    },
    { name: 'json', text: 'print the report as JSON' },
  ],
  operands: () => [],
  takesFiles: true,
};

export const faults: Command = {
  ...spec,
  async run(parsed, world) {
    const [module, ...more] = parsed.operands;
    if (module === undefined || more.length > 0) throw misuse('faults takes one module', spec.name);
    if (!existsSync(resolve(world.here, module))) throw new Misuse(`there is no file ${module}`);
    const runs = numberOf('runs', parsed.one('runs') ?? '500', 1);
    const seconds = numberOf('seconds', parsed.one('seconds') ?? '60', 1);
    const seed = numberOf('seed', parsed.one('seed') ?? '1', 0);
    const only = verdictsOf(parsed.one('only'));
    const save = parsed.one('save');
    if (save === '') throw new Misuse('--save names no folder');
    const given = parsed.one('script');
    const [, file, id] = /^(.+\.swj)(?:#(.*))?$/.exec(given ?? '') ?? [];
    const recorded = file === undefined ? undefined : await recordedScript(file, id, world);
    const texts = recorded ? [] : attempt(() => textsOf(given, world));
    await loadRegister();
    const { everyFault, read, send } = await loadTesting();
    const written = texts.flatMap(({ head, body }): PeerStep[] => [
      send(head),
      ...(body === '' ? [] : [send(body)]),
      read(),
    ]);
    const script = recorded ?? written;
    const progress = new Progress(world);
    const report = await everyFault({
      server: pathToFileURL(resolve(world.here, module)),
      ...{ script, limit: { runs, seconds }, seed, isolate: isInstalled },
      ...(only === undefined ? {} : { only }),
      onProgress: (each) => progress.show(each),
    }).catch((error: unknown) => {
      throw new Misuse(reasonOf(error as Error, module, world.home));
    });
    progress.end();
    if (parsed.has('json')) world.print(`${JSON.stringify(report, null, 2)}\n`);
    else world.print(`${report}\n`);
    if (save !== undefined) await saveTests(report, module, save, world, parsed.has('json'));
    return report.findings.length > 0 ? 1 : 0;
  },
};

/**
 * What the client of a recorded connection did.
 * @param id of the connection; undefined: the only one
 */
async function recordedScript(file: string, id: string | undefined, { here }: World): Promise<readonly PeerStep[]> {
  const { readJournal, scriptOf } = await loadJournal();
  const journal = await readJournal(resolve(here, file)).catch((error: Error) => {
    throw new Misuse(`can't read ${file}: ${error.message}`);
  });
  const servers = journal.connections().filter(({ role }) => role === 'server');
  const [connection] = id === undefined ? servers : journal.connections({ id: id.replace(/\..*/, '') });
  const names = servers.map((each) => each.id).slice(0, 9);
  const choice = names.length === 0 ? 'It has none of a server' : `Those of a server: ${names.join(', ')}`;
  if (id === undefined && servers.length > 1)
    throw new Misuse(`${file} has ${servers.length} connections: name one, as --script ${file}#${names[0]}`);
  if (connection === undefined) throw new Misuse(`there is no connection ${id ?? ''} in ${file}. ${choice}`);
  if (connection.role === 'client')
    throw new Misuse(
      `${connection.id} is a connection of a client: write a test with everyFault({ client }) and scriptOf() (docs/faults.md)`,
    );
  return await scriptOf(connection).catch((error: Error) => {
    throw new Misuse(error.message);
  });
}

/** @throws Misuse in place of what it throws */
function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

/** Why nothing could be walked. */
function reasonOf({ message, stack, code }: NodeJS.ErrnoException, module: string, home: string): string {
  if (code === 'STATEWIRE_NO_UPSTREAM')
    return `${message}.\nThis command has no upstream: write a test with everyFault() (docs/faults.md, 'A proxy')`;
  if (stack === undefined || /^STATEWIRE_/.test(String(code))) return message;
  // An error of the program: where it comes from says more than its message. The stack of a syntax error begins with the place.
  const lines = stack.split('\n');
  const head = lines.find((line) => line.includes(message.split('\n', 1)[0]!)) ?? message;
  const where = lines.filter((line) => /^ +at (?!.*node:)/.test(line) && !line.includes(join(home, 'dist')));
  if (head !== lines[0]) where.unshift(`    at ${lines[0]}`);
  return [`${module} fails before it serves a request: ${head}`, ...where.slice(0, 2)].join('\n');
}

function numberOf(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < least)
    throw new Misuse(`--${name} takes a number from ${least} on, not '${text}'`);
  return number;
}

function verdictsOf(text: string | undefined): FaultVerdict[] | undefined {
  return text?.split(',').map((each) => {
    const name = each.trim() as FaultVerdict;
    if (VERDICTS.includes(name)) return name;
    throw unknown('verdict', name, VERDICTS);
  });
}

function textsOf(file: string | undefined, { here }: World): ReturnType<typeof readRequests> {
  if (file === undefined) return [{ head: 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', body: '' }];
  let text: string;
  try {
    text = readFileSync(resolve(here, file), 'utf8');
  } catch (error) {
    throw new Error(`can't read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
  return readRequests(file, text);
}

/** So often a plain line is printed, in ms. */
const INTERVAL = 5000;

class Progress {
  private readonly world: World;
  private last = 0;
  private width = 0;

  constructor(world: World) {
    this.world = world;
  }

  show({ runs, of, findings, ms }: FaultProgress): void {
    const isTerminal = this.world.isErrorTerminal === true;
    // Ten times a second is enough for the eye.
    if (ms - this.last < (isTerminal ? 100 : INTERVAL)) return;
    this.last = ms;
    const left = runs === 0 ? '' : `, ${Math.ceil(((of - runs) * ms) / runs / 1000)} s left`;
    const text = `${runs} of ${of} runs, ${findings} ${findings === 1 ? 'finding' : 'findings'}${left}`;
    this.world.printError(isTerminal ? `\r${text.padEnd(this.width)}` : `${text}\n`);
    this.width = text.length;
  }

  /** The line of a terminal is removed. */
  end(): void {
    if (this.width > 0 && this.world.isErrorTerminal === true) this.world.printError(`\r${' '.repeat(this.width)}\r`);
  }
}

/** A test for each finding, and the journal of its run; the module is found from its folder. */
async function saveTests(
  { findings }: FaultReport,
  module: string,
  folder: string,
  world: World,
  isQuiet: boolean,
): Promise<void> {
  const path = resolve(world.here, folder);
  const target = resolve(world.here, module);
  const from = relative(path, target).replaceAll('\\', '/');
  const files = findings.map((finding, at): [string, string] => [
    `${basename(module).replace(/\.\w+$/, '')}-${at + 1}-${finding.verdict}.test.mjs`,
    testOf(finding, pathToFileURL(target).href, from.startsWith('.') ? from : `./${from}`),
  ]);
  const journals = await recordTests(writeFiles(path, new Map(files)));
  if (isQuiet) return;
  const shown = (name: string): string => `${folder.replace(/[\\/]$/, '')}/${basename(name)}`;
  for (const [name] of files) world.print(`${shown(name)}\n`);
  for (const name of journals) world.print(`${shown(name)}\n`);
  if (files.length > 0) world.print(`Run them: node --import statewire/register --test ${folder}\n`);
  if (journals.length > 0) world.print(`Look into one: npx statewire journal list ${shown(journals[0]!)}\n`);
}

const testOf = ({ test }: Finding, href: string, from: string): string =>
  test.replace(`new URL('${href}')`, `new URL('${from}', import.meta.url)`);
