/**
 * What `everyFault()` takes: `node bench/faults.mjs [runs] [rounds]`, by default 400 and 5.
 *
 * A small handler, that reads a body and responds, is walked again and again, in this process: the median of the times, in s.
 */
import process from 'node:process';
import { everyFault, read, send } from '../dist/testing.mjs';
import { median } from './statistics.mjs';

const [runs = 400, rounds = 5] = process.argv.slice(2).map(Number);

const server = (http) =>
  http.createServer(async (req, res) => {
    try {
      let length = 0;
      for await (const chunk of req) length += chunk.length;
      res.end(String(length));
    } catch {
      res.destroy();
    }
  });

const script = [send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'), send('1234567890'), read()];

const seconds = [];
for (let round = 0; round < rounds; round++) {
  const begin = process.hrtime.bigint();
  const report = await everyFault({ server, script, limit: { runs, seconds: 600 }, seed: round });
  seconds.push(Number(process.hrtime.bigint() - begin) / 1e9);
  console.log(`${seconds.at(-1).toFixed(2)} s   ${String(report)}`);
}
console.log(
  `\n${runs} runs of a small handler: ${median(seconds).toFixed(2)} s (median of ${rounds}; the first ${seconds[0].toFixed(2)} s)`,
);
