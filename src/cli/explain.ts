/** `statewire explain`: asks a running process what its connections wait for (src/explain/serve.ts). */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { addressOf, type Report, WATCH } from '../explain/address.js';
import { type Command, helpOf, type Parsed, parse, type Spec } from './spec.js';
import { Misuse, type World } from './world.js';

const spec: Spec = {
  name: 'explain',
  summary: 'print what the connections of a running process wait for',
  usage: '<pid> [options]',
  text: `Prints a line for each connection, exchange and request of a process that uses statewire, those that have waited
longest first: what is waited for, who has to act, since when, and what will end it.

  s12.1  GET /report   waits for the peer to read: 64 KiB in the socket, 12.3 s; nothing ends this (server.timeout is 0)

s12 is a connection of a server, s12.1 the first exchange on it; c7 and c7.1 are those of a client, and q5 is a request that has no
connection yet. "you" is the program, "the peer" the other end of the connection.

The process must allow it: start it with STATEWIRE_INSPECT=1, or call explain.serve() in it. Only the same user can ask.`,
  options: [
    { name: 'longer-than', value: 'time', text: 'only what has waited so long: 5s, 300ms, 2m' },
    { name: 'json', text: 'print JSON' },
    { name: 'watch', short: 'w', text: 'print anew every second, until Ctrl+C' },
  ],
  operands: () => [],
};

export const explain: Command = {
  ...spec,
  async run(args, world) {
    const parsed = parse(spec, args);
    const [given, ...more] = parsed.operands;
    if (parsed.has('help')) {
      world.print(helpOf(spec));
      return 0;
    }
    if (given === undefined || more.length > 0) throw new Misuse(`explain takes one pid\n\n${helpOf(spec).trimEnd()}`);
    if (!/^[1-9]\d*$/.test(given)) throw new Misuse(`'${given}' is not the pid of a process`);
    const longerThan = msOf(parsed.one('longer-than') ?? '0');
    await ask(Number(given), parsed.has('watch'), (report) => print(report, longerThan, parsed, world));
    return 0;
  },
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function msOf(time: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(time) ?? [];
  if (number === undefined) throw new Misuse(`'${time}' is not a time, such as 5s, 300ms or 2m`);
  return Number(number) * UNITS[unit]!;
}

async function ask(pid: number, watches: boolean, onReport: (report: Report) => void): Promise<void> {
  const socket = connect(addressOf(pid));
  try {
    await new Promise((resolve, reject) => socket.once('error', reject).once('connect', resolve));
  } catch (error) {
    throw new Error(reasonOf(pid, error as NodeJS.ErrnoException));
  }
  socket.write(watches ? `${WATCH}\n` : '\n');
  let count = 0;
  for await (const line of createInterface(socket)) {
    count++;
    onReport(JSON.parse(line) as Report);
  }
  if (watches || count === 0) throw new Error(`process ${pid} has ended, or can't be asked any more`);
}

function reasonOf(pid: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES' || code === 'EPERM') return `process ${pid} belongs to another user, who alone can ask it`;
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED') return message;
  return isRunning(pid)
    ? `process ${pid} can't be asked. Start it with STATEWIRE_INSPECT=1, or call explain.serve() in it (and use statewire)`
    : `there is no process ${pid}`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function print({ pid, lines }: Report, longerThan: number, parsed: Parsed, world: World): void {
  const late = lines.filter(({ waits }) => longerThan === 0 || waits.some(({ since = 0 }) => since >= longerThan));
  if (parsed.has('json')) {
    world.print(`${JSON.stringify(late)}\n`);
    return;
  }
  const nothing =
    longerThan === 0 ? `Nothing waits in process ${pid}.` : `Nothing has waited so long in process ${pid}.`;
  const text = late.length === 0 ? nothing : late.map((line) => line.text).join('\n');
  // A terminal is cleared before it is drawn anew.
  world.print(`${parsed.has('watch') && world.isTerminal ? '\x1b[H\x1b[2J' : ''}${text}\n`);
}
