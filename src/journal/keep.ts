/** What `statewire/journal/register` does: it records, and saves what has ended badly. */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { validateString } from '../api/compat/validate.js';
import type { Bytes, Ended, Journal, RecordOptions } from './journal.js';
import { record } from './journal.js';
import { once } from './turns.js';

/** In how many ms bad endings are saved together. */
const GATHERING = 1000;
/** How many files of bad endings a process writes at most. */
const MOST = 100;

const CODE = 'STATEWIRE_JOURNAL';

let count = 0;
let hasWarned = false;
/** The process ends: it emits no warning any more. */
let isEnding = false;

function warn(error: unknown): void {
  if (hasWarned) return;
  hasWarned = true;
  const text = `The journal can't be saved: ${(error as Error).message}`;
  if (!isEnding) process.emitWarning(text, { code: CODE });
  else if (!process.execArgv.includes('--no-warnings')) {
    try {
      writeSync(2, `(node:${process.pid}) [${CODE}] Warning: ${text}\n`);
    } catch {
      // Nobody reads it.
    }
  }
}

/** Of this process, and of this thread if it isn't the main one. */
const origin = threadId === 0 ? String(process.pid) : `${process.pid}.${threadId}`;

/** Makes a file that only this user can read. */
const make = (file: string): void => closeSync(openSync(file, 'wx', 0o600));

/** A new file. One that is there is of an earlier process: in a container all have the same number. */
function fileIn(folder: string, why: string): string {
  for (;;) {
    const file = join(folder, `${why}-${origin}-${++count}.swj`);
    try {
      make(file);
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** What `act` throws is a warning. */
function warning(act: () => void, isLast = false): void {
  isEnding ||= isLast;
  try {
    act();
  } catch (error) {
    warn(error);
  }
}

const choice = (where: ((ended: Ended) => boolean) | undefined) => (where === undefined ? {} : { where });

/**
 * Records, and saves files in a folder: connections with a bad ending, soon after it; everything on SIGUSR2 (not on Windows); and
 * everything when an exception ends the process. What can't be saved is a warning of the process. `statewire/journal/register` calls it
 * with STATEWIRE_JOURNAL (the folder), STATEWIRE_JOURNAL_BYTES, STATEWIRE_JOURNAL_KEEP and STATEWIRE_JOURNAL_REDACT.
 *
 * @throws ERR_INVALID_ARG_TYPE, as `record()`, and errors of the file system if there can be no such folder
 */
export function keepJournal(folder: string, options: RecordOptions = {}): Journal {
  validateString(folder, 'folder');
  // The program may change to another folder.
  const place = resolve(folder);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const journal = record(options);
  let bad = new Set<Ended>();
  let files = 0;
  /** What is being saved. */
  const saving = new Map<string, ((ended: Ended) => boolean) | undefined>();
  const save = (why: string, where?: (ended: Ended) => boolean): void => {
    const file = fileIn(place, why);
    saving.set(file, where);
    const failed = (error: unknown): void => {
      warn(error);
      // The disk may be full: a part of a journal takes the room of what matters more.
      rmSync(file, { force: true });
    };
    const saved = journal.save(file, choice(where));
    saved
      .catch(failed)
      .catch(warn)
      .finally(() => saving.delete(file));
  };
  const saveBad = (): void => {
    const chosen = bad;
    bad = new Set();
    if (chosen.size === 0) return;
    warning(() => save('ended', (ended) => chosen.has(ended)));
    if (++files === MOST) {
      process.emitWarning(`The journal has written ${MOST} files of bad endings, and writes no more of them`, {
        code: CODE,
      });
    }
  };
  const gathering = once(GATHERING, saveBad);
  journal.onEnded((ended) => {
    if (ended.code === '--' || files >= MOST) return;
    if (bad.size === 0) gathering();
    bad.add(ended);
  });
  process.on('exit', () => {
    const chosen = bad;
    warning(() => {
      if (chosen.size > 0) saving.set(fileIn(place, 'ended'), (ended) => chosen.has(ended));
    }, true);
    for (const [file, where] of saving) {
      warning(() => {
        // What is still being written to it goes to nobody.
        rmSync(file);
        make(file);
        journal.saveSync(file, choice(where));
      });
    }
  });
  process.on('uncaughtExceptionMonitor', () => warning(() => journal.saveSync(fileIn(place, 'crash')), true));
  try {
    process.on('SIGUSR2', () => warning(() => save('signal')));
  } catch {
    // Windows has no such signal.
  }
  return journal;
}

/** With the settings of the environment. Never throws. */
export function keepFromEnvironment({ env } = process): void {
  const { STATEWIRE_JOURNAL: folder, STATEWIRE_JOURNAL_BYTES: bytes, STATEWIRE_JOURNAL_KEEP: keep } = env;
  if (folder === undefined || folder === '') {
    const message = 'STATEWIRE_JOURNAL is not set, so nothing is recorded. Set it to a folder';
    process.emitWarning(message, { code: CODE });
    return;
  }
  try {
    if (keep && !/^\d+$/.test(keep)) throw new Error(`STATEWIRE_JOURNAL_KEEP must be a number of bytes, not '${keep}'`);
    keepJournal(folder, {
      ...(bytes ? { bytes: bytes as Bytes } : {}),
      ...(keep ? { keep: Number(keep) } : {}),
      ...(env['STATEWIRE_JOURNAL_REDACT'] === '0' ? { redact: false } : {}),
    });
  } catch (error) {
    const { message } = error as Error;
    const named = message.replace(/["']options\.(\w+)["']/, (_, name) => `STATEWIRE_JOURNAL_${name.toUpperCase()}`);
    process.emitWarning(`Nothing is recorded: ${named}`, { code: CODE });
  }
}
