/** Where the host leaves a walk of its server on purpose of ours: the rows of docs/differences-from-node.md. */
import type { State } from './state.js';
import type { World } from './world.js';

interface Parting {
  readonly row: string;
  readonly parts: (state: State, act: string) => boolean;
}

const isDue = ({ exchange }: State): boolean => exchange?.released === false;
const isInBody = ({ parsing }: State): boolean => parsing.at === 'body';

const partings: readonly Parting[] = [
  {
    row: 'server-close',
    parts: (state, act) =>
      act === 'server.close' &&
      (isDue(state) || isInBody(state) || state.requests === 0 || state.parsing.at === 'half a head'),
  },
  {
    row: 'end-of-destroyed',
    parts: ({ exchange, setup }, act) => {
      if (act === 'HEAD' || act === 'GET 1.0') {
        const destroyed = setup?.atOnce.findIndex((call) => call.startsWith('res.destroy')) ?? -1;
        return destroyed >= 0 && setup?.atOnce.slice(destroyed).some((call) => call.startsWith('res.end')) === true;
      }
      const isBare = exchange !== undefined && !(exchange.hasBody && exchange.chunks);
      if (isBare && setup?.plan?.event === 'res.close' && setup.plan.calls[0] === 'res.end') {
        return !exchange.ended && /destroy|reset|FIN/.test(act);
      }
      return exchange?.destroyed === true && !(exchange.hasBody && exchange.chunks) && act.startsWith('res.end');
    },
  },
  {
    row: 'destroyed-request',
    parts: ({ setup }, act) =>
      setup?.atOnce.some((call) => call.startsWith('req.destroy')) === true && act.startsWith('POST and all'),
  },
  { row: 'unclaimed-upgrade', parts: ({ setup }, act) => act === 'upgrade' && setup?.takesOver === false },
  { row: 'late-fault', parts: (state, act) => act === 'garbage' && isDue(state) },
  {
    row: 'one-answer',
    parts: (state, act) => isInBody(state) && state.exchange?.released === true && /^(FIN|bad chunk)$/.test(act),
  },
];

/** The row for which the host goes another way with this act. */
export const partingOf = ({ state }: World, act: string): string | undefined =>
  partings.find(({ parts }) => parts(state, act))?.row;

/** The rows by which the host's log becomes ours; undefined when none do. */
export const rowsBetween = (host: readonly string[], ours: readonly string[]): readonly undefined[] | undefined =>
  settled(host) === settled(ours) ? [] : undefined;

/**
 * The log with what a request tells before what its answer does, where they are neighbours: it comes in one turn, and
 * nothing says which is told first.
 */
function settled(log: readonly string[]): string {
  const lines = [...log];
  for (let at = 0; at + 1 < lines.length; at++) {
    const [one = '', other = ''] = lines.slice(at, at + 2);
    if (!/^res\d\.(close|finish|drain)/.test(one) || !/^req\d\.(end|close|data)/.test(other)) continue;
    lines.splice(at, 2, other, one);
    at = -1;
  }
  return lines.join('\n');
}

/** The rows that are named here. */
export const rows: readonly string[] = partings.map(({ row }) => row);
