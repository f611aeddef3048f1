/**
 * Sends a file or stdin piece by piece, and prints the response:
 *
 *   node examples/upload.mjs http://127.0.0.1:8080/echo README.md
 *   seq 1000000 | node examples/upload.mjs http://127.0.0.1:8080/echo > echo.txt
 *
 * Even of a large file, only a few pieces are in memory: `pipeline` reads no faster than the server takes them.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clientFor, fail, print, readArguments, readUrl, responseTo } from './terminal.mjs';

const help = `Usage: node examples/upload.mjs [--method m] url [file]

Sends the file, or stdin, and prints the response. The progress is printed on stderr.

  --method m    POST or PUT (POST)
  --help        print this help`;

/** @returns {Promise<{ stream: import('node:stream').Readable, size?: number }>} the size of a file; undefined for stdin */
async function open(path) {
  if (path === undefined) return { stream: process.stdin };
  const { size } = await stat(path);
  return { stream: createReadStream(path), size };
}

/** Passes chunks on, and prints how much was sent: on a terminal ten times a second, otherwise at the end. */
class Progress extends Transform {
  sent = 0;
  printedAt = 0;

  constructor(size) {
    super();
    this.size = size;
  }

  _transform(chunk, _encoding, done) {
    this.sent += chunk.length;
    if (process.stderr.isTTY && performance.now() - this.printedAt > 100) {
      this.printedAt = performance.now();
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
const client = await clientFor(url);

try {
  const { stream, size } = await open(positionals[1]);
  const headers = { 'Content-Type': 'application/octet-stream' };
  // Without a length, the body is sent in chunks.
  if (size !== undefined) headers['Content-Length'] = size;
  const request = client.request(url, { method, headers });
  await Promise.all([pipeline(stream, new Progress(size), request), responseTo(request).then(print)]);
} catch (error) {
  fail(error, url);
}
