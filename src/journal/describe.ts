/** Frames as text. */
import * as record from '../io/record.js';
import { kinds } from './flags.js';
import { type Frame, lineName } from './frames.js';
import * as v from './vocabulary.js';

const OTHERS: Readonly<Record<number, string>> = {
  [record.CLOSING]: 'the server closes',
  [record.DRAINING]: 'the server drains',
  [record.CUTTING]: 'the drain is over',
  [record.CLOSE_IDLE]: 'closeIdleConnections()',
  [record.EXPIRED]: 'a deadline of the message has passed',
  [record.COOLED]: 'the period of bytes that nobody processes is over',
  [record.RESTED]: 'the connection has been idle for as long as it may',
  [record.CLOSED]: "the socket has emitted 'close'",
  [record.RESPONSE_ENDED]: "the response has emitted 'end'",
  [record.TIMED_OUT]: 'the timeout of the request has expired',
  [record.RESPONSE_TIMED_OUT]: 'the timeout of the response has expired',
  [record.READ]: 'the stream wants more',
  [record.DESTROY]: 'the stream is destroyed',
  [record.CORK]: 'cork()',
  [record.UNCORK]: 'uncork()',
  [record.END_CALLBACK]: 'end() gets a callback',
  [record.RECALL]: 'the head is taken back',
  [record.LINGERED]: 'the peer need not be read any longer',
  [record.OVERTAKEN]: 'the socket is used by the program',
  [record.REMOVED]: "the program emits 'agentRemove' on the socket",
};

const REASONS = [
  '',
  'an event whose cause was not recorded',
  'a text that is too long',
  'frames that were overwritten',
  'frames that a sink has missed',
];
const DOORS = ['', 'emits', 'calls a callback', 'gives to a stream', 'asks the agent'];

/** Of a gap. */
export const reasonOf = ({ code }: Pick<Frame, 'code'>): string => REASONS[code] ?? `reason ${code}`;

const bytesOf = (count: number): string => `${count} byte${count === 1 ? '' : 's'}`;

/** What a frame says, in a few words. */
export function describe(frame: Frame): string {
  const { kind, exchange, chart, code, value, length, payload } = frame;
  switch (kind) {
    case v.OPEN:
      return 'the connection begins';
    case v.IN:
      return `in: ${bytesOf(length)}`;
    case v.FACT:
      return `${v.FACTS[code]} ${frame.text}`.trimEnd();
    case v.CALL:
      return `the program: ${v.CALLS[code]}${payload === undefined ? '' : ` ${bytesOf(payload.length)}`} (${exchange})`;
    case v.LANDED:
      return value === 1 ? 'a write has failed' : 'a write has landed';
    case v.DEFERRED:
      return `deferred callback ${value}`;
    case v.OFFER:
      return value & 2 ? `no socket: ${frame.text}` : 'a socket is offered';
    case v.OTHER:
      return OTHERS[code] ?? `input ${code}`;
    case v.MADE:
      return 'a request is made';
    case v.POOL:
      return value === 0
        ? `${lineName(frame.bits * 2, 'client')}.${code} is sent again as exchange ${exchange}`
        : `q${value} is exchange ${exchange}`;
    case v.STEP: {
      const type = kinds[code]!;
      return `${v.CHARTS[chart]}${exchange > 0 ? ` ${exchange}` : ''}: ${type.type} ${type.describe(value)}`.trimEnd();
    }
    case v.ASK:
      return `asks: ${value.toString(2).slice(1)}`;
    case v.DOOR:
      return `${DOORS[value] ?? 'calls'}: ${code > 0 ? v.CALLED_FOR[code - 1] : length > 0 ? bytesOf(length) : ''}`;
    case v.RETURN:
      return value === 2 ? 'threw' : value === 1 ? 'returned' : 'returned false';
    case v.WROTE:
      return `out: ${bytesOf(length)}${value & 1 ? '' : ', the socket is full'}`;
    case v.DATE:
      return `the time of day: ${frame.text}`;
    case v.END:
      return `exchange ${exchange} is over`;
    case v.MARK:
      return 'idle';
    case v.GAP:
      return `${value} missing: ${reasonOf(frame)}`;
    default:
      return `frame ${kind}`;
  }
}
