/** Where the host leaves a walk of its client on purpose of ours: the rows of docs/differences-from-node.md. */
import { movedBehindError } from '../../conversations/client/document.js';
import type { State } from './state.js';

type Events = readonly string[];

/** The host goes on from here on ways of its own: what was until here must be the same. */
export interface Parting {
  readonly row: string;
  readonly parts: (state: State, act: string) => boolean;
}

const BYTES = /^(100|101|103|204|answer|last answer|.*head.*|garbage)$/;

export const partings: readonly Parting[] = [
  {
    row: 'unasked-bytes',
    parts: ({ line, reader }, act) => line !== undefined && reader?.complete === true && (BYTES.test(act) || (line.holder === 'idle' && act === 'half a head')),
  },
  {
    row: 'retry-reused',
    parts: ({ request, line }, act) =>
      request?.setup.giver === 'retries' && request.resends && line?.hasSpoken === false && /^(FIN|reset)$/.test(act),
  },
  {
    row: 'connect-interim',
    parts: ({ request }, act) => request?.setup.method === 'CONNECT' && /^10[013]$/.test(act),
  },
  {
    row: 'prompt-end',
    parts: ({ request, wanted }, act) => {
      const calls = act.startsWith('ask (') ? act : '';
      return (wanted && /^(destroy|abort)/.test(act)) || (/late.*(destroy|abort)/.test(calls) && request === undefined);
    },
  },
];

/** The host's log becomes ours: what it tells in another order, or beside. */
export interface Departure {
  readonly row: string;
  readonly events: (host: Events) => Events;
}

const isClose = (event: string) => /^req\d\.close/.test(event);
const isAbort = (event: string) => /^req\d\.abort/.test(event);
const isOurError = (event: string) => event === 'req1.error Error "of the request"';

export const departures: readonly Departure[] = [
  { row: 'event-order', events: movedBehindError },
  { row: 'event-order', events: abortBeforeClose },
  { row: 'event-order', events: errorOfResponse },
  { row: 'event-order', events: (host) => host.filter((event) => !isOurError(event)) },
  { row: 'late-end', events: nothingBehindClose },
  { row: 'one-error', events: oneError },
  {
    row: 'failed-connection',
    events: (host) => host.flatMap((event) => (event === 'req1.error Error "refused"' ? [event, 'req1.close'] : event)),
  },
];

function abortBeforeClose(host: Events): Events {
  const abort = host.find(isAbort);
  if (abort === undefined) return host;
  return host.filter((event) => !isAbort(event)).flatMap((event) => (isClose(event) ? [abort, event] : event));
}

/** The program's error, after the response: it is the response's, and the request has none. */
function errorOfResponse(host: Events): Events {
  if (!host.some(isOurError)) return host;
  return host
    .filter((event) => !isOurError(event))
    .map((event) => (event.startsWith('res1.error') ? 'res1.error Error "of the request"' : event));
}

function nothingBehindClose(host: Events): Events {
  const close = host.findIndex(isClose);
  return close < 0 ? host : host.filter((event, index) => index < close || !/^req\d\.(prefinish|finish)$/.test(event));
}

function oneError(host: Events): Events {
  const first = host.findIndex((event) => event.startsWith('req1.error'));
  return host.filter((event, index) => index <= first || !event.startsWith('req1.error'));
}

/** The rows by which the host's log becomes ours; undefined when none do. */
export function rowsBetween(host: Events, ours: Events): readonly string[] | undefined {
  for (let set = 0; set < 2 ** departures.length; set++) {
    const chosen = departures.filter((_, index) => (set & (1 << index)) !== 0);
    const events = chosen.reduce((log, departure) => departure.events(log), host);
    if (events.join('\n') === ours.join('\n')) return [...new Set(chosen.map(({ row }) => row))];
  }
  return undefined;
}
