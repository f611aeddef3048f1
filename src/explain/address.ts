/** Where a process can be asked: a socket in a folder that only its user can open; on Windows a named pipe. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Undefined on Windows. */
export function folderOfSockets(platform = process.platform): string | undefined {
  return platform === 'win32' ? undefined : join(tmpdir(), `statewire-${process.getuid?.()}`);
}

export function addressOf(pid: number, platform = process.platform): string {
  const folder = folderOfSockets(platform);
  return folder === undefined ? `\\\\.\\pipe\\statewire-${pid}` : join(folder, `${pid}.sock`);
}

/** Who sends this line gets a report every second, others one. */
export const WATCH = 'watch';

/** What a process that is asked sends, as a line of JSON. */
export interface Report {
  readonly pid: number;
  readonly lines: readonly {
    readonly id: string;
    readonly role: string;
    readonly what: string;
    readonly waits: readonly { readonly since?: number | undefined; readonly text: string }[];
    /** The whole line. */
    readonly text: string;
  }[];
}
