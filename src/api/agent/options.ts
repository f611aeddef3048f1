import type { TcpSocketConnectOpts } from 'node:net';
import type { EventOrder } from '../process/defaults.js';

/** Environment variables with proxies. Source: “Built-in Proxy Support” in Node's documentation of http. */
export interface ProxyEnv extends NodeJS.ProcessEnv {
  /** The URL of the proxy for http: requests, with its credentials. `http_proxy` takes precedence. */
  HTTP_PROXY?: string | undefined;
  /** As `HTTP_PROXY`, which it precedes. */
  http_proxy?: string | undefined;
  /** The URL of the proxy for https: requests, with its credentials. */
  HTTPS_PROXY?: string | undefined;
  /** As `HTTPS_PROXY`, which it precedes. */
  https_proxy?: string | undefined;
  /** Hosts that are reached without a proxy. `no_proxy` takes precedence. */
  NO_PROXY?: string | undefined;
  /** As `NO_PROXY`, which it precedes. */
  no_proxy?: string | undefined;
}

/** Defaults and meanings: Node's documentation of `new http.Agent()`. Times in ms. */
export interface AgentOptions extends NodeJS.PartialOptions<TcpSocketConnectOpts> {
  /** Whether sockets are kept when no request waits for them. Default false. */
  keepAlive?: boolean | undefined;
  /** Delay of the first TCP keep-alive probe of an idle socket. Default 1000. */
  keepAliveMsecs?: number | undefined;
  /** How long before the server's announced timeout an idle socket is closed. Default 1000. */
  agentKeepAliveTimeoutBuffer?: number | undefined;
  /** How many sockets a name may have. Default `Agent.defaultMaxSockets`. */
  maxSockets?: number | undefined;
  /** How many sockets all names together may have. Default Infinity. */
  maxTotalSockets?: number | undefined;
  /** How many idle sockets a name may have. Default 256. */
  maxFreeSockets?: number | undefined;
  /** Timeout of the sockets, idle or not. */
  timeout?: number | undefined;
  /** Which idle socket is used first: 'lifo' (default) the one used last, 'fifo' the one idle longest. */
  scheduling?: 'fifo' | 'lifo' | undefined;
  /** Default 80. */
  defaultPort?: number | undefined;
  /** Default 'http:'. */
  protocol?: string | undefined;
  /** Requests go to the proxy in these variables. Default: no proxy. */
  proxyEnv?: ProxyEnv | undefined;
  /**
   * In which order the events of requests are emitted that fail, or are destroyed: 'documented', as the documentation of
   * Node 18 has it, or 'host', as node:http has it. Not an option of Node. Default `eventOrder` of the exports.
   */
  eventOrder?: EventOrder | undefined;
  /**
   * Send a request once more, on another socket, if its reused socket turns out to be closed by the server and the request may
   * be repeated (RFC 9110 §9.2.2). Not an option of Node. Default false.
   */
  retryReused?: boolean | undefined;
}
