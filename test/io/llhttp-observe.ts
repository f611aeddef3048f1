import type { MessageHead, ParseError, WireFact } from '../../src/events/wire.js';
import { Parser, type ParserOptions } from '../../src/io/llhttp.js';

/** A message, as far as it was read. */
export interface Seen {
  head: Pick<MessageHead, 'method' | 'url' | 'statusCode' | 'statusMessage' | 'rawHeaders'> & { version: string };
  body: string;
  rawTrailers: string[];
  complete: boolean;
}

/** Everything read from the bytes of a connection. */
export interface Observation {
  messages: Seen[];
  /** What followed the head that switched protocols. */
  rest?: string;
  error?: {
    message: string;
    code: string;
    reason: string;
    bytesParsed: number;
    rawPacket: string | undefined;
    keys: string[];
  };
}

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The error of 'clientError' and of 'wire.malformed', in comparable form. */
export function describeError(error: Error): NonNullable<Observation['error']> {
  const { message, code, reason, bytesParsed, rawPacket } = error as ParseError;
  const keys = Object.keys(error);
  return { message, code, reason, bytesParsed, rawPacket: rawPacket?.toString('latin1'), keys };
}

export const requestOptions: ParserOptions = {
  kind: 'request',
  maxHeaderSize: 16 * 1024,
  maxHeadersCount: 2000,
  lenient: false,
  decide: (head) => (head.upgrade ? 2 : 0),
};

/** For responses to GET: only 101 switches protocols. */
export const responseOptions: ParserOptions = {
  ...requestOptions,
  kind: 'response',
  decide: (head) => (head.upgrade && head.statusCode === 101 ? 2 : 0),
};

/** Feeds the chunks, then the end. */
export function observe(options: ParserOptions, chunks: readonly Buffer[]): Observation {
  const parser = Parser.acquire(options);
  const observation: Observation = { messages: [] };
  try {
    for (const chunk of chunks) {
      note(observation, parser.feed(chunk));
      if (observation.error) return observation;
    }
    note(observation, parser.finish());
    return observation;
  } finally {
    parser.free();
  }
}

function note(observation: Observation, facts: readonly WireFact[]): void {
  for (const fact of facts) {
    const message = observation.messages.at(-1);
    switch (fact.type) {
      case 'wire.head':
        observation.messages.push({ head: comparable(fact.head), body: '', rawTrailers: [], complete: false });
        break;
      case 'wire.body':
        message!.body += fact.chunk.toString('latin1');
        break;
      case 'wire.complete':
        message!.rawTrailers = [...fact.rawTrailers];
        message!.complete = true;
        break;
      case 'wire.upgraded':
        message!.complete = true;
        observation.rest = (observation.rest ?? '') + fact.rest.toString('latin1');
        break;
      case 'wire.malformed':
        observation.error = describeError(fact.error);
        break;
    }
  }
}

function comparable({
  method,
  url,
  statusCode,
  statusMessage,
  rawHeaders,
  versionMajor,
  versionMinor,
}: MessageHead): Seen['head'] {
  return { method, url, statusCode, statusMessage, rawHeaders, version: `${versionMajor}.${versionMinor}` };
}
