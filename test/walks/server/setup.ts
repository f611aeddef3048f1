/** How a server is set up, and what its listeners do: what the acts of a walk can't decide later. */
import type { Call } from './calls.js';

export interface Setup {
  readonly name: string;
  /** Whether the listener of a request reads its body. */
  readonly reads: boolean;
  /** What it calls at once, or in a later turn. */
  readonly atOnce: readonly Call[];
  readonly isLater: boolean;
  /** Whether 'upgrade', 'connect' and 'checkContinue' are listened to. */
  readonly takesOver: boolean;
  readonly checks: boolean;
  /** Whether 'clientError' and 'timeout' are listened to. */
  readonly hearsErrors: boolean;
  readonly hearsTimeouts: boolean;
  /** Calls in the listener of an event of the request or its answer, such as `req.end`. */
  readonly plan: { readonly event: string; readonly calls: readonly Call[] } | null;
  /** What nobody listens to. */
  readonly deaf: readonly ('req' | 'res')[];
  readonly transport: 'tcp' | 'duplex';
  /** `httpAllowHalfOpen`, `maxRequestsPerSocket`. */
  readonly halfOpen: boolean;
  readonly limit: number;
  /** Whether the shortest `keepAliveTimeout` holds. */
  readonly hurries: boolean;
  /** Whether the peer asks again before it is answered. */
  readonly pipelines: boolean;
}

const PLAIN: Omit<Setup, 'name'> = {
  reads: true,
  atOnce: [],
  isLater: false,
  takesOver: false,
  checks: false,
  hearsErrors: false,
  hearsTimeouts: false,
  plan: null,
  deaf: [],
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
    ...(made.hearsErrors ? ['hears errors'] : []),
    ...(made.hearsTimeouts ? ['hears timeouts'] : []),
    ...(made.atOnce.length > 0 ? [`${made.isLater ? 'later ' : ''}${made.atOnce.join('+')}`] : []),
    ...(made.plan === null ? [] : [`in ${made.plan.event}: ${made.plan.calls.join('+')}`]),
    ...made.deaf.map((object) => `${object} unheard`),
    ...(made.transport === 'duplex' ? ['duplex'] : []),
    ...(made.halfOpen ? ['half open'] : []),
    ...(made.limit > 0 ? [`${made.limit} a socket`] : []),
    ...(made.hurries ? ['hurries'] : []),
    ...(made.pipelines ? ['pipelined'] : []),
  ];
  return { name: words.join(', '), ...made };
}
