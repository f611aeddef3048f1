/** Steps and events as text. */
import type { EventLike } from '../engine/args.js';
import type { StateValue } from '../engine/model.js';
import { changes, stateText } from '../engine/text.js';

/** The effect of one event. */
export interface Step {
  /** What the machine was sent. */
  readonly event: EventLike;
  /** `{}` in the first step. */
  readonly from: StateValue;
  /** The state after it. */
  readonly to: StateValue;
  /** What the machine emitted, in order. */
  readonly emitted: readonly unknown[];
}

export const typeOf = (emission: unknown): string => (emission as EventLike).type;

/** `net.flushed  line.attached → released  ⇒ io.release req.finish`, with room for the event. */
export function stepText({ event, from, to, emitted }: Step, width = 0): string {
  const isFirst = stateText(from) === '';
  const moved = isFirst ? `starts in ${stateText(to)}` : changes(from, to).join(', ') || '·';
  const effect = emitted.length === 0 ? '' : `  ⇒ ${emitted.map(typeOf).join(' ')}`;
  return `${event.type.padEnd(width)}  ${moved}${effect}`;
}

/** An event with the properties that guards may read: `net.flushed { hasListener: true }`. */
export function eventText({ type, ...rest }: EventLike): string {
  const flags = Object.entries(rest).filter(([, value]) => typeof value === 'boolean' || typeof value === 'string');
  return flags.length === 0 ? type : `${type} { ${flags.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
}
