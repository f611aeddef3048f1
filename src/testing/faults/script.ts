/** The words of a script: what a peer does on its connection, step by step. */
import { Buffer } from 'node:buffer';
import { invalidArgType, invalidArgValue } from '../../api/compat/errors.js';
import { validateArray, validateInteger, validateNumber, validateOneOf } from '../../api/compat/validate.js';

/** Why a connection can't be opened. */
export type RefusalCode = 'ECONNREFUSED' | 'ENOTFOUND' | 'ETIMEDOUT';

export const REFUSALS: readonly RefusalCode[] = ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT'];

/** One step of a peer. The functions `send()`, `read()`, `fin()` … make them. */
export type PeerStep =
  | { readonly do: 'send'; readonly bytes: Buffer }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'refuse'; readonly code: RefusalCode }
  | { readonly do: 'read' | 'fin' | 'reset' | 'pause' | 'resume' | 'silence' | 'connect' | 'close' | 'drain' };

/** What a script may have, by its name. */
const WORDS = [
  ...(['send', 'wait', 'turns', 'refuse', 'read', 'fin', 'reset'] as const),
  ...(['pause', 'resume', 'silence', 'connect', 'close', 'drain'] as const),
];

/**
 * The peer sends bytes.
 * @param bytes a string of Latin-1, or a Buffer
 * @throws ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE without a byte
 */
export function send(bytes: string | Uint8Array): PeerStep {
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array))
    throw invalidArgType('bytes', ['string', 'Uint8Array'], bytes);
  if (bytes.length === 0) throw invalidArgValue('bytes', bytes, 'must have a byte');
  return { do: 'send', bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes) };
}

/** As `send()`, of bytes that nobody changes. */
export const sendAll = (bytes: Buffer): PeerStep => ({ do: 'send', bytes });

/** The peer waits for a whole message: a client for its next final response, a server for its next request. */
export const read = (): PeerStep => ({ do: 'read' });

/** The peer sends FIN: it sends nothing more, and reads on. */
export const fin = (): PeerStep => ({ do: 'fin' });

/** The peer resets the connection. */
export const reset = (): PeerStep => ({ do: 'reset' });

/**
 * The peer lets time pass.
 * @param ms of virtual time
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE unless it is finite and not negative
 */
export function wait(ms: number): PeerStep {
  validateNumber(ms, 'ms', 0, Number.MAX_SAFE_INTEGER);
  return { do: 'wait', ms };
}

/**
 * The peer lets turns of the event loop pass, and then takes its next step at once. Before each other step everything that
 * follows from the one before has come to rest.
 * @param count how many turns
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE unless it is an integer that is not negative
 */
export function turns(count: number): PeerStep {
  validateInteger(count, 'count', 0);
  return { do: 'turns', count };
}

/** The peer stops reading. */
export const pause = (): PeerStep => ({ do: 'pause' });

/** The peer reads again. */
export const resume = (): PeerStep => ({ do: 'resume' });

/** The peer does nothing more on this connection, and keeps it open. */
export const silence = (): PeerStep => ({ do: 'silence' });

/** Another client connects: what follows is done on its connection, and nothing more on the one before. Only in scripts of clients. */
export const connect = (): PeerStep => ({ do: 'connect' });

/** The server under test is closed: `server.close()`. */
export const close = (): PeerStep => ({ do: 'close' });

/** The server under test is drained: `server.drain()`. */
export const drain = (): PeerStep => ({ do: 'drain' });

/**
 * The connection that the program opens next can't be opened. Only in scripts of servers.
 * @param code of the error. Default 'ECONNREFUSED'
 * @throws ERR_INVALID_ARG_VALUE
 */
export function refuse(code: RefusalCode = 'ECONNREFUSED'): PeerStep {
  validateOneOf(code, 'code', REFUSALS);
  return { do: 'refuse', code };
}

export type Script = readonly PeerStep[];

/** Words that only one side has. */
const ONLY: Readonly<Record<'client' | 'server', readonly PeerStep['do'][]>> = {
  client: ['connect', 'close', 'drain'],
  server: ['refuse'],
};

/**
 * @param peer which side the peer is
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function validateScript(script: unknown, name: string, peer: 'client' | 'server'): asserts script is Script {
  validateArray(script, name);
  if (script.length === 0) throw invalidArgValue(name, script, 'must have a step');
  for (const [at, step] of script.entries()) {
    const { do: word } = Object(step) as Partial<PeerStep>;
    if (!WORDS.includes(word as never)) throw invalidArgType(`${name}[${at}]`, 'a step, such as send() or fin()', step);
    if (ONLY[peer === 'client' ? 'server' : 'client'].includes(word!))
      throw invalidArgValue(`${name}[${at}]`, word, `is no step of a ${peer}`);
  }
}

/** A string literal of JavaScript; long runs of a byte as `repeat()`. */
function literal(bytes: Buffer): string {
  const isText = bytes.every((byte) => byte < 127 && (byte > 31 || byte === 13 || byte === 10 || byte === 9));
  if (!isText && bytes.length > 64) return `Buffer.from('${bytes.toString('base64')}', 'base64')`;
  const escaped = JSON.stringify(bytes.toString('latin1')).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  const text = escaped.replace(/[\x7f-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
  const long = /(.)\1{60,}/.exec(text);
  if (long === null || long[1] === '\\') return `'${text}'`;
  const parts = [text.slice(0, long.index), text.slice(long.index + long[0].length)].map((part) =>
    part === '' ? '' : `'${part}'`,
  );
  return [parts[0], `'${long[1]}'.repeat(${long[0].length})`, parts[1]].filter((part) => part !== '').join(' + ');
}

const texts = new WeakMap<PeerStep, string>();

/** A step as it is written in a test. */
export function stepText(step: PeerStep): string {
  const known = texts.get(step);
  if (known !== undefined) return known;
  const text = textOf(step);
  texts.set(step, text);
  return text;
}

function textOf(step: PeerStep): string {
  switch (step.do) {
    case 'send':
      return `send(${literal(step.bytes)})`;
    case 'wait':
      return `wait(${step.ms})`;
    case 'turns':
      return `turns(${step.count})`;
    case 'refuse':
      return `refuse('${step.code}')`;
    default:
      return `${step.do}()`;
  }
}

/** More bytes than this are known by their place in memory, not by their text. */
const LONG = 1024;

let memories = 0;
const memoryNumbers = new WeakMap<ArrayBufferLike, number>();

function stepKey(step: PeerStep): string {
  if (step.do !== 'send' || step.bytes.length <= LONG) return stepText(step);
  const { buffer, byteOffset, length } = step.bytes;
  const number = memoryNumbers.get(buffer) ?? ++memories;
  memoryNumbers.set(buffer, number);
  return `send ${number}+${byteOffset},${length}`;
}

/** What identifies a script. Other ones have other keys; equal ones with long texts may have two. */
export const scriptKey = (script: Script): string => script.map(stepKey).join(' ');
