/** The settings of a server: the options of `createServer`, and other properties that a program may change. */
import type { EventEmitter } from 'node:events';
import type { ServerOpts } from 'node:net';
import { outOfRange } from '../compat/errors.js';
import { ownOptions } from '../compat/ownOptions.js';
import { validateBoolean, validateFlagOrNode, validateFunction, validateInteger } from '../compat/validate.js';
import { uniqueNames } from '../message/HeaderSection.js';
import { IncomingMessage } from '../message/IncomingMessage.js';
import type { ExcessRule } from '../process/defaults.js';
import { defaults } from '../process/defaults.js';
import { type HttpValidation, type StrictnessOptions, validateStrictness } from '../process/strictness.js';
import { ServerResponse } from './ServerResponse.js';
import type { RequestClass, ResponseClass } from './types.js';

/** Defaults and meanings: Node's documentation of `http.createServer`. Times in ms, sizes in bytes. */
export interface ServerOptions<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> extends Pick<ServerOpts, 'noDelay' | 'keepAlive' | 'keepAliveInitialDelay' | 'highWaterMark'>,
    StrictnessOptions {
  /** The class of the requests. Default `http.IncomingMessage`. */
  IncomingMessage?: Request | undefined;
  /** The class of the responses. Default `http.ServerResponse`. */
  ServerResponse?: Response | undefined;
  /** How often deadlines are checked. Default 30000. */
  connectionsCheckingInterval?: number | undefined;
  /** Default: the smaller of 60000 and `requestTimeout`. */
  headersTimeout?: number | undefined;
  /** Default 300000. */
  requestTimeout?: number | undefined;
  /** Default 5000. */
  keepAliveTimeout?: number | undefined;
  /** Added to `keepAliveTimeout`, and not announced, so that the client closes first. Default 1000. */
  keepAliveTimeoutBuffer?: number | undefined;
  /** The limit for the head of a request in bytes: a larger one gets 431. Default `http.maxHeaderSize`. */
  maxHeaderSize?: number | undefined;
  /** Join the values of duplicate fields of a request by a comma, not drop them. Default false. */
  joinDuplicateHeaders?: boolean | undefined;
  /**
   * True: a request over HTTP/1.1 has exactly one valid Host (RFC 9112 §3.2). 'node': it has a Host, with any value, as in
   * node:http. False: it is not checked. Default true; under `statewire/register` 'node'.
   */
  requireHostHeader?: boolean | 'node' | undefined;
  /**
   * Whether a request with more header lines than `maxHeadersCount` is rejected with 431. If not, `headers` lacks those over the
   * limit. 'node': as in node:http, which rejects it since Node 22. Default true; under `statewire/register` 'node'.
   */
  rejectExcessHeaders?: boolean | 'node' | undefined;
  /** Fields of responses that are sent in one line even if their value is a list. Default: none. */
  uniqueHeaders?: (string | string[])[] | undefined;
  /** A body where none is allowed throws ERR_HTTP_BODY_NOT_ALLOWED. Default false: it is dropped. */
  rejectNonStandardBodyWrites?: boolean | undefined;
  /**
   * The stream of a request without Content-Length and Transfer-Encoding has ended before it is handed out: it emits neither
   * 'end' nor 'close'. Default false.
   */
  optimizeEmptyRequests?: boolean | undefined;
  /** Whether a request that asks for another protocol gets it. Default: whether 'upgrade' has a listener. */
  shouldUpgradeCallback?: ((request: InstanceType<Request>) => boolean) | undefined;
}

/** Properties of a server that are read whenever they are needed: a program may change them. */
export interface ServerSettings<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> {
  /** In how many ms a head must have come: a later one gets 408. 0 for no limit. */
  headersTimeout: number;
  /** In how many ms a whole request must have come: a later one gets 408. 0 for no limit. */
  requestTimeout: number;
  /** After how many ms an idle connection is closed. 0 for never. */
  keepAliveTimeout: number;
  /** How many ms an idle connection is kept beyond `keepAliveTimeout`. */
  keepAliveTimeoutBuffer: number;
  /** How often, in ms, the deadlines of requests are checked. */
  connectionsCheckingInterval: number;
  /** After how many ms without traffic a socket emits 'timeout'. Default 0: never. */
  timeout: number;
  /** Default 2000; 0 for no limit. */
  maxHeadersCount: number | null;
  /** How many requests a connection may have; further ones get 503. Default 0: any number. */
  maxRequestsPerSocket: number | null;
  /** The limit for the head of a request in bytes. Undefined: `http.maxHeaderSize`. */
  maxHeaderSize: number | undefined;
  /** How strictly requests are parsed: the option of that name. */
  httpValidation: HttpValidation | undefined;
  /** How strictly requests are parsed: the option of that name. */
  insecureHTTPParser: boolean | undefined;
  /** Whether a request must have a Host: the option of that name. */
  requireHostHeader: boolean | 'node';
  /** The option of that name. */
  joinDuplicateHeaders: boolean;
  /** The option of that name, for the responses to come. */
  rejectNonStandardBodyWrites: boolean;
  /** The option of that name. */
  shouldUpgradeCallback: ((request: InstanceType<Request>) => boolean) | undefined;
  /** Responses go on after the client has sent FIN. Not documented by Node; default false. */
  httpAllowHalfOpen: boolean;
  /** @internal */
  _IncomingMessage: Request;
  /** @internal */
  _ServerResponse: Response;
  /** @internal */
  _uniqueHeaders: ReadonlySet<string> | null;
  /** @internal */
  _optimizesEmpty: boolean;
  /** @internal */
  _rejectsExcess: ExcessRule;
}

