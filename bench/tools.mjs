/** Load generators by others, for an independent check. They measure only the rates. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** @returns {{ method: string, headers: Record<string, string>, body: string }} the parts of a request's bytes */
function partsOf(request) {
  const [head, body] = request.split('\r\n\r\n');
  const [start, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/, 2)));
  return { method: start.split(' ', 1)[0], headers, body };
}

async function autocannon({ connections, depth = 1, request }, url, seconds) {
  const { default: run } = await import('autocannon');
  const result = await run({ url, connections, pipelining: depth, duration: seconds, ...partsOf(request) });
  return { responses: result.requests.total, seconds: result.duration };
}

/** wrk takes a body only from a script. The script repeats the request `depth` times. */
const script = ({ method, headers, body }, depth) => `
local one = wrk.format(${JSON.stringify(method)}, "/", { ${Object.entries(headers)
  .map(([name, value]) => `[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  .join(', ')} }, ${JSON.stringify(body)})
local batch = string.rep(one, ${depth})
request = function() return batch end
`;

async function wrk({ connections, depth = 1, request }, url, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-bench-'));
  try {
    const file = join(folder, 'request.lua');
    writeFileSync(file, script(partsOf(request), depth));
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', file, url];
    const { stdout } = await promisify(execFile)('wrk', options);
    const [, responses, time] = /(\d+) requests in ([\d.]+)s/.exec(stdout);
    return { responses: Number(responses), seconds: Number(time) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tools = { autocannon, wrk };

/** @returns {Promise<{ responses: number, seconds: number }>} */
export const measureWith = (tool, scenario, seconds) =>
  tools[tool](scenario, `http://127.0.0.1:${scenario.port}/`, seconds);
