import type { TcpSocketConnectOpts } from 'node:net';

/** Where proxies are told of. Source: “Built-in Proxy Support” in Node's documentation of http. */
export interface ProxyEnv extends NodeJS.ProcessEnv {
  /** The URL of the proxy of http: requests, with the credentials for it. `http_proxy` comes first. */
  HTTP_PROXY?: string | undefined;
  http_proxy?: string | undefined;
  HTTPS_PROXY?: string | undefined;
  https_proxy?: string | undefined;
  /** Hosts that are reached without it. `no_proxy` comes first. */
  NO_PROXY?: string | undefined;
  no_proxy?: string | undefined;
}

/** Defaults and meanings: Node's documentation of `new http.Agent()`. Times in ms. */
export interface AgentOptions extends NodeJS.PartialOptions<TcpSocketConnectOpts> {
  /** Sockets are kept when nobody waits for them. Default false. */
  keepAlive?: boolean | undefined;
  /** Delay of the first TCP keep-alive probe of an idle socket. Default 1000. */
  keepAliveMsecs?: number | undefined;
  /** How much sooner than a server announces an idle socket is closed. Default 1000. */
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
  /** Requests go to the proxy that these variables tell of. Default: none is looked for. */
  proxyEnv?: ProxyEnv | undefined;
  /**
   * A request whose kept socket turns out to be closed by the server is sent once more, on another socket, if it may be
   * repeated (RFC 9110 §9.2.2). Not an option of Node's. Default false.
   */
  retryReused?: boolean | undefined;
}
