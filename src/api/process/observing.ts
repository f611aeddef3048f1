/** `tap` and `watch` of the engine, with validated arguments, and typed by the charts that this package runs. */
import * as taps from '../../engine/tap.js';
import * as watchers from '../../engine/watched.js';
import type { ChartName, EmissionOf, EventOf, Started, StateOf } from '../../events/charts.js';
import { invalidArgType } from '../compat/errors.js';
import { validateFunction, validateObject } from '../compat/validate.js';

/** What a tap is called with: the effect of one event on one actor. */
interface ObservationOf<Name extends ChartName> extends taps.Observed {
  /** The name of its machine. */
  readonly chart: Name;
  /** What it was sent. `xstate.init` when it starts. */
  readonly event: EventOf<Name> | Started;
  /** The state before. `{}` when the actor starts. */
  readonly from: Before<StateOf<Name>>;
  /** The state after. */
  readonly to: StateOf<Name>;
  /** What the machine emitted, in order. It is delivered after the tap is called. */
  readonly emitted: readonly EmissionOf<Name>[];
}

type Before<State> = State extends string ? State | Record<string, never> : Partial<State>;

/** The effect of one event on one actor: a union by `chart`, which types `event`, `from`, `to` and `emitted`. */
export type Observation<Name extends ChartName = ChartName> = { [Chart in Name]: ObservationOf<Chart> }[Name];

/** Called after each transition. */
export type TapListener = (observation: Observation) => void;

/** An actor of XState. */
interface WatchedActor<Name extends ChartName> {
  /** As `rootId` of its events: each actor is a root. */
  readonly sessionId: string;
  /** Not for programs: an actor is sent events by its host. */
  send(event: object): void;
  /** Its state now. */
  getSnapshot(): WatchedSnapshot<Name>;
  /** The machine. */
  readonly logic: { readonly id: Name };
}

type Outcome =
  | { readonly status: 'active'; readonly output: undefined; readonly error: undefined }
  | { readonly status: 'done'; readonly output: unknown; readonly error: undefined }
  | { readonly status: 'error'; readonly output: undefined; readonly error: unknown };

/** The actor's snapshot, as XState has it. */
type WatchedSnapshot<Name extends ChartName> = Outcome & {
  readonly value: StateOf<Name>;
  readonly context: Readonly<Record<string, unknown>>;
};

/** As a type without a name, so that it fits XState's `AnyEventObject`. */
type Plain<T> = T extends unknown ? { [Key in keyof T]: T[Key] } : never;
type Sent<Name extends ChartName> = Plain<EventOf<Name> | Started>;

/** The kinds of XState's inspection events, with what each has. */
type Kind<Name extends ChartName> =
  | { readonly type: '@xstate.actor' }
  | { readonly type: '@xstate.event'; readonly event: Sent<Name>; readonly sourceRef: undefined }
  | {
      readonly type: '@xstate.snapshot' | '@xstate.transition';
      readonly event: Sent<Name>;
      readonly snapshot: WatchedSnapshot<Name>;
    }
  | {
      readonly type: '@xstate.microstep';
      readonly event: Sent<Name>;
      readonly snapshot: WatchedSnapshot<Name>;
      // biome-ignore lint/suspicious/noExplicitAny: a type of XState, which a program may not have
      readonly _transitions: any[];
    }
  | { readonly type: '@xstate.action'; readonly action: { readonly type: string; readonly params: unknown } };

type WatchEventOf<Name extends ChartName> = Kind<Name> & {
  /** The name of the machine. Not in XState. */
  readonly chart: Name;
  /** Session of the root actor; each of statewire's actors is a root. */
  readonly rootId: string;
  /** The actor of XState that the event is about. */
  readonly actorRef: WatchedActor<Name>;
};

/**
 * An event of XState's inspection protocol: a union by `type` and by `chart`, which types `event` and `snapshot`. It fits where
 * XState wants its `InspectionEvent`.
 */
export type WatchEvent<Name extends ChartName = ChartName> = { [Chart in Name]: WatchEventOf<Chart> }[Name];

/** Options of {@link watch}. */
export interface WatchOptions {
  /** As XState's option of that name: a function or an observer that receives all inspection events of the actors. */
  readonly inspect: WatchFunction['call'] | { next?(event: WatchEvent): void };
}

/** Parameters of methods are bivariant, so that a function which takes XState's type fits. */
interface WatchFunction {
  call(event: WatchEvent): void;
}

/**
 * Calls `listener` after each transition of each machine, before its emissions are delivered.
 *
 * What a listener throws is thrown again from a microtask.
 *
 * @param listener gets an {@link Observation}; docs/how-it-fits.md lists the machines and their events
 * @returns a function that stops it
 * @throws ERR_INVALID_ARG_TYPE
 */
export function tap(listener: TapListener): () => void {
  validateFunction(listener, 'listener');
  // The engine runs any chart; those of this process are ours.
  return taps.tap(listener as unknown as taps.TapListener);
}

/**
 * Makes the actors that start from now on (of connections, requests, responses …) run in XState's own interpreter and report
 * to `inspect`: for XState's inspectors. It behaves like the tables, about a hundred times slower.
 *
 * What `inspect` throws is thrown again from a microtask. See docs/testing.md.
 *
 * @returns a function that stops this for actors that start later
 * @throws ERR_INVALID_ARG_TYPE
 */
export function watch(options: WatchOptions): () => void {
  validateObject(options, 'options');
  const { inspect } = options;
  if (typeof inspect !== 'function' && (typeof inspect !== 'object' || inspect === null)) {
    throw invalidArgType('options.inspect', ['function', 'object'], inspect);
  }
  if (typeof inspect === 'object' && inspect.next !== undefined) validateFunction(inspect.next, 'options.inspect.next');
  return watchers.watch(options as watchers.WatchOptions);
}
