import { atTurnEnd } from '../../io/clock.js';
import type { Written } from '../../io/writer.js';
import { callBack } from '../compat/callBack.js';
import { streamDestroyed } from '../compat/errors.js';

/** A call that came too late. */
export interface LateCall {
  readonly host: { refuse(refusal: LateCall): void };
  readonly callback: Written | null;
  readonly error: Error;
  readonly because: 'ended' | 'destroyed';
}

/** For the end of the turn. */
export function rejectLateCall(refusal: LateCall): void {
  refusal.host.refuse(refusal);
}

/**
 * The callbacks that a message owes its program, of `write()` and whatever else is sent, and of `end()`. Each is called
 * once: by whoever has sent it, or when it is known that nothing will be.
 */
export class Callbacks {
  /** Of what was handed over, in that order, with the error of what was refused. */
  private readonly sending = new Map<Written, Error | undefined>();
  private ending: Written[] = [];

  get awaitsEnd(): boolean {
    return this.ending.length > 0;
  }

  /** The callback, for whoever sends what it waits for; or for who refuses that, with an error. */
  owe(callback: Written, refusal?: Error): Written {
    const once: Written = (error) => {
      if (this.sending.delete(once)) callBack(callback, error);
    };
    this.sending.set(once, refusal);
    return once;
  }

  /** `callback` waits for the last byte. */
  oweEnd(callback: Written): void {
    this.ending.push(callback);
  }

  /** The last byte has left, or can't. */
  end(error: Error | null): void {
    const { ending } = this;
    this.ending = [];
    for (const callback of ending) callBack(callback, error);
  }

  /** Nothing more is sent. */
  lose(): void {
    for (const [callback, refusal] of this.sending) callback(refusal ?? streamDestroyed('write'));
    this.end(streamDestroyed('end'));
  }

  /** The same, of `all` or of the end alone, when this turn is over. */
  loseSoon(all: boolean): void {
    atTurnEnd(all ? lose : loseEnd, this as Callbacks);
  }
}

function lose(callbacks: Callbacks): void {
  callbacks.lose();
}

function loseEnd(callbacks: Callbacks): void {
  callbacks.end(streamDestroyed('end'));
}
