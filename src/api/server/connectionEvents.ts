/** The events that the host of a connection sends: those without a payload are made once. */
import type { ConnectionEvent } from '../../events/connection.js';

export const partial: ConnectionEvent = { type: 'wire.partial' };
export const complete: ConnectionEvent = { type: 'wire.complete' };
export const polled: ConnectionEvent = { type: 'clock.polled' };
export const cooled: ConnectionEvent = { type: 'clock.cooled' };
export const unlimited: ConnectionEvent = { type: 'clock.unlimited' };
export const lingered: ConnectionEvent = { type: 'clock.lingered' };
export const rested: ConnectionEvent = { type: 'clock.rested' };
export const closeIdle: ConnectionEvent = { type: 'user.closeIdle' };

export const finished = (settled: boolean): ConnectionEvent => ({ type: 'net.finished', settled });
