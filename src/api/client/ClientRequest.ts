import net, { type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { throwAtTurnEnd } from '../../io/clock.js';
import { Opaque } from '../../io/conceal.js';
import { dial } from '../../io/dialer.js';
import { recorder } from '../../io/record.js';
import { fieldValue } from '../../rules/fields.js';
import { expectsContent } from '../../rules/response.js';
import type { Agent } from '../agent/Agent.js';
import { type AgentRequest, ASKING, type Asking } from '../agent/Asking.js';
import { once } from '../agent/created.js';
import { type Callable, callable, create } from '../compat/callable.js';
import * as channels from '../compat/diagnostics.js';
import { boxed, keepOwn, own } from '../compat/own.js';
import { ownOptions } from '../compat/ownOptions.js';
import type { Statics } from '../compat/types.js';
import { validateBoolean, validateDuration, validateFlagOrNode, validateInteger } from '../compat/validate.js';
import { uniqueNames } from '../message/HeaderSection.js';
import { headHasLeft } from '../message/headText.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { pathText, requestLine } from '../message/lines.js';
import type { OutgoingHost } from '../message/OutgoingHost.js';
import { OutgoingMessage } from '../message/OutgoingMessage.js';
import { flatten } from '../message/writeHead.js';
import { defaults, type ExcessRule } from '../process/defaults.js';
import { type HttpValidation, validateStrictness } from '../process/strictness.js';
import { fixList, setDefaultFields } from './defaultFields.js';
import { type RequestOptions, type ResponseListener, readArguments } from './options.js';
import { RequestHost } from './RequestHost.js';
import { agentOf, hostOf, methodOf, protocolOf } from './readOptions.js';
import { abortBy } from './signals.js';
import { listenForTimeout } from './timeouts.js';
import type { ListenedRequest } from './types.js';

/** The message, with the events of a request. */
const ListenedOutgoing = OutgoingMessage as unknown as Statics<typeof OutgoingMessage> & (new () => ListenedRequest);

/**
 * A request of a client.
 * Source: Node's documentation of `http.ClientRequest`.
 */
export class ClientRequestMethods extends ListenedOutgoing implements AgentRequest {
  /** @internal */
  declare [own]: RequestHost;
  /** The agent that gives the request its socket. Null or undefined if it has none. */
  declare agent: Agent | null | undefined;
  /** The path of the Unix socket, if the request goes to one. */
  declare socketPath: string | undefined;
  /** The method, in upper case. */
  declare method: string;
  /** @internal */
  declare _path: string;
  /** The host to which the request goes. */
  declare host: string;
  /** 'http:' or 'https:'. */
  declare protocol: string;
  /** Milliseconds; undefined if not set. */
  declare timeout: number | undefined;
  /** The limit for the head of the response in bytes. Undefined: `http.maxHeaderSize`. */
  declare maxHeaderSize: number | undefined;
  /** How strictly the response is parsed: the option of that name. */
  declare httpValidation: HttpValidation | undefined;
  /** How strictly the response is parsed: the option of that name. */
  declare insecureHTTPParser: boolean | undefined;
  /** The option of that name, for the response. */
  declare joinDuplicateHeaders: boolean | undefined;
  /** How many lines a response head may have: more are HPE_HEADER_OVERFLOW. Default 2000; 0 for no limit. */
  declare maxHeadersCount: number;
  /** `abort()` was called. Deprecated in Node: `destroyed`. */
  declare aborted: boolean;
  /** The socket has served a request before. */
  declare reusedSocket: boolean;
  /** The response, once its head has come. */
  declare res: IncomingMessage | null;
  /** @internal */
  declare parser: unknown;
  /** Streams distinguish a client's request from a server's by this property. */
  declare upgradeOrConnect: boolean;
  /**
   * The request's listener of the socket's 'timeout'.
   * @internal
   */
  declare timeoutCb: (() => void) | null;
  /**
   * What follows the head is data of the protocol that the request asks for.
   * @internal
   */
  declare _sendsEarlyData: boolean;
  /** @internal */
  declare _ended: boolean;
  /** @internal */
  declare _options: RequestOptions;
  /** @internal */
  declare [ASKING]: Opaque<Asking> | undefined;

  /**
   * The target.
   * @throws ERR_UNESCAPED_CHARACTERS for a character that would end the target
   */
  get path(): string {
    return this._path;
  }

  set path(path: string) {
    const text = pathText(path);
    // Programs written for Node before 24 restore a path so. The text is sent.
    this._path = path === undefined ? path : text;
  }

  /** @internal */
  override _makeHost(): OutgoingHost {
    return new RequestHost(this);
  }

  /** @internal */
  override _implicitHeader(): void {
    if (this._header !== null) throw headHasLeft(this, 'render');
    this._fixHead();
  }

  /** @internal */
  override _finish(): void {
    super._finish();
  }

  /** @internal */
  _fixHead(): void {
    const headers = this._options?.headers; // No options if another constructor has set up the request.
    const given = Array.isArray(headers) ? (headers as readonly string[]) : this._fields;
    if (this._lacksContent && this._contentLength !== 0) this._allowEarlyData(); // Something follows, or may follow.
    this._storeHeader(requestLine(this.method, this.path), given);
    if (this._sendsEarlyData) this.shouldKeepAlive = false;
  }

  /** @internal */
  get _rejectsExcess(): ExcessRule {
    return this._options?.rejectExcessHeaders ?? defaults.rejectExcessHeaders;
  }

  /**
   * What is written after an upgrade request without content is sent unframed, if the option says so.
   * @internal
   */
  private _allowEarlyData(): void {
    const { headers, frameUpgradeBody = defaults.frameUpgradeBody } = this._options ?? {};
    if (frameUpgradeBody) return;
    const isUpgrade = Array.isArray(headers) ? hasField(headers, 'upgrade') : this.hasHeader('upgrade');
    if (!isUpgrade) return;
    this._isTunnel = this._sendsEarlyData = true;
    this._lacksContent = false;
  }

  /**
   * A request whose method usually has no content gets content of unknown length: it is framed as for any other method (RFC
   * 9112 §6.3). Or it gets none, although its head announces some because of an Expect field. In both cases a head that was
   * fixed but not sent is replaced.
   * @internal
   */
  override _expectContent(comes: boolean): void {
    if (comes ? !this._lacksContent : !this.chunkedEncoding || this._isTunnel || expectsContent(this.method)) return;
    if (this._header !== null && !this[own].recallHead()) return;
    if (comes) this._allowEarlyData();
    this._lacksContent = !comes;
    this._hasBody = true;
    this.useChunkedEncodingByDefault = comes;
    if (!comes) {
      this._contentLength = 0;
      this.chunkedEncoding = false;
    }
    if (this._header === null) return;
    this._header = null;
    this._fixHead();
  }

  /**
   * Ends the request and its connection. `error`, or ECONNRESET, is emitted as 'error' on the request; after 'response', on
   * the response. If `eventOrder` is 'host', the request emits a given `error` in any case, and the response ECONNRESET.
   */
  override destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    try {
      this.res?._dump();
    } finally {
      this[own].destroy(error);
    }
    return this;
  }

  /** @deprecated since Node 14: use `destroy()`. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this[own].abort();
    this.destroy();
  }

  /** Called by an agent with the requested socket, or the reason why there is none. */
  onSocket(socket: Duplex | null | undefined, error?: Error | null): void {
    this[own].offer(socket, error);
  }

  /** Calls `socket.setTimeout` as soon as the socket is connected. `callback` listens to 'timeout', once. */
  override setTimeout(msecs: number, callback?: () => void): this {
    if (this._ended) return this;
    const period = validateDuration(msecs, 'msecs');
    if (callback) this.once('timeout', callback);
    listenForTimeout(this);
    this._whenConnected((socket) => socket.setTimeout(period));
    return this;
  }

  /** Ends the timeout that `setTimeout()` has set. */
  clearTimeout(callback?: () => void): void {
    this.setTimeout(0, callback);
  }

  /** Calls `socket.setNoDelay` as soon as the socket is connected. */
  setNoDelay(noDelay?: boolean): void {
    this._whenConnected((socket) => socket.setNoDelay(noDelay));
  }

  /** Calls `socket.setKeepAlive` as soon as the socket is connected. */
  setSocketKeepAlive(enable?: boolean, initialDelay?: number): void {
    const delay = initialDelay === undefined ? undefined : Number(initialDelay);
    this._whenConnected((socket) => socket.setKeepAlive(enable, delay));
  }

  /** @internal */
  _whenSocket(call: (socket: Socket) => void): void {
    if (this.socket) call(this.socket);
    else this.once('socket', call);
  }

  /** @internal */
  _whenConnected(call: (socket: Socket) => void): void {
    this._whenSocket((socket) => {
      if (socket.connecting) socket.once('connect', () => call(socket));
      else call(socket);
    });
  }

  /**
   * Requests a socket from the agent, or makes one.
   * @internal
   */
  _requestSocket(): void {
    const { agent, _options: options } = this;
    if (agent) agent.addRequest(this, options);
    else this._makeSocket(options);
  }

  /** @internal */
  private _makeSocket(options: RequestOptions): void {
    const target = ownOptions<RequestOptions>(options, { path: options.socketPath }); // in net, a Unix socket's
    if (typeof options.createConnection !== 'function') {
      this.onSocket(dial(() => net.createConnection(target as NetConnectOpts)));
      return;
    }
    let isCalled = false;
    const onCreate = once((error: Error | null | undefined, socket?: Duplex) => {
      isCalled = true;
      if (error) this.onSocket(null, error);
      else this.onSocket(socket);
    });
    try {
      const socket = dial(() => options.createConnection?.(target, onCreate));
      if (socket) onCreate(null, socket);
    } catch (error) {
      // It called back before it threw: the request already has its socket or error.
      if (isCalled) throwAtTurnEnd(error);
      else onCreate(error as Error);
    }
  }
}

