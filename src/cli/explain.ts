/** `statewire explain`: asks a running process what its connections wait for (src/explain/serve.ts). */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { addressesOf, type Report, WATCH } from '../explain/address.js';
import { type Command, misuse, type Parsed, type Spec } from './spec.js';
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
  async run(parsed, world) {
    const [given, ...more] = parsed.operands;
    if (given === undefined || more.length > 0) throw misuse('explain takes one pid', spec.name);
    if (!/^[1-9]\d*$/.test(given)) throw new Misuse(`'${given}' is not the pid of a process`);
    const longerThan = msOf(parsed.one('longer-than') ?? '0');
    const pid = Number(given);
    await ask(pid, parsed.has('watch'), (reports) => print(pid, reports, longerThan, parsed, world));
    return 0;
  },
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function msOf(time: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(time) ?? [];
  if (number === undefined) throw new Misuse(`'${time}' is not a time, such as 5s, 300ms or 2m`);
  return Number(number) * UNITS[unit]!;
}

/** Asks all threads of a process. Calls with the newest report of each. */
async function ask(pid: number, watches: boolean, onReports: (reports: readonly Report[]) => void): Promise<void> {
  const [main, ...workers] = addressesOf(pid).map(open) as [Promise<Socket>, ...Promise<Socket>[]];
  const [opened, ...others] = await Promise.allSettled([main, ...workers]);
  // A worker that was terminated may leave its address.
  const sockets = [opened, ...others].flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  if (sockets.length === 0) throw new Error(reasonOf(pid, (opened as PromiseRejectedResult).reason));
  const newest = new Map<Socket, Report>();
  const read = async (socket: Socket): Promise<void> => {
    socket.write(watches ? `${WATCH}\n` : '\n');
    for await (const line of createInterface(socket)) {
      newest.set(socket, JSON.parse(line) as Report);
      if (watches) onReports([...newest.values()]);
    }
    if (watches) newest.delete(socket);
  };
  await Promise.all(sockets.map(read));
  if (newest.size === 0) throw new Error(`process ${pid} has ended, or can't be asked any more`);
  onReports([...newest.values()]);
}

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve, reject) => socket.once('error', reject).once('connect', resolve));
  return socket;
}

function reasonOf(pid: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES' || code === 'EPERM') return `process ${pid} belongs to another user, who alone can ask it`;
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED') return message;
  return isRunning(pid)
    ? `process ${pid} can't be asked. Start it with STATEWIRE_INSPECT=1, or call explain.serve() in it. If it imports node:http, it also needs --import statewire/register`
    : `there is no process ${pid}`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function print(pid: number, reports: readonly Report[], longerThan: number, parsed: Parsed, world: World): void {
  const late = reports
    .map(({ thread, lines }) => ({
      thread,
      lines: lines.filter(({ waits }) => longerThan === 0 || waits.some(({ since = 0 }) => since >= longerThan)),
    }))
    .filter(({ lines }) => lines.length > 0)
    .sort((one, other) => one.thread - other.thread);
  if (parsed.has('json')) {
    const lines = late.flatMap(({ thread, lines }) => lines.map((line) => (thread === 0 ? line : { ...line, thread })));
    world.print(`${JSON.stringify(lines)}\n`);
    return;
  }
  const nothing =
    longerThan === 0 ? `Nothing waits in process ${pid}.` : `Nothing has waited so long in process ${pid}.`;
  const texts = late.flatMap(({ thread, lines }) => [
    ...(thread === 0 ? [] : [`worker ${thread}`]),
    ...lines.map((line) => line.text),
  ]);
  const text = texts.length === 0 ? nothing : texts.join('\n');
  // A terminal is cleared before it is drawn anew.
  world.print(`${parsed.has('watch') && world.isTerminal ? '\x1b[H\x1b[2J' : ''}${text}\n`);
}
