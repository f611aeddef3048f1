/** What the functions of a chart are called with. */

/** Anything an actor can be sent. */
export interface EventLike {
  readonly type: string;
}

/** What an actor remembers between events: a plain, shallow object. */
export type Context = Record<string, unknown>;

/** A guard or an action asked for something that only XState's own actors have. */
export class ActorAccess extends Error {
  readonly property: string;

  constructor(property: string) {
    super(`'${property}' is read in a guard, an action or a context factory`);
    this.property = property;
  }
}

/** What guards and actions are called with. `self`, `system` and `spawn` would be ways out of the chart: they are refused. */
export class Args {
  readonly context: Context;
  readonly event: EventLike;

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

/** What a context factory is called with. */
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
