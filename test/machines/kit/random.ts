/** A xorshift generator (Marsaglia 2003): pseudorandom numbers that are the same in each run. */
export function xorshift(): () => number {
  let seed = 9112;
  return () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
  };
}
