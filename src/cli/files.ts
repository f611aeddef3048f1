/** Reading and writing, with errors that say what to do. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Drawings, readDrawing, type Written } from './drawing/drawings.js';

/** What all machines are drawn from. @throws Error */
export function readDrawings(home: string): Drawings {
  const file = join(home, 'diagrams', 'machines.json');
  try {
    const written = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Written>>;
    return Object.fromEntries(Object.entries(written).map(([name, machine]) => [name, readDrawing(machine)]));
  } catch {
    throw new Error(`${file} can't be read: this installation of statewire is incomplete. Install it again`);
  }
}

/** Makes the folder if needed. @returns the paths @throws Error */
export function writeFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  attempt(folder, () => makeFolder(folder));
  return [...files].map(([name, text]) => {
    const path = join(folder, name);
    attempt(path, () => writeFileSync(path, text));
    return path;
  });
}

/** With the folders around it. Node's `recursive` never ends where folders can't be made, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = code === 'EEXIST' && statSync(path).isDirectory();
    if (isThere) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file, and no folder',
  ENOENT: "the folder can't be made",
  ENOTDIR: 'a part of its path is a file, and no folder',
  EISDIR: 'it is a folder, and no file',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
};

function attempt(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`can't write ${path}: ${REASONS[code] ?? message} (${code})`);
  }
}