function hasField(headers: readonly unknown[], name: string): boolean {
  return fieldValue(flatten(headers).map(String), name) !== undefined;
}

/** A member that is not set yet. Node's declarations don't mention null. */
const unset = null as never;

/** The class, as editors show it. */
export interface ClientRequestConstructor
  extends Callable<
    typeof ClientRequestMethods,
    [input: string | URL | RequestOptions, second?: RequestOptions | ResponseListener, third?: ResponseListener],
    ClientRequest
  > {}

/**
 * A request of a client; `request()` and `get()` make it.
 * Source: Node’s documentation of `http.ClientRequest`. Its states: diagrams/request.svg.
 */
export const ClientRequest: ClientRequestConstructor = callable(ClientRequestMethods, {
  ClientRequest: function (
    input: string | URL | RequestOptions,
    second?: RequestOptions | ResponseListener,
    third?: ResponseListener,
  ): unknown {
    if (new.target === undefined && !(this instanceof ClientRequest))
      return create(ClientRequest, input, second, third);
    OutgoingMessage.call(this);
    const { options, listener } = readArguments(input, second, third);
    const agent = agentOf(options);
    this.agent = agent;
    const target = options.path || '/';
    const text = pathText(target);
    const protocol = protocolOf(options, agent);
    const defaultPort = options.defaultPort || agent?.defaultPort;
    options.port = options.port || defaultPort || 80;
    const host = hostOf(options);
    options.host = host;
    this.socketPath = options.socketPath;
    if (options.timeout !== undefined) this.timeout = validateDuration(options.timeout, 'timeout');
    this._options = options;
    recorder?.made(this[own].actor, this, options);
    if (options.signal) abortBy(options, this);
    this.method = methodOf(options);
    const { maxHeaderSize, joinDuplicateHeaders } = options;
    if (maxHeaderSize !== undefined) validateInteger(maxHeaderSize, 'maxHeaderSize', 0);
    this.maxHeaderSize = maxHeaderSize;
    validateStrictness(options);
    this.httpValidation = options.httpValidation;
    this.insecureHTTPParser = options.insecureHTTPParser;
    if (joinDuplicateHeaders !== undefined) validateBoolean(joinDuplicateHeaders, 'options.joinDuplicateHeaders');
    const { frameUpgradeBody } = options;
    if (frameUpgradeBody !== undefined) validateBoolean(frameUpgradeBody, 'options.frameUpgradeBody');
    const { rejectExcessHeaders: rejects } = options;
    if (rejects !== undefined) validateFlagOrNode(rejects, 'options.rejectExcessHeaders');
    this.joinDuplicateHeaders = joinDuplicateHeaders;
    // As in Node a number or a symbol stays what it is. An object becomes the text that was checked.
    this._path = typeof target === 'object' || typeof target === 'function' ? text : target;
    if (listener) this.once('response', listener);
    this._isTunnel = this.method === 'CONNECT';
    this.useChunkedEncodingByDefault = expectsContent(this.method);
    this._lacksContent = !this.useChunkedEncodingByDefault && !this._isTunnel;
    this.upgradeOrConnect = false;
    this.timeoutCb = null;
    this._ended = false;
    this.res = null;
    this.aborted = false;
    this.parser = null;
    this.maxHeadersCount = unset;
    this.reusedSocket = false;
    this.host = host;
    this.protocol = protocol;
    if (!agent || (!agent.keepAlive && !Number.isFinite(agent.maxSockets))) {
      this._last = true;
      this.shouldKeepAlive = false;
    }
    if (options.uniqueHeaders) this._uniqueHeaders = uniqueNames(options.uniqueHeaders);
    this[ASKING] = undefined;
    if (options.setDefaultHeaders === false) this._removedConnection = this._removedContLen = this._removedTE = true;
    if (Array.isArray(options.headers)) fixList(this, options, defaultPort);
    else setDefaultFields(this, options, defaultPort);
    if (channels.clientRequestCreated.hasSubscribers) channels.clientRequestCreated.publish({ request: this });
    this._requestSocket();
  },
});
Object.assign(ClientRequest.prototype, { _isRequest: true, _sendsEarlyData: false });
Object.defineProperty(ClientRequest.prototype, 'path', { enumerable: true });
keepOwn(ClientRequest.prototype, function () {
  return Opaque.content(this[boxed]);
});
export interface ClientRequest extends ClientRequestMethods {}

declare module '../agent/Asking.js' {
  interface RequestKinds {
    ofClient: ClientRequest;
  }
}

/** Makes a request, which `end()` completes. Source: Node's documentation of `http.request`. */
export function request(options: RequestOptions | string | URL, listener?: ResponseListener): ClientRequest;
export function request(url: string | URL, options: RequestOptions, listener?: ResponseListener): ClientRequest;
export function request(
  input: RequestOptions | string | URL,
  second?: RequestOptions | ResponseListener,
  third?: ResponseListener,
): ClientRequest {
  return new ClientRequest(input, second, third);
}

/** As `request`, and ends the request: it has no content. */
export function get(options: RequestOptions | string | URL, listener?: ResponseListener): ClientRequest;
export function get(url: string | URL, options: RequestOptions, listener?: ResponseListener): ClientRequest;
export function get(
  input: RequestOptions | string | URL,
  second?: RequestOptions | ResponseListener,
  third?: ResponseListener,
): ClientRequest {
  const made = new ClientRequest(input, second, third);
  made.end();
  return made;
}
