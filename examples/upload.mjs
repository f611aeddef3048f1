/**
 * Sends a file, or what comes on stdin, piece by piece, and prints the answer:
 *
 *   node examples/upload.mjs http://127.0.0.1:8080/echo README.md
 *   seq 1000000 | node examples/upload.mjs http://127.0.0.1:8080/echo > echo.txt
 *
 * Of a file as large as you like only a few pieces are in memory: `pipeline` reads no faster than the server takes them.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import http from 'statewire';
import { answerTo, fail, print, readArguments, readUrl } from './terminal.mjs';

const help = `Usage: node examples/upload.mjs [--method m] url [file]

Sends the file, or what comes on stdin, and prints the answer. The progress is told on stderr.

  --method m    POST or PUT (POST)
  --help`;

/** @returns {Promise<{ stream: import('node:stream').Readable, size?: number }>} the size of what has one */
async function open(path) {
  if (path === undefined) return { stream: process.stdin };
  const { size } = await stat(path);
  return { stream: createReadStream(path), size };
}

/** Passes on what comes, and tells how much it was: on a terminal ten times a second, elsewhere at the end. */
class Progress extends Transform {
  sent = 0;
  told = 0;

  constructor(size) {
    super();
    this.size = size;
  }

  _transform(chunk, _encoding, done) {
    this.sent += chunk.length;
    if (process.stderr.isTTY && performance.now() - this.told > 100) {
      this.told = performance.now();
      process.stderr.write(`\r${this.describe()}`);
    }
    done(null, chunk);
  }

  _flush(done) {
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${this.describe()}\n`);
    done();
  }

  describe() {
    const { sent, size } = this;
    return size ? `${sent} of ${size} bytes, ${Math.floor((sent / size) * 100)} %` : `${sent} bytes`;
  }
}

const options = { method: { type: 'string', default: 'POST' } };
const { method, positionals } = readArguments(help, options, [1, 2]);
const url = readUrl(positionals[0]);

try {
  const { stream, size } = await open(positionals[1]);
  const headers = { 'Content-Type': 'application/octet-stream' };
  // Without a length it is sent in chunks.
  if (size !== undefined) headers['Content-Length'] = size;
  const request = http.request(url, { method, headers });
  await Promise.all([pipeline(stream, new Progress(size), request), answerTo(request).then(print)]);
} catch (error) {
  fail(error, url);
}
