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
    like: /^bytes out are whole messages: Error: Parse Error: Data after `Connection: close`/,
    because:
      'a request behind the last of maxRequestsPerSocket is read and answered; a socket is given on behind close',
  },
  {
    like: /^(each message emits 'close' once: (served req \d+ emits (aborted)?(; |$))+$|each callback is called once: (iterate|pipeline): 0)/,
    because: 'a request at a server that is cut behind its answer; one that is dumped pushes what comes',
  },
  {
    like: /^a connection that serves nobody is closed in time: it is open behind req.socket.end/,
    because: 'a CONNECT or an upgrade that waits behind a response which cannot leave',
  },
];
