/** What a server is set to: the options of `createServer`, and what else a program may change on it. */
import type { ServerOpts } from 'node:net';
import { outOfRange } from '../compat/errors.js';
import { ownOptions } from '../compat/ownOptions.js';
import { validateBoolean, validateFunction, validateInteger } from '../compat/validate.js';
import { uniqueNames } from '../message/HeaderSection.js';
import { IncomingMessage } from '../message/IncomingMessage.js';
import { type HttpValidation, type StrictnessOptions, validateStrictness } from '../process/strictness.js';
import { ServerResponse } from './ServerResponse.js';
import type { RequestClass, ResponseClass } from './types.js';

/** Defaults and meanings: Node's documentation of `http.createServer`. Times in ms, sizes in bytes. */
export interface ServerOptions<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> extends Pick<ServerOpts, 'noDelay' | 'keepAlive' | 'keepAliveInitialDelay' | 'highWaterMark'>,
    StrictnessOptions {
  IncomingMessage?: Request | undefined;
  ServerResponse?: Response | undefined;
  /** How often deadlines are looked at. Default 30000. */
  connectionsCheckingInterval?: number;
  /** Default: the smaller of 60000 and `requestTimeout`. */
  headersTimeout?: number;
  /** Default 300000. */
  requestTimeout?: number;
  /** Default 5000. */
  keepAliveTimeout?: number;
  /** Added to `keepAliveTimeout`, and not announced, so that the client is the first to let go. Default 1000. */
  keepAliveTimeoutBuffer?: number;
  maxHeaderSize?: number;
  joinDuplicateHeaders?: boolean;
  /** Default true. */
  requireHostHeader?: boolean;
  uniqueHeaders?: (string | string[])[] | undefined;
  rejectNonStandardBodyWrites?: boolean;
  /**
   * The stream of a request without Content-Length and Transfer-Encoding has ended before anybody is given it: it emits
   * nothing, neither 'end' nor 'close'. Default false.
   */
  optimizeEmptyRequests?: boolean | undefined;
  /** Whether a request that asks for another protocol gets it. Default: whether anybody listens to 'upgrade'. */
  shouldUpgradeCallback?: ((request: InstanceType<Request>) => boolean) | undefined;
}

/** What those who serve read from the server, each time anew: a program may change it. */
export interface ServerSettings<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> {
  headersTimeout: number;
  requestTimeout: number;
  keepAliveTimeout: number;
  keepAliveTimeoutBuffer: number;
  connectionsCheckingInterval: number;
  timeout: number;
  /** Default 2000; 0 for no limit. */
  maxHeadersCount: number | null;
  maxRequestsPerSocket: number | null;
  maxHeaderSize: number | undefined;
  httpValidation: HttpValidation | undefined;
  insecureHTTPParser: boolean | undefined;
  requireHostHeader: boolean;
  joinDuplicateHeaders: boolean;
  rejectNonStandardBodyWrites: boolean;
  shouldUpgradeCallback: ((request: InstanceType<Request>) => boolean) | undefined;
  /** Responses go on after the client has said FIN. Not documented by Node; default false. */
  httpAllowHalfOpen: boolean;
  /** @internal */
  _IncomingMessage: Request;
  /** @internal */
  _ServerResponse: Response;
  /** @internal */
  _uniqueHeaders: ReadonlySet<string> | null;
  /** @internal */
  _optimizesEmpty: boolean;
}

/** Called with an option that is given. @throws what Node throws of one that it refuses */
type Check = (value: unknown, name: string, server: ServerSettings) => void;

/** What is kept of an option: it itself, or the default where it isn't given; or what is made of it. */
type Value<Given, Result> =
  | { readonly default: Result }
  | { readonly make: (given: Given, server: ServerSettings) => Result };

/** An option of the server's own: `kept` is the property that holds it. */
type Kept<Given> = {
  [Key in keyof ServerSettings]: { readonly check?: Check; readonly kept: Key } & Value<Given, ServerSettings[Key]>;
}[keyof ServerSettings];

/** An option that the `net.Server` below is given. */
type HandedOn<Given> = { readonly check?: Check; readonly kept: 'net' } & Value<Given, Given>;

type OptionTable = {
  readonly [Name in keyof Required<ServerOptions>]: Name extends keyof ServerOpts
    ? HandedOn<ServerOptions[Name]>
    : Kept<ServerOptions[Name]>;
};

const natural: Check = (value, name) => validateInteger(value, name, 0);
const flag: Check = (value, name) => validateBoolean(value, `options.${name}`);
const callback: Check = (value, name) => validateFunction(value, `options.${name}`);

const atMostRequestTimeout: Check = (value, name, { requestTimeout }) => {
  validateInteger(value, name, 0);
  if (requestTimeout > 0 && value > requestTimeout) throw outOfRange(name, '<= requestTimeout', value);
};

const notBesideInsecure: Check = (value, _name, { insecureHTTPParser }) =>
  validateStrictness({ httpValidation: value as HttpValidation, insecureHTTPParser });

/** A negative one is the default to net; of others a socket would say so when it comes. */
const integerUnlessNegative: Check = (value, name) => {
  if (typeof value === 'number' && !(value < 0)) validateInteger(value, `options.${name}`);
};

/**
 * Every option of `createServer`, in the order in which they are checked and kept. Another one is a row here and a member of
 * `ServerOptions`; and of `ServerSettings`, if it isn't the `net.Server`'s.
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
  requireHostHeader: { check: flag, kept: 'requireHostHeader', default: true },
  joinDuplicateHeaders: { check: flag, kept: 'joinDuplicateHeaders', default: false },
  rejectNonStandardBodyWrites: { check: flag, kept: 'rejectNonStandardBodyWrites', default: false },
  optimizeEmptyRequests: { check: flag, kept: '_optimizesEmpty', default: false },
  shouldUpgradeCallback: { check: callback, kept: 'shouldUpgradeCallback', default: undefined },
  uniqueHeaders: { kept: '_uniqueHeaders', make: uniqueNames },
  highWaterMark: { check: integerUnlessNegative, kept: 'net', default: undefined },
  noDelay: { kept: 'net', make: (given) => given ?? true },
  keepAlive: { kept: 'net', default: undefined },
  keepAliveInitialDelay: { kept: 'net', default: undefined },
};

/** A row of the table, whichever it is. */
interface Row {
  readonly check?: Check;
  readonly kept: keyof ServerSettings | 'net';
  readonly default?: unknown;
  make?(given: unknown, server: ServerSettings): unknown;
}

/** What a row lacks isn't looked for on Object.prototype either. */
const rows = Object.entries<Row>(table).map(([name, row]) => [name, ownOptions(row)] as const);

/**
 * Checks the options and keeps them on the server.
 * @returns those that the `net.Server` is to have
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
