#!/usr/bin/env node
/** What the shell starts as `statewire`. */
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

// A reader that has seen enough, as `head` has, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = run(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  // It is built into dist/.
  home: fileURLToPath(new URL('..', import.meta.url)),
});
