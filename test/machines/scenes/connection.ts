/**
 * A server's connection: the possible events of its parser, socket, responses and server, and the laws.
 *
 * The parser reports nothing after a fault, a change of protocol or the peer's FIN. Responses finish in order, none after one
 * that contains close. When a waiting fault is reported, its event follows at once.
 */
import type { ConnectionEvent, HeadFact, PeerFault, ProtocolChange } from '../../../src/events/connection.js';
import { connectionMachine } from '../../../src/machines/connection.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import {
  atMostOnce,
  atRest,
  byTurns,
  carries,
  causes,
  inOrder,
  isIn,
  type Law,
  neverAfter,
  onlyAfter,
  onlyWhen,
} from '../kit/laws.js';

interface Around {
  /** The position of the parser; `over` when it reports nothing more. */
  readonly parser: 'between' | 'inHead' | 'inBody' | 'over';
  /** The number of due responses. */
  readonly due: number;
  /** The response to the message being read is due. */
  readonly currentDue: boolean;
  /** A due response contains close. */
  readonly closes: boolean;
  /** A response with close was sent: nothing is sent after it. */
  readonly ended: boolean;
  /** A due response has status 101; one was sent, so nothing follows. */
  readonly switches: boolean;
  readonly halted: boolean;
  /** A fault after good requests: it waits; or it was emitted, refused or fatal. */
  readonly fault: 'none' | 'waits' | 'settled';
  /** The waiting fault is being reported. */
  readonly reports: boolean;
  /** Another request is awaited. */
  readonly awaits: boolean;
  /** A part of it has arrived. */
  readonly begun: boolean;
  /** The message being read is processed. */
  readonly reads: boolean;
  /** A request has been read. */
  readonly used: boolean;
  /**
   * Why no request may follow: the closing server, which may poll once more, the peer's FIN, a response's 101, or a request or
   * response with close.
   */
  readonly reuse: 'open' | 'closing' | 'polling' | 'ending' | 'switched' | 'final';
  /** The server drains, and has not cut the connection; it has. */
  readonly drains: boolean;
  readonly cut: boolean;
  /** Input is not processed; much of it has arrived. */
  readonly ignores: boolean;
  readonly flooded: boolean;
  /** Our side is closing. */
  readonly leaves: boolean;
  /** It closes after the last response; then the peer is read for a while. */
  readonly parts: boolean;
  readonly lingers: boolean;
  /** Our FIN was sent after the last response, and what has arrived is being read. */
  readonly settles: boolean;
  readonly paused: boolean;
  /** A change of protocol was requested: the event for it. */
  readonly change: ProtocolChange;
  readonly socket: 'open' | 'halfClosed' | 'closed' | 'handedOver';
}

/** The ways to handle an opened request. */
const HANDLED = [
  'server.request',
  'server.checkContinue',
  'server.checkExpectation',
  'server.dropRequest',
  'io.continue',
  'io.respond',
];
const OPENED = ['io.open', ...HANDLED];
const HANDED_OVER = ['server.upgrade', 'server.connect'];
const REFUSED = ['server.clientError', 'io.refuse', 'io.fail'];
const FATAL = ['io.destroy', 'io.refuse', 'io.fail', 'io.turnAway', 'io.cut'];

