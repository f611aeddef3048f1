/** Where the CPU time of a process goes, by V8's sampling profiler. */

/** How often it looks, in µs. The more often, the more often it comes to rest on a lock: see bench/README.md. */
const interval = 1000;

const writes = new Set(['writeLatin1String', 'writeUtf8String', 'writeAsciiString', 'writeBuffer', 'writev']);

/** The parts, and what belongs to each: the first that matches counts. The parser of node:http is native, so a part of `system`. */
export const parts = {
  writes: ({ functionName }) => writes.has(functionName),
  collector: ({ functionName }) => functionName === '(garbage collector)',
  parser: ({ functionName, url }) => url.startsWith('wasm:') || functionName.includes('ToWasm'),
  http: ({ url }) => url.includes('/dist/') || /^node:(_http|internal\/http|https?$)/.test(url),
  node: ({ url }) => url.startsWith('node:'),
  program: ({ url }) => url !== '',
  system: () => true,
};

const partOf = (frame) => Object.keys(parts).find((name) => parts[name](frame));

export class Profiler {
  async begin() {
    const { Session } = await import('node:inspector/promises');
    this.session = new Session();
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.setSamplingInterval', { interval });
    await this.session.post('Profiler.start');
  }

  /** @returns {Promise<Record<string, number>>} the share of each part in the time that isn't idle */
  async end() {
    const { profile } = await this.session.post('Profiler.stop');
    this.session.disconnect();
    const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
    const times = Object.fromEntries(Object.keys(parts).map((name) => [name, 0]));
    let total = 0;
    profile.samples.forEach((id, index) => {
      const frame = frames.get(id);
      if (frame.functionName === '(idle)') return;
      times[partOf(frame)] += profile.timeDeltas[index];
      total += profile.timeDeltas[index];
    });
    return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time / total]));
  }
}
