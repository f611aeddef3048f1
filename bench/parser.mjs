/**
 * Measures the time of `feed` in microseconds, including its facts: the minimum of several runs.
 *
 *   node bench/parser.mjs [name]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const RUNS = 9;
const RUN_MS = 150;

async function load() {
  const directory = mkdtempSync(join(tmpdir(), 'statewire-bench-'));
  const outfile = join(directory, 'llhttp.cjs');
  const entry = fileURLToPath(new URL('../src/io/llhttp.ts', import.meta.url));
  await build({ entryPoints: [entry], bundle: true, format: 'cjs', platform: 'node', outfile });
  const module = await import(outfile);
  rmSync(directory, { recursive: true });
  return module;
}

const browser = [
  'GET /assets/app.js?v=1234567890 HTTP/1.1',
  'Host: www.example.com:8080',
  'Connection: keep-alive',
  'Cache-Control: max-age=0',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Referer: https://www.example.com:8080/some/page/that/links/here.html',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; visited=yes',
];
const small = ['GET / HTTP/1.1', 'Host: localhost:3000', 'Connection: keep-alive'];
const message = (lines, body = '') => Buffer.from([...lines, '', body].join('\r\n'), 'latin1');

const smallGet = message(small);
const cases = {
  'small GET': { chunks: [smallGet] },
  '12 headers, 700 bytes': { chunks: [message(browser)] },
  '16 small GETs pipelined': { chunks: [Buffer.concat(Array(16).fill(smallGet))] },
  'small GET in two chunks': { chunks: [smallGet.subarray(0, 30), smallGet.subarray(30)] },
  'POST, 1 KiB': { chunks: [message(['POST / HTTP/1.1', 'Host: a', 'Content-Length: 1024'], 'x'.repeat(1024))] },
  'POST, 64 KiB': { chunks: [message(['POST / HTTP/1.1', 'Host: a', 'Content-Length: 65536'], 'x'.repeat(65536))] },
  'POST, 16 chunks of 4': {
    chunks: [
      message(['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'], `${'4\r\nabcd\r\n'.repeat(16)}0\r\n\r\n`),
    ],
  },
  'small response': {
    kind: 'response',
    chunks: [
      message(['HTTP/1.1 200 OK', 'Content-Type: text/plain', 'Content-Length: 5', 'Connection: keep-alive'], 'hello'),
    ],
  },
};

const { Parser } = await load();

function measure({ kind = 'request', chunks }) {
  const parser = Parser.acquire({ kind, maxHeaderSize: 16384, maxHeadersCount: 2000, lenient: false, decide: () => 0 });
  const once = () => {
    for (const chunk of chunks) parser.feed(chunk);
  };
  for (let i = 0; i < 1000; i++) once();
  const last = parser.feed(chunks[0]).at(-1);
  if (last.type === 'wire.malformed') throw last.error;
  for (const chunk of chunks.slice(1)) parser.feed(chunk);
  const samples = [];
  for (let run = 0; run < RUNS; run++) {
    const start = process.hrtime.bigint();
    const end = start + BigInt(RUN_MS) * 1_000_000n;
    let times = 0;
    let now = start;
    for (; now < end; now = process.hrtime.bigint()) {
      for (let i = 0; i < 100; i++) once();
      times += 100;
    }
    samples.push(Number(now - start) / 1000 / times);
  }
  parser.free();
  return Math.min(...samples);
}

const only = process.argv[2];
for (const [name, input] of Object.entries(cases)) {
  if (only && !name.includes(only)) continue;
  console.log(`${name.padEnd(28)}${measure(input).toFixed(2).padStart(8)} µs`);
}
