/**
 * The load, in a separate process: raw sockets with minimal work per response, so that the server is the bottleneck. It opens its
 * connections, and is then told to `run` for some time, again and again; between two runs nothing is in flight.
 */
import { once } from 'node:events';
import { createHistogram } from 'node:perf_hooks';
import { carryOut } from './orders.mjs';
import { connect, counterOf, probe, sendBody } from './responses.mjs';
import { counted, nextNumber, requestOf, scenarioNamed } from './scenarios.mjs';
import { measureWith } from './tools.mjs';

/** A connection that sends its next requests when it has all due responses. */
class Lane {
  constructor({ port, secure, batch, bodySize, depth, response }, onResponses) {
    this.batch = Buffer.from(batch);
    this.place = batch.indexOf(counted);
    this.bodySize = bodySize;
    this.depth = depth;
    this.onResponses = onResponses;
    const count = counterOf(response);
    this.socket = connect(port, (size, buffer) => this.receive(count(size, buffer)), { secure });
    this.opened = once(this.socket, secure ? 'secureConnect' : 'connect');
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed a connection')));
  }

  /** Sends for `ms`, and at least once. Resolves when nothing is due. */
  run(ms) {
    return new Promise((resolve, reject) => {
      if (this.failure) reject(this.failure);
      this.until = performance.now() + ms;
      this.resolve = resolve;
      this.reject = reject;
      this.send(performance.now());
    });
  }

  send(now) {
    this.due = this.depth;
    this.sentAt = now;
    if (this.place >= 0) this.batch.write(nextNumber(), this.place);
    this.socket.write(this.batch);
    if (this.bodySize) sendBody(this.socket, this.bodySize);
  }

  receive(responses) {
    this.due -= responses;
    if (this.due > 0) return;
    const now = performance.now();
    this.onResponses(this.depth, now - this.sentAt);
    if (now < this.until) this.send(now);
    else this.resolve();
  }

  fail(error) {
    this.failure = error;
    this.reject?.(error);
  }

  close() {
    this.socket.removeAllListeners('close').destroy();
  }
}

/**
 * A new connection for each request. The server closes it, and its port stays in TIME_WAIT for a while. On Linux each lane has
 * its own address in 127/8, so that the ports don't run out.
 */
class ChurningLane {
  constructor({ port, batch, response }, onResponses, index) {
    Object.assign(this, { port, batch, response, onResponses });
    this.localAddress = process.platform === 'linux' ? `127.0.1.${index + 1}` : undefined;
  }

  run(ms) {
    const until = performance.now() + ms;
    return new Promise((resolve, reject) => {
      const next = (now) => {
        let bytes = 0;
        const count = (size) => {
          bytes += size;
        };
        const socket = connect(this.port, count, { localAddress: this.localAddress });
        socket.on('error', reject);
        socket.on('close', () => {
          const closed = performance.now();
          if (bytes !== this.response.length) return reject(new Error(`a response had ${bytes} bytes`));
          this.onResponses(1, closed - now);
          if (closed < until) next(closed);
          else resolve();
        });
        socket.write(this.batch);
      };
      next(performance.now());
    });
  }

  close() {}
}

let chosen;
let lanes = [];

/** Counted between `begin` and `end`. */
const count = {
  latency: createHistogram(),

  reset() {
    this.responses = 0;
    this.wall = 0;
    this.latency.reset();
  },

  add(responses, ms) {
    this.responses += responses;
    this.latency.record(Math.ceil(ms * 1000));
  },

  /** @returns {{ responses: number, wall: number, p99: number }} times in µs; p99 is from a request to its response */
  read() {
    return { responses: this.responses, wall: this.wall, p99: this.latency.percentile(99) };
  },
};

carryOut(
  {
    /** @param order the scenario's name, and those of its numbers that are others: connections, depth, size */
    async open({ scenario, port, ...numbers }) {
      chosen = { ...scenarioNamed(scenario), port, ...numbers };
      const { connections, depth = 1, secure, churn, sends, size } = chosen;
      const request = requestOf(chosen);
      const bodySize = sends ? size : 0;
      const response = await probe(port, { request, bodySize, secure });
      const terms = { port, secure, batch: Buffer.from(request.repeat(depth)), bodySize, depth, response };
      const onResponses = (responses, ms) => count.add(responses, ms);
      for (let index = 0; index < connections; index++) {
        const lane = new (churn ? ChurningLane : Lane)(terms, onResponses, index);
        await lane.opened;
        lanes.push(lane);
      }
    },

    async run({ ms }) {
      const from = performance.now();
      await Promise.all(lanes.map((lane) => lane.run(ms)));
      count.wall += (performance.now() - from) * 1000;
    },

    /** One request on each connection, one after the other. */
    async visit() {
      for (const lane of lanes) await lane.run(0);
    },

    async runTool({ tool, ms }) {
      const { responses, seconds } = await measureWith(tool, chosen, Math.max(1, Math.round(ms / 1000)));
      count.responses += responses;
      count.wall += seconds * 1e6;
    },

    close() {
      for (const lane of lanes) lane.close();
      lanes = [];
    },
  },
  count,
);
