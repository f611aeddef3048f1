/** The package's exports: those of `node:http`, with `drainOn`, `explain`, `tap`, `trace` and `watch`. */
import process from 'node:process';
import { Agent } from './api/agent/Agent.js';
import { getGlobalAgent, globalAgent, setGlobalAgent, setGlobalProxyFromEnv } from './api/agent/globalAgent.js';
import { ClientRequest, get, request } from './api/client/ClientRequest.js';
import { invalidArgType } from './api/compat/errors.js';
import { describeWith } from './api/compat/inspected.js';
import { optionOf } from './api/compat/ownOptions.js';
import type { Global } from './api/compat/types.js';
import {
  validateFunction,
  validateHeaderName,
  validateHeaderValue,
  validateNumber,
  validateOneOf,
  validateOptions,
  validateSignal,
} from './api/compat/validate.js';
import { IncomingMessage } from './api/message/IncomingMessage.js';
import { OutgoingMessage } from './api/message/OutgoingMessage.js';
import { noteChains } from './api/process/chains.js';
import { logTransitions } from './api/process/debug.js';
import type { EventOrder } from './api/process/defaults.js';
import { eventOrder, setEventOrder } from './api/process/eventOrder.js';
import { maxHeaderSize as processMaxHeaderSize } from './api/process/flags.js';
import { hostGlobal, standIn } from './api/process/hostGlobals.js';
import { allKnown, factsOf, socketOf } from './api/process/known.js';
import { tap, watch } from './api/process/observing.js';
import { setMaxIdleHTTPParsers } from './api/process/parsers.js';
import { trace, traceByEnvironment } from './api/process/trace.js';
import { drainOn } from './api/server/drainOn.js';
import { connectionListener as _connectionListener, createServer, Server } from './api/server/Server.js';
import { ServerResponse } from './api/server/ServerResponse.js';
import { later } from './engine/later.js';
import { type ExplainOptions, makeDescribe, makeExplain, type Source } from './explain/index.js';
import { now, Sweeper } from './io/clock.js';
import * as methods from './rules/methods.js';
import * as status from './rules/status.js';

/** The methods that the parser accepts, sorted. */
const METHODS: string[] = [...methods.METHODS];

/** Reason phrases by status code. As in Node, statewire sends what a program changes here. */
const STATUS_CODES: Record<number | string, string | undefined> = status.STATUS_CODES;

/** The limit for a message's head in bytes: 16 KiB, or the value of `--max-http-header-size`. */
const maxHeaderSize = processMaxHeaderSize();

logTransitions();
traceByEnvironment();

/** Most often it is an object of node:http: the name of its class would be no help. */
const EXPLAINED =
  'a server, an agent, a socket or a message of statewire (of node:http, if statewire/register was loaded first)';

const source: Source = {
  factsOf,
  socketOf,
  known: allKnown,
  now,
  every(ms, call) {
    const sweeper = new Sweeper(call);
    sweeper.start(ms);
    return () => sweeper.stop();
  },
  noteChains,
  refusal: (thing) => invalidArgType('of', EXPLAINED, thing),
  check: {
    signal: validateSignal,
    listener: (listener) => validateFunction(listener, 'listener'),
    options(options) {
      validateOptions<ExplainOptions>(options, ['longerThan', 'role']);
      const { longerThan, role } = options;
      if (longerThan !== undefined) validateNumber(longerThan, 'options.longerThan', 0);
      if (role !== undefined) validateOneOf(role, 'options.role', ['server', 'client']);
    },
  },
};

describeWith(makeDescribe(source));

/** What a server, an agent, a socket or a message waits for, and who has to act. See docs/explain.md. */
const explain = makeExplain(source);

if (optionOf(process.env, 'STATEWIRE_INSPECT') === '1') {
  // What it loads takes this module, which is not ready yet.
  later(() => explain.serve().catch((error: Error) => process.emitWarning(error)));
}

