/** The orders of a server's connection that concern time. */
import type { ConnectionEmission, ConnectionEvent } from '../../events/connection.js';
import { afterPoll } from '../../io/clock.js';
import type { Gate } from '../../io/gate.js';
import * as events from './connectionEvents.js';
import type { Deadlines } from './Deadlines.js';
import type { Drain } from './Drain.js';
import type { ServerSocket } from './ServerSocket.js';

type Orders = 'io.startIdle' | 'io.stopIdle' | 'io.stopDeadlines' | 'io.poll' | 'io.settle' | 'io.linger';

interface Timed {
  readonly socket: ServerSocket;
  readonly gate: Gate;
  readonly deadlines: Deadlines;
  /** The drain of the server, if it drains. */
  readonly drain: Drain | undefined;
  send(event: ConnectionEvent): void;
  sendCause(event: ConnectionEvent): void;
}

export function keepTime(timed: Timed, order: Extract<ConnectionEmission, { readonly type: Orders }>): void {
  const { deadlines, drain, socket } = timed;
  switch (order.type) {
    case 'io.startIdle':
      if (drain !== undefined) deadlines.startRest(drain.idle, rest, timed);
      else if (!deadlines.startIdle()) timed.send(events.unlimited);
      break;
    case 'io.stopIdle':
      deadlines.stopIdle();
      break;
    case 'io.stopDeadlines':
      deadlines.clear();
      break;
    case 'io.poll':
      afterPoll(poll, timed);
      break;
    case 'io.settle':
      afterPoll(settle, { timed, received: socket.bytesRead });
      break;
    case 'io.linger':
      deadlines.startLinger(linger, timed);
      break;
  }
}

const rest = (timed: Timed): void => timed.send(events.rested);
const poll = (timed: Timed): void => timed.sendCause(events.polled);
const linger = (timed: Timed): void => timed.send(events.lingered);

interface Settling {
  readonly timed: Timed;
  /** The bytes that were read before. */
  readonly received: number | undefined;
}

function settle({ timed, received }: Settling): void {
  timed.send({ type: 'clock.settled', sending: timed.gate.isShut || timed.socket.bytesRead !== received });
}