/** Called with an option that is given. @throws as Node if it is refused */
type Check = (value: unknown, name: string, server: ServerSettings) => void;

/** The stored value: the option itself or a default, or the result of `make`. */
type Value<Given, Result> =
  | { readonly default: Result }
  | { readonly make: (given: Given, server: ServerSettings) => Result };

/** An option of the HTTP server: `kept` is the property that holds it. */
type Kept<Given> = {
  [Key in keyof ServerSettings]: { readonly check?: Check; readonly kept: Key } & Value<Given, ServerSettings[Key]>;
}[keyof ServerSettings];

/** An option that is handed to the `net.Server` below. */
type HandedOn<Given> = { readonly check?: Check; readonly kept: 'net' } & Value<Given, Given>;

type OptionTable = {
  readonly [Name in keyof Required<ServerOptions>]: Name extends keyof ServerOpts
    ? HandedOn<ServerOptions[Name]>
    : Kept<ServerOptions[Name]>;
};

const natural: Check = (value, name) => validateInteger(value, name, 0);
const flag: Check = (value, name) => validateBoolean(value, `options.${name}`);
const flagOrNode: Check = (value, name) => validateFlagOrNode(value, `options.${name}`);
const callback: Check = (value, name) => validateFunction(value, `options.${name}`);

const atMostRequestTimeout: Check = (value, name, { requestTimeout }) => {
  validateInteger(value, name, 0);
  if (requestTimeout > 0 && value > requestTimeout) throw outOfRange(name, '<= requestTimeout', value);
};

const notBesideInsecure: Check = (value, _name, { insecureHTTPParser }) =>
  validateStrictness({ httpValidation: value as HttpValidation, insecureHTTPParser });

/** In net a negative value means the default; any other invalid one would only throw when a socket arrives. */
const integerUnlessNegative: Check = (value, name) => {
  if (typeof value === 'number' && !(value < 0)) validateInteger(value, `options.${name}`);
};

/** The default of `shouldUpgradeCallback`. */
export function upgradesIfHeard(this: Pick<EventEmitter, 'listenerCount'>): boolean {
  return this.listenerCount('upgrade') > 0;
}

/**
 * Every option of `createServer`, in the order in which they are checked and stored. To add one, add a row here and a member
 * of `ServerOptions`; and of `ServerSettings`, unless it is for the `net.Server`.
 */
const table: OptionTable = {
  IncomingMessage: { kept: '_IncomingMessage', make: (given) => given || IncomingMessage },
  ServerResponse: { kept: '_ServerResponse', make: (given) => given || ServerResponse },
  maxHeaderSize: { check: natural, kept: 'maxHeaderSize', default: undefined },
  insecureHTTPParser: { check: flag, kept: 'insecureHTTPParser', default: undefined },
  httpValidation: { check: notBesideInsecure, kept: 'httpValidation', default: undefined },
  requestTimeout: { check: natural, kept: 'requestTimeout', default: 300_000 },
  headersTimeout: {
    check: atMostRequestTimeout,
    kept: 'headersTimeout',
    make: (given, { requestTimeout }) => given ?? Math.min(60_000, requestTimeout),
  },
  keepAliveTimeout: { check: natural, kept: 'keepAliveTimeout', default: 5000 },
  keepAliveTimeoutBuffer: { check: natural, kept: 'keepAliveTimeoutBuffer', default: 1000 },
  connectionsCheckingInterval: { check: natural, kept: 'connectionsCheckingInterval', default: 30_000 },
  requireHostHeader: {
    check: flagOrNode,
    kept: 'requireHostHeader',
    make: (given) => given ?? defaults.requireHostHeader,
  },
  joinDuplicateHeaders: { check: flag, kept: 'joinDuplicateHeaders', default: false },
  rejectExcessHeaders: {
    check: flagOrNode,
    kept: '_rejectsExcess',
    make: (given) => given ?? defaults.rejectExcessHeaders,
  },
  rejectNonStandardBodyWrites: { check: flag, kept: 'rejectNonStandardBodyWrites', default: false },
  optimizeEmptyRequests: { check: flag, kept: '_optimizesEmpty', default: false },
  shouldUpgradeCallback: { check: callback, kept: 'shouldUpgradeCallback', default: upgradesIfHeard },
  uniqueHeaders: { kept: '_uniqueHeaders', make: uniqueNames },
  highWaterMark: { check: integerUnlessNegative, kept: 'net', default: undefined },
  noDelay: { kept: 'net', make: (given) => given ?? true },
  keepAlive: { kept: 'net', default: undefined },
  keepAliveInitialDelay: { kept: 'net', default: undefined },
};

/** Any row of the table. */
interface Row {
  readonly check?: Check;
  readonly kept: keyof ServerSettings | 'net';
  readonly default?: unknown;
  make?(given: unknown, server: ServerSettings): unknown;
}

/** The rows, without properties of Object.prototype. */
const rows = Object.entries<Row>(table).map(([name, row]) => [name, ownOptions(row)] as const);

/**
 * Checks the options and stores them on the server.
 * @returns the options for the `net.Server`
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function storeOptions(server: ServerSettings, options: ServerOptions): ServerOpts {
  const settings: Record<keyof ServerSettings, unknown> = server;
  const handedOn = ownOptions<ServerOpts>({ allowHalfOpen: true });
  for (const [name, row] of rows) {
    const given = Reflect.get(options, name);
    if (given !== undefined) row.check?.(given, name, server);
    const value = row.make ? row.make(given, server) : given === undefined ? row.default : given;
    if (row.kept === 'net') Reflect.set(handedOn, name, value);
    else settings[row.kept] = value;
  }
  return handedOn;
}