/** The global of that name, if the host has one. The host loads it when it is first used. */
const WebSocket: Global<'WebSocket'> = standIn('WebSocket');
/** The global of that name, if the host has one. The host loads it when it is first used. */
const CloseEvent: Global<'CloseEvent'> = standIn('CloseEvent');
/** The global of that name, if the host has one. The host loads it when it is first used. */
const MessageEvent: Global<'MessageEvent'> = standIn('MessageEvent');

export type { AgentOptions } from './api/agent/Agent.js';
export type { ProxyEnv } from './api/agent/options.js';
export type { RequestOptions, RequestOptions as ClientRequestArgs } from './api/client/options.js';
export type { InformationEvent } from './api/client/types.js';
export type { IncomingHttpHeaders, OutgoingHttpHeader, OutgoingHttpHeaders } from './api/message/types.js';
export type { EventOrder } from './api/process/defaults.js';
export type { Observation, TapListener, WatchEvent, WatchOptions } from './api/process/observing.js';
export type { ErrorHistory, HistoryChange } from './api/process/story.js';
export type { TraceOptions, TraceOutput } from './api/process/trace.js';
export type { Cut, DrainOptions, DrainResult } from './api/server/Drain.js';
export type { DrainOnOptions } from './api/server/drainOn.js';
export type { ServerResponseOptions } from './api/server/ServerResponse.js';
export type { ServerOptions } from './api/server/settings.js';
export type { RequestListener, ServerEvents } from './api/server/types.js';
export type { ChartName, EmissionOf, EventOf, StateOf } from './events/charts.js';
export type { EndedBy, EndedIn, EndedTimer, Ending } from './events/ending.js';
export type {
  Ends,
  Explain,
  ExplainOptions,
  Explanation,
  ExplanationMembers,
  Lint,
  LintCode,
  Serving,
  Wait,
  WaitCode,
  Who,
} from './explain/index.js';
export {
  _connectionListener,
  Agent,
  ClientRequest,
  CloseEvent,
  createServer,
  drainOn,
  explain,
  get,
  globalAgent,
  IncomingMessage,
  METHODS,
  MessageEvent,
  maxHeaderSize,
  OutgoingMessage,
  request,
  Server,
  ServerResponse,
  STATUS_CODES,
  setGlobalProxyFromEnv,
  setMaxIdleHTTPParsers,
  tap,
  trace,
  validateHeaderName,
  validateHeaderValue,
  WebSocket,
  watch,
};

/** The exports as one object. Like that of `require('http')`, it may be changed. */
export default {
  _connectionListener,
  METHODS,
  STATUS_CODES,
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer,
  validateHeaderName,
  validateHeaderValue,
  get,
  request,
  setMaxIdleHTTPParsers,
  setGlobalProxyFromEnv,
  get maxHeaderSize(): number {
    return maxHeaderSize;
  },
  /** The agent of requests without one. May be replaced. */
  get globalAgent(): Agent {
    return getGlobalAgent();
  },
  set globalAgent(agent: Agent) {
    setGlobalAgent(agent);
  },
  /**
   * In which order the events of requests are emitted that fail, or are destroyed, unless their agent has its own `eventOrder`:
   * 'documented', as the documentation of Node 18 has it, or 'host', as node:http has it. May be set, for what is emitted from
   * then on. Not in Node. Default: the environment variable STATEWIRE_EVENT_ORDER, or 'documented'.
   * @throws ERR_INVALID_ARG_VALUE if it is set to anything else
   */
  get eventOrder(): EventOrder {
    return eventOrder();
  },
  set eventOrder(order: EventOrder) {
    setEventOrder(order);
  },
  /** The host's globals, if it has them. It makes them at first access, which takes some ten ms. */
  get WebSocket(): Global<'WebSocket'> {
    return hostGlobal('WebSocket');
  },
  get CloseEvent(): Global<'CloseEvent'> {
    return hostGlobal('CloseEvent');
  },
  get MessageEvent(): Global<'MessageEvent'> {
    return hostGlobal('MessageEvent');
  },
};
