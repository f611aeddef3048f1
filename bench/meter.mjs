/** What a process uses between two moments. It measures itself, so that starting and stopping costs the other side nothing. */
import { readFileSync } from 'node:fs';
import { GCProfiler, getHeapStatistics } from 'node:v8';

/** @returns {number} the minor page faults in the text of /proc/<pid>/stat. Its second field may have spaces and brackets */
export const faultsIn = (stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[7]);

function pageFaults() {
  try {
    return faultsIn(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    return Number.NaN;
  }
}

/**
 * The bytes allocated while the used heap went from `from` to `to`: what it grew by before, between and after collections. It is
 * the JavaScript heap alone, without the memory of buffers.
 *
 * @param {{ beforeGC: object, afterGC: object }[]} collections as GCProfiler has them
 */
export function allocated(from, collections, to) {
  let used = from;
  let bytes = 0;
  for (const { beforeGC, afterGC } of collections) {
    bytes += beforeGC.heapStatistics.usedHeapSize - used;
    used = afterGC.heapStatistics.usedHeapSize;
  }
  return bytes + to - used;
}

const usedHeap = () => getHeapStatistics().used_heap_size;

/** `begin` ends with reading the CPU time and `end` begins with it: the rest of the measuring is not measured. */
export class Meter {
  begin() {
    this.profiler = new GCProfiler();
    this.profiler.start();
    this.faults = pageFaults();
    this.heap = usedHeap();
    this.cpu = process.cpuUsage();
  }

  /** @returns times in µs, of the CPU and of collecting garbage; page faults; bytes allocated */
  end() {
    const { user, system } = process.cpuUsage(this.cpu);
    const heap = usedHeap();
    const faults = pageFaults() - this.faults;
    const { statistics } = this.profiler.stop();
    const gc = statistics.reduce((sum, { cost }) => sum + cost, 0);
    return { cpu: user + system, gc, faults, bytes: allocated(this.heap, statistics, heap) };
  }
}
