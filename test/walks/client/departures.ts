/** Where statewire's client deliberately differs from the host in a walk: the rows of docs/differences-from-node.md. */
import { HOST } from '../../conversations/kit/host.js';
import { isUnread } from '../kit/readable.js';
import { OWN } from '../kit/rows.js';
import type { State } from './state.js';

type Events = readonly string[];

/** Of the documented order only. */
const ORDER = 'event-order';

/** From here on the host behaves differently: the logs must be equal up to here. */
interface Parting {
  readonly row: string;
  readonly parts: (state: State, act: string) => boolean;
}

/** Responses that may hand over a connection. */
const RESPONSE = /^(101|200 to CONNECT|response|last response)$/;

const TAKEOVER = /^(101|200 to CONNECT)$/;

const BYTES = /^(100|101|103|204|response|last response|.*head.*|garbage)$/;

/** Where hosts from 26 on differ (`upgrade-destroyed`). Older ones agree, and the walk counts for `docs/coverage.md`. */
export function leaves({ state: { request } }: { readonly state: State }, act: string): boolean {
  const { event = '', calls = [] } = request?.setup.plan ?? {};
  return HOST >= 26 && RESPONSE.test(act) && /upgrade|connect/.test(event) && calls.some(isCutting);
}

/** The row for which the host parts with this act. */
export const partingOf = (state: State, act: string): string | undefined =>
  partings.find(({ row, parts }) => !(state.hostOrder && row === ORDER) && parts(state, act))?.row;

const CUTTING = /^(reset|destroy.*|abort|res.destroy.*|socket.destroy|agent.destroy)$/;

const isCutting = (act: string) => CUTTING.test(act);

const partings: readonly Parting[] = [
  {
    row: 'unasked-bytes',
    parts: ({ line, reader }, act) =>
      line !== undefined &&
      reader?.complete === true &&
      (BYTES.test(act) || (line.holder === 'idle' && act === 'half a head')),
  },
  {
    row: OWN,
    parts: ({ request, line }, act) =>
      request?.resends === true && line?.hasSpoken === false && /^(FIN|reset|socket.destroy|agent.destroy)$/.test(act),
  },
  {
    // Plans in an event of the socket are for a request that may be sent again.
    row: OWN,
    parts: (_state, act) => act.startsWith('request again, in '),
  },
  {
    // Its listener is then called in another order.
    row: ORDER,
    parts: ({ request, reader }, act) =>
      reader !== undefined && request?.setup.plan?.event === 'error' && act === 'destroy(error)',
  },
  {
    row: 'framed-body',
    parts: ({ request }, act) =>
      request?.headSent === true &&
      request.bound &&
      !request.hasBody &&
      !request.ended &&
      /^(write|end text)/.test(act),
  },
  {
    row: 'reset-is-no-end',
    parts: ({ line, request }, act) => {
      const { event = '', calls = [] } = request?.setup.plan ?? {};
      if (act === 'endless head') return event === 'response' && calls.some(isCutting);
      const isEndless = line?.parsing.at === 'body' && line.parsing.framing === 'endless';
      return isEndless && (isCutting(act) || (event !== 'response' && calls.some(isCutting)));
    },
  },
  {
    row: 'late-destroy',
    parts: ({ request, reader }, act) => {
      const { event, calls = [] } = request?.setup.plan ?? {};
      return event === 'finish' && calls.some(isCutting) && reader?.endEmitted === true && act.startsWith('end');
    },
  },
  {
    row: 'late-write',
    parts: ({ request }, act) => act === '101' && request?.setup.plan?.calls.includes('write') === true,
  },
  {
    row: 'fault-after-response',
    parts: ({ request }, act) => act === 'response and garbage' && request?.setup.plan?.event === 'response',
  },
  {
    row: 'unclaimed-takeover',
    parts: ({ request }, act) =>
      request?.setup.takesOver === false &&
      !/upgrade|connect/.test(request.setup.plan?.event ?? '') &&
      TAKEOVER.test(act),
  },
  {
    row: 'unread-bodiless',
    parts: ({ request, reader }, act) => {
      if (reader !== undefined && isUnread(reader) && (act === 'rest' || act === 'FIN')) return true;
      if (request?.setup.reads !== 'ignores') return false;
      return act === '204' || (request.setup.method === 'HEAD' && RESPONSE.test(act));
    },
  },
  {
    // The host waits until the response is read.
    row: 'cease',
    parts: ({ request }, act) => act === 'last response' && request?.setup.reads === 'ignores' && !request.ended,
  },
  {
    row: 'connect-interim',
    parts: ({ request }, act) => request?.setup.method === 'CONNECT' && /^10[013]$/.test(act),
  },
  {
    row: 'prompt-end',
    parts: ({ request, wanted }, act) => {
      const calls = act.startsWith('request (') ? act : '';
      return (wanted && /^(destroy|abort)/.test(act)) || (/late.*(destroy|abort)/.test(calls) && request === undefined);
    },
  },
];

/** How the host's log becomes ours: events in another order, or additional ones. */
interface Departure {
  /** Undefined if only the line of a call moves, which is written when the call returns. */
  readonly row: string | undefined;
  readonly events: (host: Events) => Events;
}

const isClose = (event: string) => /^req\d\.close/.test(event);
const isAbort = (event: string) => /^req\d\.abort/.test(event);
const isError = (event: string) => /^req\d\.error/.test(event);
const isOurError = (event: string) => isError(event) && event.endsWith(' Error "of the request"');