function may(around: Around, sent: { readonly type: string }, most: number): boolean {
  const event = sent as ConnectionEvent;
  const { parser, due, socket } = around;
  if (around.reports) return event.type === 'response.unblocked' && event.preceded === isPreceded(around);
  if (socket === 'handedOver') return false;
  if (around.cut) return event.type === 'net.closed' && socket !== 'closed';
  switch (event.type) {
    case 'wire.head':
      if (event.crowded && due === 0) return false;
      if (event.kind === 'leaving' ? event.changesTo === 'none' : !isRefused(event) && event.changesTo !== 'none')
        return false;
      return (parser === 'between' || parser === 'inHead') && due < most;
    case 'wire.partial':
      return parser === 'between';
    case 'wire.complete':
      return parser === 'inBody';
    case 'wire.malformed':
      if (event.preceded !== isPreceded(around) || around.ignores) return false;
      return parser !== 'over' || (isFaulty(around) && socket === 'open');
    case 'wire.truncated':
      if (!isPreceded(around) || around.ignores || around.leaves) return false;
      return socket === 'open' && (parser === 'inHead' || parser === 'inBody');
    case 'clock.expired':
      return socket === 'open' && event.preceded === isPreceded(around) && (event.headLate || event.wholeLate);
    case 'response.unblocked':
      return false;
    case 'net.failed':
      return socket !== 'closed' && event.preceded === isPreceded(around);
    case 'net.ended':
      return socket === 'open' && parser !== 'inHead' && parser !== 'inBody';
    case 'net.finished':
    case 'net.closed':
    case 'net.timedOut':
    case 'user.closeIdle':
    case 'clock.unlimited':
      return socket !== 'closed';
    case 'server.closing':
      return socket !== 'closed' && (due > 0 || !event.openEnded);
    case 'server.draining':
      return socket !== 'closed' && !around.drains && (due > 0 || !event.openEnded);
    case 'server.cutting':
    case 'clock.rested':
      return socket !== 'closed' && around.drains;
    case 'clock.polled':
      return around.reuse === 'polling' && socket !== 'closed';
    case 'clock.settled':
      return around.settles && socket !== 'closed';
    case 'clock.lingered':
      return around.lingers && socket !== 'closed';
    case 'net.excess':
      return around.ignores && !around.paused && !around.flooded && socket === 'open';
    case 'clock.cooled':
      return around.flooded && socket !== 'closed';
    case 'response.last':
    case 'response.switched':
      return due > 0;
    case 'response.finished':
      if (due === 0 || around.ended || around.halted || socket === 'closed') return false;
      if (event.switched ? !around.switches : around.switches && due === 1) return false;
      if (event.more !== due > 1 || (event.crowded && !event.more)) return false;
      return event.last ? around.closes : !(around.closes && due === 1);
  }
}

/** A request that is refused whatever it asks for. */
function isRefused({ kind }: HeadFact): boolean {
  return kind === 'unhosted' || kind === 'surplus';
}

/** The peer was refused for a fault, and the parser still gets its input. */
function isFaulty({ fault, change, ignores }: Around): boolean {
  return fault === 'settled' && change === 'none' && !ignores;
}

function isPreceded({ parser, due, currentDue }: Around): boolean {
  return due > (parser === 'inBody' && currentDue ? 1 : 0);
}

