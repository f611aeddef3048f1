/** An implementation in a process of its own, with the process on the other side of its connections. */
import { registerFlags } from './implementations.mjs';
import { cores, Worker } from './worker.mjs';

/**
 * A process is measured after it has used this much CPU time, in µs: until then it compiles its code, and a response costs several
 * times as much. On a busy machine, CPU time shows the progress of the warm-up; the clock doesn't.
 */
const warmUp = { server: 3_000_000, client: 4_000_000 };

/** `measured` is the process whose costs count, `opposite` the other one; `driver` is that of the two which makes requests. */
class Contender {
  constructor({ measured, opposite, driver, port }) {
    Object.assign(this, { measured, opposite, driver, port });
  }

  begin() {
    return Promise.all([this.measured.order('begin'), this.opposite.order('begin')]);
  }

  /** Makes requests for `ms`, with one of tools.mjs if it's given. Nothing is in flight before or after. */
  run(ms, tool) {
    return this.driver.order(tool ? 'runTool' : 'run', { ms, tool });
  }

  /** @returns {Promise<object>} what the requests since `begin` cost: see Meter.end, and `count` of the driver */
  async end() {
    const [measured, opposite] = await Promise.all([this.measured.order('end'), this.opposite.order('end')]);
    const { responses, wall, p99 } = this.driver === this.measured ? measured : opposite;
    return { ...measured, responses, wall, p99, oppositeCpu: opposite.cpu };
  }

  async warmUp(until) {
    try {
      for (let used = 0; used < until; ) {
        await this.begin();
        await this.run(100);
        used += (await this.end()).cpu;
      }
      return this;
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop() {
    this.measured.stop();
    this.opposite.stop();
  }
}

/** Starts two processes, of which the second is told the first one's port. None is left when that fails. */
async function startBoth(startFirst, startSecond, join) {
  const started = [startFirst()];
  try {
    const { port } = await started[0].nextMessage();
    started.push(startSecond(port));
    return await join(...started, port);
  } catch (error) {
    for (const worker of started) worker.stop();
    throw error;
  }
}

const named = (impl, scenario, ...rest) => ['--impl', impl, '--scenario', scenario.name, ...rest];

/**
 * A server and a load, with open connections.
 * @param numbers those of the scenario that are others
 */
export function openServer(impl, scenario, numbers, flags = scenario.framework ? registerFlags(impl) : []) {
  return startBoth(
    () => new Worker(cores.server, 'server.mjs', { args: named(impl, scenario), flags }),
    () => new Worker(cores.load, 'load.mjs'),
    async (server, load, port) => {
      await load.order('open', { scenario: scenario.name, port, ...numbers });
      return new Contender({ measured: server, opposite: load, driver: load, port });
    },
  );
}

/** A responder, and a client on the core that a server has otherwise. */
function startClient(impl, scenario) {
  return startBoth(
    () => new Worker(cores.load, 'responder.mjs', { args: ['--scenario', scenario.name] }),
    (port) => new Worker(cores.server, 'client.mjs', { args: named(impl, scenario, '--port', String(port)) }),
    (responder, client) => new Contender({ measured: client, opposite: responder, driver: client }),
  );
}

/** @returns {Promise<Contender>} ready to be measured */
export async function startWarm(impl, scenario, numbers) {
  if (scenario.kind === 'client') return (await startClient(impl, scenario)).warmUp(warmUp.client);
  return (await openServer(impl, scenario, numbers)).warmUp(warmUp.server);
}
