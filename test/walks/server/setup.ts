/** What a server's listeners do: what the acts of a walk can't decide later. */

/** A call of the program's. */
export type Call =
  | 'res.end'
  | 'res.end text'
  | 'res.write'
  | 'res.write much'
  | 'res.flushHeaders'
  | 'res.destroy'
  | 'res.destroy(error)'
  | 'req.resume'
  | 'req.pause'
  | 'req.destroy'
  | 'req.destroy(error)'
  | 'server.close'
  | 'server.closeIdleConnections';

export interface Setup {
  readonly name: string;
  /** Whether the listener of a request reads its body. */
  readonly reads: boolean;
  /** What it calls at once. */
  readonly atOnce: readonly Call[];
  /** Whether 'upgrade', 'connect' and 'checkContinue' are listened to. */
  readonly takesOver: boolean;
  readonly checks: boolean;
  /** Whether 'clientError' is listened to. */
  readonly hearsErrors: boolean;
  /** Calls in the listener of an event of the request or its answer, such as `req.end`. */
  readonly plan: { readonly event: string; readonly calls: readonly Call[] } | null;
}

const PLAIN: Omit<Setup, 'name'> = {
  reads: true,
  atOnce: [],
  takesOver: false,
  checks: false,
  hearsErrors: false,
  plan: null,
};

function setup(parts: Partial<Setup>): Setup {
  const { reads, atOnce, takesOver, checks, hearsErrors, plan } = { ...PLAIN, ...parts };
  const words = [
    reads ? 'reads' : 'ignores',
    ...(takesOver ? ['takes over'] : []),
    ...(checks ? ['checks'] : []),
    ...(hearsErrors ? ['hears errors'] : []),
    ...(atOnce.length > 0 ? [atOnce.join('+')] : []),
    ...(plan === null ? [] : [`in ${plan.event}: ${plan.calls.join('+')}`]),
  ];
  return { name: words.join(', '), reads, atOnce, takesOver, checks, hearsErrors, plan };
}

const AT_ONCE: readonly (readonly Call[])[] = [
  ['res.end'],
  ['res.end text'],
  ['res.write'],
  ['res.write', 'res.end'],
  ['res.write much'],
  ['res.write much', 'res.end'],
  ['res.flushHeaders'],
  ['res.end', 'res.write'],
  ['res.destroy'],
  ['res.destroy(error)'],
  ['res.destroy', 'res.write'],
  ['res.destroy', 'res.end'],
  ['res.write', 'res.destroy', 'res.write', 'res.end'],
  ['res.flushHeaders', 'res.destroy', 'res.write', 'res.flushHeaders', 'res.end'],
  ['res.end', 'res.destroy'],
  ['req.destroy'],
  ['req.destroy(error)'],
];

export const setups: readonly Setup[] = [
  ...[true, false].flatMap((reads) => [
    setup({ reads }),
    setup({ reads, takesOver: true, checks: true, hearsErrors: true }),
    ...AT_ONCE.map((atOnce) => setup({ reads, atOnce })),
  ]),
  ...['req.end', 'req.close', 'res.finish', 'res.close'].flatMap((event) =>
    (['res.end', 'res.write', 'res.destroy', 'req.destroy'] as const).map((call) =>
      setup({ plan: { event, calls: [call] } }),
    ),
  ),
];