function after(before: Around, sent: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const event = sent as ConnectionEvent;
  const types = emitted.map(({ type }) => type);
  const does = (names: readonly string[]) => types.some((type) => names.includes(type));
  const asks = types.filter((type) => type === 'io.open').length;
  const around = { ...before, reports: does(['io.reportFault']), due: before.due + asks };
  switch (event.type) {
    case 'wire.head':
      around.parser = event.changesTo === 'none' ? 'inBody' : 'over';
      around.reads = asks > 0 && event.kind !== 'unhosted';
      around.currentDue = around.reads;
      if (before.awaits && !before.leaves) {
        if (!event.persists && isReusable(before)) around.reuse = 'final';
        else if (before.reuse === 'polling') around.reuse = 'closing';
      }
      if (before.awaits && !before.leaves && event.kind === 'leaving') around.change = event.changesTo;
      around.awaits = before.awaits && before.leaves;
      around.begun = before.begun && before.leaves;
      break;
    case 'wire.partial':
      around.parser = 'inHead';
      around.begun = before.awaits;
      break;
    case 'wire.complete':
      around.parser = 'between';
      if (before.reads) around.awaits = before.reuse !== 'final' && before.reuse !== 'switched';
      around.used ||= before.reads;
      around.reads = false;
      around.currentDue = false;
      break;
    case 'wire.malformed':
      around.parser = 'over';
      break;
    case 'wire.truncated':
      around.parser = 'over';
      around.awaits = false;
      around.reads = false;
      break;
    case 'net.ended':
      around.parser = 'over';
      around.socket = 'halfClosed';
      if (event.halfOpen && before.due > 0 && isReusable(before)) around.reuse = 'ending';
      break;
    case 'net.closed':
      around.parser = 'over';
      around.socket = 'closed';
      break;
    case 'response.last':
      around.closes = true;
      if (before.reuse !== 'switched') around.reuse = 'final';
      around.awaits = false;
      break;
    case 'response.switched':
      around.switches = true;
      if (isReusable(before)) around.reuse = 'switched';
      if (before.reuse === 'ending') around.reuse = 'final';
      around.awaits = false;
      break;
    case 'clock.polled':
      if (before.reuse === 'polling' && !isUnused(before)) around.reuse = 'closing';
      if (mayPart(before)) {
        around.reuse = 'final';
        around.awaits = false;
      }
      break;
    case 'user.closeIdle':
    case 'clock.unlimited':
      if (mayPoll(before)) around.reuse = 'polling';
      break;
    case 'clock.rested':
      if (mayRest(before)) around.reuse = 'polling';
      break;
    case 'net.excess':
      around.flooded = event.much && before.reuse !== 'switched' && !before.lingers;
      break;
    case 'clock.cooled':
      around.flooded = false;
      break;
    case 'clock.settled':
      around.flooded = false;
      around.settles = false;
      if (event.sending) around.reads = false;
      break;
    case 'response.finished':
      around.due--;
      around.ended = event.last;
      if (around.due === 0) around.currentDue = false;
      if (event.last) around.closes = false;
      around.halted = event.switched;
      if (event.switched) around.switches = false;
      break;
    case 'server.closing':
    case 'server.draining':
      around.reuse = reuseAfter(event, before);
      if (isLastDue(event, before)) around.awaits = false;
      around.drains ||= event.type === 'server.draining';
      break;
    case 'server.cutting':
      around.drains = false;
      around.cut = true;
      break;
  }
  if (isFault(event, before)) {
    if (isOpenTo(event, before) && !before.leaves) around.fault = waits(event) ? 'waits' : 'settled';
    around.awaits = false;
    around.reads = false;
  }
  if (isTurn(event, before) && does(['io.destroy'])) around.fault = 'settled';
  if (does(HANDED_OVER)) around.socket = 'handedOver';
  around.leaves ||= ['net.failed', 'net.closed'].includes(event.type) || does(['io.end']);
  around.parts ||= isLastSent(event, before);
  around.settles ||= does(['io.settle']);
  around.lingers ||= does(['io.linger']) || (!before.leaves && does(['io.end']) && !around.parts);
  if (does(['io.linger'])) around.parts = false;
  around.ignores ||= does(['io.ignore']);
  around.paused = !around.flooded && (does(['io.pause']) || (before.paused && !does(['io.resume'])));
  return around;
}

/** Our FIN follows the last response, and its peer is not waited for: the server doesn't drain. */
function isLastSent(event: ConnectionEvent, before: Around): boolean {
  if (before.drains || before.leaves) return false;
  return event.type === 'response.finished' && goOn(event, before).includes('io.end');
}

/** The body being read belongs to a request that has its response, and the server is closing. */
function isLate({ reads, reuse, due }: Around): boolean {
  return reads && reuse === 'closing' && due === 0;
}

/** At most the server keeps another request from following. */
function isReusable({ reuse }: Around): boolean {
  return reuse === 'open' || reuse === 'closing' || reuse === 'polling';
}

type Closing = Extract<ConnectionEvent, { type: 'server.closing' | 'server.draining' }>;

const isClosing = (event: ConnectionEvent): event is Closing =>
  event.type === 'server.closing' || event.type === 'server.draining';

/** The last due response can still contain close, and nothing waits after it. */
function isLastDue({ type, openEnded }: Closing, { reuse, due, awaits, reads, begun }: Around): boolean {
  if (type === 'server.draining' && awaits && begun) return false;
  return openEnded && reuse === 'open' && due > 0 && (awaits || reads);
}

function reuseAfter(event: Closing, before: Around): Around['reuse'] {
  const { reuse, used } = before;
  if (reuse !== 'open') return reuse;
  if (isLastDue(event, before)) return 'final';
  if (event.type === 'server.closing' && before.awaits && !before.begun && !used) return 'polling';
  return 'closing';
}

/** No request was read, or each has its response, and nothing more has arrived. */
function isUnused({ awaits, begun, due, leaves }: Around): boolean {
  return awaits && !begun && due === 0 && !leaves;
}

function mayPoll({ reuse, awaits, begun, due, used }: Around): boolean {
  return reuse === 'closing' && awaits && !begun && due === 0 && used;
}

