/**
 * The vocabulary of conversations in which a client is examined and the peers are raw TCP servers.
 *
 * It is the server's (conversation.ts) with the sides changed: `req` goes out and `res` comes in. Connections are
 * named in the order in which they are accepted: peer 'a', 'b' … Inside a listener the plain words `req`, `res`,
 * `socket`, `head`, `err`, `info` mean that listener's own. Everywhere `agent` is the conversation's agent, and
 * `controller` an AbortController whose `signal` can be an option: `{ signal: the('signal') }`.
 */
import type * as NodeHttp from 'node:http';
import type { Agent, AgentOptions, ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Difference, DifferenceByHost, PeerLine, Step } from './conversation.js';

/** As much of node:http's face as a client's conversation needs. */
export type ClientHttp = Pick<
  typeof NodeHttp,
  'request' | 'get' | 'Agent' | 'ClientRequest' | 'IncomingMessage' | 'globalAgent'
>;

/** What is known only when the conversation is held. */
export interface Wire {
  readonly http: ClientHttp;
  readonly port: number;
  /** Adds a line to the log. */
  note(line: string): void;
  /** One end of an in-memory pair, whose other end is the next peer. */
  duplex(): Duplex;
}

/** The hands of a `['run', …]` step. */
export interface ClientHands extends Wire {
  readonly agent: Agent;
  readonly req: ClientRequest;
  readonly res: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly err: Error;
}

type Maker = 'request' | 'get' | 'ClientRequest';

/**
 * One act of the program, as the server's, and:
 *
 *   ['request', { method: 'PUT' }, steps]   http.request() with these options, by default for the peer's host and port
 *                                           and with the conversation's agent; then the steps, synchronously
 *   ['request', ['http://…', {…}, cb('x')]] the same with just these arguments; at() gives what the port is needed for
 *   ['get', …] · ['ClientRequest', …]       the same with http.get() and new http.ClientRequest()
 */
export type ClientStep =
  | Step<ClientHands>
  | readonly [Maker, Readonly<Record<string, unknown>> | readonly unknown[], (readonly ClientStep[])?];

export type ClientSteps = readonly ClientStep[];

/** Steps for every request, or by `req.path`; of a path that is not named there are none. */
export type ClientBehaviour = ClientSteps | Readonly<Record<`/${string}`, ClientSteps>>;

export type ClientLine = ClientStep | PeerLine;

export interface ClientConversation {
  readonly name: string;
  /** Options of the agent, or what makes it; 'global' is the global one, false is `agent: false`. By default new Agent(). */
  readonly agent?: AgentOptions | 'global' | false | ((wire: Wire) => Agent);
  /** What the 'response' listener does. Without it the requests have no such listener. */
  readonly handler?: ClientBehaviour;
  /** What listeners of other events of the requests do. Such events are listened to only if they are named here, or passive. */
  readonly on?: Readonly<Record<string, ClientBehaviour>>;
  readonly script: readonly ClientLine[];
  /** Where the peers listen: on loopback (by default), on a Unix socket, or nowhere any more. */
  readonly peers?: 'tcp' | 'unix' | 'nobody';
  /** Objects ('socket') or events ('res.error') that the log does not listen to, where listening changes the outcome. */
  readonly deaf?: readonly string[];
  readonly differs?: Difference;
  readonly differsOn?: DifferenceByHost;
}
