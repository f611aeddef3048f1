/**
 * Where the host leaves its own document, and how its log becomes that of the document: the orders of events at the end
 * of http.request(), which are written out in orders.ts, and what the agent tells.
 */
import type { Difference, DifferenceByHost } from '../kit/conversation.js';
import { lost } from '../kit/phrases.js';

type Events = readonly string[];

/** After a response was cut: its 'error', then the request's 'close'. */
export const closeBehindError: Difference = {
  row: 'event-order',
  why: 'the host tells close of the request before error of the response',
  events: movedBehindError,
};

/** The program's error, after the response: it is the response's, and the request has none. */
export const errorOfResponse: Difference = {
  row: 'event-order',
  why: 'the host tells the error to the request, and another one to the response',
  events: (host) => {
    const given = host.find(isErrorOfRequest)!.replace('req1', 'res1');
    const rest = host.filter((event) => !isErrorOfRequest(event));
    return movedBehindError(rest.map((event) => (isErrorOfResponse(event) ? given : event)));
  },
};

/** abort() comes before what it causes. */
export const abortBeforeClose: Difference = {
  row: 'event-order',
  why: 'the host tells close before abort',
  events: (host) =>
    host
      .filter((event) => event !== 'req1.abort')
      .flatMap((event) => (event === 'req1.close' ? ['req1.abort', event] : event)),
};

/** The peer has closed the idle socket. */
export const END_OF_IDLE: DifferenceByHost = {
  '>=22': {
    row: 'idle-end',
    why: "the host destroys the socket in front of its 'end'",
    events: (host) => {
      const closed = host.indexOf('socket1.close false');
      return host.toSpliced(host[closed - 1] === 'agent.removeSocket' ? closed - 1 : closed, 0, 'socket1.end');
    },
  },
};

/** The socket of an answer that has come, and wasn't read. `error`: that of the request. */
export const unread = (error?: string): DifferenceByHost => ({
  '>=26': {
    row: 'unread-answer',
    why: 'the socket of a whole answer that was not read is kept',
    events: (host) =>
      host.flatMap((event) => {
        if (error && event.startsWith('> ') && /destroy|abort/.test(event)) return [event, `req1.error ${error}`];
        if (!event.startsWith('agent is')) return event;
        const gone = event.replace('freeSockets 1', 'freeSockets 0');
        return host.includes('socket1.connect') ? ['socket1.close false', gone] : gone;
      }),
    peers: { a: { ended: 'fin' } },
  },
});

export const UNREAD = unread();

/** The program destroys the request whose socket it was given. */
export const HANDED_OVER: DifferenceByHost = {
  '>=26': {
    row: 'upgrade-destroyed',
    why: 'the socket that was handed over stays open',
    events: (host) => {
      const others = host.filter((event) => !/^socket1\.(end|close)/.test(event));
      return others.toSpliced(
        others.findIndex((event) => event.startsWith('agent is')),
        0,
        'socket1.close false',
      );
    },
  },
};

/** Who has waited in the queue has the socket a turn later. */
export const WAITED: Difference = {
  row: 'queued-socket',
  why: 'the host gives it the socket at once, whose FIN may have come with the response',
  events: waited,
};

const reused = (host: Events): string[] =>
  host.map((event) => event.replace(/^(req2 is .*destroyed), writable/, '$1, reusedSocket, writable'));

/** The second request has the socket of the first. */
export const REUSED: Difference = {
  row: 'reused-socket',
  why: 'the host sets reusedSocket only when the socket had been idle',
  events: reused,
};

/** The same, of a request that has waited for it. */
export const REUSED_LATER: Difference = { ...REUSED, events: (host) => reused(waited(host)) };

/** The socket is closed behind the response, where the host keeps it. */
const notKept = (row: string, why: string): Difference => ({
  row,
  why,
  events: (host) =>
    host
      .filter((event) => event !== 'req1.close' && event !== 'agent.free socket1')
      .flatMap((event) => {
        if (event !== 'res1.close') return event.replace('freeSockets 1', 'freeSockets 0');
        return host.includes('socket1.connect') ? [event, 'req1.close', 'socket1.close false'] : [event, 'req1.close'];
      }),
  peers: { a: { ended: 'fin' } },
});

/** A connection that leaves HTTP, and nobody to take it: document order 3. */
export const UNCLAIMED: Difference = {
  row: 'unclaimed-takeover',
  why: "the host tells 'close' alone",
  events: (host) =>
    host.flatMap((event) => (event === 'req1.close' ? ['req1.error Error ECONNRESET "socket hang up"', event] : event)),
};

/** A request that says close is the last one of its socket. */
export const SAID_CLOSE = notKept(
  'said-close',
  'RFC 9112 §9.6: the host sends further requests behind one that says close',
);

/** A response whose end others may take to be elsewhere is the last one of its socket. */
export const DOUBTFUL = notKept('doubtful-length', 'RFC 9112 §6.1: the host keeps the connection');

/** Nothing is told behind 'close'. */
export const LAST: Difference = {
  row: 'late-end',
  why: "the host tells 'prefinish' behind 'close'",
  events: withoutLatePrefinish,
};

export function withoutLatePrefinish(events: Events): Events {
  return events.filter((event, index) => event !== 'req1.prefinish' || index < events.indexOf('req1.close'));
}

/** The callback of an end that came too late, called behind that of the write before it. See `lost-callbacks`. */
export function endLost(events: Events): Events {
  return events.flatMap((event) => (event === lost('write', 'write') ? [event, lost('end', 'end')] : event));
}

const isErrorOfRequest = (event: string) => event.startsWith('req1.error');
const isErrorOfResponse = (event: string) => event.startsWith('res1.error');

/** The close of the response before comes before the next request has its socket. */
function waited(host: Events): Events {
  const events = [...host];
  for (const [index, event] of host.entries()) {
    if (!/^res\d\.close/.test(event) || !/^req\d\.(socket|prefinish)/.test(events[index - 1] ?? '')) continue;
    const first = /^req\d\.socket/.test(events[index - 1] as string) ? index - 1 : index - 2;
    events.splice(index, 1);
    events.splice(first, 0, event);
  }
  return events;
}

/** The request's close, moved behind the response's error. */
export function movedBehindError(events: Events): Events {
  return events
    .filter((event) => event !== 'req1.close')
    .flatMap((event) => (isErrorOfResponse(event) ? [event, 'req1.close'] : event));
}