/** The server drains, and the connection has been idle for long enough: what has arrived is read, then comes our FIN. */
const mayRest = (around: Around) => around.reuse === 'closing' && isUnused(around);
const mayPart = (around: Around) => around.reuse === 'polling' && around.drains && isUnused(around);

/** Its peer, or the program, is waited for. */
const isOwed = (around: Around) => !around.leaves && !isUnused(around);

type Fault = Extract<ConnectionEvent, PeerFault>;

/** A fault; a deadline of a head is none inside a body. */
function isFault(event: ConnectionEvent, { awaits }: Around): event is Fault {
  if (event.type === 'clock.expired') return event.wholeLate || awaits;
  return event.type === 'wire.malformed' || event.type === 'response.unblocked' || event.type === 'net.failed';
}

/** Whether a fault matters: not after another, nor after the last message. After our FIN a body is still read. */
function isOpenTo({ type }: Fault, { leaves, fault, reports, awaits, reads }: Around): boolean {
  if (leaves) return reads && type !== 'net.failed';
  if (fault === 'settled') return false;
  if (type === 'net.failed') return true;
  return fault === 'waits' ? reports : awaits || reads;
}

/** The orders and events for each kind of request. */
function handOn(head: HeadFact): string[] {
  switch (head.kind) {
    case 'ordinary':
      return ['io.open', 'server.request'];
    case 'leaving':
      return ['io.reserve'];
    case 'surplus':
      return ['io.open', 'server.dropRequest', 'io.respond'];
    case 'continue':
      return head.hasListener ? ['io.open', 'server.checkContinue'] : ['io.open', 'io.continue', 'server.request'];
    case 'expectation':
      return ['io.open', head.hasListener ? 'server.checkExpectation' : 'io.respond'];
    case 'unhosted':
      return ['io.open', 'io.respond'];
  }
}

/** Whether an event makes the machine judge a fault. */
function isJudged(event: ConnectionEvent, { awaits, reads, fault }: Around): boolean {
  switch (event.type) {
    case 'net.failed':
      return fault !== 'settled';
    case 'response.unblocked':
      return true;
    case 'clock.expired':
      return awaits || (reads && event.wholeLate);
    case 'wire.malformed':
    case 'wire.truncated':
      return awaits || reads;
    default:
      return false;
  }
}

/** Whether it waits for the responses before it: on a failed socket none can be sent. */
function waits({ type, preceded }: Fault): boolean {
  return preceded && type !== 'net.failed';
}

function settle(fault: Fault, { leaves }: Around): readonly string[] {
  const { hasListener, unsent } = fault;
  if (waits(fault) && !leaves) return [];
  if (hasListener) return ['server.clientError'];
  return [unsent && !leaves ? 'io.refuse' : 'io.fail'];
}

/** How the connection goes on after a response. */
function goOn(
  { last, more }: { last: boolean; more: boolean },
  { leaves, reuse, begun, awaits, change, fault }: Around,
): readonly string[] {
  if (leaves) return [];
  const parts = change !== 'none' && fault === 'none';
  if (last || ((reuse === 'final' || reuse === 'ending') && !more && !parts)) return ['io.end'];
  return more || (begun && awaits) ? [] : ['io.startIdle'];
}

/** Whether an event is the turn of a change of protocol. */
function isTurn(event: ConnectionEvent, before: Around): boolean {
  const { due, awaits, leaves, fault, change } = before;
  if (event.type === 'wire.head') return event.kind === 'leaving' && due === 0 && awaits && !leaves;
  const parts = change !== 'none' && fault === 'none';
  return parts && event.type === 'response.finished' && goOn(event, before).includes('io.startIdle');
}

function changeOf(event: ConnectionEvent, { change }: Around): ProtocolChange {
  return event.type === 'wire.head' ? event.changesTo : change;
}

/** Another request may follow, and no part of it has arrived. */
const isKept = ({ used, awaits, begun }: Around) => used && awaits && !begun;

