/**
 * What a state waits for, and who has to act: tables that have a row for every configuration of every machine.
 *
 * Rule 1: for each question of a machine the first row that matches counts. A test looks at all reachable configurations: each has
 *         a wait, or is over.
 * Rule 2: what no state shows comes from the facts of hosts (explain.ts).
 */
import { Region } from '../engine/history.js';
import { matchesValue } from '../engine/match.js';
import type { StateValue } from '../engine/model.js';
import type { ChartName } from '../events/charts.js';

/** Who has to act. `engine`: statewire itself, soon. `agent`: it gives sockets to requests. */
export type Who = 'peer' | 'you' | 'system' | 'agent' | 'engine';

/** Each wait, with who ends it. */
export const WAITS = {
  firstRequest: 'peer',
  nextRequest: 'peer',
  head: 'peer',
  body: 'peer',
  continue: 'peer',
  response: 'peer',
  finalResponse: 'peer',
  peerReads: 'peer',
  peerCloses: 'peer',
  connections: 'peer',
  handshake: 'peer',
  closing: 'peer',
  respond: 'you',
  endResponse: 'you',
  endRequest: 'you',
  allowContinue: 'you',
  readBody: 'you',
  unread: 'you',
  uncork: 'you',
  assign: 'you',
  listen: 'you',
  use: 'you',
  program: 'you',
  socket: 'agent',
  connect: 'system',
  close: 'system',
  turn: 'engine',
  soon: 'engine',
} as const satisfies Readonly<Record<string, Who>>;

/** What is waited for: the names of WAITS. */
export type WaitCode = keyof typeof WAITS;

/** `over`: nothing is waited for any more. `elsewhere`: another machine of the same exchange says it. */
type Says = WaitCode | 'over' | 'elsewhere';

export interface Row {
  readonly says: Says;
  /** The region whose last change began the wait; '' for a machine without regions. */
  readonly since: string;
  /** All of them must match: `message.flushing`. */
  readonly when: readonly string[];
}

type Question = readonly Row[];

const row = (says: Says, since: string, ...when: string[]): Row => ({ says, since, when });

const incoming = [
  row('readBody', 'gate', 'gate.shut'),
  row('body', 'body', 'body.reading'),
  row('unread', 'body', 'body.complete'),
];

/** What the program has handed over, while it can be sent. */
const handedOver = (open: WaitCode, end: WaitCode) => [
  row(open, 'message', 'message.composing'),
  row(end, 'message', 'message.streaming'),
  row(end, 'message', 'message.bare'),
  row('peerReads', 'message', 'message.flushing'),
];

