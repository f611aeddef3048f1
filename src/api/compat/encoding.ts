import { hideFrames, socketEncoding } from './errors.js';

/** `socket.setEncoding` of a socket whose bytes a parser needs. Node's own refusal. */
export function refuseEncoding(): never {
  throw hideFrames(socketEncoding(), refuseEncoding);
}