/** The expected emissions, by family, for an event in a world. */
const replies: Law<Around>[] = [
  causes([...OPENED, 'io.reserve'], (sent, { awaits, leaves }) => {
    const event = sent as ConnectionEvent;
    return event.type === 'wire.head' && awaits && !leaves ? handOn(event) : [];
  }),
  causes(REFUSED, (sent, before) => {
    const event = sent as ConnectionEvent;
    if (event.type === 'wire.truncated')
      return event.hasListener && before.fault === 'none' ? ['server.clientError'] : [];
    if (event.type === 'wire.malformed' && before.fault === 'settled')
      return event.hasListener ? ['server.clientError'] : [];
    return isFault(event, before) && isOpenTo(event, before) ? settle(event, before) : [];
  }),
  causes(['io.holdFault', 'io.truncate'], (sent, before) => {
    const event = sent as ConnectionEvent;
    if (event.type === 'clock.settled') return event.sending && before.reads ? ['io.truncate'] : [];
    const isHeld = isFault(event, before) && isOpenTo(event, before) && waits(event) && !before.leaves;
    return isHeld ? ['io.holdFault', 'io.truncate'] : [];
  }),
  causes('io.stopDeadlines', (sent, before) => (isJudged(sent as ConnectionEvent, before) ? ['io.stopDeadlines'] : [])),
  causes('io.attach', (sent, { leaves }) => {
    const event = sent as ConnectionEvent;
    if (event.type !== 'response.finished' || !event.more || event.last || event.switched) return [];
    return leaves ? [] : ['io.attach'];
  }),
  causes('io.markLast', (sent, before) => {
    const event = sent as ConnectionEvent;
    return isClosing(event) && isLastDue(event, before) ? ['io.markLast'] : [];
  }),
  causes('io.poll', (sent, before) => {
    const event = sent as ConnectionEvent;
    if (event.type === 'response.finished') return goOn(event, before).filter((type) => type === 'io.poll');
    if (event.type === 'user.closeIdle' || event.type === 'clock.unlimited') return mayPoll(before) ? ['io.poll'] : [];
    if (event.type === 'clock.rested') return mayRest(before) ? ['io.poll'] : [];
    if (event.type !== 'server.closing' || before.reuse !== 'open') return [];
    return reuseAfter(event, before) === 'polling' ? ['io.poll'] : [];
  }),
  causes('io.reportFault', ({ type }, { fault, leaves }) =>
    type === 'response.finished' && fault === 'waits' && !leaves ? ['io.reportFault'] : [],
  ),
  causes(['io.settle', 'io.linger', 'io.endSoon'], (sent, { parts, lingers }) => {
    const event = sent as ConnectionEvent;
    if (event.type === 'net.finished') return parts ? [event.settled ? 'io.endSoon' : 'io.settle'] : [];
    if (event.type === 'clock.lingered') return lingers ? ['io.endSoon'] : [];
    return event.type === 'clock.settled' && parts ? [event.sending ? 'io.linger' : 'io.endSoon'] : [];
  }),
  causes(['io.end', 'io.startIdle'], (sent, before) => {
    const event = sent as ConnectionEvent;
    const { leaves, due } = before;
    switch (event.type) {
      case 'response.finished':
        return goOn(event, before).filter((type) => type !== 'io.poll');
      case 'clock.polled':
        return mayPart(before) ? ['io.end'] : [];
      case 'wire.complete':
        return isLate(before) && !leaves ? ['io.startIdle'] : [];
      case 'server.draining':
        return isUnused(before) ? ['io.startIdle'] : [];
      case 'net.ended':
        return leaves || (event.halfOpen && due > 0) ? [] : ['io.end'];
      default:
        return [];
    }
  }),
  causes('io.countResponse', ({ type }, { drains }) =>
    type === 'response.finished' && drains ? ['io.countResponse'] : [],
  ),
  causes(['io.turnAway', 'io.cut'], (sent, before) => {
    const event = sent as ConnectionEvent;
    if (event.type !== 'server.cutting' || !isOwed(before)) return [];
    return [event.unsent && before.fault !== 'settled' ? 'io.turnAway' : 'io.cut'];
  }),
  causes('server.timeout', ({ type }) => (type === 'net.timedOut' ? ['server.timeout'] : [])),
  causes('io.destroy', (sent, before) => {
    const { awaits, begun, due, used, reuse, paused, flooded, leaves } = before;
    const event = sent as ConnectionEvent;
    const isIdle = awaits && !begun && due === 0;
    switch (event.type) {
      case 'net.timedOut':
        return event.hasListener ? [] : ['io.destroy'];
      case 'net.finished':
        return paused && !flooded && !leaves ? ['io.destroy'] : [];
      case 'user.closeIdle':
        return isIdle && used && reuse === 'open' ? ['io.destroy'] : [];
      case 'clock.polled':
        return reuse === 'polling' && isUnused(before) && !before.drains ? ['io.destroy'] : [];
      case 'server.cutting':
        return isOwed(before) ? [] : ['io.destroy'];
      case 'wire.head':
      case 'response.finished':
        return isTurn(event, before) && changeOf(event, before) === 'unclaimed' ? ['io.destroy'] : [];
      default:
        return [];
    }
  }),
  causes(['io.detach', ...HANDED_OVER], (sent, before) => {
    const event = sent as ConnectionEvent;
    const by = changeOf(event, before);
    return isTurn(event, before) && by !== 'unclaimed' ? ['io.detach', `server.${by}`] : [];
  }),
  causes('io.stopIdle', (sent, before) => {
    const event = sent as ConnectionEvent;
    const goes =
      isFault(event, before) ||
      event.type === 'wire.truncated' ||
      event.type === 'wire.partial' ||
      event.type === 'response.last' ||
      event.type === 'response.switched' ||
      (event.type === 'clock.polled' && mayPart(before)) ||
      (isClosing(event) && isLastDue(event, before));
    const isTaken = event.type === 'wire.head' && !before.leaves;
    return isKept(before) && (goes || isTaken) ? ['io.stopIdle'] : [];
  }),
  carries('io.respond', 'status', (_before, event) => {
    const { kind } = event as HeadFact;
    return kind === 'unhosted' ? 400 : kind === 'surplus' ? 503 : 417;
  }),
  carries('io.respond', 'closes', (_before, event) => (event as HeadFact).kind === 'unhosted'),
  causes('io.abandon', ({ type }) => (type === 'net.closed' ? ['io.abandon'] : [])),
  causes(['io.pause', 'io.resume'], (sent, { paused, flooded, reuse, due, change, leaves, fault, lingers }) => {
    const event = sent as ConnectionEvent;
    if (event.type === 'net.excess') return event.much && reuse !== 'switched' && !lingers ? ['io.pause'] : [];
    if (event.type === 'clock.cooled' || event.type === 'clock.settled') return flooded ? ['io.resume'] : [];
    if (flooded) return [];
    const waits = event.type === 'wire.head' && (event.crowded || (event.kind === 'leaving' && due > 0));
    if (waits && !paused) return ['io.pause'];
    const parts = change !== 'none' && !leaves && fault === 'none';
    const goesOn = event.type === 'response.finished' && (event.last || (!event.crowded && !(event.more && parts)));
    return goesOn && paused ? ['io.resume'] : [];
  }),
];

