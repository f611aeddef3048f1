/** Replays the states of a connection: the machines alone, without hosts, parser and program. */
import { type Actor, start } from '../engine/actor.js';
import type { EventLike } from '../engine/args.js';
import { compile } from '../engine/compile.js';
import type { Configuration } from '../engine/configuration.js';
import type { StateValue } from '../engine/model.js';
import { machines } from '../machines/index.js';
import { JournalError } from './errors.js';
import { kinds } from './flags.js';
import { lineName } from './frames.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { unrecorded } from './run.js';
import * as v from './vocabulary.js';

/** What an event has done to an actor. As an observation of `tap`, it can be given to `follows()` of `statewire/testing`. */
export interface StateStep {
  /** The index of the frame. */
  readonly frame: number;
  /** When, in ms since the connection began. */
  readonly at: number;
  /** The name of the machine. */
  readonly chart: string;
  /** `s12`, `s12.1`, `q5`. */
  readonly id: string;
  /** The actor, as an identity. */
  readonly actor: object;
  /** With the flags that guards read. */
  readonly event: EventLike;
  /** The state before. */
  readonly from: StateValue;
  /** The state after. */
  readonly to: StateValue;
  /** The types of what it has emitted. */
  readonly emitted: readonly { readonly type: string }[];
}

interface Running {
  readonly actor: Actor<object, EventLike, { readonly type: string }>;
  readonly emitted: { readonly type: string }[];
}

/**
 * The states of all actors of a connection, event by event. It needs no bytes, so any journal will do.
 *
 * @throws rejects with ERR_INVALID_ARG_TYPE
 */
export async function replayStates(connection: RecordedConnection): Promise<readonly StateStep[]> {
  validateConnection(connection);
  const { owns } = connection;
  const actors = new Map<string, Running>();
  const steps: StateStep[] = [];
  let begins: number | undefined;
  /** How many of its own were before. */
  let index = 0;
  const { role } = connection;
  unrecorded(() => {
    for (const frame of connection.eachOfGroup()) {
      const isOwn = owns(frame);
      if (isOwn) begins ??= frame.at;
      const at = isOwn ? index++ : index;
      if (frame.kind === v.POOL) {
        // The request is another exchange from now on.
        const { value, bits, code } = frame;
        const before = actors.get(value > 0 ? `${value * 2 + 1}/${value}/request` : `${bits * 2}/${code}/request`);
        if (before !== undefined) actors.set(`${frame.line}/${frame.exchange}/request`, before);
      } else if (frame.kind === v.MARK && isOwn && at === 0) {
        const chart = role === 'client' ? 'clientConnection' : 'connection';
        actors.set(`${frame.line}/0/${chart}`, resume(chart, frame.text, connection.id));
      }
      if (frame.kind !== v.STEP) continue;
      const chart = v.CHARTS[frame.chart]!;
      const key = `${frame.line}/${frame.exchange}/${chart}`;
      const running = actors.get(key) ?? begin(chart);
      actors.set(key, running);
      const { type, unpack } = kindAt(frame.code);
      const event = { type, ...unpack(frame.value) };
      const from = running.actor.value;
      running.emitted.length = 0;
      try {
        running.actor.send(event);
      } catch {
        // An action that needs what the journal doesn't have.
      }
      if (!isOwn) continue;
      const name = lineName(frame.line, role);
      const isOfExchange = frame.line % 2 === 0 && frame.exchange > 0;
      const id = isOfExchange ? `${name}.${frame.exchange}` : name;
      const emitted = running.emitted.map((each) => ({ type: each.type }));
      const ms = (frame.at - (begins ?? frame.at)) / 1000;
      steps.push({ frame: at, at: ms, chart, id, actor: running.actor, event, from, to: running.actor.value, emitted });
    }
  });
  return steps;
}

const kindAt = (code: number) => {
  const kind = kinds[code]!;
  return { type: kind.type, unpack: (packed: number) => kind.unpack(packed) };
};

function begin(name: string): Running {
  const chart = compile((machines as unknown as Record<string, Parameters<typeof compile>[0]>)[name]!);
  const emitted: { readonly type: string }[] = [];
  const host = { deliver: (each: { readonly type: string }) => void emitted.push(each) };
  return { actor: start(chart as never, host as never) as Running['actor'], emitted };
}

/** At a mark. */
function resume(name: string, text: string, id: string): Running {
  const running = begin(name);
  try {
    const { state } = JSON.parse(text) as { state: { value: StateValue } };
    const actor = running.actor as unknown as { configuration: Configuration };
    actor.configuration = actor.configuration.chart.configurationOf(state.value);
    return running;
  } catch {
    throw new JournalError('STATEWIRE_JOURNAL_DAMAGED', `${id} is damaged: it has a mark of a state that can't be`);
  }
}
