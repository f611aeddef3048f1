/** Faults that were found and are being mended. Each goes with its fix. */
import type { World } from './world.js';

interface Known {
  readonly like: RegExp;
  /** Only where this is so. Default: always. */
  readonly when?: (world: World) => boolean;
  readonly because: string;
}

export const known: readonly Known[] = [
  {
    like: /^a connection that serves nobody is closed in time: it is open behind req.socket.end/,
    because: 'a CONNECT or an upgrade that waits behind a response which cannot leave',
  },
];
