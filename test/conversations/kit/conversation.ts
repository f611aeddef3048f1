/**
 * The vocabulary of server conversations.
 *
 * A conversation is data: a server, what its listeners do, and what a peer on raw TCP sends and awaits. `runConversation`
 * runs it against any implementation of node:http's API, and returns what happened as a Log.
 *
 * Objects are named in the order in which they appear: `socket1`, `req1`, `res1`, `req2` … Inside a listener the names
 * `req`, `res`, `socket`, `head`, `err` without a number are its own arguments; `server` is the same everywhere.
 */
import type * as NodeHttp from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Hosts } from './host.js';
import type { Ended } from './log.js';

/** What a listener has in scope; a member is absent if the event has no such argument. */
export interface ListenerScope {
  readonly server: Server;
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
  readonly socket?: Duplex;
  readonly head?: Buffer;
  readonly err?: Error;
}

/** The argument of a `['run', …]` step: the listener's scope, and `note`, which adds a line to the log. */
export type RunScope = Required<ListenerScope> & { note(line: string): void };

/**
 * One action on the server's side. Steps run one after the other, synchronously; after a 'wait' the rest runs inside the
 * awaited event.
 *
 *   ['res.write', 'x']         calls the method, and logs its result or the error that it throws
 *   ['res.statusCode =', 404]  assigns
 *   ['req.headers ?']          logs the value
 *   ['look', 'res']            logs which of the documented booleans of `req` or `res` are true
 *   ['listen', 'req.data']     adds a logging listener for an event that is not always logged
 *   ['wait', 'req.end', n?]    continues when that event has been logged (n times); at once if it already has
 *   ['wait', 'tick' | 'turn']  continues on process.nextTick, or on setImmediate
 *   ['in', 'socket.close', steps]   performs the steps once, in that event, which need not be logged
 *   ['first in', 'socket.close', steps]   the same, before all existing listeners
 *   ['throw', 'boom']          throws an Error out of the listener
 *   ['run', scope => …]        the escape hatch, for what data cannot express
 */
export type Step<H = RunScope> =
  | readonly [`${string}.${string}`, ...unknown[]]
  | readonly ['look', string]
  | readonly ['listen', string]
  | readonly ['wait', string, number?]
  | readonly ['in' | 'first in', string, readonly Step<H>[]]
  | readonly ['throw', string]
  | readonly ['run', (scope: H) => unknown];

export type Steps = readonly Step[];

/** Steps for every request, or by `req.url`. */
export type Behaviour = Steps | Readonly<Record<`/${string}`, Steps>>;

/**
 * One line of the script, which runs from top to bottom. The current peer is 'a', connected before the first line, until
 * `['as', …]` selects another. A line may also be a step of the server's side, with numbered names: `['res1.end', 'late']`.
 *
 *   ['send', 'GET …']          one write, latin1 or bytes
 *   ['trickle', 'GET …']       one write per byte, each in a turn of its own
 *   ['end'] · ['reset']        FIN after the bytes sent so far · RST
 *   ['await bytes', 'hello']   until this text has arrived, after the text awaited before
 *   ['await event', 'req1.end', n?]   until the log has that event (n times)
 *   ['await close']            until the server's FIN or RST has arrived
 *   ['pause'] · ['resume']     the peer stops reading · reads again
 *   ['as', 'b']                peer b is the current one from here on; it connects when first named
 *   ['settle']                 round trips on another connection: all bytes in transit have arrived
 */
export type Line = Step | PeerLine;

/** What a peer does, and what the script awaits. */
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
  /** Options for createServer(), properties assigned to the server, and steps for its other events. */
  readonly server?: {
    readonly options?:
      | ServerOptions
      | ((http: Pick<typeof NodeHttp, 'IncomingMessage' | 'ServerResponse'>) => ServerOptions);
    readonly props?: Readonly<Record<string, unknown>>;
    readonly on?: Readonly<Record<string, Steps>>;
  };
  /** What the 'request' listener does. Without it, the server has no such listener. */
  readonly handler?: Behaviour;
  readonly script: readonly Line[];
  /** 'duplex': the connection is one end of an in-memory pair, passed by server.emit('connection', duplex). */
  readonly transport?: 'tcp' | 'duplex';
  /** Objects ('socket') or events ('res.error') without a logging listener, because a listener would change the outcome. */
  readonly deaf?: readonly string[];
  /** A listed difference: statewire's log has exactly these parts, and the host's has not. */
  readonly differs?: Difference;
  /** Differences from some versions of Node only. */
  readonly differsOn?: DifferenceByHost;
}

export type DifferenceByHost = Readonly<Partial<Record<Hosts, Difference>>>;

/** Parts that are not named equal the host's. */
export interface Difference {
  /** The row of docs/differences-from-node.md. */
  readonly row: string;
  /** What the host does here, or which rule it breaks. */
  readonly why: string;
  /** The host's process crashes in this conversation: only statewire runs it, and the whole log is given. */
  readonly hostCrashes?: true;
  readonly events?: readonly string[] | ((host: readonly string[]) => readonly string[]);
  /** The same in the host's order of events (`eventOrder`), where `events` also puts them into the documented one. */
  readonly eventsInHostOrder?: (host: readonly string[]) => readonly string[];
  /** Null: a connection that statewire does not open. */
  readonly peers?: Readonly<Record<string, { readonly received?: string; readonly ended?: Ended } | null>>;
}
