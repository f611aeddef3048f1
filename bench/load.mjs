/**
 * The load, in a separate process: raw sockets with minimal work per response, so that the server is the bottleneck.
 *
 * Commands come over IPC, and each has one reply: `open`, `sample` and `close` for a rate, `transfer` for a job, `hold` and
 * `close` for idle connections, `tool` for a rate taken by autocannon or wrk.
 */
import { connect, counterLike, readResponse } from './responses.mjs';
import { MIB, scenarioNamed } from './scenarios.mjs';
import { measureWith } from './tools.mjs';
import { usage } from './usage.mjs';

/** A running rate measurement. */
class Rate {
  responses = 0;
  stopping = false;
  failure = undefined;
  sockets = new Set();

  constructor({ connections, request, churn = false, depth = 1 }, port, response) {
    this.port = port;
    this.response = response;
    this.depth = depth;
    this.batch = Buffer.from(request.repeat(depth));
    for (let lane = 1; lane <= connections; lane++) {
      if (churn) this.churn(lane);
      else this.keepBusy();
    }
  }

  /** A connection that sends its next requests when it has all due responses. */
  keepBusy() {
    const count = counterLike(this.response)();
    let due = this.depth;
    const socket = connect(this.port, (size, buffer) => {
      const responses = count(size, buffer);
      this.responses += responses;
      due -= responses;
      if (due > 0 || this.stopping) return;
      due = this.depth;
      socket.write(this.batch);
    });
    socket.on('close', () => this.fail('the server closed a connection'));
    this.start(socket);
  }

  /**
   * A new connection for each request. The server closes it, and its port stays in TIME_WAIT for a while. On Linux each lane has
   * its own address in 127/8, so that the ports don't run out.
   */
  churn(lane) {
    let bytes = 0;
    const count = (size) => {
      bytes += size;
    };
    const localAddress = process.platform === 'linux' ? `127.0.1.${lane}` : undefined;
    const socket = connect(this.port, count, { localAddress });
    socket.on('close', () => {
      if (this.stopping) return;
      if (bytes !== this.response.length)
        return this.fail(`a response had ${bytes} bytes, not ${this.response.length}`);
      this.responses++;
      this.churn(lane);
    });
    this.start(socket);
  }

  start(socket) {
    this.sockets.add(socket);
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => this.sockets.delete(socket));
    socket.write(this.batch);
  }

  fail(reason) {
    if (!this.stopping) this.failure ??= reason;
  }

  sample() {
    if (this.failure !== undefined) throw new Error(this.failure);
    return { responses: this.responses, ...usage() };
  }

  close() {
    this.stopping = true;
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Connections that stay open after one response. */
class Held {
  sockets = new Set();

  async open(connections, { request }, port) {
    const response = await readResponse(port, request);
    for (let index = 0; index < connections; index++) await this.add(port, request, response.length);
  }

  add(port, request, length) {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      const socket = connect(port, (size) => {
        bytes += size;
        if (bytes === length) resolve();
      });
      socket.on('error', reject);
      socket.write(request);
      this.sockets.add(socket);
    });
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Resolves when the complete response has been read. */
function transfer({ request, sends = false }, port, size) {
  return new Promise((resolve, reject) => {
    let due = sends ? 1 : size;
    const socket = connect(port, (read) => {
      due -= read;
      if (due > 0) return;
      resolve();
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection during a transfer')));
    socket.write(request(size));
    if (sends) sendBody(socket, size);
  });
}

function sendBody(socket, size) {
  const block = Buffer.alloc(MIB, 'u');
  let left = size;
  const more = () => {
    while (left > 0) {
      const part = block.subarray(0, Math.min(left, block.length));
      left -= part.length;
      if (!socket.write(part)) return;
    }
  };
  socket.on('drain', more);
  more();
}

let open;

const commands = {
  async open({ scenario, port }) {
    open = new Rate(scenario, port, await readResponse(port, scenario.request));
  },
  async hold({ scenario, port, connections }) {
    open = new Held();
    await open.open(connections, scenario, port);
  },
  sample: () => open.sample(),
  close: () => open.close(),
  async transfer({ scenario, port, size }) {
    const before = usage();
    const lanes = Array.from({ length: scenario.connections }, () =>
      transfer(scenario, port, size / scenario.connections),
    );
    await Promise.all(lanes);
    const after = usage();
    return { before, after };
  },
  tool: ({ scenario, port, tool, seconds }) => measureWith(tool, scenario, port, seconds),
};

process.on('message', async ({ command, scenario, ...rest }) => {
  try {
    process.send((await commands[command]({ scenario: scenarioNamed(scenario), ...rest })) ?? {});
  } catch (error) {
    process.send({ failure: error.message });
  }
});
process.on('disconnect', () => process.exit());
