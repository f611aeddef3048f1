/** The end of a client's request, for its ending: in addition to what every outgoing message has (OutgoingEnd.ts). */
import type { Socket } from 'node:net';
import type { EndedIn, Verdict } from '../../events/ending.js';
import type { RequestFacts } from '../../events/facts.js';
import {
  closedFirst,
  cutsResponse,
  endedBy,
  isGivenUp,
  isGone,
  isOfOpening,
  isWhole,
  packed,
  requestEndedIn,
  unpacked,
  verdictOf,
} from '../../rules/ending.js';
import type { AgentRequest } from '../agent/Asking.js';
import { queueFacts } from '../agent/facts.js';
import { pathOf, wordOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { COMPLETE } from '../message/OutgoingEnd.js';
import { OutgoingHost } from '../message/OutgoingHost.js';
import type { OutgoingMessage } from '../message/OutgoingMessage.js';
import { lateTimer, type Summary } from '../process/ending.js';
import { passedOn, withStory } from '../process/story.js';
import type { ClientConnectionHost } from './ClientConnectionHost.js';
import { type Printed, urlOf } from './url.js';

type State = RequestFacts['state'];

/** The code for a proxy that has not opened its tunnel in the time that the request has. */
export const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';

const isConnecting = ({ connecting, secureConnecting }: Socket & Secured): boolean =>
  connecting || secureConnecting === true;

export abstract class RequestEnd extends OutgoingHost {
  declare protected readonly message: EndedRequest;
  connection: ClientConnectionHost | undefined;
  /** Why the request failed. */
  fault: Error | null | undefined;
  /** That of the head of its response: the program may change `statusCode`. */
  protected status: number | undefined;

  /** A request has the context of the program from its beginning. */
  protected override keepContext(): void {}

  protected override isLost(before: unknown, event: string): boolean {
    const after = this.actor.value as State;
    return isGivenUp(before as State, after) || cutsResponse(before as State, event, after);
  }

  protected override verdictBy(event: string, code: unknown): number {
    const when = event === 'net.closed' && isWhole(this.actor.value as State) ? '-' : this.endedIn();
    // A FIN after the response has ended nothing by itself: the socket closes because of it.
    const before = event === 'net.closed' ? unpacked(this.connection?.verdict ?? 0).by : '-';
    const by = when === '-' ? '-' : before === '-' ? endedBy(event, code) : before;
    const side = this.firstToClose ?? closedFirst(by);
    return packed({
      by,
      in: when,
      timer: by === 'T' ? 'timeout' : lateTimer(),
      closedFirst: side,
      status: 0,
    });
  }

  /** The side that has closed the connection, if one has. */
  private get firstToClose(): Verdict['closedFirst'] {
    return unpacked(this.connection?.verdict ?? 0).closedFirst;
  }

  override endedIn(): EndedIn {
    const { message } = this;
    const socket = message.socket as (Socket & Secured) | null;
    const queue = socket ? undefined : queueFacts(message.agent, message as unknown as AgentRequest);
    const hasOpened = this.connection?.hasOpened ?? true;
    const isConnected = socket !== null && hasOpened && !isConnecting(socket) && !isOfOpening(this.fault);
    return requestEndedIn(this.actor.value as State, { isQueued: (queue?.position ?? 0) > 0, isConnected });
  }

  /** The chart has ordered that the socket be destroyed. If nothing else has ended the request, the peer is out of step. */
  protected noteDestroy(): void {
    if (this.verdict !== 0) return;
    const { line } = this.actor.value as State;
    const isCeased = typeof line === 'object' && 'gone' in line && line.gone === 'ceased';
    // The response is whole, and its connection has no other request: what has not left of this one is not sent.
    if (isCeased) this.verdict = packed({ ...COMPLETE, closedFirst: this.firstToClose ?? 'us' });
    else this.verdict = verdictOf('wire.head', undefined, this.message.res === null ? 'W' : 'F');
  }

  /** With its story, unless it is the program's own error. */
  protected withStory(error: Error, reason: Error | undefined): Error {
    if (error === reason) return error;
    // The socket of a request whose response is refused is destroyed after its error.
    if (this.verdict === 0 && this.final === undefined && isGone(this.actor.value as State)) this.noteDestroy();
    return error === this.fault ? passedOn(error, () => this.about()) : withStory(error, () => this.about());
  }

  protected override summary(): Summary {
    const { message, connection } = this;
    return {
      what: urlOf(message),
      method: message.method ? wordOf(message.method) : undefined,
      path: message.method ? pathOf(message._path) : undefined,
      status: this.status,
      bytesIn: message.res?.[own]?.received ?? 0,
      bytesOut: message._bytesWritten,
      connection: connection?.actor,
    };
  }
}

/** The members of a request that are looked at. */
interface EndedRequest extends OutgoingMessage, Printed {
  readonly agent: Parameters<typeof queueFacts>[0];
  readonly res: Pick<IncomingMessage, 'statusCode' | typeof own> | null;
}

interface Secured {
  /** Of a TLS socket: its handshake is not over. */
  readonly secureConnecting?: boolean;
}