const departures: readonly Departure[] = [
  { row: ORDER, events: closeAfterError },
  { row: ORDER, events: closeAfterCalls },
  { row: ORDER, events: abortBeforeClose },
  { row: ORDER, events: abortAfterCall },
  { row: ORDER, events: abortAtOnce },
  { row: ORDER, events: errorOfResponse },
  { row: ORDER, events: (host) => host.filter((event) => !isOurError(event)) },
  { row: ORDER, events: closeAfterError },
  { row: undefined, events: closeWithinCall },
  { row: 'late-end', events: nothingAfterClose },
  { row: 'one-error', events: oneError },
  { row: 'drain-after-response', events: drainAfterCall },
  {
    row: 'failed-connection',
    events: (host) => host.flatMap((event) => (event === 'req1.error Error "refused"' ? [event, 'req1.close'] : event)),
  },
];

function abortBeforeClose(host: Events): Events {
  const abort = host.find(isAbort);
  if (abort === undefined) return host;
  const close = abort.replace('abort', 'close');
  return host.filter((event) => event !== abort).flatMap((event) => (event === close ? [abort, event] : event));
}

/** After a cut response the request closes when the response's reader was notified. */
function closeAfterError(host: Events): Events {
  const close = host.findIndex((event, index) => isClose(event) && /^res\d\.error/.test(host[index + 1] ?? ''));
  if (close < 0) return host;
  return [...host.slice(0, close), host[close + 1] as string, host[close] as string, ...host.slice(close + 2)];
}

/** The request closes after the calls in the listener of the response's 'error'. */
function closeAfterCalls(host: Events): Events {
  const close = host.findIndex(isClose);
  const calls = host.slice(close + 1).findIndex((event) => !event.startsWith('> '));
  if (close < 0 || calls <= 0) return host;
  const at = close + 1 + calls;
  return [...host.slice(0, close), ...host.slice(close + 1, at), host[close] as string, ...host.slice(at)];
}

/** A call in a listener returns after all waiting events, including the request's 'close'. */
function closeWithinCall(host: Events): Events {
  const close = host.findIndex(isClose);
  const before = host[close - 1];
  if (!before?.startsWith('> req')) return host;
  return [...host.slice(0, close - 1), host[close] as string, before, ...host.slice(close + 1)];
}

function abortAfterCall(host: Events): Events {
  const both = host.filter((event) => isAbort(event) || isClose(event)).reverse();
  if (both.length !== 2) return host;
  return host
    .filter((event) => !both.includes(event))
    .flatMap((event) => (/^> req\d\.abort/.test(event) ? [event, ...both] : event));
}

/** 'abort' while the socket closes: it precedes what the close causes on the request. */
function abortAtOnce(host: Events): Events {
  const abort = host.find(isAbort);
  if (abort === undefined) return host;
  return host
    .filter((event) => event !== abort)
    .flatMap((event) => (/^> req\d\.abort/.test(event) ? [event, abort] : event));
}

/** The program's error, after the response: it is the response's, and the request has none. */
function errorOfResponse(host: Events): Events {
  if (!host.some(isOurError)) return host;
  return host
    .filter((event) => !isOurError(event))
    .map((event) => event.replace(/^(res\d\.error) .*/, '$1 Error "of the request"'));
}

function nothingAfterClose(host: Events): Events {
  const close = host.findIndex(isClose);
  return close < 0 ? host : host.filter((event, index) => index < close || !/^req\d\.(prefinish|finish)$/.test(event));
}

/** An awaited 'drain' is emitted even if the response is complete. */
function drainAfterCall(host: Events): Events {
  const responded = host.findIndex((event) => /^req\d\.response/.test(event));
  return host.flatMap((event, index) => {
    const [, name] = /^> (req\d)\.write -> false$/.exec(event) ?? [];
    const drain = `${name}.drain`;
    return responded >= 0 && index > responded && name !== undefined && host[index + 1] !== drain
      ? [event, drain]
      : event;
  });
}

function oneError(host: Events): Events {
  const first = host.findIndex(isError);
  return host.filter((event, index) => index <= first || !isError(event));
}

/** Splits a log at each request. */
function byRequest(log: Events): Events[] {
  const parts: string[][] = [[]];
  for (const event of log) {
    if (event.startsWith('> request')) parts.push([]);
    parts.at(-1)?.push(event);
  }
  return parts;
}

type Rows = readonly (string | undefined)[];

/** The rows by which the host's log becomes ours; undefined if no rows do. */
export const rowsBetween = (host: Events, ours: Events): Rows | undefined => rowsAmong(departures, host, ours);

/** The same in the host's order of events. */
export const rowsInHostOrder = (host: Events, ours: Events): Rows | undefined => rowsAmong(inHostOrder, host, ours);

const inHostOrder = departures.filter(({ row }) => row !== ORDER);

function rowsAmong(allowed: readonly Departure[], host: Events, ours: Events): Rows | undefined {
  const others = byRequest(ours);
  const rows = byRequest(host).map((part, index) => rowsOf(allowed, part, others[index] ?? []));
  return rows.includes(undefined) ? undefined : [...new Set(rows.flat())];
}

function rowsOf(allowed: readonly Departure[], host: Events, ours: Events): Rows | undefined {
  for (let set = 0; set < 2 ** allowed.length; set++) {
    const chosen = allowed.filter((_, index) => (set & (1 << index)) !== 0);
    const events = chosen.reduce((log, departure) => departure.events(log), host);
    if (events.join('\n') === ours.join('\n')) return [...new Set(chosen.map(({ row }) => row))];
  }
  return undefined;
}

/** The rows used here. */
export const rows: readonly (string | undefined)[] = [...partings, ...departures].map(({ row }) => row);
