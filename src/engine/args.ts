/** The arguments of a chart's functions. */

/** An event that can be sent to an actor. */
export interface EventLike {
  /** Its name: `'net.closed'`. */
  readonly type: string;
}

/** What an actor keeps between events: a plain, shallow object. */
export type Context = Record<string, unknown>;

/** A guard or an action read something that only XState's own actors have. */
export class ActorAccess extends Error {
  readonly property: string;

  constructor(property: string) {
    super(`'${property}' is read in a guard, an action or a context factory`);
    this.property = property;
  }
}

/** The argument of guards and actions. `self`, `system` and `spawn` lead out of the chart: reading one throws. */
export class Args {
  context: Context;
  event: EventLike;

  constructor(context: Context, event: EventLike) {
    this.context = context;
    this.event = event;
  }

  get self(): never {
    throw new ActorAccess('self');
  }

  get system(): never {
    throw new ActorAccess('system');
  }

  get spawn(): never {
    throw new ActorAccess('spawn');
  }
}

const noContext: Context = {};
const noEvent: EventLike = { type: '' };
let spare: Args | undefined;

/** Arguments for one transition. Functions of a chart read them and don't keep them. */
export function borrow(context: Context, event: EventLike): Args {
  const args = spare;
  if (args === undefined) return new Args(context, event);
  spare = undefined;
  args.context = context;
  args.event = event;
  return args;
}

export function giveBack(args: Args): void {
  args.context = noContext;
  args.event = noEvent;
  spare = args;
}

/** The argument of a context factory. */
export class InitialArgs {
  readonly input: unknown;

  constructor(input: unknown) {
    this.input = input;
  }

  get self(): never {
    throw new ActorAccess('self');
  }

  get spawn(): never {
    throw new ActorAccess('spawn');
  }
}
