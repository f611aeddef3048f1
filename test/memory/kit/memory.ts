/** The memory that the process holds after everything unreachable is freed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Keeps V8's compiled code: freeing it, up to 2 MiB, would hide what a program keeps. */
setFlagsFromString('--no-flush-bytecode');
const collect = runInNewContext('gc') as () => void;

/** The memories of WebAssembly instances created since this module was loaded. */
const memories: { readonly buffer: ArrayBuffer }[] = [];

WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...args: ConstructorParameters<typeof WebAssembly.Instance>) {
    super(...args);
    memories.push(this.exports['memory'] as { readonly buffer: ArrayBuffer });
  }
};

/** In bytes. */
export interface MemoryUse {
  /** JavaScript objects. */
  readonly heap: number;
  readonly buffers: number;
  /** Parsers. */
  readonly wasm: number;
}

/** Turns of the event loop in which finalizers and closed handles release memory. */
const TURNS = 5;

export async function memoryUse(): Promise<MemoryUse> {
  for (let turn = 0; turn < TURNS; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heap: heapUsed, buffers: arrayBuffers, wasm };
}

export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
