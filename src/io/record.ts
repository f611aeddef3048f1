/**
 * The door for a journal (src/journal): one variable that all of its hooks look at. While nobody records it is undefined, and a
 * hook costs that look.
 *
 * What crosses the boundary of the engine is recorded; all else follows from it:
 * - inputs: what the world and the program do to a connection, and each callback that the engine has deferred;
 * - asks: what the engine reads of the world and the program, as yes or no;
 * - doors: calls of the program and of its streams, during which inputs may come;
 * - writes: what a socket is handed.
 *
 * A hook decides nothing: the recorder returns what it is given. Only a replay, which stands for world and program, returns what
 * was recorded.
 */

/** Where something happens: see engine/place.ts. */
export interface Place {
  readonly connection: number;
  readonly exchange: number;
}

/** The kinds of inputs. Their numbers are in files. */
export const FACT = 1;
export const CALL = 2;
export const LANDED = 3;
/** A request of a client gets a socket, or the reason why there is none. */
export const OFFER = 5;
export const CLOSING = 6;
export const DRAINING = 7;
export const CUTTING = 8;
export const CLOSE_IDLE = 9;
export const EXPIRED = 10;
export const COOLED = 11;
export const RESTED = 12;
/** The socket's listeners of 'close' were called. */
export const CLOSED = 13;
/** The reader of a response has received its end. */
export const RESPONSE_ENDED = 14;
/** The timeout of a client's socket has expired: for its request, and for its response. */
export const TIMED_OUT = 15;
export const RESPONSE_TIMED_OUT = 16;
/** The stream of an incoming message wants more; it is destroyed. */
export const READ = 17;
export const DESTROY = 18;
export const CORK = 19;
export const UNCORK = 20;
/** A head that was not sent is taken back. */
export const RECALL = 21;
/** `end()` gets a callback. */
export const END_CALLBACK = 22;
/** The peer need not be read any longer. */
export const LINGERED = 23;
/** The program uses the socket itself, or ends it: what waits leaves first. */
export const OVERTAKEN = 24;
/** The program removes the socket of a client from its agent. */
export const REMOVED = 25;

/** The kinds of doors. */
export const EMIT = 1;
export const CALLBACK = 2;
export const STREAM = 3;
/** Asking an agent for another socket. */
export const AGENT = 4;

/** A connection: what a recorder reads of its host. */
export interface Recorded {
  readonly actor: Place & { readonly id: string };
}

/** What is said of an exchange that is over. */
export interface Summed {
  readonly what: string;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Recorder {
  /** A connection begins. @param host that of the connection */
  open(host: Recorded, socket: object, isServerSide: boolean): void;
  /** A request of a client is made. @param message the request */
  made(place: Place, message: object, options: object): void;
  /**
   * A request, known by its number until now, belongs to an exchange of a connection.
   * @param connection where it was sent before; 0 if it wasn't
   * @param number that of the request, or of its exchange there
   * @param limit how many lines the head of its response may have
   */
  attach(connection: number, number: number, place: Place, limit: number): void;
  /**
   * An input begins.
   * @returns whether `leave` must be called when it is over; false if the engine itself does it
   */
  enter(place: Place, kind: number, detail: unknown, subject?: object): boolean;
  leave(): void;
  /** Something has been read. @returns it */
  ask(found: boolean): boolean;
  /** The program, or a stream of it, is called: `call(on)`. @returns what it returns */
  door<T, R>(kind: number, detail: unknown, call: (on: T) => R, on: T): R;
  /** A socket was handed something. @returns `accepted` */
  wrote(place: Place, data: string | Uint8Array, encoding: string, accepted: boolean): boolean;
  /** The time of day is sent. @returns it */
  date(text: string): string;
  /** A part of the chunk that is parsed is content. */
  content(part: Uint8Array): void;
  /** The chunk that is parsed leaves HTTP before `rest`. */
  left(rest: Uint8Array): void;
  /** Calls `post` with what calls `call(subject)` later. */
  defer<T>(
    post: (call: (subject: never) => void, subject: unknown) => void,
    call: (subject: T) => void,
    subject: T,
  ): void;
  /** An exchange is over. @param verdict of rules/ending.ts @param ms how long it took */
  ended(place: Place, verdict: number, ms: number, summary: Summed): void;
}

export let recorder: Recorder | undefined;

/** @param next undefined: nobody records */
export function useRecorder(next: Recorder | undefined): void {
  recorder = next;
}

/** What the engine reads of the world or the program. */
export const asked = (found: boolean): boolean => (recorder === undefined ? found : recorder.ask(found));

/** Does `act(on)` as an input. For what is done once a message, `act` is no closure. */
export function entering<T>(
  place: Place,
  kind: number,
  detail: unknown,
  act: (on: T) => void,
  on?: T,
  subject?: object,
): void {
  const journal = recorder;
  if (journal === undefined || !journal.enter(place, kind, detail, subject)) {
    act(on as T);
    return;
  }
  try {
    act(on as T);
  } finally {
    journal.leave();
  }
}

/** Calls the program, or a stream of it: `call(on)`. @returns what it returns */
export const through = <T, R>(kind: number, detail: unknown, call: (on: T) => R, on?: T): R =>
  recorder === undefined ? call(on as T) : recorder.door(kind, detail, call, on as T);