export const TABLES: Readonly<Record<ChartName, readonly Question[]>> = {
  server: [
    [
      row('listen', 'door', 'door.unbound'),
      row('connections', 'door', 'door.listening'),
      row('closing', 'door', 'door.draining'),
      row('closing', 'door', 'door.closing'),
    ],
  ],
  connection: [
    [
      row('over', 'transport', 'transport.closed'),
      row('program', 'reading', 'reading.upgraded'),
      row('close', 'drain', 'drain.over'),
      row('close', 'transport', 'transport.failed'),
      row('close', 'reading', 'reading.faulty.refused'),
      row('turn', 'reading', 'reading.faulty'),
      row('turn', 'reading', 'reading.upgrading'),
      row('peerReads', 'transport', 'transport.leaving.settling'),
      row('peerCloses', 'transport', 'transport.leaving.lingering'),
      row('head', 'reading', 'reading.awaiting.begun'),
      row('elsewhere', 'responses', 'responses.due'),
      row('program', 'reuse', 'reuse.switched'),
      row('firstRequest', 'reading', 'reading.awaiting.fresh'),
      row('nextRequest', 'reading', 'reading.awaiting.kept'),
      row('body', 'reading', 'reading.readingBody'),
      row('soon', 'reading', 'reading.ignoring'),
    ],
  ],
  incomingRequest: [
    [
      row('over', 'reader', 'reader.closed'),
      row('over', 'reader', 'reader.aborted'),
      row('over', 'reader', 'reader.severed'),
      row('body', 'body', 'gate.open', 'body.awaiting'),
      row('unread', 'body', 'gate.open', 'body.bare'),
      ...incoming,
    ],
  ],
  incomingResponse: [
    [
      row('over', 'reader', 'reader.closed'),
      row('soon', 'reader', 'reader.losing'),
      row('soon', 'reader', 'reader.cut'),
      ...incoming,
    ],
  ],
  response: [
    [
      row('over', 'line', 'line.closed'),
      row('over', 'line', 'line.gone.closed'),
      row('over', 'line', 'line.gone.stranded'),
      row('soon', 'line', 'line.released'),
      row('soon', 'line', 'line.gone.leaving'),
      row('close', 'line', 'line.gone'),
      row('close', 'line', 'line.shut'),
      row('assign', 'line', 'line.kept'),
      row('turn', 'line', 'line.waiting'),
      row('peerReads', 'flow', 'line.attached', 'flow.full'),
      row('elsewhere', 'line', 'line.attached'),
    ],
    [
      row('elsewhere', 'line', 'line.closed'),
      row('elsewhere', 'line', 'line.gone'),
      row('elsewhere', 'line', 'line.released'),
      row('elsewhere', 'line', 'line.shut'),
      row('elsewhere', 'line', 'line.kept'),
      row('elsewhere', 'flow', 'line.attached', 'flow.full'),
      row('elsewhere', 'message', 'message.queued'),
      ...handedOver('respond', 'endResponse'),
    ],
  ],
  clientConnection: [
    [
      row('use', '', 'idle'),
      row('elsewhere', '', 'busy'),
      row('elsewhere', '', 'parting'),
      row('close', '', 'unusable'),
      row('program', '', 'removed'),
      row('program', '', 'upgraded'),
      row('over', '', 'closed'),
    ],
  ],
  request: [
    [
      row('soon', 'abortion', 'line.gone.closed', 'abortion.due'),
      row('soon', 'abortion', 'line.gone.closed', 'abortion.deferred'),
      row('over', 'line', 'line.gone.closed'),
      row('close', 'line', 'line.gone.cut'),
      row('close', 'line', 'line.gone.ceased'),
      row('close', 'line', 'line.gone.failed'),
      row('socket', 'line', 'line.gone.forsaken'),
      row('soon', 'line', 'line.gone'),
      row('soon', 'line', 'line.released'),
      row('soon', 'line', 'line.attached.ceasing'),
      row('program', 'line', 'line.upgraded'),
      row('close', 'line', 'line.retrying'),
      row('socket', 'line', 'line.unassigned'),
      row('socket', 'line', 'line.again'),
      row('close', 'response', 'response.cancelled'),
      row('close', 'response', 'response.over'),
      row('body', 'response', 'response.reading'),
      row('unread', 'response', 'response.complete'),
      row('finalResponse', 'response', 'response.awaited.interim', 'message.finished'),
      row('response', 'message', 'response.awaited', 'message.finished'),
      row('soon', 'response', 'response.read', 'message.finished'),
      row('soon', 'response', 'response.spoiled', 'message.finished'),
      row('elsewhere', 'message', 'line.attached'),
    ],
    [
      row('elsewhere', 'line', 'line.gone'),
      row('elsewhere', 'line', 'line.released'),
      row('elsewhere', 'line', 'line.upgraded'),
      row('soon', 'message', 'line.attached', 'message.queued'),
      row('elsewhere', 'message', 'message.queued'),
      row('elsewhere', 'message', 'message.finished'),
      row('peerReads', 'flow', 'line.attached', 'flow.full'),
      ...handedOver('endRequest', 'endRequest'),
    ],
  ],
};

/** What a state waits for: the rows that say so. */
export interface Need {
  readonly code: WaitCode;
  readonly who: Who;
  /** Whose last change began it. */
  readonly region: Region;
}

interface Found {
  readonly rows: readonly Row[];
  readonly needs: readonly Need[];
}

const found = new Map<ChartName, Map<StateValue, Found>>();
const regions = new Map<string, Region>();

function regionOf(chart: ChartName, name: string): Region {
  const key = `${chart} ${name}`;
  const region = regions.get(key) ?? new Region(chart, name);
  regions.set(key, region);
  return region;
}

export const needOf = (chart: ChartName, code: WaitCode, region: string): Need => ({
  code,
  who: WAITS[code],
  region: regionOf(chart, region),
});

/** The row of each question. */
export const rowsOf = (chart: ChartName, state: StateValue): readonly Row[] => lookUp(chart, state).rows;

export const needsOf = (chart: ChartName, state: StateValue): readonly Need[] => lookUp(chart, state).needs;

/** Actors of a configuration share its value, so what is found is kept by it. */
function lookUp(chart: ChartName, state: StateValue): Found {
  return found.get(chart)?.get(state) ?? find(chart, state);
}

function find(chart: ChartName, state: StateValue): Found {
  const rows = TABLES[chart].flatMap(
    (question) => question.find(({ when }) => when.every((path) => matchesValue(path, state))) ?? [],
  );
  const needs = rows.flatMap(({ says, since }) =>
    says === 'over' || says === 'elsewhere' ? [] : [needOf(chart, says, since)],
  );
  const known = found.get(chart) ?? new Map<StateValue, Found>();
  found.set(chart, known);
  // In XState's interpreter each value is an object of its own.
  if (known.size < 4096) known.set(state, { rows, needs });
  return { rows, needs };
}
