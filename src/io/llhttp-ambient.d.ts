/** Missing types: undici's llhttp modules, and WebAssembly, which TypeScript declares only in its DOM library. */
declare module 'undici/lib/llhttp/llhttp_simd-wasm.js' {
  const bytes: Buffer;
  export default bytes;
}

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

interface Buffer {
  /** `toString('latin1', start, end)` without its checks of the arguments. */
  latin1Slice(start: number, end: number): string;
}
