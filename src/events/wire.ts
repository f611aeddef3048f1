/**
 * The facts that a parser reads from the bytes of one connection, in wire order. They contain no decisions.
 */

/** A header section that recurs verbatim. The messages with this section share it, so it must not change. */
export interface KnownSection {
  /** Another for each section of the process. */
  readonly number: number;
  /** From the first name to the last value. */
  readonly text: string;
  /** As `rawHeaders`. */
  readonly fields: readonly string[];
  /** The combined fields, after their first use. */
  headers: object | undefined;
  /** What a request's fields contain: problems of Host, and expectations. */
  findings: object | undefined;
  /** What a response's fields announce: `keepAlive`, in ms. */
  announced: { readonly keepAlive: number | undefined } | undefined;
  /** The target of the last request with these fields. */
  target: string;
  /** The last message with these fields that may come again. */
  message: KnownMessage | undefined;
}

/** A message of HTTP/1.1 with known fields. Its connection, or another, may bring it again. */
export interface KnownMessage {
  /** Its head is that of all messages like it, and must not change. `url` is '' if the target isn't known. */
  readonly fact: WireHead;
  /** Its start line and header section; undefined if its target didn't come twice in a row. */
  readonly whole: Buffer | undefined;
  /** The length of its content, in bytes. */
  readonly content: number;
  /** What precedes its target or reason phrase: in a request, the method and a space. */
  readonly start: Buffer;
  /** What follows that: in a request, a space, the version and the fields. */
  readonly rest: Buffer;
}

/** The start line and the header section of one message, decoded as latin1. */
export interface MessageHead {
  /** Request method, upper case; '' in a response. */
  readonly method: string;
  /** Request target exactly as sent; '' in a response. */
  readonly url: string;
  /** 100 to 999 in a response; 0 in a request. */
  readonly statusCode: number;
  /** Reason phrase; '' if there is none, and in a request. */
  readonly statusMessage: string;
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** name, value, name, value …: order, case and duplicates as sent, values without surrounding white space. */
  readonly rawHeaders: readonly string[];
  /** What `headers` is made of: `rawHeaders`, without the lines over the limit if these are ignored. */
  readonly heeded: readonly string[];
  /** The section from which `rawHeaders` was copied, or whose list it is; undefined for a new section. */
  readonly section: KnownSection | undefined;
  /** The message allows the connection to be reused (RFC 9112 §9.3). */
  readonly shouldKeepAlive: boolean;
  /** The message is a CONNECT, or names an upgrade in both Upgrade and Connection (RFC 9110 §7.8). */
  readonly upgrade: boolean;
}

/** Why bytes are not HTTP, with the properties of the `err` of Node's 'clientError'. */
export interface ParseError extends Error {
  /** `HPE_*`. */
  code: string;
  reason: string;
  /** The number of bytes of `rawPacket` that were read before the error. */
  bytesParsed: number;
  /** The chunk with the error; absent if the error is the end of the connection. */
  rawPacket?: Buffer;
}

/** A message has begun, and its head is incomplete at the end of the chunk. At most once per message. */
export interface WirePartial {
  readonly type: 'wire.partial';
}
/** A head is complete. */
export interface WireHead {
  readonly type: 'wire.head';
  readonly head: MessageHead;
}
/** Content without its framing: a view of the fed chunk, or a copy if the chunk was lent, unless nobody wants it. */
export interface WireBody {
  readonly type: 'wire.body';
  readonly chunk: Buffer;
}
/** The message is complete. `rawTrailers` is like `rawHeaders`; a shared empty array if there are none. */
export interface WireComplete {
  readonly type: 'wire.complete';
  readonly rawTrailers: readonly string[];
}
/** The connection has left HTTP after the last head; `rest` has the bytes after it. */
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
