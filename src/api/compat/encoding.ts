import { hideFrames, socketEncoding } from './errors.js';

/** `socket.setEncoding` of a socket whose bytes a parser needs: it throws, as in Node. */
export function refuseEncoding(): never {
  throw hideFrames(socketEncoding(), refuseEncoding);
}
