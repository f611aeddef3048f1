/**
 * What hosts say about themselves when somebody asks: the states of their actors, and what no state tells. `explain` reads it.
 *
 * Rule 1: states and places are as they were when it was asked. The rest is read from the host when it is looked at: who asks
 *         thousands pays for what he looks at.
 * Rule 2: to look changes nothing, and calls no method that a program may have replaced, but those that read.
 */
import type { StateOf } from './charts.js';

/** Where an actor is, and its history. */
interface PlaceFacts {
  readonly connection: number;
  readonly exchange: number;
  /** Of engine/history.ts; undefined without a history. */
  readonly track: number[] | undefined;
}

/** What ends. */
interface EndFacts extends PlaceFacts {
  /** How it has ended: a number of rules/ending.ts. Undefined before. */
  readonly verdict: number | undefined;
}

/** What is written to an outgoing message. */
interface WrittenFacts {
  /** What it keeps, as no socket may have it yet, in bytes. */
  readonly kept: number;
  /** The program has gone on writing although write() had returned false. */
  readonly isOverrun: boolean;
}

/** What a program does to a socket so that we read nothing of it: it pauses it, listens to 'readable', or takes its 'data'. */
export type Held = 'paused' | 'readable' | 'taken';

export interface SocketFacts {
  readonly connecting: boolean;
  /** Its TLS handshake is under way. */
  readonly securing: boolean;
  /** The program or we have ended it. */
  readonly ended: boolean;
  readonly destroyed: boolean;
  /** The program keeps us from reading it; undefined if it doesn't. */
  readonly held: Held | undefined;
  /** The program has corked it. */
  readonly corked: boolean;
  /** What was written to it and not sent, in bytes. */
  readonly inSocket: number;
  readonly received: number;
  readonly sent: number;
  /** Its inactivity timeout, in ms; 0 for none. */
  readonly timeout: number;
}

/** The reader of a message. */
export interface ReaderFacts {
  readonly flowing: boolean | null;
  /** It is piped. */
  readonly piped: boolean;
  /** What it holds, in bytes. */
  readonly buffered: number;
  /** 'end' has a listener. */
  readonly awaitsEnd: boolean;
  /** It was read to its end. */
  readonly ended: boolean;
  /** With it the connection has left HTTP. */
  readonly upgraded: boolean;
}

export interface IncomingRequestFacts extends PlaceFacts {
  readonly kind: 'incomingRequest';
  /** `POST /a`. */
  readonly what: string;
  readonly state: StateOf<'incomingRequest'>;
  readonly reader: ReaderFacts;
  /** Its head says that content follows. */
  readonly hasContent: boolean;
}

export interface IncomingResponseFacts extends PlaceFacts {
  readonly kind: 'incomingResponse';
  readonly what: string;
  readonly state: StateOf<'incomingResponse'>;
  readonly reader: ReaderFacts;
  readonly hasContent: true;
}

export interface ResponseFacts extends EndFacts, WrittenFacts {
  readonly kind: 'response';
  readonly what: string;
  readonly state: StateOf<'response'>;
  /** `cork()` was called, `uncork()` wasn't. */
  readonly corked: boolean;
  /** The peer waits for 100 Continue, and the program has to send it. */
  readonly owesContinue: boolean;
  /** It belongs to an exchange of a connection. */
  readonly isOwned: boolean;
}

/** A request that was read, and its response, which is due. */
export interface ExchangeFacts {
  readonly of: ConnectionFacts;
  readonly request: IncomingRequestFacts;
  readonly response: ResponseFacts;
}

/** For each deadline of a connection the ms that are left; undefined if it doesn't run. */
export interface DeadlineFacts {
  readonly headersTimeout: number | undefined;
  readonly requestTimeout: number | undefined;
  /** For how long it may still be idle; after our FIN, for how long its peer may still be silent. */
  readonly idle: number | undefined;
  /** Of the drain of its server. */
  readonly drain: number | undefined;
}

