/**
 * The vocabulary of client conversations: a client is tested, and the peers are raw TCP servers.
 *
 * It is that of the server (conversation.ts) with the roles swapped: `req` is outgoing and `res` incoming. Connections are
 * named in the order in which they are accepted: peer 'a', 'b' … Inside a listener the names `req`, `res`, `socket`, `head`,
 * `err`, `info` without a number are its own arguments. `agent` is the conversation's agent everywhere, and `controller` an
 * AbortController whose `signal` can be an option: `{ signal: the('signal') }`.
 */
import type * as NodeHttp from 'node:http';
import type { Agent, AgentOptions, ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Difference, DifferenceByHost, PeerLine, Step } from './conversation.js';

/** The part of node:http that client conversations need. */
export type ClientHttp = Pick<
  typeof NodeHttp,
  'request' | 'get' | 'Agent' | 'ClientRequest' | 'IncomingMessage' | 'globalAgent'
>;

/** What is known only while a conversation runs. */
export interface Wire {
  readonly http: ClientHttp;
  readonly port: number;
  /** Adds a line to the log. */
  note(line: string): void;
  /** One end of an in-memory pair. The other end is the next peer. */
  duplex(): Duplex;
}

/** The argument of a `['run', …]` step. */
export interface ClientRunScope extends Wire {
  readonly agent: Agent;
  readonly req: ClientRequest;
  readonly res: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly err: Error;
}

type Maker = 'request' | 'get' | 'ClientRequest';

/**
 * One action of the program: the steps of conversation.ts, and:
 *
 *   ['request', { method: 'PUT' }, steps]   http.request() with these options; host, port and agent default to the peer's
 *                                           and the conversation's; then the steps, synchronously
 *   ['request', ['http://…', {…}, cb('x')]] the same with exactly these arguments; deferred() for what needs the port
 *   ['get', …] · ['ClientRequest', …]       the same with http.get() and new http.ClientRequest()
 */
export type ClientStep =
  | Step<ClientRunScope>
  | readonly [Maker, Readonly<Record<string, unknown>> | readonly unknown[], (readonly ClientStep[])?];

export type ClientSteps = readonly ClientStep[];

/** Steps for every request, or by `req.path`; a path without an entry has no steps. */
export type ClientBehaviour = ClientSteps | Readonly<Record<`/${string}`, ClientSteps>>;

export type ClientLine = ClientStep | PeerLine;

export interface ClientConversation {
  readonly name: string;
  /** The agent's options, or a function that creates it; 'global': the global agent; false: `agent: false`. Default: {}. */
  readonly agent?: AgentOptions | 'global' | false | ((wire: Wire) => Agent);
  /** What the 'response' listener does. Without it, requests have no such listener. */
  readonly handler?: ClientBehaviour;
  /** What listeners of other request events do. An event has a listener only if it is named here or is always logged. */
  readonly on?: Readonly<Record<string, ClientBehaviour>>;
  readonly script: readonly ClientLine[];
  /** Where the peers listen: on loopback (default), on a Unix socket, or on a port that is already closed. */
  readonly peers?: 'tcp' | 'unix' | 'nobody';
  /** Objects ('socket') or events ('res.error') without a logging listener, because a listener would change the outcome. */
  readonly deaf?: readonly string[];
  /** It runs in the host's order of events, too. */
  readonly bothOrders?: true;
  readonly differs?: Difference;
  readonly differsOn?: DifferenceByHost;
}
