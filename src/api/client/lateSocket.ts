import type { Duplex } from 'node:stream';
import { atTurnEnd } from '../../io/clock.js';
import { ignore } from '../agent/created.js';
import { forward } from '../message/forward.js';
import { keepsUnusedSockets } from '../process/asNode.js';

/** A socket for a request, or why there is none. */
export interface Offer<Host> {
  readonly host: Host;
  readonly socket: Duplex | null | undefined;
  readonly error: Error | null | undefined;
}

interface Taking<Host> {
  takeOffer(offer: Offer<Host>): void;
}

/** Takes the offer at the end of the turn. */
export function takeSoon<Host extends Taking<Host>>(offer: Offer<Host>): void {
  atTurnEnd(take<Host>, offer);
}

function take<Host extends Taking<Host>>(offer: Offer<Host>): void {
  offer.host.takeOffer(offer);
}

/**
 * A socket that comes after its request was destroyed goes to the next request of the agent, or is destroyed. Without an agent it
 * belongs to that request alone, and so is destroyed with the reason.
 */
export function passOn(socket: Duplex, agent: object | null | undefined, reason: Error | undefined): void {
  const isAgents = agent && !socket.destroyed;
  if (!isAgents || !keepsUnusedSockets()) socket.on('error', ignore).destroy(agent ? undefined : reason);
  if (isAgents) forward(socket, 'agent.free');
}
