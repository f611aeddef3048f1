/** The program's calls on a request and its response, and the line of each in the script of a conversation. */
import type { Line } from '../../conversations/kit/conversation.js';

/** Longer than a socket's high-water mark. */
const MUCH = 'x'.repeat(100_000);

/** Longer than what the system buffers for a peer that reads nothing. */
const FLOOD = 'x'.repeat(1 << 24);

const CALLS = {
  'res.end': ['end'],
  'res.end text': ['end', 'text'],
  'res.end much': ['end', MUCH],
  'res.write': ['write', 'text'],
  'res.write much': ['write', MUCH],
  'res.write flood': ['write', FLOOD],
  'res.writeHead': ['writeHead', 200],
  'res.writeContinue': ['writeContinue'],
  'res.flushHeaders': ['flushHeaders'],
  'res.setHeader close': ['setHeader', 'Connection', 'close'],
  'res.pipe': ['pipe'],
  'res.destroy': ['destroy'],
  'res.destroy(error)': ['destroy', new Error('of the response')],
  'req.resume': ['resume'],
  'req.pause': ['pause'],
  'req.destroy': ['destroy'],
  'req.destroy(error)': ['destroy', new Error('of the request')],
} as const;

export type Call = keyof typeof CALLS;

/** The text that the call hands over. */
export const textOf = (call: Call): string => String(CALLS[call][1] ?? '');

export const methodOf = (call: Call): string => CALLS[call][0];

/** The call as a step; in a script its object has a number. */
export function stepOf(call: Call, number: number | '' = ''): Line {
  const [method, ...args] = CALLS[call];
  return [`${call.slice(0, 3)}${number}.${method}`, ...args] as Line;
}
