/** Where statewire's server deliberately differs from the host in a walk: the rows of docs/differences-from-node.md. */
import { HOST } from '../../conversations/kit/host.js';
import { inPairs } from '../../conversations/kit/newer.js';
import { OWN } from '../kit/rows.js';
import type { Facts, State } from './state.js';
import type { World } from './world.js';

interface Parting {
  readonly row: string;
  readonly parts: (world: World, act: string) => boolean;
}

/** Nothing has arrived on the connection yet. */
const isFresh = ({ requests, parsing }: State): boolean => requests === 0 && parsing.at === 'start';
/** A response without a body, or without bytes that end it. */
const isBare = ({ hasBody, chunks }: Facts): boolean => !(hasBody && chunks);

/** The exchange, of two, to which the act belongs. */
const placeOf = (act: string): 0 | 1 => (act.endsWith('(2nd)') ? 1 : 0);

/** Acts that neither request nor respond. */
const IDLE = /^(FIN|reset|server\.|net\.)/;

const partings: readonly Parting[] = [
  { row: OWN, parts: (_world, act) => act.startsWith('server.drain') },
  {
    row: 'server-close',
    parts: ({ state }, act) =>
      state.announced
        ? !state.closed && !IDLE.test(act)
        : act.startsWith('server.close') && act !== 'server.closeIdleConnections' && isFresh(state),
  },
  {
    row: 'end-of-destroyed',
    parts: ({ exchanges, state: { setup } }, act) => {
      if (/^HEAD|^GET 1.0$/.test(act)) {
        const destroyed = setup?.atOnce.findIndex((call) => call.startsWith('res.destroy')) ?? -1;
        return destroyed >= 0 && setup?.atOnce.slice(destroyed).some((call) => call.startsWith('res.end')) === true;
      }
      const facts = exchanges[placeOf(act)]?.facts;
      if (facts === undefined || !isBare(facts)) return false;
      if (setup?.plan?.event === 'res.close' && setup.plan.calls[0] === 'res.end') {
        return !facts.ended && /destroy|reset|FIN/.test(act);
      }
      return facts.destroyed && act.startsWith('res.end');
    },
  },
  {
    row: 'doomed-response',
    parts: ({ exchanges, state: { setup } }, act) => {
      const facts = exchanges[placeOf(act)]?.facts;
      if (facts === undefined || facts.kept.length === 0) return false;
      if (act.startsWith('res.end')) return facts.doomed && facts.attached;
      const isDoomed = act.startsWith('res.destroy') && !facts.attached;
      return isDoomed && (facts.ended || setup?.plan?.event === 'res.close');
    },
  },
  {
    // The socket fails at the moment when the response before it was sent.
    row: 'one-write',
    parts: ({ exchanges, state: { setup } }, act) =>
      act === 'res.destroy(error) (2nd)' && exchanges[1]?.facts.attached === false && setup?.listensToErrors === true,
  },
  {
    row: 'stray-drain',
    parts: ({ exchanges, state }, act) =>
      HOST < 24 &&
      state.ended &&
      state.needsDrain &&
      exchanges[placeOf(act)]?.facts.attached === true &&
      /^res\.(write|end|flushHeaders)/.test(act),
  },
  {
    row: 'after-close',
    parts: ({ host }, act) =>
      host.machine.matches('reading.ignoring') && !IDLE.test(act) && !/^(res\.|socket\.|deadlines)/.test(act),
  },
  {
    row: 'fault-once',
    parts: ({ state, host }, act) =>
      host.machine.matches('reading.faulty.refused') &&
      !state.destroyed &&
      (state.late || act === 'deadlines pass') &&
      !act.startsWith('res.'),
  },
  {
    row: 'server-close',
    parts: ({ state }, act) => act === 'server.close again' && !state.listening,
  },
  {
    row: 'unclaimed-upgrade',
    parts: ({ state: { setup } }, act) => act.endsWith('upgrade') && setup?.takesOver === false,
  },
];

/** Rows that the world itself sets. */
const NOTED = [
  'late-fault',
  'cut-after',
  'one-response',
  'in-turn',
  'waiting-responses',
  'failed-end',
  'forgotten-request',
  'lingering-close',
];

/** The row for which the host parts with this act. */
export const partingOf = (world: World, act: string): string | undefined =>
  partings.find(({ parts }) => parts(world, act))?.row;

/**
 * Where newer hosts differ, from 24 on (`waiting-responses`) and from 26 on (`never-used`, `joined-chunks`). Older ones agree,
 * and the walk counts for `docs/coverage.md`.
 */
export function leaves({ exchanges, state }: World, act: string): boolean {
  if (HOST >= 26 && act === 'server.closeIdleConnections' && isFresh(state)) return true;
  if (HOST >= 26 && act.startsWith('req.destroy') && state.setup?.plan?.event === 'req.close') return true;
  return HOST >= 24 && act.startsWith('res.destroy') && exchanges[placeOf(act)]?.facts.attached === false;
}

/** The rows by which the host's log becomes ours; undefined if no rows do. */
export const rowsBetween = (host: readonly string[], ours: readonly string[]): readonly undefined[] | undefined =>
  inPairs(host).join() === inPairs(ours).join() ? [] : undefined;

/** The rows used here. */
export const rows: readonly string[] = [...partings.map(({ row }) => row), ...NOTED];
