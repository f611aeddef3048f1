/**
 * Where the host departs from its own documentation, and how its log becomes the documented one: the orders of events at the
 * end of http.request(), which orders.ts lists, and what the agent emits.
 */
import type { Difference, DifferenceByHost } from '../kit/conversation.js';
import { failedCallback } from '../kit/phrases.js';

type Events = readonly string[];

/** After a cut response: its 'error', then the request's 'close'. */
export const closeAfterError: Difference = {
  row: 'event-order',
  why: 'the host emits close of the request before error of the response',
  events: movedAfterError,
};

/** The program's error once there is a response: the response emits it, the request emits none. */
export const errorOfResponse: Difference = {
  row: 'event-order',
  why: 'on the host the request emits the error, and the response another one',
  events: (host) => {
    const ofProgram = host.find(isErrorOfRequest)!.replace('req1', 'res1');
    const rest = host.filter((event) => !isErrorOfRequest(event));
    return movedAfterError(rest.map((event) => (isErrorOfResponse(event) ? ofProgram : event)));
  },
};

/** 'abort' precedes the events that abort() causes. */
export const abortBeforeClose: Difference = {
  row: 'event-order',
  why: 'the host emits close before abort',
  events: (host) =>
    host
      .filter((event) => event !== 'req1.abort')
      .flatMap((event) => (event === 'req1.close' ? ['req1.abort', event] : event)),
};

/** The peer closes the idle socket. */
export const END_OF_IDLE: DifferenceByHost = {
  '>=22': {
    row: 'idle-end',
    why: "the host destroys the socket before its 'end'",
    events: (host) => {
      const closed = host.indexOf('socket1.close false');
      return host.toSpliced(host[closed - 1] === 'agent.removeSocket' ? closed - 1 : closed, 0, 'socket1.end');
    },
  },
};

/** The socket of a response that has arrived and is unread. `error`: the request's error. */
export const unread = (error?: string): DifferenceByHost => ({
  '>=26': {
    row: 'unread-response',
    why: 'the host keeps the socket of a complete unread response',
    events: (host) =>
      host.flatMap((event) => {
        if (error && event.startsWith('> ') && /destroy|abort/.test(event)) return [event, `req1.error ${error}`];
        if (!event.startsWith('agent is')) return event;
        const closed = event.replace('freeSockets 1', 'freeSockets 0');
        return host.includes('socket1.connect') ? ['socket1.close false', closed] : closed;
      }),
    peers: { a: { ended: 'fin' } },
  },
});

export const UNREAD = unread();

/** The program destroys the request after its socket was handed over. */
export const HANDED_OVER: DifferenceByHost = {
  '>=26': {
    row: 'upgrade-destroyed',
    why: 'on the host the handed-over socket stays open',
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

/** A queued request gets the socket a turn later. */
export const WAITED: Difference = {
  row: 'queued-socket',
  why: 'the host assigns the socket at once, although FIN may have come with the response',
  events: waited,
};

const reused = (host: Events): string[] =>
  host.map((event) => event.replace(/^(req2 is .*destroyed), writable/, '$1, reusedSocket, writable'));

/** The second request gets the socket of the first. */
export const REUSED: Difference = {
  row: 'reused-socket',
  why: 'the host sets reusedSocket only if the socket was idle',
  events: reused,
};

/** The same for a request that has waited for the socket. */
export const REUSED_LATER: Difference = { ...REUSED, events: (host) => reused(waited(host)) };

/** statewire closes the socket after the response, the host keeps it. */
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

/** A connection that switches protocols without a listener: document order 3. */
export const UNCLAIMED: Difference = {
  row: 'unclaimed-takeover',
  why: "the host emits only 'close'",
  events: (host) =>
    host.flatMap((event) => (event === 'req1.close' ? ['req1.error Error ECONNRESET "socket hang up"', event] : event)),
};

/** A request with "Connection: close" is the last one on its socket. */
export const LAST_REQUEST = notKept(
  'said-close',
  'RFC 9112 §9.6: the host sends further requests after one with Connection: close',
);

/** A response with an ambiguous length is the last one on its socket. */
export const AMBIGUOUS_LENGTH = notKept('doubtful-length', 'RFC 9112 §6.1: the host keeps the connection');

/** Nothing is emitted after 'close'. */
export const LAST: Difference = {
  row: 'late-end',
  why: "the host emits 'prefinish' after 'close'",
  events: withoutLatePrefinish,
};

export function withoutLatePrefinish(events: Events): Events {
  return events.filter((event, index) => event !== 'req1.prefinish' || index < events.indexOf('req1.close'));
}

/** The callback of a late end(), called after that of the write before it. See `lost-callbacks`. */
export function lateEndCallback(events: Events): Events {
  return events.flatMap((event) =>
    event === failedCallback('write', 'write') ? [event, failedCallback('end', 'end')] : event,
  );
}

const isErrorOfRequest = (event: string) => event.startsWith('req1.error');
const isErrorOfResponse = (event: string) => event.startsWith('res1.error');

/** Moves the close of the previous response before the moment when the next request gets its socket. */
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

/** Moves the request's close after the response's error. */
export function movedAfterError(events: Events): Events {
  return events
    .filter((event) => event !== 'req1.close')
    .flatMap((event) => (isErrorOfResponse(event) ? [event, 'req1.close'] : event));
}
