/**
 * The end of an outgoing message's exchange: how it has ended, and since when it has gone on.
 *
 * Rule 1: the chart decides whether the exchange ends; the state before and the event name the ending (rules/ending.ts).
 * Rule 2: what is kept is a number for each exchange, and another if it does not end well. All else is made when somebody asks.
 */
import type { AsyncResource } from 'node:async_hooks';
import type { Actor } from '../../engine/actor.js';
import type { EndedBy, EndedIn, EndedTimer, Ending, Verdict } from '../../events/ending.js';
import type { ResponseFacts } from '../../events/facts.js';
import type { OutgoingEmission, OutgoingEvent } from '../../events/message.js';
import type { RequestEmission, RequestEvent } from '../../events/request.js';
import { recorder } from '../../io/record.js';
import { hasNoLine, isGivenUp, packed, responseEndedIn, unpacked, verdictOf } from '../../rules/ending.js';
import { mayHaveContent } from '../../rules/framing.js';
import { pathOf, wordOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import {
  beginning,
  endingOf,
  isEndNoticed,
  lasting,
  lateTimer,
  NOTHING,
  publishEnd,
  type Summary,
} from '../process/ending.js';
import type { Subject } from '../process/story.js';
import { headText } from './headText.js';
import { isShort } from './measured.js';
import type { Outgoing } from './OutgoingState.js';
import { Outlet } from './Outlet.js';
import type { SocketOwner } from './owner.js';

export type MessageEvent = OutgoingEvent | RequestEvent;
export type MessageEmission = OutgoingEmission | RequestEmission;

/** The members of a response that are printed. */
export interface Described {
  readonly req?: RequestDescribed | undefined;
  readonly statusCode?: unknown;
}

/** The request that it responds to, which may be the program's. */
interface RequestDescribed {
  readonly method?: unknown;
  readonly url?: unknown;
  /** What the program's routers have not cut: a convention of Connect and Express. */
  readonly originalUrl?: unknown;
  readonly complete?: unknown;
  readonly rawHeaders?: readonly string[];
  readonly [own]?: { readonly received: number };
}

export const COMPLETE: Verdict = { by: '-', in: '-', timer: undefined, closedFirst: undefined, status: 0 };
const REFUSED = packed({ ...COMPLETE, by: 'E', in: 'H' });
/** The program has ended it before it had the length that its head declares. */
const CUT_SHORT = packed({ ...COMPLETE, by: 'U', in: 'A', closedFirst: 'us' });

export abstract class OutgoingEnd extends Outlet {
  abstract readonly actor: Actor<Record<string, never>, MessageEvent, MessageEmission>;
  owner: SocketOwner | undefined;
  /** The async context in which its listeners run; undefined for a message made by the program. */
  scope: AsyncResource | undefined;
  /** That of the call that has ended it, if somebody listens. */
  declare protected endScope: AsyncResource | undefined;
  /** When the exchange has begun; once it is over, how long it took: process/ending.ts. */
  private time = beginning();
  /** How the exchange ends, by what has come first: rules/ending.ts. 0 while nothing ends it, and if its response is whole. */
  declare verdict: number;
  /** What was said of it at its end, if the program or the peer may change that. */
  declare private said: Summary | undefined;

  /** The only entrance to the machine. */
  abstract send(event: MessageEvent): void;

  /** As `send`, for what may end the exchange. If it does, it is by the state before that the ending is named. */
  sendCause(event: MessageEvent, code?: unknown): void {
    const before = this.actor.value as ResponseFacts['state'];
    const isFirst = this.verdict === 0 && this.time >= 0;
    // Its listeners may end it, too, or close it at once.
    if (isFirst) this.verdict = this.verdictBy(event.type, code);
    this.send(event);
    if (isFirst && this.time >= 0 && !this.isLost(before, event.type)) this.verdict = 0;
  }

  /** Whether what was sent has ended it. */
  protected isLost(before: ResponseFacts['state'], _event: string): boolean {
    return isGivenUp(before, this.actor.value as ResponseFacts['state']);
  }

  protected verdictBy(event: string, code: unknown): number {
    return verdictOf(event, code, this.endedIn(), lateTimer());
  }

  /** Its connection ends. It may still be sent whole. */
  endBy(by: EndedBy, timer: EndedTimer | undefined, side: Verdict['closedFirst'], status: number): void {
    if (this.verdict !== 0 || this.time < 0) return;
    this.verdict = packed({ by, in: this.endedIn(), timer, closedFirst: side, status });
  }

  /** The server responds to it itself. */
  refuse(): void {
    this.verdict = REFUSED;
  }

  /** How far it has come. */
  endedIn(): EndedIn {
    const { req } = this.message as Outgoing & Described;
    const awaitsBody = req?.complete === false && mayHaveContent(req.rawHeaders ?? []);
    return responseEndedIn(this.actor.value as ResponseFacts['state'], awaitsBody);
  }

  /** How its exchange has ended, as a number; undefined before. */
  get final(): number | undefined {
    return this.time >= 0 ? undefined : this.verdict;
  }

  /** How its exchange has ended; undefined before. */
  get ending(): Ending | undefined {
    const { actor, time, verdict } = this;
    return time >= 0 ? undefined : endingOf(actor.id as 'response', actor, verdict, -1 - time, this.safeSummary());
  }

  /** What an error of this message is about. */
  about(remark?: Subject['remark']): Subject {
    const { actor, time, verdict } = this;
    const { what, connection } = this.safeSummary();
    const isEnding = time < 0 || verdict !== 0;
    return {
      chart: actor.id as 'response',
      place: actor,
      connection,
      what,
      verdict: isEnding ? verdict : undefined,
      remark,
    };
  }

  /** The same for an error that says that the head has left: when, and by what call. */
  aboutHead(): Subject {
    const { _headerSent: isSent, _bytesWritten } = this.message;
    const handed = { isSent, waits: hasNoLine(this.actor.value as ResponseFacts['state']), hasBody: _bytesWritten > 0 };
    return this.about((changes) => headText(changes, handed));
  }

  /** Members of the program may throw when they are read. */
  private safeSummary(): Summary {
    try {
      return this.said ?? this.summary();
    } catch {
      return NOTHING;
    }
  }

  protected summary(): Summary {
    const { message } = this;
    const { req, statusCode, _header } = message as Outgoing & Described;
    const method = req?.method ? wordOf(req.method) : undefined;
    const path = method === undefined ? undefined : pathOf(req?.originalUrl ?? req?.url);
    return {
      what: method === undefined ? '' : `${method} ${path}`,
      method,
      path,
      status: _header === null ? undefined : (sentStatus(_header) ?? (statusCode as number)),
      bytesIn: req?.[own]?.received ?? 0,
      bytesOut: message._hasBody ? message._bytesWritten : 0,
      connection: undefined,
    };
  }

  /** Nothing of its exchange comes any more. */
  protected get isSettled(): boolean {
    return (this.message as Described).req?.complete !== false;
  }

  /** Its exchange is over. */
  protected over(): void {
    if (this.time < 0) return;
    const { connection, exchange } = this.actor;
    // A response that the program has made belongs to none.
    const isNoticed = (connection !== 0 || exchange !== 0) && isEndNoticed();
    this.time = lasting(this.time);
    // What is handed over later does not leave, and what comes later belongs to no response.
    if (this.verdict !== 0 || !this.isSettled) this.said = this.safeSummary();
    recorder?.ended(this.actor, this.verdict, -1 - this.time, this.safeSummary());
    if (!isNoticed) return;
    const ending = this.ending as Ending;
    if (this.scope === undefined) publishEnd(ending);
    else this.scope.runInAsyncScope(publishEnd, undefined, ending);
  }

  /** The response is whole, whatever has happened meanwhile. */
  protected complete(): void {
    if (this.verdict !== REFUSED) {
      const before = this.owner?.verdict ?? 0;
      if (before !== 0) this.verdict = packed({ ...COMPLETE, closedFirst: unpacked(before).closedFirst });
      else if (this.verdict !== 0) this.verdict = 0;
      if (isShort(this.message)) this.verdict = CUT_SHORT;
    }
    this.over();
  }
}

OutgoingEnd.prototype.verdict = 0;
OutgoingEnd.prototype['said'] = undefined;

/** That of a head which was fixed. The program may change `statusCode` afterwards. */
function sentStatus(head: unknown): number | undefined {
  if (typeof head !== 'string' || !head.startsWith('HTTP/1.1 ')) return undefined;
  const status = Number(head.slice(9, 12));
  return Number.isInteger(status) ? status : undefined;
}
