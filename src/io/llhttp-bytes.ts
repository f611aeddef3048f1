/** The bytes of llhttp. In the package they are in a file of their own, which is loaded when the first parser is made. */
import simd from 'undici/lib/llhttp/llhttp_simd-wasm.js';

export const llhttpBytes = (): Uint8Array => simd;
