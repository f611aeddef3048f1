/** How a request is made, and what its listeners do: fixed before the acts of a walk. */

/** A call by the program on the request or on its response. */
export type Call =
  | 'end'
  | 'end text'
  | 'write'
  | 'write much'
  | 'flushHeaders'
  | 'destroy'
  | 'destroy(error)'
  | 'abort'
  | 'res.resume'
  | 'res.pause'
  | 'res.destroy'
  | 'res.destroy(error)'
  | 'socket.destroy'
  | 'socket.emit'
  | 'agent.destroy'
  | Interference;

/** Calls that are no acts by themselves: `pipe()`, and a program that makes the head itself. */
export type Interference = 'pipe' | 'make head';

/**
 * The source of the socket: an agent that keeps sockets, one that doesn't, one that retries (an option of statewire only), one
 * that retries and has a single socket, one whose peer is unreachable, or `createConnection`, which calls back in an act.
 */
type Giver = 'keeps' | 'closes' | 'retries' | 'once' | 'nobody' | 'late';

export interface Setup {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'HEAD' | 'CONNECT';
  readonly giver: Giver;
  /** With `Expect: 100-continue`. */
  readonly expects: boolean;
  /** What the 'response' listener does first; null: there is none. */
  readonly reads: 'reads' | 'ignores' | null;
  /** Whether 'upgrade' and 'connect' have listeners. */
  readonly takesOver: boolean;
  /** Calls in the turn in which the request is made. */
  readonly atOnce: readonly Call[];
  /**
   * Calls in the listener of an event of the request, such as `socket`, of its response: `res.error`, or of its socket:
   * `socket.close`, after the existing listeners or `first`.
   */
  readonly plan: Plan | null;
}

export interface Plan {
  readonly event: string;
  readonly calls: readonly Call[];
}

const PLAIN: Omit<Setup, 'name'> = {
  method: 'GET',
  giver: 'keeps',
  expects: false,
  reads: 'reads',
  takesOver: false,
  atOnce: ['end'],
  plan: null,
};

/** Whether the agent sends a request a second time. */
export const isRetrying = ({ giver }: Setup): boolean => giver === 'retries' || giver === 'once';

function setup(parts: Partial<Setup>): Setup {
  const { method, giver, expects, reads, takesOver, atOnce, plan } = { ...PLAIN, ...parts };
  const words = [
    method,
    giver,
    ...(expects ? ['expects'] : []),
    reads ?? 'unlistened',
    ...(takesOver ? ['takes over'] : []),
    atOnce.join('+') || 'open',
    ...(plan === null ? [] : [`in ${plan.event}: ${plan.calls.join('+')}`]),
  ];
  return { name: words.join(', '), method, giver, expects, reads, takesOver, atOnce, plan };
}

const GIVERS = ['keeps', 'closes', 'retries', 'nobody', 'late'] as const;
const READERS = ['reads', 'ignores', null] as const;

const ENDINGS: readonly Call[] = ['destroy', 'destroy(error)', 'abort'];
const RES_ENDINGS: readonly Call[] = ['res.destroy', 'res.destroy(error)'];

const AT_ONCE: readonly (readonly Call[])[] = [
  [],
  ['end text'],
  ['write'],
  ['write', 'end'],
  ['write much'],
  ['write much', 'end'],
  ['flushHeaders'],
  ['end', 'write'],
  ['destroy', 'write'],
  ['destroy', 'end'],
  ['write', 'destroy', 'write', 'end'],
  ['flushHeaders', 'destroy', 'flushHeaders', 'end'],
  ['flushHeaders', 'write'],
  ['flushHeaders', 'destroy', 'write'],
  ['make head', 'destroy', 'end'],
  ...ENDINGS.flatMap((call): (readonly Call[])[] => [[call], ['end', call]]),
];

const plans: Partial<Setup>[] = [
  ...(['destroy', 'abort'] as const).map((call) => ({ plan: { event: 'error', calls: [call] } })),
  ...ENDINGS.flatMap((call) => [
    ...['socket', 'response', 'finish', 'timeout', 'res.aborted', 'res.error', 'res.end'].map((event) => ({
      plan: { event, calls: [call] },
    })),
    ...['information', 'continue', 'finish', 'response'].map((event) => ({
      method: 'POST' as const,
      atOnce: [],
      plan: { event, calls: [call] },
    })),
    { takesOver: true, plan: { event: 'upgrade', calls: [call] } },
    { takesOver: true, method: 'CONNECT' as const, plan: { event: 'connect', calls: [call] } },
  ]),
  ...RES_ENDINGS.map((call) => ({ plan: { event: 'response', calls: [call] } })),
  { reads: 'ignores', plan: { event: 'error', calls: ['destroy'] } },
  { method: 'POST', atOnce: [], plan: { event: 'response', calls: ['end'] } },
  { method: 'POST', atOnce: [], plan: { event: 'response', calls: ['end', 'write'] } },
  { takesOver: true, atOnce: ['flushHeaders'], plan: { event: 'upgrade', calls: ['destroy', 'write'] } },
  { method: 'POST', atOnce: [], expects: true, plan: { event: 'continue', calls: ['end'] } },
  { method: 'POST', atOnce: ['write'], plan: { event: 'socket', calls: ['write'] } },
  { plan: { event: 'socket.close first', calls: ['abort'] } },
];

export const setups: readonly Setup[] = [
  ...GIVERS.flatMap((giver) => READERS.map((reads) => setup({ giver, reads }))),
  ...GIVERS.map((giver) => setup({ giver, method: 'POST', atOnce: [] })),
  ...READERS.map((reads) => setup({ method: 'POST', atOnce: [], reads })),
  ...(['keeps', 'late'] as const).flatMap((giver) => AT_ONCE.map((atOnce) => setup({ giver, method: 'POST', atOnce }))),
  ...AT_ONCE.map((atOnce) => setup({ atOnce })),
  setup({ giver: 'once' }),
  setup({ method: 'HEAD' }),
  setup({ method: 'CONNECT' }),
  setup({ method: 'CONNECT', takesOver: true }),
  setup({ takesOver: true }),
  setup({ method: 'POST', expects: true, atOnce: [] }),
  setup({ method: 'POST', expects: true }),
  ...plans.map(setup),
].filter(({ name }, index, all) => all.findIndex((each) => each.name === name) === index);

/** The next request on a kept socket. */
export function next(before: Setup, plan: Plan | null): Setup {
  const { giver, takesOver } = before;
  const reads = before.reads === null ? null : 'reads';
  return setup({ giver, takesOver, reads, plan });
}

/** The calls in an event of the next request's socket. */
export const nextPlans: readonly Plan[] = ['socket.error', 'socket.close'].flatMap((event) =>
  (['abort', 'destroy', 'pipe'] as const).flatMap((call) =>
    [event, `${event} first`].map((when) => ({ event: when, calls: [call] })),
  ),
);
