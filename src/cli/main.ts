#!/usr/bin/env node
/** The command `statewire`. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

// A reader that closes early, such as `head`, is no failure, and ends what goes on.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(`statewire: the standard output can't be written: ${message}\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
  hasRoom: () => process.stdout.writableNeedDrain && once(process.stdout, 'drain'),
  printError: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  isErrorTerminal: process.stderr.isTTY === true,
  here: process.cwd(),
  // This file is built into dist/.
  home: fileURLToPath(new URL('..', import.meta.url)),
});