/** What has begun when the server drains is not left without its response, unless one before it has said close. */
const answered: Law<Around> = {
  name: 'who has written before our FIN is answered',
  begins: true,
  after: (memory) => memory,
  atStep: ({ event: sent, before, emitted }) => {
    const event = sent as ConnectionEvent;
    if (!before.drains || !emitted.some(({ type }) => type === 'io.end') || event.type === 'net.ended') return true;
    if (event.type === 'response.finished') return event.last || !event.more;
    return before.due === 0 && !before.begun;
  },
};

const laws: Law<Around>[] = [
  answered,
  atMostOnce(HANDED_OVER),
  neverAfter(HANDED_OVER, [
    ...OPENED,
    ...REFUSED,
    ...FATAL,
    'io.end',
    'io.endSoon',
    'io.pause',
    'io.resume',
    'io.startIdle',
  ]),
  neverAfter(REFUSED, [...OPENED, ...HANDED_OVER, 'io.detach', 'io.reserve']),
  neverAfter(['response.last', 'response.switched', 'io.markLast'], [...OPENED, 'io.reserve']),
  atMostOnce('io.end'),
  neverAfter('io.end', [...OPENED, 'io.reserve']),
  onlyAfter('io.end', ['io.endSoon', 'io.linger', 'io.settle']),
  neverAfter('net.closed', [
    ...OPENED,
    ...HANDED_OVER,
    ...REFUSED,
    'io.destroy',
    'io.end',
    'io.endSoon',
    'io.startIdle',
    'io.turnAway',
    'io.cut',
  ]),
  atMostOnce(['io.refuse', 'io.fail']),
  atMostOnce(['io.turnAway', 'io.cut']),
  byTurns('io.pause', 'io.resume'),
  atMostOnce('io.abandon'),
  onlyAfter('net.closed', 'io.abandon'),
  atMostOnce('io.reserve'),
  onlyAfter('io.reserve', 'io.detach'),
  onlyAfter('io.detach', HANDED_OVER),
  onlyWhen('nothing is due', ['io.detach', ...HANDED_OVER], ({ due }) => due === 0),
  onlyWhen('nothing is due', 'io.startIdle', ({ due }) => due === 0),
  inOrder('server.timeout', 'io.destroy'),
  inOrder('io.truncate', 'io.ignore'),
  ...isIn<Around>({
    'reading.awaiting': ({ awaits }) => awaits,
    'reading.awaiting.kept': isKept,
    'reading.readingBody': ({ reads }) => reads,
    'reading.faulty.refused': ({ fault }) => fault === 'settled',
    'reading.upgraded': ({ socket }) => socket === 'handedOver',
    'reading.upgrading': ({ change, socket, fault, leaves }) =>
      change !== 'none' && socket !== 'handedOver' && fault === 'none' && !leaves,
    'reuse.persistent': ({ reuse }) => reuse === 'open',
    'reuse.closing': ({ reuse }) => reuse === 'closing',
    'reuse.polling': ({ reuse }) => reuse === 'polling',
    'reuse.ending': ({ reuse }) => reuse === 'ending',
    'drain.on': ({ drains }) => drains,
    'drain.over': ({ cut }) => cut,
    'gate.flooded': ({ flooded }) => flooded,
    'gate.shut': ({ paused }) => paused,
    'transport.open': ({ leaves }) => !leaves,
    'transport.leaving.settling': ({ parts, socket }) => parts && socket !== 'closed',
  }),
  atRest(
    'a response is due in the chart if and only if one is due in the world',
    ({ matches, world }) => matches('responses.due') === world.due > 0,
  ),
  atRest(
    'nothing waits for responses when none is due',
    ({ matches, world }) =>
      world.due > 0 || world.reports || !(matches('reading.faulty.waiting') || matches('reading.upgrading')),
  ),
  atRest('the gate is open when nothing is due', ({ matches, world }) => world.due > 0 || !matches('gate.shut')),
  atRest(
    'input after the last request, or after a fault, is not processed',
    ({ matches, world }) => world.ignores || !(matches('reading.ignoring') || matches('reading.faulty.waiting')),
  ),
  atRest('our side closes after the last response', ({ matches, world }) => !world.ended || !matches('transport.open')),
  atRest(
    'the transport is closed if and only if the socket is',
    ({ matches, world }) => matches('transport.closed') === (world.socket === 'closed'),
  ),
];

