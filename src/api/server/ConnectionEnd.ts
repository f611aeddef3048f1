/**
 * The end of a server's connection, for the endings of its exchanges.
 *
 * Rule 1: the chart decides whether the connection ends, by an order; the state before and the event name the ending
 *         (rules/ending.ts). The first that ends it counts.
 * Rule 2: exchanges that have no response of ours end here: a head that never was whole, and a change of protocol.
 */
import type { Actor } from '../../engine/actor.js';
import type { Place } from '../../engine/place.js';
import type { ConnectionEmission, ConnectionEvent, PeerFault } from '../../events/connection.js';
import type { EndedTimer, Verdict } from '../../events/ending.js';
import type { ConnectionFacts } from '../../events/facts.js';
import { Feed } from '../../io/feed.js';
import { asked } from '../../io/record.js';
import { closedFirst, codeOf, connectionEndedIn, endedBy, hasBegunHead, packed, unpacked } from '../../rules/ending.js';
import { errorStatus } from '../../rules/error-response.js';
import { pathOf, subjectOf, wordOf } from '../compat/describe.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { endingOf, isEndNoticed, NOTHING, publishEnd, whileLate } from '../process/ending.js';
import { since } from '../process/history.js';
import { passedOn, type Subject } from '../process/story.js';
import type { Exchanges } from './Exchanges.js';
import { timerOf } from './facts.js';
import { hostOf } from './prototypes.js';
import type { ServerSocket } from './ServerSocket.js';

type State = ConnectionFacts['state'];

/** What may end the connection, and its state before. */
interface Decisive {
  readonly before: State;
  readonly event: ConnectionEvent;
}

/** Orders that are given when nothing is due any more. */
const GRACEFUL: ReadonlySet<string> = new Set(['io.end', 'io.endSoon']);

export abstract class ConnectionEnd extends Feed {
  abstract readonly server: { readonly timeout: unknown };
  abstract readonly socket: ServerSocket;
  abstract override readonly actor: Actor<{ changesTo: string }, ConnectionEvent, ConnectionEmission>;
  abstract readonly exchanges: Exchanges;
  abstract readonly requests: number;
  /** How it has ended, or will: rules/ending.ts. 0 as long as nothing ends it. */
  declare verdict: number;
  // What few connections have is declared only: others keep no room for it.
  /** The request whose protocol is handed over. */
  declare protected upgrading: IncomingMessage | undefined;
  private decisive: Decisive | undefined;
  /** A fault that waits for the responses before it. */
  declare private held: Decisive | undefined;

  abstract send(event: ConnectionEvent): void;
  protected abstract faultOf(error: Error): PeerFault;

  /** As `send`, for what may end the connection. */
  sendCause(event: ConnectionEvent, before = this.actor.value as State): void {
    this.sendBy(event, { before, event });
  }

  private sendBy(event: ConnectionEvent, decisive: Decisive): void {
    const outer = this.decisive;
    this.decisive = decisive;
    try {
      if (event.type === 'net.timedOut') whileLate(this.timerOf(decisive), () => this.send(event));
      else this.send(event);
      // A listener has destroyed the socket.
      if (event.type === 'net.timedOut' && asked(event.hasListener && this.socket.destroyed))
        this.noteFirst('user.destroy');
    } finally {
      this.decisive = outer;
    }
  }

  /** An exception of a listener may have held the order up until its cause is forgotten. */
  protected holdFault(error: Error): void {
    const { decisive } = this;
    const isCause = decisive !== undefined && 'error' in decisive.event && decisive.event.error === error;
    const before = this.actor.value as State;
    this.held = isCause ? decisive : { before, event: { type: 'response.unblocked', ...this.faultOf(error) } };
  }

  /** The fault that was kept is judged again. */
  protected reportFault(): void {
    const held = this.held as Decisive;
    const { error } = held.event as PeerFault & ConnectionEvent;
    this.sendBy({ type: 'response.unblocked', ...this.faultOf(error) }, held);
  }

  /** One side has sent FIN, and that has not ended it: the peer may still be sent what is due, or the program has ended the socket. */
  protected noteHalf(closedFirst: 'peer' | 'us'): void {
    if (this.verdict === 0) this.verdict = packed({ by: '-', in: '-', timer: undefined, closedFirst, status: 0 });
  }

  /** The chart has ordered the end of the connection, or has called the program instead. */
  noteEnd(order: string): void {
    this.noteFirst(order);
    const { event, before } = this.decisive ?? {};
    if (event !== undefined && before !== undefined && 'error' in event) {
      passedOn(event.error, () => this.about(isInHead(before, event) || this.holdsHead(before)));
    }
  }

  /** What an error of the connection is about: the request that is read, or else what comes in place of its head. */
  private about(isInHead: boolean): Subject {
    const { actor, exchanges, requests, verdict } = this;
    const { connection, track } = actor;
    const request = isInHead ? undefined : exchanges.reading;
    const exchange = isInHead ? requests + 1 : requests;
    const place = { connection, track, exchange };
    return { chart: 'incomingRequest', place, what: subjectOf(request), verdict: verdict === 0 ? undefined : verdict };
  }

