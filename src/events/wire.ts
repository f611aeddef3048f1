/**
 * What the wire tells: the facts that a parser reads out of the bytes of one connection, in wire order.
 * Nothing here is decided; a fact says what was seen.
 */

/** A header section that has come before, word for word. Shared by the messages that had it: not to be changed. */
export interface KnownSection {
  /** From the first name to the last value. */
  readonly text: string;
  /** As `rawHeaders`. */
  readonly fields: readonly string[];
  /** What was made of the fields. */
  headers: object | undefined;
  /** What was found in the fields of a request: what is wrong with Host, and what is expected. */
  findings: object | undefined;
}

/** The start line and the header section of one message, decoded as latin1. */
export interface MessageHead {
  /** Request method, upper case; '' in a response. */
  readonly method: string;
  /** Request target exactly as sent; '' in a response. */
  readonly url: string;
  /** 100 to 999 in a response; 0 in a request. */
  readonly statusCode: number;
  /** Reason phrase, '' when there is none or in a request. */
  readonly statusMessage: string;
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** name, value, name, value …: order, case and duplicates as sent, values without the white space around them. */
  readonly rawHeaders: string[];
  /** Where `rawHeaders` was copied from; undefined for a section that is new. */
  readonly section: KnownSection | undefined;
  /** The message allows the connection to be used again (RFC 9112 §9.3). */
  readonly shouldKeepAlive: boolean;
  /** The message is a CONNECT, or names an upgrade in both Upgrade and Connection (RFC 9110 §7.8). */
  readonly upgrade: boolean;
}

/** Why bytes are not HTTP: the fields of the `err` of Node's 'clientError'. */
export interface ParseError extends Error {
  /** `HPE_*`. */
  code: string;
  reason: string;
  /** Bytes of `rawPacket` read when the error was seen. */
  bytesParsed: number;
  /** The chunk that held the error; absent when the error is the end of the connection. */
  rawPacket?: Buffer;
}

/** A message has begun and its head is not complete at the end of the chunk. Once per message. */
export interface WirePartial {
  readonly type: 'wire.partial';
}
/** A head is complete. */
export interface WireHead {
  readonly type: 'wire.head';
  readonly head: MessageHead;
}
/** Content, without its framing; a view of the chunk that was fed, or a copy where that was only lent. */
export interface WireBody {
  readonly type: 'wire.body';
  readonly chunk: Buffer;
}
/** The message is over. `rawTrailers` is like `rawHeaders`; one shared empty array when there are none. */
export interface WireComplete {
  readonly type: 'wire.complete';
  readonly rawTrailers: readonly string[];
}
/** The connection has left HTTP after the last head; `rest` are the bytes that followed it. */
export interface WireUpgraded {
  readonly type: 'wire.upgraded';
  readonly rest: Buffer;
}
/** The bytes are not HTTP; nothing more will be read. */
export interface WireMalformed {
  readonly type: 'wire.malformed';
  readonly error: ParseError;
}

export type WireFact = WirePartial | WireHead | WireBody | WireComplete | WireUpgraded | WireMalformed;

export const wirePartial: WirePartial = Object.freeze({ type: 'wire.partial' });

export const wireHead = (head: MessageHead): WireHead => ({ type: 'wire.head', head });

export const wireBody = (chunk: Buffer): WireBody => ({ type: 'wire.body', chunk });

export const wireComplete = (rawTrailers: readonly string[]): WireComplete => ({ type: 'wire.complete', rawTrailers });

/** The end of a message without trailers. */
export const wireCompleteBare: WireComplete = Object.freeze(wireComplete(Object.freeze([])));

export const wireUpgraded = (rest: Buffer): WireUpgraded => ({ type: 'wire.upgraded', rest });

export const wireMalformed = (error: ParseError): WireMalformed => ({ type: 'wire.malformed', error });