const ENDINGS = [
  'wire.malformed',
  'clock.expired',
  'net.ended',
  'net.failed',
  'net.closed',
  'response.last',
  'response.switched',
  'server.closing',
  'server.cutting',
];

function isEnding(sent: { readonly type: string }): boolean {
  const event = sent as ConnectionEvent;
  return event.type === 'wire.head' ? event.changesTo !== 'none' || !event.persists : ENDINGS.includes(event.type);
}

/**
 * @param most due responses at a time
 * @param drains whether the server may drain
 */
export function connectionScene(most: number, drains: boolean): Scene<Around> {
  return {
    subject: alone(connectionMachine),
    events: alphabets['connection']!.events.filter(({ type }) => drains || type !== 'server.draining'),
    world: {
      begins: {
        parser: 'between',
        due: 0,
        currentDue: false,
        closes: false,
        switches: false,
        halted: false,
        ended: false,
        fault: 'none',
        reports: false,
        awaits: true,
        begun: false,
        reads: false,
        used: false,
        reuse: 'open',
        drains: false,
        cut: false,
        ignores: false,
        flooded: false,
        leaves: false,
        parts: false,
        lingers: false,
        settles: false,
        paused: false,
        change: 'none',
        socket: 'open',
      },
      may: (around, event) => may(around, event, most),
      after,
    },
    laws: [...laws, ...replies],
    isEnding,
  };
}
