/**
 * The vocabulary in which a conversation is written.
 *
 * A conversation is data: a server, what its listeners do, and what a peer on raw TCP sends and awaits. It is run by
 * `runConversation` against any implementation with the face of node:http, and what happened comes back as a Log.
 *
 * Objects are named by the order in which they appear: `socket1`, `req1`, `res1`, `req2` … Inside a listener the plain
 * words `req`, `res`, `socket`, `head`, `err` mean that listener's own; `server` is the same everywhere.
 */
import type * as NodeHttp from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Hosts } from './host.js';
import type { Ended } from './log.js';

/** What a listener has in its hands; absent members belong to events that don't carry them. */
export interface Scene {
  readonly server: Server;
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
  readonly socket?: Duplex;
  readonly head?: Buffer;
  readonly err?: Error;
}

/** The hands of a `['run', …]` step: everything the scene may have, and `note`, which adds a line to the log. */
export type Hands = Required<Scene> & { note(line: string): void };

/**
 * One act on the server's side. Steps follow each other synchronously; after a 'wait' the rest runs inside the event
 * waited for.
 *
 *   ['res.write', 'x']         calls the method; its result, or the error that it throws, is logged
 *   ['res.statusCode =', 404]  assigns
 *   ['req.headers ?']          logs the value
 *   ['look', 'res']            logs which of the documented booleans of `req` or `res` are true
 *   ['listen', 'req.data']     adds a logging listener for an event that isn't always listened to
 *   ['wait', 'req.end', n?]    continues when that event was logged (at once if it already was; for the n-th time)
 *   ['wait', 'tick' | 'turn']  continues on process.nextTick, or on setImmediate
 *   ['in', 'socket.close', steps]   does the steps in that event, which need not be logged, once
 *   ['first in', 'socket.close', steps]   the same, before all who listen already
 *   ['throw', 'boom']          throws an Error out of the listener
 *   ['run', hands => …]        the way out, for what data can't say
 */
export type Step<H = Hands> =
  | readonly [`${string}.${string}`, ...unknown[]]
  | readonly ['look', string]
  | readonly ['listen', string]
  | readonly ['wait', string, number?]
  | readonly ['in' | 'first in', string, readonly Step<H>[]]
  | readonly ['throw', string]
  | readonly ['run', (hands: H) => unknown];

export type Steps = readonly Step[];

/** Steps for every request, or by `req.url`. */
export type Behaviour = Steps | Readonly<Record<`/${string}`, Steps>>;

/**
 * One line of the script, which is followed from top to bottom. The speaking peer is 'a', connected before the first
 * line, until `['as', …]` says otherwise. Steps of the server's side may stand among these, with numbered names:
 * `['res1.end', 'late']`.
 *
 *   ['send', 'GET …']          one write, latin1 or bytes
 *   ['trickle', 'GET …']       a write for each byte, each in a turn of its own
 *   ['end'] · ['reset']        FIN after what was sent · RST
 *   ['await bytes', 'hello']   until this text has arrived behind what was awaited before
 *   ['await event', 'req1.end', n?]   until the server's log has it (for the n-th time)
 *   ['await close']            until the server's FIN or RST has arrived
 *   ['pause'] · ['resume']     the peer stops reading · reads on
 *   ['as', 'b']                peer b speaks from here; it connects when first named
 *   ['settle']                 full round trips on another connection: all that is on its way has arrived
 */
export type Line = Step | PeerLine;

/** What a peer does, and what the script waits for. */
export type PeerLine =
  | readonly ['send', string | Uint8Array]
  | readonly ['trickle', string]
  | readonly ['end']
  | readonly ['reset']
  | readonly ['await bytes', string]
  | readonly ['await event', string, number?]
  | readonly ['await close']
  | readonly ['pause']
  | readonly ['resume']
  | readonly ['as', string]
  | readonly ['settle'];

export interface Conversation {
  readonly name: string;
  /** What createServer gets, properties assigned to the server, and steps for its other events. */
  readonly server?: {
    readonly options?:
      | ServerOptions
      | ((http: Pick<typeof NodeHttp, 'IncomingMessage' | 'ServerResponse'>) => ServerOptions);
    readonly props?: Readonly<Record<string, unknown>>;
    readonly on?: Readonly<Record<string, Steps>>;
  };
  /** What the 'request' listener does. Without it the server has no such listener. */
  readonly handler?: Behaviour;
  readonly script: readonly Line[];
  /** 'duplex': the server's side of an in-memory pair is handed over by server.emit('connection', duplex). */
  readonly transport?: 'tcp' | 'duplex';
  /** Objects ('socket') or events ('res.error') that the log does not listen to, where listening changes the outcome. */
  readonly deaf?: readonly string[];
  /** A listed difference: these parts of the log are exactly so on statewire and otherwise on the host. */
  readonly differs?: Difference;
  /** Differences from some hosts only, by their versions. */
  readonly differsOn?: DifferenceByHost;
}

export type DifferenceByHost = Readonly<Partial<Record<Hosts, Difference>>>;

/** Parts that are not named are the host's. */
export interface Difference {
  /** The row of docs/differences-from-node.md. */
  readonly row: string;
  /** What the host does here, or which rule it breaks. */
  readonly why: string;
  /** The host's process does not survive this conversation: only statewire holds it, and the whole log is given. */
  readonly hostDies?: true;
  readonly events?: readonly string[] | ((host: readonly string[]) => readonly string[]);
  /** Null is a connection that isn't made. */
  readonly peers?: Readonly<Record<string, { readonly received?: string; readonly ended?: Ended } | null>>;
}
