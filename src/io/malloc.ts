/**
 * Makes glibc keep the memory of a large body for the next one.
 *
 * The pieces of a body are collected together, some megabytes at a time. By default glibc returns so much to the system, which
 * hands out the same pages again one by one, each with a fault. Its two limits rise, up to 32 MiB, when a program frees a block
 * that is larger than they are (mallopt(3), M_MMAP_THRESHOLD). So one such block is made and dropped, once. It is never touched:
 * it takes addresses, no memory. Elsewhere (musl, macOS, Windows) this does nothing; hence no system is asked for.
 */

/** Below glibc's 32 MiB. */
const SIZE = 30 * 1024 * 1024;

/** A piece of a body of this length, or more, is a part of a large one. TLS hands out no more at once. */
export const LARGE_PIECE = 16 * 1024;

let isRaised = false;

/** V8 collects the block soon: it is as large as all young buffers may be. */
export function keepFreedMemory(): void {
  if (isRaised) return;
  isRaised = true;
  Buffer.allocUnsafeSlow(SIZE);
}
