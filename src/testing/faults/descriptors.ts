/** The number of open descriptors of the process; undefined where the system doesn't say. */
import { readdirSync } from 'node:fs';
import process from 'node:process';

const FOLDERS: Partial<Record<NodeJS.Platform, string>> = { linux: '/proc/self/fd', darwin: '/dev/fd' };

export function descriptors(): number | undefined {
  const folder = FOLDERS[process.platform];
  if (folder === undefined) return undefined;
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
}
