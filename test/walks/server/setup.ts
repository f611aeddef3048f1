/** How a server is set up, and what its listeners do: fixed before the acts of a walk. */
import type { Call } from './calls.js';

export interface Setup {
  readonly name: string;
  /** Whether the listener of a request reads its body. */
  readonly reads: boolean;
  /** The calls that it makes at once, or in a later turn. */
  readonly atOnce: readonly Call[];
  readonly isLater: boolean;
  /** Whether 'upgrade', 'connect' and 'checkContinue' have listeners. */
  readonly takesOver: boolean;
  readonly checks: boolean;
  /** Whether 'clientError' and 'timeout' have listeners. */
  readonly listensToErrors: boolean;
  readonly listensToTimeouts: boolean;
  /** Calls in the listener of an event of the request or its response, such as `req.end`. */
  readonly plan: { readonly event: string; readonly calls: readonly Call[] } | null;
  /** The objects without listeners. */
  readonly unlistened: readonly ('req' | 'res')[];
  readonly transport: 'tcp' | 'duplex';
  /** `httpAllowHalfOpen`, `maxRequestsPerSocket`. */
  readonly halfOpen: boolean;
  readonly limit: number;
  /** Whether the shortest `keepAliveTimeout` applies. */
  readonly hurries: boolean;
  /** Whether the peer sends another request before it has a response. */
  readonly pipelines: boolean;
}

const PLAIN: Omit<Setup, 'name'> = {
  reads: true,
  atOnce: [],
  isLater: false,
  takesOver: false,
  checks: false,
  listensToErrors: false,
  listensToTimeouts: false,
  plan: null,
  unlistened: [],
  transport: 'tcp',
  halfOpen: false,
  limit: 0,
  hurries: false,
  pipelines: false,
};

export function setup(parts: Partial<Setup>): Setup {
  const made = { ...PLAIN, ...parts };
  const words = [
    made.reads ? 'reads' : 'ignores',
    ...(made.takesOver ? ['takes over'] : []),
    ...(made.checks ? ['checks'] : []),
    ...(made.listensToErrors ? ['listens to errors'] : []),
    ...(made.listensToTimeouts ? ['listens to timeouts'] : []),
    ...(made.atOnce.length > 0 ? [`${made.isLater ? 'later ' : ''}${made.atOnce.join('+')}`] : []),
    ...(made.plan === null ? [] : [`in ${made.plan.event}: ${made.plan.calls.join('+')}`]),
    ...made.unlistened.map((object) => `${object} unlistened`),
    ...(made.transport === 'duplex' ? ['duplex'] : []),
    ...(made.halfOpen ? ['half open'] : []),
    ...(made.limit > 0 ? [`${made.limit} a socket`] : []),
    ...(made.hurries ? ['hurries'] : []),
    ...(made.pipelines ? ['pipelined'] : []),
  ];
  return { name: words.join(', '), ...made };
}
