/** States, steps and events as text. */
import type { EventLike, StateValue } from '../engine/model.js';

type Regions = { readonly [key: string]: StateValue };

const hasRegions = (value: StateValue): value is Regions => typeof value === 'object' && Object.keys(value).length > 1;

/** `{ reading: { body: 'open' } }` is reading.body.open; regions that are side by side are joined by a plus. */
export function stateText(value: StateValue): string {
  if (typeof value === 'string') return value;
  const paths = Object.entries(value).map(([key, inner]) => {
    const text = stateText(inner);
    return text === '' ? key : `${key}.${hasRegions(inner) ? `(${text})` : text}`;
  });
  return paths.join(' + ');
}

/** The regions that differ, as `reading.idle → body`. */
export function changes(from: StateValue, to: StateValue, prefix = ''): string[] {
  if (typeof from === 'object' && typeof to === 'object') {
    const keys = Object.keys(from);
    const isAlike = keys.length === Object.keys(to).length && keys.every((key) => key in to);
    if (isAlike) return keys.flatMap((key) => changes(from[key]!, to[key]!, `${prefix}${key}.`));
  }
  const [before, after] = [stateText(from), stateText(to)];
  return before === after ? [] : [`${prefix}${before} → ${after}`];
}

/** What one event did. */
export interface Step {
  readonly event: EventLike;
  /** `{}` before the first. */
  readonly from: StateValue;
  readonly to: StateValue;
  readonly emitted: readonly unknown[];
}

export const typeOf = (emission: unknown): string => (emission as EventLike).type;

/** `net.flushed  line.attached → released  ⇒ io.release req.finish`, with room for the event. */
export function stepText({ event, from, to, emitted }: Step, width = 0): string {
  const isFirst = stateText(from) === '';
  const moved = isFirst ? `begins in ${stateText(to)}` : changes(from, to).join(', ') || '·';
  const effect = emitted.length === 0 ? '' : `  ⇒ ${emitted.map(typeOf).join(' ')}`;
  return `${event.type.padEnd(width)}  ${moved}${effect}`;
}

/** An event with those of its properties that may decide something: `net.flushed { heard: true }`. */
export function eventText({ type, ...rest }: EventLike): string {
  const flags = Object.entries(rest).filter(([, value]) => typeof value === 'boolean' || typeof value === 'string');
  return flags.length === 0 ? type : `${type} { ${flags.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
}
