/**
 * The client under measurement, in a separate process: it keeps a number of requests in flight on kept connections, and reads each
 * response to its end.
 *
 *   node bench/client.mjs --impl node|statewire|undici|pool|dispatch|<dist folder> --scenario client-get --port 8080 [--seconds 5]
 */
import { parseArgs } from 'node:util';
import { clients, requestByHttp } from './clients.mjs';
import { httpOf } from './implementations.mjs';
import { carryOut } from './orders.mjs';
import { scenarioNamed } from './scenarios.mjs';

const { values } = parseArgs({
  options: {
    impl: { type: 'string', default: 'statewire' },
    scenario: { type: 'string', default: 'client-get' },
    port: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const scenario = { ...scenarioNamed(values.scenario), port: Number(values.port) };
const make = clients[values.impl] ?? ((terms) => requestByHttp(httpOf(values.impl), terms));
const request = make(scenario);

const count = {
  reset() {
    this.responses = 0;
    this.wall = 0;
  },

  read() {
    return { responses: this.responses, wall: this.wall };
  },
};

/** Keeps requests in flight for `ms`. Resolves when nothing is due. */
async function run({ ms }) {
  let stopping = false;
  const keepBusy = () =>
    new Promise((resolve, reject) => {
      const next = () => request(done, reject);
      const done = () => {
        count.responses++;
        if (stopping) resolve();
        else next();
      };
      next();
    });
  const from = performance.now();
  setTimeout(() => {
    stopping = true;
  }, ms);
  await Promise.all(Array.from({ length: scenario.inFlight }, keepBusy));
  count.wall += (performance.now() - from) * 1000;
}

carryOut({ run }, count);

if (values.seconds) {
  count.reset();
  const before = process.cpuUsage();
  await run({ ms: Number(values.seconds) * 1000 });
  const { user, system } = process.cpuUsage(before);
  console.log(`${count.responses} responses, ${((user + system) / count.responses).toFixed(1)} µs of CPU each`);
  process.exit();
}
