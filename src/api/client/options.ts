/** The arguments of `http.request`. Source: Node's documentation of `http.request(url[, options][, callback])`. */
import type { LookupFunction, TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import type { AgentFace } from '../agent/AgentFace.js';
import { ownOptions } from '../compat/ownOptions.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { OutgoingHttpHeaders } from '../message/types.js';
import type { StrictnessOptions } from '../process/strictness.js';

/** Defaults and meanings: Node’s documentation of `http.request()`. Times in ms, sizes in bytes. */
export interface RequestOptions
  extends Partial<Omit<TcpNetConnectOpts, 'host' | 'port' | 'timeout' | 'lookup'>>,
    StrictnessOptions {
  /** Undefined: `globalAgent`. False: a new one with the default options, for this request. */
  agent?: AgentFace | boolean | undefined;
  /** `user:password`, for an Authorization field. */
  auth?: string | null | undefined;
  /** Makes the socket if no agent is given. It returns a Duplex, or calls back. */
  createConnection?:
    | ((options: RequestOptions, oncreate: (error: Error | null, socket: Duplex) => void) => Duplex | null | undefined)
    | undefined;
  /** The port if `port` is not given. Default: that of the agent. */
  defaultPort?: number | string | undefined;
  /**
   * Whether what is written after a GET, HEAD, DELETE, OPTIONS or TRACE with Upgrade is framed as the content of the request. If
   * not, it is sent as it is: the peer reads it as data of the new protocol, or, if it stays with HTTP, as another request.
   * The connection is then not used again. Default true; under `statewire/register` false, as in node:http.
   */
  frameUpgradeBody?: boolean | undefined;
  /** An object, or an array of alternating names and values. */
  headers?: OutgoingHttpHeaders | readonly string[] | undefined;
  /** Name or address of the server. Default 'localhost'. */
  host?: string | null | undefined;
  /** As `host`, which it precedes. */
  hostname?: string | null | undefined;
  /** Join the values of duplicate fields of the response by a comma, not drop them. Default false. */
  joinDuplicateHeaders?: boolean | undefined;
  /** Finds the addresses of a name. Default `dns.lookup()`. */
  lookup?: LookupFunction | undefined;
  /** Bytes. Default `http.maxHeaderSize`. */
  maxHeaderSize?: number | undefined;
  /** Default 'GET'. */
  method?: string | undefined;
  /** Default '/'. */
  path?: string | null | undefined;
  /** The port of the server. Default `defaultPort`. */
  port?: number | string | null | undefined;
  /** 'http:' or 'https:', as the agent has it. Default: that of the agent. Another one throws ERR_INVALID_PROTOCOL. */
  protocol?: string | null | undefined;
  /**
   * Whether a response with more header lines than `request.maxHeadersCount` fails the request with HPE_HEADER_OVERFLOW. If not,
   * `headers` lacks those over the limit. 'node': as in node:http, which ignores them. Default true; under `statewire/register`
   * 'node'.
   */
  rejectExcessHeaders?: boolean | 'node' | undefined;
  /** Send Host and Connection. Default true. */
  setDefaultHeaders?: boolean | undefined;
  /** Send Host. Default: `setDefaultHeaders`. */
  setHost?: boolean | undefined;
  /** Acts as `destroy()`. */
  signal?: AbortSignal | undefined;
  /** The path of a Unix socket, in place of host and port. */
  socketPath?: string | undefined;
  /** Milliseconds without traffic until 'timeout'. */
  timeout?: number | undefined;
  /** Fields that are sent in one line even if their value is a list. */
  uniqueHeaders?: (string | string[])[] | undefined;
  /** Replaces `globalAgent`. */
  _defaultAgent?: AgentFace | undefined;
}

export type ResponseListener = (response: IncomingMessage) => void;

/** Converts the three forms of the arguments into one. The caller may change the returned options. */
export function readArguments(
  input: string | URL | RequestOptions,
  second: RequestOptions | ResponseListener | undefined,
  third: ResponseListener | undefined,
): { options: RequestOptions; listener: ResponseListener | undefined } {
  if (typeof input !== 'string' && !isUrl(input)) {
    return { options: ownOptions(input), listener: second as ResponseListener | undefined };
  }
  const target = urlToHttpOptions(typeof input === 'string' ? new URL(input) : input) as RequestOptions;
  if (typeof second === 'function') return { options: ownOptions(target), listener: second };
  return { options: ownOptions(target, second), listener: third };
}

/** A URL, of this realm or of another. */
function isUrl(input: URL | RequestOptions): input is URL {
  const { href, protocol, auth, path } = (input ?? {}) as URL & RequestOptions;
  if (!href) return false;
  return (
    input instanceof URL ||
    Boolean(!('href' in Object.prototype) && protocol && auth === undefined && path === undefined)
  );
}
