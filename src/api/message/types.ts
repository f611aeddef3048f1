/**
 * Node's public types as in `@types/node`, so that a program's types fit both. They are repeated here since nothing in src/
 * imports `node:http`; test/types/ compares them to the originals.
 */
import type { Stream, Writable } from 'node:stream';

/** Fields of which a message has one value: duplicates are dropped or joined. */
type SingleField =
  | `accept${'' | '-charset' | '-encoding' | '-language' | '-patch' | '-ranges'}`
  | `access-control-${'allow-credentials' | 'allow-headers' | 'allow-methods' | 'allow-origin'}`
  | `access-control-${'expose-headers' | 'max-age' | 'request-headers' | 'request-method'}`
  | `content-${'disposition' | 'encoding' | 'language' | 'length' | 'location' | 'range' | 'type'}`
  | `if-${'match' | 'modified-since' | 'none-match' | 'range' | 'unmodified-since'}`
  | `proxy-${'authenticate' | 'authorization'}`
  | `sec-fetch-${'dest' | 'mode' | 'site' | 'user'}`
  | `sec-websocket-${'accept' | 'extensions' | 'key' | 'protocol' | 'version'}`
  | ('age' | 'allow' | 'alt-svc' | 'authorization' | 'cache-control' | 'connection' | 'cookie' | 'date' | 'etag')
  | ('expect' | 'expires' | 'forwarded' | 'from' | 'host' | 'last-modified' | 'location' | 'max-forwards' | 'origin')
  | ('pragma' | 'public-key-pins' | 'range' | 'referer' | 'retry-after' | 'server' | 'strict-transport-security')
  | ('te' | 'tk' | 'trailer' | 'transfer-encoding' | 'upgrade' | 'user-agent' | 'vary' | 'via' | 'warning')
  | 'www-authenticate';

/** `message.headers`: lower-case names. */
export interface IncomingHttpHeaders
  extends NodeJS.Dict<string | string[]>,
    Partial<Record<SingleField, string | undefined>> {
  /** All values: those of Set-Cookie can’t be joined. */
  'set-cookie'?: string[] | undefined;
}

/** The value of a field that is sent. */
export type OutgoingHttpHeader = number | string | string[];

/** `message.getHeaders()`: lower-case names. */
export interface OutgoingHttpHeaders extends NodeJS.Dict<OutgoingHttpHeader> {}

/** The members of a Writable that an outgoing message lacks, if the release of `@types/node` declares them. */
type LackingOfWritable = Extract<
  keyof Writable,
  | ('_construct' | '_destroy' | '_final' | '_write' | '_writev' | 'compose' | 'writableAborted')
  | typeof Symbol.asyncDispose
>;

/** A Stream that is declared as a Writable: it is not an instance of Writable, but Node's declarations call it one. */
export interface WritableFace extends Stream, Pick<Writable, LackingOfWritable> {
  /** Sets the encoding of text that is written without one. Default UTF-8. */
  setDefaultEncoding(encoding: BufferEncoding): this;
}