  private noteFirst(order: string): void {
    const known = unpacked(this.verdict);
    if (known.by !== '-' || known.closedFirst === 'us') return;
    const { decisive, exchanges } = this;
    const state = decisive?.before ?? (this.actor.value as State);
    const isGraceful = GRACEFUL.has(order) && decisive?.event.type !== 'net.ended';
    const cause = order === 'user.destroy' ? order : (decisive?.event.type ?? 'wire.head');
    const by = isGraceful ? '-' : endedBy(cause, errorCode(decisive?.event));
    const timer = this.timerOf(decisive);
    const status = this.statusOf(order, decisive?.event);
    const { first } = exchanges.responses;
    const isHead = isInHead(state, decisive?.event) || this.holdsHead(state);
    const when = isGraceful ? '-' : connectionEndedIn(state, isHead, first && hostOf(first).endedIn());
    // A listener of 'clientError' has the socket: it is open still, unless the peer has closed it.
    const isOpen = order === 'server.clientError' && closedFirst(by) === 'us';
    const side = known.closedFirst ?? (isGraceful ? 'us' : isOpen ? undefined : closedFirst(by));
    this.verdict = packed({ by, in: when, timer, closedFirst: side, status: 0 });
    for (const response of exchanges.responses) {
      // After the last response nothing is sent.
      hostOf(response).endBy(isGraceful ? 'E' : by, timer, side, response === first ? status : 0);
    }
    if (isGraceful) return;
    const ended = { by, timer, closedFirst: side, status };
    if (isHead) this.publish({ ...ended, in: 'H' });
    else if (this.upgrading !== undefined) this.publish({ ...ended, in: 'W' });
  }

  /** The protocol has changed: to HTTP, the exchange is over. */
  protected noteHandOver(): void {
    this.publish({ by: '-', in: '-', timer: undefined, closedFirst: undefined, status: 0 });
  }

  /** How long a head that never was whole has been coming, in ms. What is refused at its first bytes takes no time. */
  private headTook(place: Place): number | undefined {
    const { actor, held, decisive } = this;
    const cause = this.holdsHead(decisive?.before ?? (actor.value as State)) ? held : decisive;
    if (cause !== undefined && hasBegunHead(cause.before.reading)) return since(place, 'connection', 'wire.partial');
    return cause === held ? since(place, 'connection', 'wire.malformed') : 0;
  }

  /** Something in the place of a head waits to be refused. */
  private holdsHead({ reading }: State): boolean {
    const { held } = this;
    const isHeld = typeof reading === 'object' && 'faulty' in reading && reading.faulty === 'waiting';
    return isHeld && held !== undefined && isInHead(held.before, held.event);
  }

  private timerOf(decisive: Decisive | undefined): EndedTimer | undefined {
    const { event, before } = decisive ?? {};
    if (event === undefined || before === undefined) return undefined;
    if (event.type === 'clock.expired')
      return event.headLate && before.reading !== 'readingBody' ? 'headersTimeout' : 'requestTimeout';
    if (event.type !== 'net.timedOut') return undefined;
    // An idle connection has only that, unless its socket was given another.
    return isKept(before) && !this.socket.timeout ? 'keepAliveTimeout' : timerOf(this);
  }

  private statusOf(order: string, event: ConnectionEvent | undefined): number {
    if (order === 'io.turnAway') return 503;
    return order === 'io.refuse' ? errorStatus(errorCode(event)) : 0;
  }

  /** For an exchange without a response. */
  private publish(ended: Verdict): void {
    if (!isEndNoticed()) return;
    const { in: when } = ended;
    const { actor, upgrading, requests } = this;
    const { connection, track } = actor;
    const exchange = when === 'H' ? requests + 1 : requests;
    const place = { connection, track, exchange };
    const verdict = packed(ended);
    const isKnown = when !== 'H' && upgrading !== undefined;
    const subject = isKnown
      ? { what: subjectOf(upgrading), method: wordOf(upgrading.method), path: pathOf(upgrading.url) }
      : {};
    const ms = when === 'H' ? this.headTook(place) : since(place, 'incomingRequest', 'xstate.init');
    publishEnd(endingOf('incomingRequest', place, verdict, ms, { ...NOTHING, ...subject }));
  }
}

ConnectionEnd.prototype.verdict = 0;

const errorCode = (event: ConnectionEvent | undefined): string | undefined =>
  event !== undefined && 'error' in event ? (codeOf(event.error) as string | undefined) : undefined;

/** No exchange goes on, and one has before. */
const isKept = ({ reading, responses }: State): boolean =>
  responses === 'none' && typeof reading === 'object' && 'awaiting' in reading && reading.awaiting === 'kept';

/** The peer was sending a head, or something else in its place. */
function isInHead({ reading }: State, event: ConnectionEvent | undefined): boolean {
  if (hasBegunHead(reading)) return true;
  return event?.type === 'wire.malformed' && typeof reading === 'object' && 'awaiting' in reading;
}
