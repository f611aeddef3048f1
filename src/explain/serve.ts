/** Lets others of the same user ask this process. The file system is the password: the folder of its socket is closed to others. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { threadId } from 'node:worker_threads';
import { addressOf, folderOfSockets, type Report, WATCH } from './address.js';
import type { Explanation } from './explanation.js';

/** A process that can be asked. */
export interface Serving {
  /** The path of its socket. */
  readonly path: string;
  /** From now on it can't be asked. */
  close(): void;
}

/** Calls regularly until it is stopped. */
type Every = (ms: number, call: () => void) => () => void;

/** Between two reports for one who watches. */
const INTERVAL = 1000;

let serving: Promise<Serving> | undefined;

/** @param all what it says. A second call changes nothing */
export function serve(all: () => Explanation[], every: Every): Promise<Serving> {
  serving ??= begin(all, every).catch((error) => {
    serving = undefined;
    throw error;
  });
  return serving;
}

async function begin(all: () => Explanation[], every: Every): Promise<Serving> {
  const path = addressOf(process.pid, threadId);
  const folder = folderOfSockets();
  if (folder !== undefined) {
    secure(folder);
    await clear(folder);
  }
  const asking = new Set<Socket>();
  const server = createServer((socket) => {
    asking.add(socket);
    const report = (): string => `${JSON.stringify(reportOf(all()))}\n`;
    socket.on('error', () => {}).on('close', () => asking.delete(socket));
    socket.once('data', (command) => {
      if (String(command).trim() !== WATCH) {
        socket.end(report());
        return;
      }
      socket.write(report());
      // Who doesn't read gets the newest one later.
      const stop = every(INTERVAL, () => socket.writableLength > 0 || socket.write(report()));
      socket.on('close', stop).resume();
    });
    socket.unref();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  server.unref();
  const remove = (): void => {
    if (folder !== undefined) rmSync(path, { force: true });
  };
  process.once('exit', remove);
  const close = (): void => {
    serving = undefined;
    process.off('exit', remove);
    server.close();
    for (const socket of asking) socket.destroy();
    remove();
  };
  return { path, close };
}

/** Removes the sockets on which nobody listens: those of processes that were killed. */
async function clear(folder: string): Promise<void> {
  const sockets = readdirSync(folder).filter((name) => /^\d+(-\d+)?\.sock$/.test(name));
  await Promise.all(
    sockets.map(async (name) => {
      const path = join(folder, name);
      if (!(await isServed(path))) rmSync(path, { force: true });
    }),
  );
}

/** The number of a process is no proof: that of another container may be the same. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

function reportOf(lines: readonly Explanation[]): Report {
  return { pid: process.pid, thread: threadId, lines: lines.map((line) => ({ ...line.toJSON(), text: String(line) })) };
}

/** @throws STATEWIRE_UNSAFE_FOLDER if the folder is somebody else's, or no folder */
function secure(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const { uid, mode } = found;
  if (!found.isDirectory() || uid !== process.getuid?.()) {
    const message = `${folder} is no folder, or belongs to somebody else`;
    throw Object.assign(new Error(message), { code: 'STATEWIRE_UNSAFE_FOLDER' });
  }
  if ((mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
}
