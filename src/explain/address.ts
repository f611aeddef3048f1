/** Where a process can be asked: a socket in a folder that only its user can open; on Windows a named pipe. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Where Windows has its named pipes. */
const PIPES = '\\\\.\\pipe\\';

/** Undefined on Windows. */
export function folderOfSockets(platform = process.platform): string | undefined {
  return platform === 'win32' ? undefined : join(tmpdir(), `statewire-${process.getuid?.()}`);
}

/** @param thread of a worker; 0 for the main thread */
export function addressOf(pid: number, thread = 0, platform = process.platform): string {
  const folder = folderOfSockets(platform);
  const name = thread === 0 ? `${pid}` : `${pid}-${thread}`;
  return folder === undefined ? `${PIPES}statewire-${name}` : join(folder, `${name}.sock`);
}

/** The addresses of all threads of a process that can be asked, those of workers last. */
export function addressesOf(pid: number): string[] {
  const main = addressOf(pid);
  const folder = folderOfSockets() ?? PIPES;
  const pattern = new RegExp(`^(statewire-)?${pid}-\\d+(\\.sock)?$`);
  const workers = namesIn(folder).filter((name) => pattern.test(name));
  return [main, ...workers.map((name) => join(folder, name))];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Who sends this line gets a report every second, others one. */
export const WATCH = 'watch';

/** What a process that is asked sends, as a line of JSON. */
export interface Report {
  readonly pid: number;
  /** Of a worker; 0 for the main thread. */
  readonly thread: number;
  readonly lines: readonly {
    readonly id: string;
    readonly role: string;
    readonly what: string;
    readonly waits: readonly { readonly since?: number | undefined; readonly text: string }[];
    /** The whole line. */
    readonly text: string;
  }[];
}
