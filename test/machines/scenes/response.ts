/**
 * An outgoing message: what its user, its socket and the clock can say, and what must hold.
 *
 * The facade fixes one head, before the first write, and ends once. The kernel has the last byte once, after the message
 * was given its socket; that may be told behind the socket's close, because messages of one write are told by turns.
 */
import type { OutgoingEvent } from '../../../src/events/message.js';
import { responseMachine } from '../../../src/machines/outgoing.js';
import { alphabets } from '../alphabet.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, type Law, neverAfter, onlyAfter, onlyWhen, type Rest } from '../kit/laws.js';

interface Around {
  readonly headed: boolean;
  readonly ended: boolean;
  readonly destroyed: boolean;
  readonly attached: boolean;
  readonly shut: boolean;
  /** The last byte is with the writer. */
  readonly handed: boolean;
  readonly flushed: boolean;
  /** A tick is on its way. */
  readonly ticks: boolean;
  readonly closed: boolean;
}

function may(around: Around, told: { readonly type: string }): boolean {
  const { headed, ended, destroyed, attached, closed } = around;
  switch ((told as OutgoingEvent).type) {
    case 'user.head':
      return !headed;
    case 'user.write':
      return headed || ended || destroyed;
    case 'user.flush':
      return headed || destroyed;
    case 'user.end':
      return !ended && (headed || destroyed);
    case 'user.destroy':
      return !destroyed;
    case 'user.misused':
      return true;
    case 'net.attached':
      return !attached && !closed;
    case 'net.shut':
      return !around.shut && !closed;
    case 'net.full':
    case 'net.drained':
      return headed && !closed;
    case 'net.flushed':
      return around.handed && attached && !around.flushed;
    case 'net.closed':
      return !closed;
    case 'clock.tick':
      return around.ticks;
  }
}

function after(before: Around, told: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const { type } = told as OutgoingEvent;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    headed: before.headed || type === 'user.head',
    ended: before.ended || type === 'user.end',
    destroyed: before.destroyed || type === 'user.destroy' || emits('res.close'),
    attached: before.attached || type === 'net.attached',
    shut: before.shut || type === 'net.shut',
    handed: before.handed || emits('io.end'),
    flushed: before.flushed || type === 'net.flushed',
    ticks: emits('io.tick') || (before.ticks && type !== 'clock.tick'),
    closed: before.closed || type === 'net.closed',
  };
}

const isClosed = ({ matches }: Rest<Around>) => matches('line.closed') || matches('line.gone.closed');

const laws: Law<Around>[] = [
  ...['res.socket', 'res.prefinish', 'res.finish', 'res.close'].map(atMostOnce),
  ...['io.end', 'io.release', 'io.destroy', 'io.tick', 'io.last'].map(atMostOnce),
  onlyAfter('user.end', 'res.prefinish'),
  onlyAfter('io.end', 'res.finish'),
  onlyAfter('res.prefinish', 'res.finish'),
  onlyAfter('net.flushed', ['res.finish', 'io.release']),
  onlyAfter('net.full', 'res.drain'),
  onlyAfter('net.attached', ['res.socket', 'res.finish', 'io.release']),
  neverAfter('io.end', ['io.write', 'io.skip', 'io.flush']),
  neverAfter('res.finish', ['io.release', 'res.prefinish']),
  neverAfter('res.close', ['res.socket', 'res.finish', 'res.drain', 'res.error']),
  neverAfter('res.close', ['io.write', 'io.end', 'io.flush', 'io.destroy', 'io.release', 'io.tick']),
  neverAfter(['user.destroy', 'net.closed'], ['io.write', 'io.end', 'io.flush']),
  onlyWhen('the message has no end yet', 'res.drain', ({ ended }) => !ended),
  atRest('‘close’ was told when the socket is closed', (rest) => !rest.world.closed || isClosed(rest)),
  atRest('a message that is out is closed when its turn is over', (rest) => {
    const { flushed, shut, ticks } = rest.world;
    return !flushed || shut || ticks || isClosed(rest);
  }),
];

const ENDINGS = ['net.closed', 'user.destroy', 'net.shut'];

export const responseScene: Scene<Around> = {
  machine: responseMachine,
  events: alphabets['response']!.events,
  world: {
    begins: {
      headed: false,
      ended: false,
      destroyed: false,
      attached: false,
      shut: false,
      handed: false,
      flushed: false,
      ticks: false,
      closed: false,
    },
    may,
    after,
  },
  laws,
  isEnding: ({ type }) => ENDINGS.includes(type),
};
