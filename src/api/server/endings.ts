/** The orders that end the socket of a connection. */
import type { Duplex } from 'node:stream';
import type { Place } from '../../engine/place.js';
import type { ConnectionEmission } from '../../events/connection.js';
import type { NetFact } from '../../events/net.js';
import { atTurnEnd } from '../../io/clock.js';
import { asked } from '../../io/record.js';
import { destroyForFault, endSoon } from '../../io/socket.js';
import { errorResponse } from '../../rules/error-response.js';
import { subjectOf } from '../compat/describe.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { Drain } from './Drain.js';
import type { Exchanges } from './Exchanges.js';
import type { ServerSocket } from './ServerSocket.js';

type Orders = 'io.refuse' | 'io.fail' | 'io.destroy' | 'io.turnAway' | 'io.cut' | 'io.end' | 'io.endSoon';

interface Ended {
  readonly socket: ServerSocket;
  readonly exchanges: Exchanges;
  readonly actor: Place;
  /** The drain of the server, if it drains. */
  readonly drain: Drain | undefined;
  /** 0 as long as nothing has ended a side of it. */
  readonly verdict: number;
  noteEnd(order: string): void;
  take(fact: NetFact): void;
}

export function endSocket(ended: Ended, order: Extract<ConnectionEmission, { readonly type: Orders }>): void {
  const { socket, exchanges, verdict } = ended;
  ended.noteEnd(order.type);
  if (order.type === 'io.end') exchanges.shut();
  else exchanges.flush();
  switch (order.type) {
    case 'io.refuse':
      sendError(socket, (order.error as NodeJS.ErrnoException).code);
      destroyForFault(socket, order.error);
      break;
    case 'io.fail':
      destroyForFault(socket, order.error);
      break;
    case 'io.destroy':
      socket.destroy();
      break;
    case 'io.turnAway':
      (ended.drain as Drain).refused++;
      sendError(socket, 'ERR_SERVER_NOT_RUNNING');
      socket.destroy();
      break;
    case 'io.cut':
      if (!socket.destroyed) noteCut(ended);
      socket.destroy();
      break;
    case 'io.end':
      socket.end();
      // The program has ended it before.
      if (verdict !== 0 && asked(socket.writableFinished)) atTurnEnd((it) => it.take({ type: 'net.finished' }), ended);
      break;
    case 'io.endSoon':
      endSoon(socket);
      break;
  }
}

function sendError(socket: Duplex, code: string | undefined): void {
  socket.write(errorResponse(code), 'latin1');
}

function noteCut({ socket, actor, drain }: Ended): void {
  const response = socket._httpMessage;
  const request = response?.req ?? (socket.parser as { incoming: IncomingMessage | null } | null)?.incoming;
  const why = response ? 'its response had not ended' : request ? 'its request had not ended' : 'its socket was open';
  drain?.note(actor.connection, subjectOf(request), why);
}
