/**
 * The types of Node's face as `@types/node` has them, so that a program's own types fit both. They are written here since
 * nothing in src/ imports `node:http`; test/types/ holds them against the originals.
 */
import type { Stream, Writable } from 'node:stream';

/** Fields of which a message has one value: what comes twice is dropped or joined. */
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
  'set-cookie'?: string[] | undefined;
}

export type OutgoingHttpHeader = number | string | string[];

/** `message.getHeaders()`: lower-case names. */
export interface OutgoingHttpHeaders extends NodeJS.Dict<OutgoingHttpHeader> {}

/** What a Writable has and an outgoing message lacks, as far as the release of `@types/node` knows it. */
type LackingOfWritable = Extract<
  keyof Writable,
  | ('_construct' | '_destroy' | '_final' | '_write' | '_writev' | 'compose' | 'writableAborted')
  | typeof Symbol.asyncDispose
>;

/** A Stream that is declared to be a Writable: it isn't an instance of one, but Node's declarations call it one. */
export interface WritableFace extends Stream, Pick<Writable, LackingOfWritable> {
  setDefaultEncoding(encoding: BufferEncoding): this;
}
