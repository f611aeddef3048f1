import { first, line, pathOf, stateOf, subjectOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import type { Incoming } from './IncomingHost.js';
import type { Hosted, OutgoingHost } from './OutgoingHost.js';

export const isFull = (host: OutgoingHost): boolean => host.actor.matches('flow.full');

type RequestLine = Parameters<typeof subjectOf>[0];

export function describeOutgoing(message: Hosted & { readonly req?: RequestLine }): string {
  const host = message[own] as OutgoingHost | undefined;
  if (host === undefined) return line(message, subjectOf(message.req));
  const isOnLine = host.owner !== undefined;
  const at = stateOf(host, 'line');
  return line(
    message,
    subjectOf(message.req),
    stateOf(host, 'message'),
    first(
      [message._closed, 'closed'],
      [message.destroyed, 'destroyed'],
      [at === 'shut' || at === 'kept', 'its socket takes no more'],
      [isFull(host), 'waits for the socket to drain'],
      [at === 'waiting' && isOnLine, 'waits for the responses before it'],
      [at === 'waiting', 'has no socket'],
    ),
  );
}

interface DescribedIncoming extends Incoming {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly statusCode?: number | undefined;
  readonly req?: { readonly method: string; readonly path: string };
}

export function describeIncoming(message: DescribedIncoming): string {
  const { statusCode, req } = message;
  const subject = statusCode ? `${statusCode}` : subjectOf(message);
  return line(
    message,
    subject,
    statusCode ? req && `${req.method} ${pathOf(req.path)}` : undefined,
    first([message.aborted, 'aborted'], [message.complete, 'complete'], [subject, 'incomplete']),
    first(
      [message.readableEnded, 'read to its end'],
      [message.destroyed, 'destroyed'],
      [message.readableFlowing, 'flows'],
      [message.isPaused(), 'paused'],
      [message.readableLength > 0 || !message.complete, 'waits to be read'],
    ),
  );
}