export interface ConnectionFacts extends EndFacts {
  readonly kind: 'connection';
  readonly state: StateOf<'connection'>;
  readonly socket: SocketFacts;
  readonly deadlines: DeadlineFacts;
  /** The program listens to 'timeout' of what the socket is used for now: its listener is called, and the socket stays open. */
  readonly hearsTimeout: boolean;
  /** What destroys its socket after its timeout; undefined if nothing of ours does: the program listens, or has no timeout. */
  readonly timer: 'server.timeout' | 'setTimeout' | undefined;
  /** The program listens to 'clientError': its listener gets the socket when headersTimeout or requestTimeout has passed. */
  readonly hearsFault: boolean;
  /** `server.timeout`, in ms. */
  readonly serverTimeout: number;
  /** For how long it was idle when it was used later than its server announces, in ms; 0 if it never was. */
  readonly lateUse: number;
  /** Oldest first. */
  readonly exchanges: readonly ExchangeFacts[];
  /** The request that is read, if its response was sent. */
  readonly reading: IncomingRequestFacts | undefined;
}

export interface ServerFacts extends PlaceFacts {
  readonly kind: 'server';
  /** Its address. */
  readonly what: string;
  readonly state: StateOf<'server'>;
  /** How many connections it has. */
  readonly size: number;
  /** How many TLS handshakes with peers are under way. */
  readonly handshakes: number;
  /** The open sockets that it has handed over, with the request that they were upgraded by. */
  readonly handedOver: Iterable<{ readonly connection: number; readonly what: string }>;
  /** Calls for each connection. One at a time: they are read from memory once. */
  eachConnection(call: (facts: ConnectionFacts) => void): void;
}

/** Why a request has no socket yet. */
export interface QueueFacts {
  /** From 1; 0 if the agent makes a connection for it. */
  readonly position: number;
  readonly maxSockets: number;
  readonly maxTotalSockets: number;
  /** How many requests it has to wait for. */
  readonly inUse: number;
}

export interface RequestFacts extends EndFacts, WrittenFacts {
  readonly kind: 'request';
  /** `GET http://host/path`. */
  readonly what: string;
  readonly state: StateOf<'request'>;
  readonly socket: SocketFacts | undefined;
  /** Its agent sets it, if it is asked itself. */
  queue: QueueFacts | undefined;
  readonly response: IncomingResponseFacts | undefined;
  readonly corked: boolean;
  /** It has an Expect field, and the peer has sent neither 100 Continue nor a response. */
  readonly awaitsContinue: boolean;
  /** Its socket has a timeout of its own, not that of the agent. */
  readonly hasTimeout: boolean;
  /** The program listens to 'timeout'. */
  readonly hearsTimeout: boolean;
  /** It has a signal of the program, which is not aborted. */
  readonly hasSignal: boolean;
  /** What it was given of its body, if that is less than its head declares. */
  readonly lacking: { readonly given: number; readonly declared: number } | undefined;
  /** The id of the exchange of a server that has asked it, if that is noted. */
  readonly askedBy: string | undefined;
}

/** What an agent knows about a connection. */
export interface PooledFacts {
  /** When it closes it, in ms; undefined if it doesn't. */
  readonly idleLeft: number | undefined;
}

export interface ClientConnectionFacts extends EndFacts {
  readonly kind: 'clientConnection';
  /** Its peer. */
  readonly what: string;
  readonly state: StateOf<'clientConnection'>;
  readonly socket: SocketFacts;
  readonly request: RequestFacts | undefined;
  /** Its agent sets it. */
  pooled: PooledFacts | undefined;
}

/** A socket that was handed over to the program. */
export interface HandedOverFacts {
  readonly kind: 'handedOver';
  readonly connection: number;
  /** Its method and its path. */
  readonly what: string;
  /** For how long it has been the program's, in ms. */
  readonly since: number;
  readonly socket: SocketFacts;
}

export interface AgentFacts {
  readonly kind: 'agent';
  readonly connections: readonly ClientConnectionFacts[];
  /** Those without a socket. */
  readonly requests: readonly RequestFacts[];
}

export type Facts =
  | AgentFacts
  | ClientConnectionFacts
  | ConnectionFacts
  | HandedOverFacts
  | IncomingRequestFacts
  | IncomingResponseFacts
  | RequestFacts
  | ResponseFacts
  | ServerFacts;
